import LinearAlgebra

extension TreeEnsemble {
    /// The margin of each row: base margin, then one leaf a tree, added in the order of the trees.
    /// Whoever scores again and again keeps a `TreeScorer`, which this makes and drops.
    /// - Parameter features: rows x `featureCount`; NaN = missing, categories as codes.
    public func margins(of features: Matrix, threads: Int = 1) -> [Double] {
        TreeScorer(self).margins(of: features, threads: threads)
    }
}

extension Model {
    /// The predictor's own margin (before calibration) of each row of `features`.
    public func rawMargins(of features: Matrix, threads: Int = 1) -> [Double] {
        switch predictor {
        case .linear(let model): model.margins(of: features, threads: threads)
        case .trees(let ensemble): ensemble.margins(of: features, threads: threads)
        }
    }
}
