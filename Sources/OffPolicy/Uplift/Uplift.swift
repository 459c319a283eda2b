import Datasets
import Documents
import LinearAlgebra
import Models

public struct UpliftOptions: Sendable {
    public var treatment: String
    public var control: String
    /// An outcome of the history; nil: the objective.
    public var outcome: String?
    /// Of the intervals.
    public var level = 0.95
    public var seed: UInt64 = 1
    public var folds = 5
    /// Half samples behind the standard errors.
    public var draws = 200
    public var threads = 1

    public init(treatment: String, control: String) {
        self.treatment = treatment
        self.control = control
    }

    /// Shares at which curves are listed.
    static let shares = (1 ... 20).map { Double($0) / 20 }
}

/// How well a score ranks deals by what one action does more than another.
public enum Uplift {
    /// - Parameters:
    ///   - score: higher where the treatment is expected to do more; it must not have been fitted on these deals.
    ///   - scores: of the models that it names.
    /// - Throws: `ComparisonError` for actions or outcomes that the history does not have, `ExpressionError` for the score, what the learners throw.
    /// O(deals · draws) and the learners' work.
    public static func run(_ history: History, score: Expression, scores: ModelScores = [:], options: UpliftOptions, learners: Learners) throws -> UpliftResult {
        precondition(options.level > 0 && options.level < 1 && options.draws >= 2 && options.folds >= 2)
        let treatment = try history.actionIndex(options.treatment), control = try history.actionIndex(options.control)
        guard treatment != control else { throw ComparisonError("treatment and control are the same action, '\(options.treatment)'") }
        let outcome = try options.outcome.map { try history.outcomeIndex($0) }
        let checked = try score.number(in: ExpressionSchema(history.table, refused: history.columnsKnownAfterwards))
        let values = Evaluator(table: history.table, scores: scores, threads: options.threads).numbers(checked)
        let ranked = RankedDeals(scores: values)

        let splits = CrossFitting(deals: history.dealCount, clusters: history.clusters, folds: options.folds, seed: options.seed).splits
        let features = try history.learningFeatures(without: [])
        let robust = try DoublyRobustScores(history, outcome: outcome, splits: splits, learners: learners, features: { features })
        let rows = history.dealCount
        let effects = (0 ..< rows).map { robust.matrix.storage[treatment * rows + $0] - robust.matrix.storage[control * rows + $0] }
        let isTreated = history.actionOf.map { Int($0) == treatment ? true : Int($0) == control ? false : nil }
        let observed = outcome.map { history.outcomes[$0].values } ?? history.objective
        // Observed differences are effects only where chance alone, and the same chance for all, decided.
        let isRandomised = if case .byAction = history.propensities { true } else { false }

        @Sendable func curves(_ isIn: [Bool]?) -> (robust: TargetingCurves, observed: ObservedCurves?) {
            (TargetingCurves(ranked, effects: effects, isIn: isIn, shares: UpliftOptions.shares),
             isRandomised ? ObservedCurves(ranked, outcome: observed, isTreated: isTreated, isIn: isIn) : nil)
        }
        let whole = curves(nil)
        let draws = Parallel.map(options.draws, threads: options.threads) { draw in
            let isIn = HalfSample.units(history.clusters?.count ?? rows, seed: options.seed, draw: draw)
            let half = curves(history.clusters.map { clusters in clusters.codes.map { isIn[Int($0)] } } ?? isIn)
            return Draw(robust: half.robust, qiniArea: half.observed.map { $0.area($0.qini) }, upliftArea: half.observed.map { $0.area($0.uplift) })
        }
        let normal = NormalDistribution.quantile(0.5 + options.level / 2)
        func figure(_ value: Double, _ drawn: [Double]) -> UpliftResult.Figure {
            let error = Reductions.variance(drawn).squareRoot()
            return .init(value: value, standardError: error, lower: value - normal * error, upper: value + normal * error,
                         pValue: error > 0 ? min(1, 2 * NormalDistribution.cdf(-(value / error).magnitude)) : value == 0 ? 1 : 0)
        }
        return UpliftResult(
            history: .init(history), score: score.text,
            treatment: options.treatment, control: options.control, outcome: options.outcome ?? history.objectiveExpression.text, level: options.level,
            draws: options.draws, withoutScore: ranked.missing, distinctScores: ranked.groups, average: figure(whole.robust.average, draws.map(\.robust.average)),
            autoc: figure(whole.robust.autoc, draws.map(\.robust.autoc)), qini: figure(whole.robust.qini, draws.map(\.robust.qini)),
            toc: UpliftOptions.shares.enumerated().map { index, share in
                .init(share: share, figure: figure(whole.robust.toc[index], draws.map { $0.robust.toc[index] }))
            },
            observed: whole.observed.map { curves in
                .init(qiniArea: figure(curves.area(curves.qini), draws.compactMap(\.qiniArea)),
                      upliftArea: figure(curves.area(curves.uplift), draws.compactMap(\.upliftArea)), curves: curves)
            },
            reasons: reasons(history, robust.propensities))
    }

    private struct Draw: Sendable {
        let robust: TargetingCurves
        let qiniArea: Double?
        let upliftArea: Double?
    }

    private static func reasons(_ history: History, _ propensities: FittedPropensities) -> [Reason] {
        var reasons: [Reason] = []
        if history.leftOut.total > 0 { reasons.append(.rowsLeftOut(rows: history.leftOut.total, differsByAction: history.leftOut.differsByAction)) }
        if let clusters = history.clusters, clusters.count < Reason.enoughClusters { reasons.append(.fewClusters(clusters.count)) }
        if case .toEstimate = history.propensities { reasons.append(.estimatedPropensities) }
        if propensities.raised > 0 { reasons.append(.propensitiesRaised(deals: propensities.raised)) }
        return reasons
    }
}

extension History {
    /// - Throws: `ComparisonError` that names the nearest action.
    func actionIndex(_ name: String) throws -> Int {
        guard let index = actions.firstIndex(of: name) else {
            throw ComparisonError("no action '\(name)' in history '\(self.name)'\(NearestName.hint(name, among: actions))")
        }
        return index
    }

    func outcomeIndex(_ name: String) throws -> Int {
        let names = outcomes.map(\.name)
        guard let index = names.firstIndex(of: name) else { throw ComparisonError("no outcome '\(name)' in history '\(self.name)'\(NearestName.hint(name, among: names))") }
        return index
    }
}
