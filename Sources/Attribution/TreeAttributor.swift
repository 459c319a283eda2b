import LinearAlgebra
import Models

/// Exact path-dependent attributions of a tree ensemble (TreeSHAP: Lundberg, Erion and Lee, arXiv:1802.03888), by
/// Gauss-Legendre quadrature with as many nodes as each tree needs. See `TreePlan` for the formula.
///
/// The game: v(S) follows the row at questions on features in S and takes the mean of the children at all others, weighted
/// by their covers. Weights are a child's cover over the sum of both, so that they sum to 1 also in files whose
/// covers do not; players may be groups of features, known together; a cover of 0 weighs 0, and where both are 0 the walk ends with value 0.
///
/// Time: O(rows · Σ over trees of nodes · ceil(distinct features on the deepest path / 2)); memory: the model's constants, and
/// for each thread O(depth) vectors and one block of results.
public struct TreeAttributor: Attributor {
    public let baseValue: Double
    public let featureCount: Int
    public let playerCount: Int
    /// Up to so many rows are explained one by one, which costs less than a block of 16.
    private static let mostSingleRows = 3

    private let scorer: TreeScorer
    private let plan: TreePlan

    /// - Precondition: children stand after their parent, features lie below `featureCount`, thresholds are finite and covers
    ///   not negative, as `ModelDocument` checks.
    /// - Parameter players: nil = every feature for itself.
    public init(_ ensemble: TreeEnsemble, players: Players? = nil) {
        precondition(players == nil || players!.featureCount == ensemble.featureCount, "players are made of the model's features")
        featureCount = ensemble.featureCount
        scorer = TreeScorer(ensemble)
        playerCount = players?.count ?? ensemble.featureCount
        plan = TreePlan(ensemble, playerOf: players?.ofFeature ?? Array(0 ..< ensemble.featureCount))
        baseValue = ensemble.baseMargin + plan.meanValue
    }

    public func margins(of features: Matrix, threads: Int) -> [Double] { scorer.margins(of: features, threads: threads) }

    public func contributions(of features: Matrix, rows: Range<Int>) -> Matrix {
        precondition(features.columns == featureCount, "the model has \(featureCount) features, the matrix \(features.columns)")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= features.rows, "rows \(rows) lie outside the matrix")
        var result = Matrix(rows: rows.count, columns: playerCount, order: .column)
        guard rows.count > Self.mostSingleRows else {
            var kernel = RowKernel(plan, playerCount: playerCount)
            for (index, row) in rows.enumerated() {
                kernel.run(features, row: row)
                for player in 0 ..< playerCount { result.storage[player * rows.count + index] = kernel.sums[player] }
            }
            return result
        }
        var kernel = TreeKernel(plan, playerCount: playerCount, rows: min(rows.count, TreeKernel.mostRows))
        for start in stride(from: 0, to: rows.count, by: TreeKernel.mostRows) {
            let count = min(TreeKernel.mostRows, rows.count - start)
            kernel.run(features, first: rows.lowerBound + start, count: count)
            for player in 0 ..< playerCount {
                for group in 0 ..< (count + lanes - 1) / lanes {
                    let first = group * lanes, place = player * rows.count + start + first
                    let values = kernel.contributions(player: player, group: group)
                    for lane in 0 ..< min(lanes, count - first) { result.storage[place + lane] = values[lane] }
                }
            }
        }
        return result
    }
}
