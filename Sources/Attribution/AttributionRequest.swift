import LinearAlgebra
import Models

/// Which contributions are asked for: the game, the rows that stand for what is unknown, and who plays.
public struct AttributionRequest: Sendable {
    public enum Method: String, Sendable, CaseIterable {
        /// Trees by their training covers, linear models against the training means.
        case path
        /// Against a background, feature by feature, whatever goes together in the data.
        case interventional
        /// Linear models, against a background's means and covariances (`ConditionalLinearAttributor`).
        case conditional
    }

    public let method: Method
    /// Rows x features, at least one row; nil for `path`.
    public let background: Matrix?
    /// nil = every feature for itself.
    public let players: Players?

    /// - Precondition: a background for every method but `path`, and none for it.
    public init(_ method: Method = .path, background: Matrix? = nil, players: Players? = nil) {
        precondition((method == .path) == (background == nil), "a method other than path has a background")
        self.method = method
        self.background = background
        self.players = players
    }
}

extension Model {
    /// The attributor of this model's margin that answers a request.
    /// - Throws: `AttributionError` where the model has no contributions of that kind.
    public func attributor(_ request: AttributionRequest) throws -> any Attributor {
        guard let background = request.background else { return attributor(players: request.players) }
        guard request.method == .conditional else { return try attributor(background: background, players: request.players) }
        guard case .linear(let linear) = predictor else {
            throw AttributionError("conditional contributions are for linear models; trees have them path-dependent or interventional")
        }
        let own = try ConditionalLinearAttributor(linear, background: background, players: request.players)
        guard case .platt(let slope, let intercept) = calibrator else { return own }
        return AffineAttributor(own, slope: slope, intercept: intercept)
    }
}
