/// What one leaf gives to the players on its path, averaged over the background.
///
/// Let X be the players whose questions the row answers towards the leaf, U those whose questions a background row does not, d
/// players in all. The leaf counts for the pair only if U lies within X. Then, with u = |U| and m = d - |X|, a player in U gets
/// value · (u − 1)! m! / (u + m)!, one outside X gets −value · u! (m − 1)! / (u + m)!, the others nothing (Lundberg et al.,
/// Nature Machine Intelligence 2, 2020). Players are bits.
struct LeafGame: Sendable {
    /// Background rows that leave the same players unmet, and their share of the background.
    struct Pattern: Sendable {
        var unmet: UInt64
        var share: Double
    }

    var value: Double
    /// Players on the path.
    var count: Int
    /// In a fixed order, which is the order of adding.
    private(set) var patterns: [Pattern] = []

    /// A path's players are bits of a word.
    static let mostPlayers = 64

    init(value: Double, count: Int) {
        self.value = value
        self.count = count
    }

    static func all(_ count: Int) -> UInt64 { count == 64 ? .max : (1 << UInt64(count)) - 1 }

    /// The leaf's part of the mean margin over the background.
    var meanValue: Double { patterns.first.map { $0.unmet == 0 ? $0.share * value : 0 } ?? 0 }

    /// - Parameter counts: background rows by the players that they satisfy, each set once.
    mutating func take(_ counts: some Sequence<(satisfied: UInt64, rows: Int)>, of background: Int) {
        let full = Self.all(count)
        patterns = counts.map { Pattern(unmet: full & ~$0.satisfied, share: Double($0.rows) / Double(background)) }.sorted { $0.unmet < $1.unmet }
    }

    /// Writes what each player gets for the set X: the first `count` numbers of `row`. O(patterns · count).
    func write(satisfied: UInt64, to row: inout [Double]) {
        for bit in 0 ..< count { row[bit] = 0 }
        let missing = (Self.all(count) & ~satisfied).nonzeroBitCount
        var outside = 0.0
        for pattern in patterns where pattern.unmet & ~satisfied == 0 {
            let unmet = pattern.unmet.nonzeroBitCount
            if missing > 0 { outside -= pattern.share * Self.weight(missing, unmet) }
            guard unmet > 0 else { continue }
            let gain = pattern.share * Self.weight(unmet, missing)
            var left = pattern.unmet
            while left != 0 {
                row[left.trailingZeroBitCount] += gain
                left &= left - 1
            }
        }
        finish(satisfied, outside, &row, 0)
    }

    /// Writes the rows of all 2^count sets X, one after the other: the bits of `write`, set by set, at the cost of the pairs of a
    /// pattern and a set that count. `outside` is scratch of 2^count numbers.
    func writeTable(to table: inout [Double], outside: inout [Double]) {
        let full = Self.all(count), sets = 1 << count
        for i in 0 ..< sets * count { table[i] = 0 }
        for i in 0 ..< sets { outside[i] = 0 }
        for pattern in patterns {
            let unmet = pattern.unmet.nonzeroBitCount, free = full & ~pattern.unmet
            var added: UInt64 = 0
            repeat {
                let satisfied = Int(pattern.unmet | added)
                let missing = count - satisfied.nonzeroBitCount
                if missing > 0 { outside[satisfied] -= pattern.share * Self.weight(missing, unmet) }
                if unmet > 0 {
                    let gain = pattern.share * Self.weight(unmet, missing), row = satisfied * count
                    var left = pattern.unmet
                    while left != 0 {
                        table[row + left.trailingZeroBitCount] += gain
                        left &= left - 1
                    }
                }
                // The next set of free players.
                added = (added &- free) & free
            } while added != 0
        }
        for satisfied in 0 ..< sets { finish(UInt64(satisfied), outside[satisfied], &table, satisfied * count) }
    }

    @inline(__always)
    private func finish(_ satisfied: UInt64, _ outside: Double, _ row: inout [Double], _ place: Int) {
        for bit in 0 ..< count { row[place + bit] = value * (satisfied >> UInt64(bit) & 1 == 1 ? row[place + bit] : outside) }
    }

    /// (a − 1)! b! / (a + b)! = 1 / (a · (a + b over a)) for a > 0 and a + b ≤ 64.
    @inline(__always)
    private static func weight(_ a: Int, _ b: Int) -> Double { weights[a * (mostPlayers + 1) + b] }

    private static let weights: [Double] = {
        var weights = Array(repeating: 0.0, count: (mostPlayers + 1) * (mostPlayers + 1))
        for a in 1 ... mostPlayers {
            for b in 0 ... mostPlayers - a { weights[a * (mostPlayers + 1) + b] = 1 / (Double(a) * binomial(a + b, b)) }
        }
        return weights
    }()

    /// n over k, exact up to 2^53 and within rounding beyond. O(k).
    private static func binomial(_ n: Int, _ k: Int) -> Double {
        var result = 1.0
        for i in 0 ..< min(k, n - k) { result = result * Double(n - i) / Double(i + 1) }
        return result
    }
}
