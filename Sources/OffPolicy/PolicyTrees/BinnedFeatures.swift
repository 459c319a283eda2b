import Datasets
import LinearAlgebra
import Models

/// How a policy tree asks about a categorical column of more than three levels.
public enum CategoryQuestions: String, Sendable, CaseIterable {
    /// One level against all others, whatever they are: the search is exact over these questions. Up to three levels they are
    /// all questions that there are.
    case oneVersusRest = "one-vs-rest"
    /// Levels in the order of their mean advantage of the best action over the second best (both over all deals), cut in two.
    /// Of two actions and one split this is the best of all subsets (Fisher, JASA 53, 1958); elsewhere the order is a heuristic
    /// and the search is exact given the order.
    case ordered
}

/// A column on the grid of a policy tree: a bin for each deal, and what each cut between bins asks of the column's own values.
struct BinnedFeature: Sendable {
    let name: String
    /// Bins of values that are there; the missing have number `bins`.
    let bins: Int
    /// Whether a cut takes one bin against all others rather than the bins up to it.
    let isSingle: Bool
    let hasMissing: Bool
    /// What the deals of cut b have in common: one question a bin, where missing values go to the right.
    let questions: [PolicyTree.Question]

    var missingCode: Int { bins }
    /// Cells of a histogram.
    var cells: Int { bins + 1 }

    /// What cut `bin` asks; with missing values on its side if `missingGoesLeft`. Cut −1 is of the missing values alone.
    func question(bin: Int, missingGoesLeft: Bool) -> PolicyTree.Question {
        guard bin >= 0 else { return .missing(feature: name) }
        switch questions[bin] {
        case .atMost(let feature, let threshold, _): return .atMost(feature: feature, threshold: threshold, missingGoesLeft: missingGoesLeft)
        case .among(let feature, let levels, _): return .among(feature: feature, levels: levels, missingGoesLeft: missingGoesLeft)
        case let other: return other
        }
    }
}

/// All columns of the deals on the grid.
struct BinnedFeatures: Sendable {
    static let mostBins = 254

    let features: [BinnedFeature]
    let rows: Int
    /// The bin of each deal and feature, row order.
    let codes: [UInt8]

    /// - Parameters:
    ///   - rows: of `deals`, those to learn from; quantiles and orders are theirs alone.
    ///   - bins: at most, for a numeric column.
    ///   - advantage: of the best action over the second best, one a row of `rows`; for `.ordered`.
    /// Categorical columns with more levels than there may be bins are left out and named.
    /// O(rows · features · log rows).
    init(_ deals: LearningFeatures, rows: [Int], bins: Int, categories: CategoryQuestions, advantage: [Double], threads: Int) {
        let made = Parallel.map(deals.features.count, threads: threads) { index -> (BinnedFeature, [UInt8])? in
            let start = index * deals.matrix.rows
            let values = rows.map { deals.matrix.storage[start + $0] }
            switch deals.features[index].kind {
            case .numeric: return Self.numeric(deals.features[index].name, values, bins: bins)
            case .categorical(let levels): return Self.categorical(deals.features[index].name, levels, values, categories, advantage)
            }
        }
        let kept = made.compactMap { $0 }
        features = kept.map(\.0)
        self.rows = rows.count
        var codes = [UInt8](repeating: 0, count: rows.count * kept.count)
        for (index, column) in kept.enumerated() {
            for row in 0 ..< rows.count { codes[row * kept.count + index] = column.1[row] }
        }
        self.codes = codes
    }

    /// nil where all deals are in one bin: nothing to ask.
    private static func numeric(_ name: String, _ values: [Double], bins: Int) -> (BinnedFeature, [UInt8])? {
        var present = values.filter { !$0.isNaN }
        let hasMissing = present.count < values.count
        present.sort()
        let uppers = upperEnds(present, bins: bins)
        guard uppers.count + (hasMissing ? 1 : 0) > 1 else { return nil }
        var questions: [PolicyTree.Question] = []
        for (index, upper) in uppers.enumerated() {
            // Between this bin's largest value and the next one's smallest, the roundest number: it reads better, and asks the same.
            let next = index + 1 < uppers.count ? present[firstIndex(above: upper, in: present)] : .infinity
            questions.append(.atMost(feature: name, threshold: next.isInfinite ? upper : RoundNumber.within(upper, below: next), missingGoesLeft: false))
        }
        let codes = values.map { value -> UInt8 in value.isNaN ? UInt8(uppers.count) : UInt8(lowerBound(value, in: uppers)) }
        return (BinnedFeature(name: name, bins: uppers.count, isSingle: false, hasMissing: hasMissing, questions: questions), codes)
    }

    /// The largest value of each bin, ascending: every value has a bin where there are no more than `bins`, else quantiles.
    private static func upperEnds(_ sorted: [Double], bins: Int) -> [Double] {
        guard let last = sorted.last else { return [] }
        var distinct: [Double] = []
        for value in sorted where distinct.last != value {
            distinct.append(value)
            if distinct.count > bins { break }
        }
        if distinct.count <= bins { return distinct }
        var uppers: [Double] = []
        for bin in 1 ..< bins {
            let value = sorted[max(0, bin * sorted.count / bins - 1)]
            if uppers.last != value { uppers.append(value) }
        }
        if uppers.last != last { uppers.append(last) }
        return uppers
    }

    private static func categorical(_ name: String, _ levels: [String], _ values: [Double], _ categories: CategoryQuestions,
                                    _ advantage: [Double]) -> (BinnedFeature, [UInt8])? {
        var counts = Array(repeating: 0, count: levels.count)
        var sums = Array(repeating: 0.0, count: levels.count)
        var hasMissing = false
        for (row, value) in values.enumerated() {
            guard !value.isNaN else {
                hasMissing = true
                continue
            }
            counts[Int(value)] += 1
            sums[Int(value)] += advantage[row]
        }
        var present = levels.indices.filter { counts[$0] > 0 }
        guard present.count + (hasMissing ? 1 : 0) > 1, present.count <= mostBins else { return nil }
        let isSingle = categories == .oneVersusRest || present.count <= 3
        if !isSingle {
            let means = levels.indices.map { sums[$0] / Double(max(1, counts[$0])) }
            present.sort { means[$0] != means[$1] ? means[$0] > means[$1] : $0 < $1 }
        }
        var codeOf = Array(repeating: UInt8(0), count: levels.count)
        for (code, level) in present.enumerated() { codeOf[level] = UInt8(code) }
        let questions: [PolicyTree.Question] = present.indices.map { code in
            if isSingle { return .equals(feature: name, level: levels[present[code]]) }
            return .among(feature: name, levels: present[...code].sorted().map { levels[$0] }, missingGoesLeft: false)
        }
        let codes = values.map { value -> UInt8 in value.isNaN ? UInt8(present.count) : codeOf[Int(value)] }
        return (BinnedFeature(name: name, bins: present.count, isSingle: isSingle, hasMissing: hasMissing, questions: questions), codes)
    }

    /// The first place whose value is at least `value`. - Precondition: there is one.
    private static func lowerBound(_ value: Double, in sorted: [Double]) -> Int {
        var low = 0, high = sorted.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func firstIndex(above value: Double, in sorted: [Double]) -> Int {
        var low = 0, high = sorted.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Numbers with few digits, for thresholds that people read.
package enum RoundNumber {
    /// The number with the fewest decimal digits in lower ..< upper; of several, the smallest multiple of the power of ten.
    /// - Precondition: lower < upper, both finite.
    package static func within(_ lower: Double, below upper: Double) -> Double {
        precondition(lower < upper && lower.isFinite && upper.isFinite)
        if lower <= 0, upper > 0 { return 0 }
        for exponent in stride(from: 15, through: -12, by: -1) {
            let power = Self.power(exponent.magnitude)
            // Multiples are made by one correctly rounded operation, so that they are the decimals that they read as.
            let multiple = (exponent >= 0 ? lower / power : lower * power).rounded(.up)
            guard multiple.magnitude < 9e15 else { break }
            let candidate = exponent >= 0 ? multiple * power : multiple / power
            if candidate >= lower, candidate < upper { return candidate }
        }
        return lower
    }

    private static func power(_ exponent: Int.Magnitude) -> Double {
        var power = 1.0
        for _ in 0 ..< exponent { power *= 10 }
        return power
    }
}
