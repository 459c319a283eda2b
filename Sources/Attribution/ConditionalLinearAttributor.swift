import LinearAlgebra
import Models

/// Exact correlation-aware attributions of a linear model: an unknown feature is not set to its mean but to what the known ones
/// lead one to expect, v(S) = E[margin | x_S], with the model's terms taken as jointly normal as a background has them:
///
///     E[z_U | z_S] = μ_U + Σ_US Σ_SS⁻¹ (z_S − μ_S)                       (methods: Lundberg and Lee 2017; Aas, Jullum and Løland 2021).
///
/// So a feature is also credited for what it tells of others, and one with a coefficient of 0 may contribute. With Σ diagonal these
/// are the contributions of `LinearAttributor` against the same background. Features without a term in the model get 0.
///
/// v(S) − v(∅) is linear in z − μ with the row vector w_S = β_S + Σ_SS⁻¹ Σ_SU β_U, so that contributions are one matrix, made once from
/// all coalitions, times z − μ. Coalitions are walked depth first with one Cholesky factor that grows by the terms added. A term
/// that the others in S determine (the last level of a category) tells nothing new and is passed over. Preparing costs
/// O(2^players · terms²), explaining O(players · terms) a row; only IEEE + − * / and sqrt in a fixed order.
public struct ConditionalLinearAttributor: Attributor {
    /// Beyond these the coalitions are too many to walk: groups make fewer players.
    public static let mostPlayers = 20
    private static let mostWork = 0x1p34

    public let baseValue: Double
    public let playerCount: Int
    private let model: LinearModel
    private let scorer: LinearScorer
    /// Of the terms over the background.
    private let means: [Double]
    /// Players x terms, row order.
    private let weights: [Double]

    /// - Parameters:
    ///   - background: rows x features, at least two rows: where means and covariances come from.
    ///   - players: nil = every feature for itself.
    /// - Throws: `AttributionError` for more players than can be walked.
    public init(_ model: LinearModel, background: Matrix, players: Players? = nil) throws {
        precondition(background.columns == model.featureCount, "the background has the model's features")
        guard background.rows >= 2 else { throw AttributionError("a covariance needs two background rows, the background has \(background.rows)") }
        precondition(players == nil || players!.featureCount == model.featureCount, "players are made of the model's features")
        let playerOf = players?.ofFeature ?? Array(0 ..< model.featureCount)
        var termsOf = [[Int]](repeating: [], count: players?.count ?? model.featureCount)
        for (index, term) in model.terms.enumerated() { termsOf[playerOf[term.feature]].append(index) }
        let active = termsOf.indices.filter { !termsOf[$0].isEmpty }
        let work = Double(sign: .plus, exponent: active.count, significand: 1) * Double(model.terms.count * model.terms.count)
        guard active.count <= Self.mostPlayers, work <= Self.mostWork else {
            throw AttributionError("conditional contributions walk all coalitions of the features: \(active.count) features with \(model.terms.count) terms are too many (at most \(Self.mostPlayers) features); explain by groups")
        }
        var walk = CoalitionWalk(model, background: background, players: active.map { termsOf[$0] })
        walk.run()
        var weights = [Double](repeating: 0, count: termsOf.count * model.terms.count)
        for (place, player) in active.enumerated() {
            for term in model.terms.indices { weights[player * model.terms.count + term] = walk.weights[place * model.terms.count + term] }
        }
        self.weights = weights
        self.model = model
        scorer = LinearScorer(model)
        playerCount = termsOf.count
        means = walk.means
        baseValue = zip(model.terms, walk.means).reduce(model.intercept) { $0 + $1.0.coefficient * $1.1 }
    }

    public var featureCount: Int { model.featureCount }

    public func margins(of features: Matrix, threads: Int) -> [Double] { scorer.margins(of: features, threads: threads) }

    public func contributions(of features: Matrix, rows: Range<Int>) -> Matrix {
        precondition(features.columns == featureCount, "the model has \(featureCount) features, the matrix \(features.columns)")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= features.rows, "rows \(rows) lie outside the matrix")
        var result = Matrix(rows: rows.count, columns: playerCount, order: .column)
        let count = model.terms.count
        for (position, row) in rows.enumerated() {
            let deviations = model.terms.indices.map { model.terms[$0].standardised(features[row, model.terms[$0].feature]) - means[$0] }
            for player in 0 ..< playerCount {
                var sum = 0.0
                for term in 0 ..< count { sum += weights[player * count + term] * deviations[term] }
                result.storage[player * rows.count + position] = sum
            }
        }
        return result
    }
}

/// All coalitions of the players, each as an extension of the one before it on the path.
private struct CoalitionWalk {
    let means: [Double]
    /// Players x terms, row order.
    private(set) var weights: [Double]
    private let coefficients: [Double]
    private let covariance: [Double]
    /// Σβ.
    private let pull: [Double]
    private let players: [[Int]]
    /// s! (M − s − 1)! / M! by s, 0 for s = M.
    private let shapley: [Double]
    private var common: [Double]

    // The coalition at hand.
    private var members: [Int] = []
    private var terms: [Int] = []
    /// Terms that the factor holds, and its rows one after the other.
    private var kept: [Int] = []
    private var factor: [[Double]] = []

    /// A term whose variance the others explain up to this share adds nothing but rounding.
    private static let leastShare = 1e-9

    init(_ model: LinearModel, background: Matrix, players: [[Int]]) {
        let count = model.terms.count
        let columns = model.terms.map { term in background.column(term.feature).map(term.standardised) }
        let means = columns.map(Reductions.mean)
        let centred = zip(columns, means).map { column, mean in column.map { $0 - mean } }
        var covariance = [Double](repeating: 0, count: count * count)
        for i in 0 ..< count {
            for j in 0 ... i {
                let value = Reductions.mean(zip(centred[i], centred[j]).map { $0 * $1 })
                covariance[i * count + j] = value
                covariance[j * count + i] = value
            }
        }
        let coefficients = model.terms.map(\.coefficient)
        pull = (0 ..< count).map { i in (0 ..< count).reduce(0) { $0 + covariance[i * count + $1] * coefficients[$1] } }
        let all = players.count
        var shapley = [Double](repeating: 0, count: all + 1)
        var chosen = 1.0
        for size in 0 ..< all {
            shapley[size] = 1 / (Double(all) * chosen)
            chosen *= Double(all - 1 - size) / Double(size + 1)
        }
        self.means = means
        self.covariance = covariance
        self.coefficients = coefficients
        self.players = players
        self.shapley = shapley
        weights = Array(repeating: 0, count: all * count)
        common = Array(repeating: 0, count: count)
    }

    mutating func run() {
        visit(from: 0)
        let count = coefficients.count
        for player in players.indices {
            for term in 0 ..< count { weights[player * count + term] -= common[term] }
        }
        // The contributions add up to β (z − μ): what rounding left of it goes to the term's own player.
        for (player, own) in players.enumerated() {
            for term in own {
                let sum = players.indices.reduce(0.0) { $0 + weights[$1 * count + term] }
                weights[player * count + term] += coefficients[term] - sum
            }
        }
    }

    private mutating func visit(from first: Int) {
        add()
        for player in first ..< players.count {
            let (termCount, keptCount) = (terms.count, kept.count)
            members.append(player)
            for term in players[player] { extend(term) }
            visit(from: player + 1)
            members.removeLast()
            terms.removeLast(terms.count - termCount)
            kept.removeLast(kept.count - keptCount)
            factor.removeLast(factor.count - keptCount)
        }
    }

    private mutating func extend(_ term: Int) {
        terms.append(term)
        let count = coefficients.count
        let variance = covariance[term * count + term]
        var row: [Double] = []
        row.reserveCapacity(kept.count + 1)
        var left = variance
        for (index, other) in kept.enumerated() {
            var value = covariance[term * count + other]
            for k in 0 ..< index { value -= row[k] * factor[index][k] }
            value /= factor[index][index]
            row.append(value)
            left -= value * value
        }
        guard left > Self.leastShare * variance else { return }
        row.append(left.squareRoot())
        kept.append(term)
        factor.append(row)
    }

    /// w_S of the coalition at hand, by its Shapley weights.
    private mutating func add() {
        guard !terms.isEmpty else { return }
        let count = coefficients.count
        var w = terms.map { coefficients[$0] }
        var solution = kept.map { term in terms.reduce(pull[term]) { $0 - covariance[term * count + $1] * coefficients[$1] } }
        for i in solution.indices {
            for k in 0 ..< i { solution[i] -= factor[i][k] * solution[k] }
            solution[i] /= factor[i][i]
        }
        for i in solution.indices.reversed() {
            for k in i + 1 ..< solution.count { solution[i] -= factor[k][i] * solution[k] }
            solution[i] /= factor[i][i]
        }
        var place = 0
        for (index, term) in terms.enumerated() where place < kept.count && kept[place] == term {
            w[index] += solution[place]
            place += 1
        }
        let size = members.count
        for (index, term) in terms.enumerated() {
            common[term] += shapley[size] * w[index]
            let own = (shapley[size - 1] + shapley[size]) * w[index]
            for member in members { weights[member * count + term] += own }
        }
    }
}
