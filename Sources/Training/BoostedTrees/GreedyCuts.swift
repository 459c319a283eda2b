/// Where LightGBM's greedy binning cuts, value by value in ascending order: once a bin has an even share of the rows that are left, after a
/// value that has an even share of all rows by itself (a big one), and before one if the bin has half of its share.
struct GreedyCuts {
    /// An even share of all rows.
    private let even: Double
    private var share: Double
    private var restBins: Int
    private var restRows: Int
    private var restCuts: Int
    /// Of the bin that is being filled.
    private var rows = 0

    /// - Parameter big: rows of each big value.
    init(rows total: Int, bins: Int, big: [Int]) {
        even = Self.even(total, bins)
        restBins = bins - big.count
        restRows = total - big.reduce(0, +)
        restCuts = bins - 1
        share = restBins > 0 ? Self.even(restRows, restBins) : .infinity
    }

    static func even(_ rows: Int, _ bins: Int) -> Double { Double(rows) / Double(bins) }

    /// Takes the next value, which is not the last; true: a cut comes after it.
    mutating func cuts(after count: Int, nextIsBig: Bool) -> Bool {
        guard restCuts > 0 else { return false }
        let isBig = Double(count) >= even
        if !isBig { restRows -= count }
        rows += count
        guard isBig || Double(rows) >= share || (nextIsBig && Double(rows) >= max(1, share / 2)) else { return false }
        restCuts -= 1
        rows = 0
        if !isBig {
            restBins -= 1
            share = restBins > 0 ? Self.even(restRows, restBins) : .infinity
        }
        return true
    }

    /// Takes values of `count` rows together, none of them big, nor the one that follows, if no cut comes after any of them.
    mutating func pass(_ count: Int) -> Bool {
        guard restCuts == 0 || Double(rows + count) < share else { return false }
        rows += count
        restRows -= count
        return true
    }
}
