import LinearAlgebra
import Models

/// The standardised design of a linear model over rows in play: known by its terms, made block by block, never as a whole.
///
/// A numeric feature gives its value, missing replaced by the mean of the others, and an indicator of missing where rows
/// miss it; a categorical feature gives an indicator for each level, none dropped, and likewise one for missing. Every
/// column has mean 0 and population standard deviation 1 over the (weighted) rows; columns without spread are left out.
/// A column of ones, for the intercept, stands last.
package struct LinearDesign: Sendable {
    let data: TrainingData
    /// In the order of the features, coefficients 0.
    package let terms: [LinearModel.Term]
    /// The first term of each feature, and past the last one the number of terms.
    private let firstTerm: [Int]

    /// Terms and the intercept.
    package var columns: Int { terms.count + 1 }

    /// O(rows · features).
    package init(_ data: TrainingData, threads: Int) {
        let perFeature = Parallel.map(data.features.count, threads: threads) { Self.terms(feature: $0, data) }
        self.data = data
        terms = perFeature.flatMap { $0 }
        var first = [0]
        for terms in perFeature { first.append(first.last! + terms.count) }
        firstTerm = first
    }

    /// The same terms over other rows of the same features.
    init(_ design: LinearDesign, over data: TrainingData) {
        self.data = data
        terms = design.terms
        firstTerm = design.firstTerm
    }

    /// The terms of a feature.
    func terms(of feature: Int) -> Range<Int> { firstTerm[feature] ..< firstTerm[feature + 1] }

    // MARK: Terms

    private static func terms(feature: Int, _ data: TrainingData) -> [LinearModel.Term] {
        var buffer: [Double] = []
        return withValues(of: feature, 0 ..< data.count, of: data, &buffer) { values in
            switch data.features[feature].kind {
            case .numeric: numericTerms(feature, values, data.weightsInPlay)
            case .categorical(let levels): levelTerms(feature, values, data.weightsInPlay, levels: levels.count)
            }
        }
    }

    private static func numericTerms(_ feature: Int, _ values: Span<Double>, _ weights: [Double]?) -> [LinearModel.Term] {
        let extent = ColumnLoops.extent(values, weights: weights)
        let total = extent.weight + extent.missing
        var terms: [LinearModel.Term] = []
        if extent.lowest < extent.highest {
            let mean = extent.sum / extent.weight
            // The second pass also gives what rounding left in the mean, which far from 0 is more than nothing.
            let (rest, squares) = ColumnLoops.spread(values, mean: mean, weights: weights)
            let corrected = mean + rest / extent.weight
            // Missing values stand at the mean: they add rows, no spread.
            let scale = (max(0, squares - rest * rest / extent.weight) / total).squareRoot()
            if scale > 0, scale.isFinite { terms.append(.init(feature: feature, design: .value, mean: corrected, scale: scale, coefficient: 0)) }
        }
        return terms + indicator(feature, .missing, weight: extent.missing, of: total)
    }

    private static func levelTerms(_ feature: Int, _ values: Span<Double>, _ weights: [Double]?, levels: Int) -> [LinearModel.Term] {
        var masses = [Double](repeating: 0, count: levels)
        var missing = 0.0
        for i in values.indices {
            let weight = weights?[i] ?? 1
            if values[i].isNaN { missing += weight } else { masses[Int(values[i])] += weight }
        }
        let total = masses.reduce(missing, +)
        return (0 ..< levels).flatMap { indicator(feature, .level($0), weight: masses[$0], of: total) }
            + indicator(feature, .missing, weight: missing, of: total)
    }

    /// The term of an indicator that is 1 for rows of `weight`; none if that is nothing or everything.
    private static func indicator(_ feature: Int, _ design: LinearModel.Design, weight: Double, of total: Double) -> [LinearModel.Term] {
        let share = weight / total
        let scale = (share * ((total - weight) / total)).squareRoot()
        guard weight > 0, scale > 0 else { return [] }
        return [.init(feature: feature, design: design, mean: share, scale: scale, coefficient: 0)]
    }

    // MARK: Blocks

    /// Writes the design's rows for `positions` (places among the rows in play) into `block`.
    /// - Parameter block: `positions.count` x `columns`, column order.
    func fill(_ block: inout Matrix, positions: Range<Int>) {
        let rows = positions.count
        precondition(block.rows == rows && block.columns == columns && block.order == .column)
        var buffer: [Double] = []
        for feature in data.features.indices where firstTerm[feature] < firstTerm[feature + 1] {
            let own = terms(of: feature)
            withValues(of: feature, positions, &buffer) { x in
                if data.features[feature].isCategorical { fillIndicators(&block, x, own) } else { fillNumber(&block, x, own) }
            }
        }
        for i in terms.count * rows ..< columns * rows { block.storage[i] = 1 }
    }

    private func fillNumber(_ block: inout Matrix, _ x: Span<Double>, _ own: Range<Int>) {
        for term in own {
            let (mean, inverse) = (terms[term].mean, 1 / terms[term].scale)
            var storage = block.storage.mutableSpan
            var column = storage.extracting(term * x.count ..< (term + 1) * x.count)
            // NaN alone is not equal to itself; written so, the loops become vector instructions.
            if case .missing = terms[term].design {
                let (absent, present) = ((1 - mean) * inverse, -mean * inverse)
                for i in column.indices { column[i] = x[i] == x[i] ? present : absent }
            } else {
                for i in column.indices {
                    let z = (x[i] - mean) * inverse
                    column[i] = z == z ? z : 0
                }
            }
        }
    }

    private func fillIndicators(_ block: inout Matrix, _ codes: Span<Double>, _ own: Range<Int>) {
        let rows = codes.count
        var termOfCode: [Int: Int] = [:]
        var storage = block.storage.mutableSpan
        for term in own {
            if case .level(let code) = terms[term].design { termOfCode[code] = term } else { termOfCode[-1] = term }
            let absent = -terms[term].mean / terms[term].scale
            for i in term * rows ..< (term + 1) * rows { storage[i] = absent }
        }
        var place = [Int](repeating: -1, count: (termOfCode.keys.max() ?? -1) + 2)
        for (code, term) in termOfCode { place[code + 1] = term }
        for i in 0 ..< rows {
            let slot = codes[i].isNaN ? 0 : Int(codes[i]) + 1
            guard slot < place.count, place[slot] >= 0 else { continue }
            let term = place[slot]
            storage[term * rows + i] = (1 - terms[term].mean) / terms[term].scale
        }
    }

    /// Calls `body` with a feature's values at `positions`, as they are: in place where all rows are in play, else by way of `buffer`.
    func withValues<Result>(of feature: Int, _ positions: Range<Int>, _ buffer: inout [Double], _ body: (Span<Double>) -> Result) -> Result {
        Self.withValues(of: feature, positions, of: data, &buffer, body)
    }

    private static func withValues<Result>(of feature: Int, _ positions: Range<Int>, of data: TrainingData, _ buffer: inout [Double],
                                           _ body: (Span<Double>) -> Result) -> Result {
        guard data.rows != nil else {
            let first = feature * data.matrix.rows
            return body(data.matrix.storage.span.extracting(first + positions.lowerBound ..< first + positions.upperBound))
        }
        if buffer.count != positions.count { buffer = Array(repeating: 0, count: positions.count) }
        copy(feature: feature, positions: positions, of: data, into: &buffer, at: 0)
        return body(buffer.span)
    }

    /// A feature's values at `positions`, as they are, into `target` from `offset` on.
    private static func copy(feature: Int, positions: Range<Int>, of data: TrainingData, into target: inout [Double], at offset: Int) {
        let source = data.matrix.storage.span
        let column = feature * data.matrix.rows
        var target = target.mutableSpan
        if let rows = data.rows {
            let rows = rows.span
            for i in 0 ..< positions.count { target[offset + i] = source[column + rows[positions.lowerBound + i]] }
        } else {
            for i in 0 ..< positions.count { target[offset + i] = source[column + positions.lowerBound + i] }
        }
    }
}
