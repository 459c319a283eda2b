import Attribution
import LinearAlgebra
import Models
import TestSupport
import Testing

/// A random model, row, set of levers and goal: ties of cost, missing values, unseen categories, goals out of reach.
private struct RandomQuestion {
    let model: Model
    let row: [Double]
    let levers: [LeverChoices]
    let goal: WhatIfGoal

    init(seed: UInt64, linear: Bool = false, trees: Int = 12, depth: Int = 4) {
        var draws = RandomDraws(seed: seed, stream: 40)
        let features = RandomEnsembles.features(numeric: 4, categorical: 3)
        let predictor: Model.Predictor = linear ? .linear(RandomEnsembles.linear(seed: seed, features: features))
            : .trees(RandomEnsembles.make(seed: seed, features: features, trees: trees, depth: depth))
        let calibrator: Calibrator = switch seed % 4 {
        case 0: .none
        case 1: .platt(slope: 0.8, intercept: -0.3)
        case 2: .isotonic(thresholds: [-1, -0.5, 0, 0.25, 1], values: [0.1, 0.2, 0.45, 0.6, 0.9], count: 100)
        default: .beta(a: 1.2, b: 0.7, c: 0.1)
        }
        model = Model(features: features, predictor: predictor, link: .logit, calibrator: calibrator)
        row = RandomEnsembles.rows(seed: seed, features: features, count: 1).row(0)
        var order = Array(features.indices)
        order.shuffle(using: &draws)
        var levers: [LeverChoices] = []
        for feature in order.prefix(1 + draws.below(4)) {
            let current = row[feature]
            let cost = [0, 0.1, 1, 1, 2.5][draws.below(5)]
            switch features[feature].kind {
            case .numeric:
                let values = (0 ..< 2 + draws.below(8)).map { Double($0) / 2 - 1.75 }
                levers.append(LeverChoices(feature: feature, choices: values.map { .init(value: $0, cost: cost * (current.isNaN ? 3 : abs($0 - current) * 2)) }))
            case .categorical(let texts):
                let codes = (0 ..< texts.count).filter { _ in texts.count < 10 || draws.chance(0.1) }
                levers.append(LeverChoices(feature: feature, choices: codes.map { .init(value: Double($0), cost: cost) }))
            }
        }
        self.levers = levers
        let before = model.probability(fromRaw: model.plainRawMargin(of: row))
        let up = draws.chance(0.5)
        let wanted = up ? before + (1 - before) * draws.uniform() * 0.6 : before * (1 - draws.uniform() * 0.6)
        goal = WhatIfGoal(up ? .atLeast : .atMost, wanted, safetyMargin: draws.chance(0.3) ? 0.1 : 0)
    }

    /// What holds of every solution, whatever the search did: only levers changed, only to allowed values, at their price, and it reaches the goal.
    func check(_ solution: WhatIfSolution, reaches: Bool = true) {
        var changed = row
        var cost = 0.0
        for change in solution.changes {
            guard let lever = levers.first(where: { $0.feature == change.feature }), let choice = lever.choices.first(where: { $0.value == change.to }) else {
                Issue.record("\(change) is not allowed")
                return
            }
            #expect(change.from == row[change.feature] || change.from == nil && row[change.feature].isNaN)
            #expect(change.to != change.from)
            changed[change.feature] = change.to
            cost += choice.cost
        }
        #expect(abs(cost - solution.cost) <= 1e-9 * max(1, cost))
        #expect(solution.changes.map(\.feature) == solution.changes.map(\.feature).sorted())
        let raw = model.plainRawMargin(of: changed)
        #expect(solution.probability == model.probability(fromRaw: raw))
        if reaches { #expect(goal.direction == .atLeast ? solution.probability >= goal.probability : solution.probability <= goal.probability) }
    }
}

struct `What-if search` {
    private func compare(_ question: RandomQuestion, tableSize: Int, _ tally: inout (reached: Int, impossible: Int)) {
        var limits = WhatIfLimits(seconds: nil)
        limits.tableSize = tableSize
        let answer = WhatIfSolver(question.model).solve(row: question.row, levers: question.levers, goal: question.goal, alternatives: 3, limits: limits)
        let truth = ExhaustiveWhatIf(question.model, row: question.row, levers: question.levers, goal: question.goal)
        let expected = truth.diverse(4)
        #expect(answer.before == question.model.probability(fromRaw: question.model.plainRawMargin(of: question.row)))
        guard let cheapest = expected.first else {
            tally.impossible += 1
            #expect(answer.status == .impossible && answer.best == nil && answer.bound == nil && answer.closestIsProven)
            guard let closest = answer.closest else { Issue.record("no evidence"); return }
            question.check(closest, reaches: false)
            #expect(abs(closest.probability - question.model.probability(fromRaw: truth.extreme)) < 1e-12)
            return
        }
        tally.reached += 1
        #expect(answer.status == .reached)
        guard let best = answer.best, let bound = answer.bound else { Issue.record("no solution"); return }
        question.check(best)
        #expect(abs(best.cost - cheapest.cost) < 1e-9 && bound == best.cost)
        #expect(best.changes.map(\.feature) == cheapest.levers)
        #expect(answer.alternatives.map { $0.changes.map(\.feature) } == expected.dropFirst().map(\.levers))
        for (found, way) in zip(answer.alternatives, expected.dropFirst()) {
            question.check(found)
            #expect(abs(found.cost - way.cost) < 1e-9)
        }
    }

    @Test(arguments: [4_096, 24]) func `gives what exhaustive enumeration gives, for trees`(tableSize: Int) {
        var tally = (reached: 0, impossible: 0)
        for seed in 0 ..< UInt64(Study.size(full: 1_500, bounded: 150)) { compare(RandomQuestion(seed: seed), tableSize: tableSize, &tally) }
        #expect(tally.reached > 30 && tally.impossible > 20, "\(tally)")
    }

    @Test func `gives what exhaustive enumeration gives, for linear models`() {
        var tally = (reached: 0, impossible: 0)
        for seed in 0 ..< UInt64(Study.size(full: 400, bounded: 80)) { compare(RandomQuestion(seed: seed, linear: true), tableSize: 4_096, &tally) }
        #expect(tally.reached > 15 && tally.impossible > 15, "\(tally)")
    }

    @Test func `stopped early, the bound is never above the optimum and the best found is sound`() {
        var stopped = 0
        for seed in 0 ..< UInt64(Study.size(full: 600, bounded: 100)) {
            let question = RandomQuestion(seed: seed, trees: 30, depth: 5)
            let solver = WhatIfSolver(question.model)
            // Small tables, so that the limits are loose and there is something to search.
            var limits = WhatIfLimits(seconds: nil)
            limits.tableSize = 16
            let full = solver.solve(row: question.row, levers: question.levers, goal: question.goal, limits: limits)
            for nodes in [0, 1, 2, 4, 8, 16] {
                limits.nodes = nodes
                let answer = solver.solve(row: question.row, levers: question.levers, goal: question.goal, limits: limits)
                guard answer.status == .timeLimit else {
                    #expect(answer.status == full.status && answer.best == full.best)
                    continue
                }
                stopped += 1
                if let best = answer.best { question.check(best) }
                guard let bound = answer.bound else { Issue.record("no bound"); continue }
                if let optimum = full.best {
                    #expect(bound <= optimum.cost)
                    if let best = answer.best { #expect(best.cost >= optimum.cost) }
                } else {
                    #expect(answer.best == nil)
                }
            }
        }
        #expect(stopped > 50, "\(stopped)")
    }

    @Test func `a goal already reached costs nothing`() {
        let question = RandomQuestion(seed: 3)
        let before = question.model.probability(fromRaw: question.model.plainRawMargin(of: question.row))
        let answer = WhatIfSolver(question.model).solve(row: question.row, levers: question.levers, goal: WhatIfGoal(.atLeast, before), alternatives: 2)
        #expect(answer.status == .reached && answer.best?.cost == 0 && answer.best?.changes == [] && answer.best?.probability == before && answer.alternatives.isEmpty)
    }

    @Test func `the answer does not depend on the size of the tables`() {
        for seed in 0 ..< UInt64(40) {
            let question = RandomQuestion(seed: 900 + seed, trees: 40, depth: 6)
            let answers = [8, 64, 4_096, 1 << 16].map { size in
                var limits = WhatIfLimits(seconds: nil)
                limits.tableSize = size
                return WhatIfSolver(question.model).solve(row: question.row, levers: question.levers, goal: question.goal, alternatives: 2, limits: limits)
            }
            for other in answers.dropFirst() {
                #expect(other.status == answers[0].status && other.best == answers[0].best && other.alternatives == answers[0].alternatives)
            }
        }
    }
}
