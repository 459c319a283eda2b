import LinearAlgebra

/// A model laid out for scoring: make it once, score any number of rows with it. The same bits as `Model.rawMargins`.
public struct ModelScorer: Sendable {
    private enum Predictor: Sendable {
        case linear(LinearScorer)
        case trees(TreeScorer)
    }

    private let predictor: Predictor
    public let model: Model

    public init(_ model: Model) {
        self.model = model
        predictor = switch model.predictor {
        case .linear(let linear): .linear(LinearScorer(linear))
        case .trees(let ensemble): .trees(TreeScorer(ensemble))
        }
    }

    /// The margin before calibration of each row of `features`.
    public func rawMargins(of features: Matrix, threads: Int = 1) -> [Double] {
        switch predictor {
        case .linear(let scorer): scorer.margins(of: features, threads: threads)
        case .trees(let scorer): scorer.margins(of: features, threads: threads)
        }
    }

    /// The margin before calibration of one row.
    public func rawMargin(of row: [Double]) -> Double {
        switch predictor {
        case .linear(let scorer): scorer.margin(of: row)
        case .trees(let scorer): scorer.margin(of: row)
        }
    }
}
