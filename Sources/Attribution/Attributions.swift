import LinearAlgebra

/// Attributions of the rows of a table: baseValue + Σ contributions of a row = its margin.
public struct Attributions: Sendable, Equatable {
    public var baseValue: Double
    /// Rows x features, column order.
    public var contributions: Matrix
    /// As the model scores the rows.
    public var margins: [Double]

    public init(baseValue: Double, contributions: Matrix, margins: [Double]) {
        precondition(contributions.rows == margins.count, "\(contributions.rows) rows of contributions, \(margins.count) margins")
        self.baseValue = baseValue
        self.contributions = contributions
        self.margins = margins
    }

    public subscript(row: Int) -> RowAttribution {
        RowAttribution(baseValue: baseValue, contributions: contributions.row(row), margin: margins[row])
    }

    /// The largest `RowAttribution.additivityError` of any row, 0 without rows.
    public var additivityError: Double {
        margins.indices.reduce(0) { max($0, self[$1].additivityError) }
    }
}

/// The attribution of one row.
public struct RowAttribution: Sendable, Equatable {
    public var baseValue: Double
    /// In the order of the features.
    public var contributions: [Double]
    public var margin: Double

    public init(baseValue: Double, contributions: [Double], margin: Double) {
        self.baseValue = baseValue
        self.contributions = contributions
        self.margin = margin
    }

    /// |base value + Σ contributions - margin| / max(1, |margin|); no more than 1e-12 for every model that is read from a document.
    public var additivityError: Double {
        abs(contributions.reduce(baseValue, +) - margin) / max(1, abs(margin))
    }
}
