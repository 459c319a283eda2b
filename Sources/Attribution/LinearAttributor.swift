import LinearAlgebra
import Models

/// Exact attributions of a linear model: a feature's contribution is the sum of its terms, coefficient · standardised value.
///
/// These are the interventional Shapley values against the training means, where every term is 0 and the margin is the
/// intercept (Štrumbelj and Kononenko 2014; Lundberg and Lee 2017). A feature's terms (its value or levels, and missing)
/// are one player, and so are a group's features; in an additive model that is their sum. Against another background the
/// contributions move by the background's mean of each term. O(rows · terms).
public struct LinearAttributor: Attributor {
    private let model: LinearModel
    private let scorer: LinearScorer
    private let playerOf: [Int]
    public let playerCount: Int
    public let baseValue: Double
    /// By player, what is taken off: its terms' mean over the background.
    private let means: [Double]

    /// - Parameters:
    ///   - background: rows x features; nil = the training rows.
    ///   - players: nil = every feature for itself.
    public init(_ model: LinearModel, background: Matrix? = nil, players: Players? = nil) {
        precondition(model.terms.allSatisfy { (0 ..< model.featureCount).contains($0.feature) }, "a term names a feature")
        self.model = model
        precondition(players == nil || players!.featureCount == model.featureCount, "players are made of the model's features")
        precondition(background == nil || (background!.rows > 0 && background!.columns == model.featureCount), "a background has rows, and the model's features")
        scorer = LinearScorer(model)
        playerOf = players?.ofFeature ?? Array(0 ..< model.featureCount)
        playerCount = players?.count ?? model.featureCount
        var means = Array(repeating: 0.0, count: playerCount)
        if let background {
            for term in model.terms {
                let values = background.column(term.feature).map { term.coefficient * term.standardised($0) }
                means[playerOf[term.feature]] += Reductions.mean(values)
            }
        }
        self.means = means
        baseValue = means.reduce(model.intercept, +)
    }

    public var featureCount: Int { model.featureCount }

    public func margins(of features: Matrix, threads: Int) -> [Double] { scorer.margins(of: features, threads: threads) }

    public func contributions(of features: Matrix, rows: Range<Int>) -> Matrix {
        precondition(features.columns == featureCount, "the model has \(featureCount) features, the matrix \(features.columns)")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= features.rows, "rows \(rows) lie outside the matrix")
        var result = Matrix(rows: rows.count, columns: playerCount, order: .column)
        for player in means.indices {
            for target in player * rows.count ..< (player + 1) * rows.count { result.storage[target] = -means[player] }
        }
        let rowStep = features.order == .column ? 1 : features.columns
        let columnStep = features.order == .column ? features.rows : 1
        for term in model.terms {
            var source = rows.lowerBound * rowStep + term.feature * columnStep
            let player = playerOf[term.feature]
            for target in player * rows.count ..< (player + 1) * rows.count {
                result.storage[target] += term.coefficient * term.standardised(features.storage[source])
                source += rowStep
            }
        }
        return result
    }
}

/// Attributions of slope · margin + intercept, exactly additive again: Platt scaling is affine in log-odds.
public struct AffineAttributor: Attributor {
    private let own: any Attributor
    private let slope: Double
    private let intercept: Double

    public init(_ own: any Attributor, slope: Double, intercept: Double) {
        self.own = own
        self.slope = slope
        self.intercept = intercept
    }

    public var baseValue: Double { slope * own.baseValue + intercept }
    public var featureCount: Int { own.featureCount }
    public var playerCount: Int { own.playerCount }

    public func margins(of features: Matrix, threads: Int) -> [Double] {
        own.margins(of: features, threads: threads).map { slope * $0 + intercept }
    }

    public func contributions(of features: Matrix, rows: Range<Int>) -> Matrix {
        var result = own.contributions(of: features, rows: rows)
        for i in 0 ..< result.storage.count { result.storage[i] *= slope }
        return result
    }
}
