import LinearAlgebra
import Models

/// The values of one feature at which its effect is looked at.
public struct FeatureGrid: Sendable, Equatable {
    public let feature: Int
    public let isCategorical: Bool
    /// Ascending numbers; of a categorical feature the codes that occur, in an order that the view says.
    public let points: [Double]
    /// Rows of the data whose value is missing: they stand on no point.
    public let missingRows: Int

    /// Of a numeric feature the distinct values among the quantiles 0, 1 / intervals, …, 1 of those present (the lower of two
    /// neighbours, so that every point is a value that occurs); of a categorical one every code, ascending. Values that are not
    /// finite or no code of the feature count as missing.
    public init(_ features: Matrix, feature: Int, of description: Feature, intervals: Int = 20) {
        precondition(intervals > 0, "a grid has intervals")
        self.feature = feature
        let column = features.column(feature)
        switch description.kind {
        case .numeric:
            isCategorical = false
            let present = column.filter(\.isFinite).sorted()
            missingRows = column.count - present.count
            var points: [Double] = []
            for k in 0 ... intervals where !present.isEmpty {
                let value = present[(present.count - 1) * k / intervals]
                if points.last != value { points.append(value) }
            }
            self.points = points
        case .categorical(let levels):
            isCategorical = true
            let present = column.filter { $0 >= 0 && $0 < Double(levels.count) }
            missingRows = column.count - present.count
            points = Set(present).sorted()
        }
    }

    /// The same categories in another order.
    init(_ grid: FeatureGrid, ordered points: [Double]) {
        feature = grid.feature
        isCategorical = grid.isCategorical
        missingRows = grid.missingRows
        self.points = points
    }
}

/// Scores rows with one feature set to other values.
struct Substitution {
    let scorer: ModelScorer
    let features: Matrix
    let threads: Int

    /// Margins (after Platt, as contributions add) of `rows` with `feature` set to `values`, one a row.
    func margins(rows: [Int], feature: Int, values: (Int) -> Double) -> [Double] {
        var changed = features.selecting(rows: rows)
        for (position, row) in rows.enumerated() { changed[position, feature] = values(row) }
        return scorer.rawMargins(of: changed, threads: threads).map(scorer.model.margin(fromRaw:))
    }
}
