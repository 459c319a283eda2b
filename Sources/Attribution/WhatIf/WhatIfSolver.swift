import Models

/// The cheapest change of a few features that makes a model say what is wanted, with a proof; or a proof that none does.
///
/// Make it once for a model, ask it of any number of rows. For trees and linear models, whatever the calibration: every calibration
/// rises with the margin, so the goal is a limit of the raw margin. Exact in the arithmetic of scoring: limits allow for rounding, and
/// what is reported was scored by the model's own scorer.
///
/// Among the cheapest (costs count to twelve digits of the dearest choice): fewest levers changed, then levers in the order of the
/// features, then the nearest values.
public struct WhatIfSolver: Sendable {
    /// More levers than this are refused.
    public static let leverLimit = 8
    /// More choices of one lever than this are refused.
    public static let choiceLimit = 10_000

    public let model: Model
    let scorer: ModelScorer

    public init(_ model: Model) {
        self.model = model
        scorer = ModelScorer(model)
    }

    /// - Parameters:
    ///   - row: the model's features; NaN = missing, categories as codes.
    ///   - levers: at most `leverLimit`, of different features, each with at most `choiceLimit` choices. All else stays as it is.
    ///   - alternatives: how many to look for besides the cheapest.
    public func solve(row: [Double], levers: [LeverChoices], goal: WhatIfGoal, alternatives: Int = 0, limits: WhatIfLimits = WhatIfLimits()) -> WhatIfAnswer {
        precondition(row.count == model.features.count, "\(row.count) values for \(model.features.count) features")
        precondition(levers.count <= Self.leverLimit, "\(levers.count) levers, at most \(Self.leverLimit)")
        precondition(Set(levers.map(\.feature)).count == levers.count, "two levers for one feature")
        precondition(levers.allSatisfy { row.indices.contains($0.feature) && $0.choices.count <= Self.choiceLimit }, "a lever out of bounds")
        precondition(goal.safetyMargin >= 0 && goal.safetyMargin.isFinite && goal.probability.isFinite, "a goal is a number, its margin at least 0")
        let raw = scorer.rawMargin(of: row)
        let before = model.probability(fromRaw: raw)
        if goal.isReached(by: raw, model) {
            return WhatIfAnswer(status: .reached, before: before, best: WhatIfSolution(cost: 0, changes: [], probability: before), bound: 0)
        }
        let deadline = limits.seconds.map { ContinuousClock.now + .seconds($0) }
        let problem = WhatIfProblem(self, row: row, levers: levers, goal: goal, tableSize: limits.tableSize)
        var search = WhatIfSearch(problem, limits: limits, deadline: deadline)
        let (found, isComplete, bound) = search.run(count: 1 + alternatives)
        var answer = WhatIfAnswer(status: .reached, before: before)
        if let first = found.first {
            answer.best = problem.solution(first)
            answer.bound = answer.best?.cost
            answer.alternatives = found.dropFirst().map(problem.solution)
            answer.alternativesAreComplete = isComplete
        } else if isComplete {
            answer.status = .impossible
            let closest = search.closest()
            answer.closest = problem.solution(closest.cells)
            answer.closestIsProven = closest.isProven
        } else {
            answer.status = .timeLimit
            answer.best = search.incumbent.map(problem.solution)
            answer.bound = problem.scale.cost(ofKey: bound)
            answer.alternativesAreComplete = alternatives == 0
        }
        answer.nodes = search.nodes
        return answer
    }
}
