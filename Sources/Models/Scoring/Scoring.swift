import LinearAlgebra

extension TreeEnsemble {
    /// The margin of each row: base margin, then one leaf a tree, added in the order of the trees.
    /// - Parameter features: rows x `featureCount`.
    public func margins(of features: Matrix, threads: Int = 1) -> [Double] {
        precondition(features.columns == featureCount)
        return (0 ..< features.rows).map { row in
            trees.reduce(baseMargin) { sum, tree in
                var index = 0
                while !tree.nodes[index].isLeaf {
                    let node = tree.nodes[index]
                    index = tree.next(from: node, value: features[row, Int(node.feature)])
                }
                return sum + tree.nodes[index].value
            }
        }
    }
}

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
    /// The margin of each row: intercept, then the sum of each feature's terms in the order of the features.
    public func margins(of features: Matrix, threads: Int = 1) -> [Double] {
        precondition(features.columns == featureCount)
        return (0 ..< features.rows).map { row in
            terms.reduce(intercept) { $0 + $1.coefficient * $1.standardised(features[row, $1.feature]) }
        }
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
