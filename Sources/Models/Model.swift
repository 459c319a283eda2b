/// A fitted model: a value that does not know how it was trained.
public struct Model: Sendable, Equatable {
    public enum Predictor: Sendable, Equatable {
        case linear(LinearModel)
        case trees(TreeEnsemble)
    }

    public var features: [Feature]
    public var predictor: Predictor
    public var link: Link
    public var calibrator: Calibrator

    public init(features: [Feature], predictor: Predictor, link: Link, calibrator: Calibrator = .none) {
        self.features = features
        self.predictor = predictor
        self.link = link
        self.calibrator = calibrator
    }
}
