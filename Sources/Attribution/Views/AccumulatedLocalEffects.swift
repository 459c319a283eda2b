import LinearAlgebra
import Models

/// First-order accumulated local effects of one feature on the margin (Apley and Zhu, Journal of the Royal Statistical Society B 82,
/// 2020): how the margin moves on average as the feature alone moves through the values that rows near it have, so that no row is
/// asked about values far from its own, as partial dependence does.
///
/// Numeric: between neighbouring grid points zₖ₋₁ and zₖ the rows of (zₖ₋₁, zₖ] (the first interval closed) have the mean local effect
/// mean(f(zₖ, rest) - f(zₖ₋₁, rest)); effects accumulate from the left. Categorical: the step from one level to the next is the mean
/// over the rows of both of the difference between them; levels stand in rising order of the feature's mean contribution, which is
/// stated because any order would do. Centred: the mean effect over the rows is 0, an interval's rows counted at the mean of its ends.
public struct AccumulatedLocalEffects: Sendable, Equatable {
    public let grid: FeatureGrid
    /// The effect at each point of the grid; one 0 for a single point, none without any.
    public let effects: [Double]
    /// Standard error of the local effect that leads to each point, 0 for the first: of rows drawn independently.
    public let stepErrors: [Double]
    /// Rows behind the step that leads to each point; of a categorical feature the rows of the level.
    public let rowCounts: [Int]

    /// - Parameters:
    ///   - features: rows x features, the data whose distribution counts.
    ///   - attributions: contributions of the same rows, which order the levels of a categorical feature.
    /// O(2 · rows) scores.
    public init(_ scorer: ModelScorer, _ features: Matrix, feature: Int, attributions: Attributions? = nil, intervals: Int = 20, threads: Int = 1) {
        let grid = FeatureGrid(features, feature: feature, of: scorer.model.features[feature], intervals: intervals)
        let substitution = Substitution(scorer: scorer, features: features, threads: threads)
        if grid.isCategorical {
            self.init(categorical: grid, substitution, attributions)
        } else {
            self.init(numeric: grid, substitution)
        }
    }

    private init(numeric grid: FeatureGrid, _ substitution: Substitution) {
        let column = substitution.features.column(grid.feature), points = grid.points
        let rows = column.indices.filter { column[$0].isFinite }
        guard points.count > 1 else {
            self.init(grid: grid, effects: points.map { _ in 0 }, stepErrors: points.map { _ in 0 }, rowCounts: points.map { _ in rows.count })
            return
        }
        // The interval of a row, by its upper end.
        let ends = column.map { x in x.isFinite ? Self.upperEnd(x, points) : 0 }
        let above = substitution.margins(rows: rows, feature: grid.feature) { points[ends[$0]] }
        let below = substitution.margins(rows: rows, feature: grid.feature) { points[ends[$0] - 1] }
        var steps = points.map { _ in StepMean() }
        for (position, row) in rows.enumerated() { steps[ends[row]].add(above[position] - below[position]) }
        let counts = steps.map(\.count), effects = Self.centred(Self.accumulated(steps), counts, isCategorical: false)
        self.init(grid: grid, effects: effects, stepErrors: steps.map(\.standardError), rowCounts: counts)
    }

    private init(categorical codes: FeatureGrid, _ substitution: Substitution, _ attributions: Attributions?) {
        let column = substitution.features.column(codes.feature)
        var members: [Double: [Int]] = [:]
        for row in column.indices where !column[row].isNaN { members[column[row], default: []].append(row) }
        func mean(_ code: Double) -> Double {
            guard let attributions, let rows = members[code] else { return 0 }
            return rows.reduce(0) { $0 + attributions.contributions[$1, codes.feature] } / Double(rows.count)
        }
        let means = Dictionary(uniqueKeysWithValues: codes.points.map { ($0, mean($0)) })
        let grid = FeatureGrid(codes, ordered: codes.points.sorted { means[$0]! != means[$1]! ? means[$0]! < means[$1]! : $0 < $1 })
        var steps = grid.points.map { _ in StepMean() }
        for k in grid.points.indices.dropFirst() {
            let rows = members[grid.points[k - 1]]! + members[grid.points[k]]!
            let above = substitution.margins(rows: rows, feature: grid.feature) { _ in grid.points[k] }
            let below = substitution.margins(rows: rows, feature: grid.feature) { _ in grid.points[k - 1] }
            for (a, b) in zip(above, below) { steps[k].add(a - b) }
        }
        let counts = grid.points.map { members[$0]!.count }, effects = Self.centred(Self.accumulated(steps), counts, isCategorical: true)
        self.init(grid: grid, effects: effects, stepErrors: steps.map(\.standardError), rowCounts: counts)
    }

    /// A curve over the grid's points less its mean over the rows, in which the effects themselves are centred.
    public func centred(_ curve: [Double]) -> [Double] {
        precondition(curve.count == effects.count, "a value for each point")
        return Self.centred(curve, rowCounts, isCategorical: grid.isCategorical)
    }

    private static func centred(_ curve: [Double], _ rowCounts: [Int], isCategorical: Bool) -> [Double] {
        var weighted = 0.0, rows = 0
        for k in curve.indices where isCategorical || k > 0 {
            weighted += Double(rowCounts[k]) * (isCategorical ? curve[k] : (curve[k - 1] + curve[k]) / 2)
            rows += rowCounts[k]
        }
        // A single point holds every row.
        let centre: Double = rows > 0 ? weighted / Double(rows) : curve.first ?? 0
        return curve.map { $0 - centre }
    }

    private init(grid: FeatureGrid, effects: [Double], stepErrors: [Double], rowCounts: [Int]) {
        self.grid = grid
        self.effects = effects
        self.stepErrors = stepErrors
        self.rowCounts = rowCounts
    }

    private static func accumulated(_ steps: [StepMean]) -> [Double] {
        var sum = 0.0
        return steps.indices.map { k in
            sum += steps[k].mean
            return sum
        }
    }

    /// The first point from 1 on that is not below x. O(log points).
    private static func upperEnd(_ x: Double, _ points: [Double]) -> Int {
        var low = 1, high = points.count - 1
        while low < high {
            let middle = (low + high) / 2
            if points[middle] < x { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Mean and spread of the differences of one step (Welford 1962).
    private struct StepMean {
        var count = 0, mean = 0.0, squares = 0.0

        mutating func add(_ x: Double) {
            count += 1
            let difference = x - mean
            mean += difference / Double(count)
            squares += difference * (x - mean)
        }

        var standardError: Double { count > 1 ? (squares / Double(count - 1) / Double(count)).squareRoot() : 0 }
    }
}
