import Datasets
import LinearAlgebra
import Models

/// Customers to compare with: what is usual among them, and which of them, whose outcome is known, is most like another.
public struct ReferenceDeals: Sendable {
    /// A past deal and how near it is.
    public struct Neighbour: Sendable, Equatable {
        /// Row of the reference, counted from 0.
        public let row: Int
        /// 0 = alike in all that was compared, 1 = at the far end in all of it.
        public let distance: Double
    }

    private enum Distribution: Sendable {
        /// Known values, rising.
        case numeric([Double], isFlag: Bool)
        /// Rows by code.
        case categorical([Int])
    }

    public let rows: Int
    /// Mean of the model's probabilities (values for a regression).
    public let meanProbability: Double
    /// Whether any row has an outcome.
    public let hasOutcomes: Bool
    public let features: Matrix
    /// NaN = unknown; 1 where the model's outcome happened.
    public let outcomes: [Double]
    private let names: [String?]
    private let distributions: [Distribution]
    /// Mid-ranks in [0, 1] of numbers, codes of categories, NaN = missing; rows x features, column order.
    private let places: Matrix

    /// - Parameters:
    ///   - table: at least one row, read with the document's `evaluationOptions`; without the target no row has an outcome.
    ///   - encoded: the table as the model reads it.
    /// - Throws: `DataError` for a table without rows, or a target that is none.
    public init(_ document: ModelDocument, table: Table, encoded: EncodedFeatures, threads: Int = 1) throws {
        guard table.rowCount > 0 else { throw DataError(source: table.source, reason: "has no rows to compare with") }
        let specification = document.specification
        rows = table.rowCount
        features = encoded.matrix
        outcomes = table[specification.target.column] == nil ? Array(repeating: .nan, count: table.rowCount) : try TargetReader.read(specification, table, needsVariety: false)
        hasOutcomes = outcomes.contains { !$0.isNaN }
        let ids = specification.id.flatMap { table[$0] }
        names = (0 ..< table.rowCount).map { row in ids.flatMap { $0.text(at: row) } }
        meanProbability = Reductions.mean(Scores(document.model, encoded, threads: threads).probabilities)
        var places = Matrix(rows: encoded.matrix.rows, columns: encoded.matrix.columns, order: .column)
        var distributions: [Distribution] = []
        for (index, feature) in document.model.features.enumerated() {
            let column = encoded.matrix.column(index)
            switch feature.kind {
            case .numeric:
                let sorted = column.filter { !$0.isNaN }.sorted()
                let isFlag = sorted.allSatisfy { $0 == 0 || $0 == 1 } && (feature.range.map { $0.lowerBound == 0 && $0.upperBound == 1 } ?? true)
                distributions.append(.numeric(sorted, isFlag: isFlag))
                for row in column.indices { places[row, index] = column[row].isNaN ? .nan : Self.midRank(column[row], sorted) }
            case .categorical(let levels):
                var counts = [Int](repeating: 0, count: levels.count)
                for code in column where !code.isNaN { counts[Int(code)] += 1 }
                distributions.append(.categorical(counts))
                for row in column.indices { places[row, index] = column[row] }
            }
        }
        self.distributions = distributions
        self.places = places
    }

    /// What a row is called: its id, or its number from 1.
    public func name(of row: Int) -> String { names[row] ?? String(row + 1) }

    public func row(named id: String) -> Int? { names.firstIndex { $0 == id } }

    /// Where a value stands among the reference's.
    public func comparison(_ value: Double, feature: Int) -> ReasonCard.Comparison {
        let column = distributions[feature]
        guard !value.isNaN else { return .missing(share: Double(rows - known(column)) / Double(rows)) }
        switch column {
        case .numeric(let sorted, let isFlag):
            guard !sorted.isEmpty else { return .share(0) }
            let below = Self.count(below: value, sorted), upTo = Self.count(upTo: value, sorted), all = Double(sorted.count)
            if isFlag { return .share(Double(upTo - below) / all) }
            return .number(below: Double(below) / all, above: Double(sorted.count - upTo) / all, median: Self.median(sorted))
        case .categorical(let counts):
            let all = counts.reduce(0, +), code = Int(value)
            return .share(counts.indices.contains(code) && all > 0 ? Double(counts[code]) / Double(all) : 0)
        }
    }

    /// Whether a feature's numbers are 0 and 1 alone: a no and a yes.
    public func isFlag(_ feature: Int) -> Bool {
        if case .numeric(let sorted, let isFlag) = distributions[feature] { return isFlag && !sorted.isEmpty }
        return false
    }

    /// The place of a value in [0, 1], 0.5 in the middle; nil where it is missing or has no order.
    func place(_ value: Double, feature: Int) -> Double? {
        guard !value.isNaN, case .numeric(let sorted, _) = distributions[feature], !sorted.isEmpty else { return nil }
        return Self.midRank(value, sorted)
    }

    /// The rows with an outcome that are nearest to a customer, nearest first, equal ones by row.
    ///
    /// The distance is a weighted mean over the features: of numbers the difference of their ranks among the reference's rows, of
    /// categories 0 or 1 (Gower 1971, with ranks); a missing value is as far from a known one as can be.
    /// - Parameters:
    ///   - weights: not negative, one a feature: what each feature matters to the customer. All 0 counts as all alike.
    ///   - excluding: a row that is the customer itself.
    /// - Complexity: O(rows · features).
    public func nearest(to values: [Double], weights: [Double], excluding: Int? = nil, count: Int) -> [Neighbour] {
        let total = weights.reduce(0, +)
        let shares = total > 0 ? weights.map { $0 / total } : weights.map { _ in 1 / Double(weights.count) }
        var distances = [Double](repeating: 0, count: rows)
        for feature in values.indices where shares[feature] > 0 {
            let share = shares[feature], own: Double
            let isNumeric: Bool
            switch distributions[feature] {
            case .numeric(let sorted, _): (own, isNumeric) = (values[feature].isNaN || sorted.isEmpty ? .nan : Self.midRank(values[feature], sorted), true)
            case .categorical: (own, isNumeric) = (values[feature], false)
            }
            for row in 0 ..< rows {
                let other = places[row, feature]
                let apart = own.isNaN || other.isNaN ? (own.isNaN && other.isNaN ? 0 : 1) : isNumeric ? abs(own - other) : own == other ? 0 : 1
                distances[row] += share * apart
            }
        }
        let candidates = (0 ..< rows).filter { $0 != excluding && !outcomes[$0].isNaN }
        let order = candidates.sorted { distances[$0] != distances[$1] ? distances[$0] < distances[$1] : $0 < $1 }
        return order.prefix(count).map { Neighbour(row: $0, distance: distances[$0]) }
    }

    private func known(_ column: Distribution) -> Int {
        switch column {
        case .numeric(let sorted, _): sorted.count
        case .categorical(let counts): counts.reduce(0, +)
        }
    }

    private static func midRank(_ value: Double, _ sorted: [Double]) -> Double {
        Double(count(below: value, sorted) + count(upTo: value, sorted)) / Double(2 * sorted.count)
    }

    private static func median(_ sorted: [Double]) -> Double {
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private static func count(below value: Double, _ sorted: [Double]) -> Int { partition(sorted) { $0 < value } }
    private static func count(upTo value: Double, _ sorted: [Double]) -> Int { partition(sorted) { $0 <= value } }

    private static func partition(_ sorted: [Double], _ isBefore: (Double) -> Bool) -> Int {
        var low = 0, high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(sorted[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
