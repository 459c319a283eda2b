import LinearAlgebra

extension ComparisonResult {
    /// The variant that looks best, less what it owes to having been picked for it (`WinnersCurse`).
    public struct Best: Sendable, Equatable {
        public var name: String
        /// By `dr`, as in its own row.
        public var value: Double
        public var corrected: Double
        public var lower: Double
        public var upper: Double
        /// From the champion, likewise.
        public var difference: Double
        public var correctedDifference: Double
        public var differenceLower: Double
        public var differenceUpper: Double
    }
}

extension Appraiser {
    /// nil with fewer than two variants whose difference from the champion varies.
    func best(_ variants: [Appraisal], differences: [(value: Double, influence: [Double], error: Double)]) -> ComparisonResult.Best? {
        let errors = variants.map { inference.standardError($0.influence) }
        let taking = variants.indices.filter { variants[$0].value.isFinite && errors[$0] > 0 && differences[$0].value.isFinite && differences[$0].error > 0 }
        guard taking.count > 1 else { return nil }
        let value = WinnersCurse(values: taking.map { variants[$0].value }, errors: taking.map { errors[$0] },
                                 correlation: correlation(taking.map { variants[$0].influence }), level: inference.level)
        let difference = WinnersCurse(values: taking.map { differences[$0].value }, errors: taking.map { differences[$0].error },
                                      correlation: correlation(taking.map { differences[$0].influence }), level: inference.level)
        let winner = variants[taking[value.winner]]
        return ComparisonResult.Best(
            name: winner.name, value: winner.value, corrected: value.corrected, lower: value.interval.lower, upper: value.interval.upper,
            difference: differences[taking[difference.winner]].value, correctedDifference: difference.corrected,
            differenceLower: difference.interval.lower, differenceUpper: difference.interval.upper)
    }

    /// Of estimates with these influences, by sums over the bootstrap's units. O(estimates · deals + estimates² · units).
    private func correlation(_ influences: [[Double]]) -> Matrix {
        let units = influences.map(bootstrap.byUnit)
        let count = influences.count
        var products = Matrix(rows: count, columns: count)
        for i in 0 ..< count {
            for j in 0 ... i {
                products[i, j] = Reductions.dot(units[i], units[j])
                products[j, i] = products[i, j]
            }
        }
        var result = products
        for i in 0 ..< count {
            for j in 0 ..< count { result[i, j] = i == j ? 1 : products[i, j] / (products[i, i] * products[j, j]).squareRoot() }
        }
        return result
    }
}
