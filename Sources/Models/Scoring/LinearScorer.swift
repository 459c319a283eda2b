import LinearAlgebra

extension LinearModel.Term {
    /// The standardised value of the term for a feature's value; missing counts as the mean.
    @inline(__always)
    public func standardised(_ x: Double) -> Double {
        switch design {
        case .value: x.isNaN ? 0 : (x - mean) / scale
        case .missing: ((x.isNaN ? 1 : 0) - mean) / scale
        case .level(let code): ((x == Double(code) ? 1 : 0) - mean) / scale
        }
    }
}

extension LinearModel {
    /// The margin of each row: intercept, then the sum of each feature's terms, in the order of the features.
    /// The same bits for every number of threads. O(rows · features), whatever the number of levels.
    /// - Parameter features: rows x `featureCount`; NaN = missing, categories as codes.
    public func margins(of features: Matrix, threads: Int = 1) -> [Double] { LinearScorer(self).margins(of: features, threads: threads) }
}

/// A linear model laid out for scoring: a categorical feature's terms add up to one number a level, kept in a table.
public struct LinearScorer: Sendable {
    private struct FeatureTerms: Sendable {
        var feature: Int
        var terms: [LinearModel.Term]
        /// Sum of the terms for missing, for any category without a term, and for codes from 0 on; nil for a numeric feature.
        var table: [Double]?
    }

    private let featureCount: Int
    private let intercept: Double
    private var features: [FeatureTerms] = []

    public init(_ model: LinearModel) {
        featureCount = model.featureCount
        intercept = model.intercept
        for term in model.terms {
            if features.last?.feature != term.feature { features.append(FeatureTerms(feature: term.feature, terms: [])) }
            features[features.count - 1].terms.append(term)
        }
        for index in features.indices { features[index].table = Self.table(features[index].terms) }
    }

    /// A feature's part of the margin: its terms, added in their order.
    @inline(__always)
    private static func sum(_ terms: [LinearModel.Term], _ x: Double) -> Double {
        var sum = 0.0
        for term in terms { sum += term.coefficient * term.standardised(x) }
        return sum
    }

    private static func table(_ terms: [LinearModel.Term]) -> [Double]? {
        var largest: Int?
        for case .level(let code) in terms.map(\.design) { largest = max(largest ?? 0, code) }
        guard let largest else { return nil }
        return [sum(terms, .nan), sum(terms, -1)] + (0 ... largest).map { sum(terms, Double($0)) }
    }

    /// As `LinearModel.margins(of:threads:)`.
    public func margins(of matrix: Matrix, threads: Int = 1) -> [Double] {
        precondition(matrix.columns == featureCount, "\(matrix.columns) columns for \(featureCount) features")
        let chunk = 4_096
        let chunks = (matrix.rows + chunk - 1) / chunk
        let parts = Parallel.map(chunks, threads: threads) { part in
            let rows = part * chunk ..< min(matrix.rows, (part + 1) * chunk)
            var margins = [Double](repeating: intercept, count: rows.count)
            for feature in features { add(feature, of: matrix, rows: rows, to: &margins) }
            return margins
        }
        return parts.count == 1 ? parts[0] : Array(parts.joined())
    }

    private func add(_ feature: FeatureTerms, of matrix: Matrix, rows: Range<Int>, to margins: inout [Double]) {
        let (rowStride, columnStride) = matrix.order == .column ? (1, matrix.rows) : (matrix.columns, 1)
        let offset = rows.lowerBound * rowStride + feature.feature * columnStride
        if let table = feature.table {
            for row in margins.indices { margins[row] += Self.look(table, matrix.storage[offset &+ row &* rowStride]) }
            return
        }
        // Term by term over the whole chunk, so that the kind of a term is asked once and not in every row.
        var sums = [Double](repeating: 0, count: margins.count)
        for term in feature.terms {
            let (coefficient, mean, scale) = (term.coefficient, term.mean, term.scale)
            if term.design == .value {
                for row in sums.indices {
                    let x = matrix.storage[offset &+ row &* rowStride]
                    sums[row] += coefficient * (x.isNaN ? 0 : (x - mean) / scale)
                }
            } else {
                let present = term.coefficient * term.standardised(0)
                let missing = term.coefficient * term.standardised(.nan)
                for row in sums.indices { sums[row] += matrix.storage[offset &+ row &* rowStride].isNaN ? missing : present }
            }
        }
        for row in margins.indices { margins[row] += sums[row] }
    }

    @inline(__always)
    private static func look(_ table: [Double], _ x: Double) -> Double {
        if x.isNaN { return table[0] }
        guard x >= 0, x < Double(table.count - 2), let code = Int(exactly: x) else { return table[1] }
        return table[code + 2]
    }

    /// The margin of one row of `featureCount` values.
    public func margin(of row: [Double]) -> Double {
        precondition(row.count == featureCount, "\(row.count) values for \(featureCount) features")
        return features.reduce(intercept) { margin, feature in
            let x = row[feature.feature]
            return margin + (feature.table.map { Self.look($0, x) } ?? Self.sum(feature.terms, x))
        }
    }
}
