import Datasets
import Documents
import LinearAlgebra
import Models
import OffPolicy
import TestSupport
import Testing

/// A market of three actions with two features; which action is best depends on them by `effect`. Propensities depend on x.
struct TargetingMarket {
    var effect: Double
    static let actions = ["a", "b", "c"]

    /// E[r | x, z, a]
    func mean(_ x: Double, _ z: Double, _ action: Int) -> Double {
        let base = x + 0.5 * z
        switch action {
        case 1: return base + effect * (x > 0.5 ? 1 : -1)
        case 2: return base + effect * (z > 0.3 ? 0.5 : -1)
        default: return base
        }
    }

    func propensities(_ x: Double) -> [Double] { [0.5 - 0.2 * x, 0.2 + 0.1 * x, 0.3 + 0.1 * x] }

    func history(deals: Int, seed: UInt64, clusters: Bool = false) throws -> History {
        var random = RandomDraws(seed: seed)
        var text = "x,z,action,p,r\n"
        for _ in 0 ..< deals {
            let x = random.uniform(), z = random.uniform(), u = random.uniform()
            let p = propensities(x)
            let action = u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2
            let reward = mean(x, z, action) + (random.uniform() - 0.5) * 2
            text += [x, z].map(NumberText.shortest).joined(separator: ",") + ",\(Self.actions[action]),\(NumberText.shortest(p[action])),\(NumberText.shortest(reward))\n"
        }
        return try OffPolicyTests.history("history: h\ndata: d\naction: action\npropensity: {column: p}\noutcomes: {r: {column: r}}\nobjective: r - cost\n"
            + "costs: {a: 0, b: 0.1, c: 0.3}", table(text))
    }

    /// The value of a tree over the population, on a fine grid of x and z, which are uniform.
    func value(of tree: PolicyTree, costs: [Double] = [0, 0.1, 0.3]) -> Double {
        let side = 100
        var matrix = Matrix(rows: side * side, columns: 2)
        for i in 0 ..< side * side {
            matrix[i, 0] = (Double(i % side) + 0.5) / Double(side)
            matrix[i, 1] = (Double(i / side) + 0.5) / Double(side)
        }
        let features = LearningFeatures(features: [.init(name: "x", kind: .numeric), .init(name: "z", kind: .numeric)], matrix: matrix)
        let actions = tree.actions(features, rows: Array(0 ..< side * side))
        return actions.indices.reduce(0) { $0 + mean(matrix[$1, 0], matrix[$1, 1], Int(actions[$1])) - costs[Int(actions[$1])] } / Double(actions.count)
    }
}

@Suite struct `Learning a strategy` {
    @Test func `finds who is better off with which action`() throws {
        let market = TargetingMarket(effect: 1)
        let history = try market.history(deals: 4_000, seed: 3)
        var options = PolicyLearningOptions()
        options.threads = 2
        let result = try PolicyLearning.run(history, options: options, learners: .ridge)
        // The best policy takes b above x = 0.5, c of the others above z = 0.3, and a else: a tree of depth 2.
        let best = market.value(of: PolicyTree(root: .split(.atMost(feature: "x", threshold: 0.5, missingGoesLeft: false),
            left: .split(.atMost(feature: "z", threshold: 0.3, missingGoesLeft: false), left: .leaf(action: 0, deals: 0), right: .leaf(action: 2, deals: 0)),
            right: .leaf(action: 1, deals: 0))))
        #expect(market.value(of: result.tree) > best - 0.03)
        #expect(result.learned.interval.lower < best + 0.05 && result.learned.value > result["a"]!.value + 0.2)
        #expect(result["a"]!.treeMinusThis!.lower > 0 && result["a"]!.treeMinusThis!.adjustedP < 0.01)
        #expect(result.agreement > 0.9)
        #expect(result.rows.map(\.name) == ["learned", "depth 1", "depth 0", "best action of each customer", "a", "b", "c", "as_logged"])
        for row in result.rows { #expect((row.shares.reduce(0, +) - 1).magnitude < 1e-9) }
        // Constants are worth what `compare` says, to the last bits.
        let constants = try TargetingMarket.actions.map { try strategy("strategy: \($0)\notherwise: \($0)") }
        let compared = try Comparison.run(history, strategies: constants, learners: .ridge)
        for name in TargetingMarket.actions {
            let estimate = compared[name]!.primary!
            #expect((estimate.value! - result[name]!.value).magnitude < 1e-12 && (estimate.standardError! - result[name]!.standardError).magnitude < 1e-12)
        }
    }

    @Test func `gives the same whatever the threads`() throws {
        let history = try TargetingMarket(effect: 0.3).history(deals: 500, seed: 8)
        func run(_ threads: Int) throws -> JSON {
            var options = PolicyLearningOptions()
            options.threads = threads
            options.replicates = 3
            return try PolicyLearning.run(history, options: options, learners: .ridge).json
        }
        #expect(try run(1) == run(4))
    }

    /// Where no action does anything, every policy is worth the same. A value taken from the deals that taught the tree is too high.
    @Test func `does not flatter itself where there is nothing to learn`() throws {
        let simulations = 60
        let values = try Parallel.map(simulations, threads: 2) { index -> (honest: Double, flattered: Double) in
            var options = PolicyLearningOptions()
            options.draws = 100
            let market = TargetingMarket(effect: 0)
            let history = try market.history(deals: 400, seed: UInt64(index) + 100)
            let result = try PolicyLearning.run(history, options: options, learners: .ridge)
            // Costs differ, what the actions earn does not.
            let truth = zip(result.learned.shares, [0, 0.1, 0.3]).reduce(0.75) { $0 - $1.0 * $1.1 }
            return (result.learned.value - truth, result.trainingValue - truth)
        }
        func mean(_ numbers: [Double]) -> (value: Double, error: Double) {
            (Reductions.mean(numbers), (Reductions.variance(numbers) / Double(numbers.count)).squareRoot())
        }
        let (honest, flattered) = (mean(values.map(\.honest)), mean(values.map(\.flattered)))
        #expect(honest.value.magnitude < 4 * honest.error, "\(honest)")
        #expect(flattered.value > 10 * flattered.error, "\(flattered)")
    }

    @Test func `keeps within a budget at the smallest price`() throws {
        let history = try TargetingMarket(effect: 1).history(deals: 2_000, seed: 21)
        func run(_ budget: Double?) throws -> PolicyLearningResult {
            var options = PolicyLearningOptions()
            options.budget = budget
            options.draws = 100
            return try PolicyLearning.run(history, options: options, learners: .ridge)
        }
        let free = try run(nil)
        var last = free.trainingValue
        for budget in [0.12, 0.08, 0.04, 0] {
            let result = try run(budget)
            let spent = try #require(result.budget)
            #expect(spent.spent <= budget && spent.price > 0)
            #expect(result.trainingValue <= last + 1e-9)
            last = result.trainingValue
        }
        let loose = try run(1)
        #expect(loose.budget?.price == 0 && loose.tree == free.tree)
        let dear = "history: h\ndata: d\naction: action\npropensity: {column: p}\noutcomes: {r: {column: r}}\ncosts: {a: 1, b: 1, c: 2}"
        var options = PolicyLearningOptions()
        options.budget = 0.5
        #expect(throws: ComparisonError.self) { try PolicyLearning.run(try OffPolicyTests.history(dear, history.table), options: options, learners: .ridge) }
    }

    @Test func `knows how sure each customer's best action is`() throws {
        var options = PolicyLearningOptions()
        options.replicates = 12
        options.draws = 100
        let customers = try #require(try PolicyLearning.run(try TargetingMarket(effect: 1).history(deals: 1_500, seed: 4), options: options, learners: .ridge).customers)
        #expect(customers.count == 1_500 && customers.allSatisfy { $0.advantage >= 0 && $0.standardError > 0 && $0.best != $0.runnerUp })
        // What is far from 0 in standard errors is so in nearly every refit.
        let sure = customers.filter { $0.advantage > 4 * $0.standardError }
        let unsure = customers.filter { $0.advantage < 0.3 * $0.standardError }
        #expect(sure.count > 100 && unsure.count > 20)
        #expect(Reductions.mean(sure.map(\.confidence)) > 0.98 && Reductions.mean(unsure.map(\.confidence)) < 0.85)
    }

    @Test func `says what it cannot do`() throws {
        let history = try TargetingMarket(effect: 1).history(deals: 100, seed: 1)
        var options = PolicyLearningOptions()
        options.features = ["nothing"]
        #expect(throws: ComparisonError.self) { try PolicyLearning.run(history, options: options, learners: .ridge) }
        let one = try OffPolicyTests.history("history: h\ndata: d\naction: a\npropensity: uniform\noutcomes: {r: {column: r}}",
                                             table("x,a,r\n" + (0 ..< 20).map { "\($0 % 7),only,\($0 % 3)\n" }.joined()))
        #expect(throws: ComparisonError.self) { try PolicyLearning.run(one, options: PolicyLearningOptions(), learners: .ridge) }
    }
}

/// How often the interval of the honest value holds the value of the trees, known by simulation.
struct PolicyLearningStudy {
    @Test func `the honest interval covers`() throws {
        let simulations = Study.size(full: 1_000, bounded: 40)
        for effect in [0.0, 0.15, 0.4] {
            let market = TargetingMarket(effect: effect)
            let covered = try Parallel.map(simulations, threads: 2) { index -> Bool in
                var options = PolicyLearningOptions()
                options.draws = 100
                options.seed = UInt64(index)
                let result = try PolicyLearning.run(try market.history(deals: 1_000, seed: UInt64(index) + 5_000), options: options, learners: .ridge)
                let truth = result.foldTrees.reduce(0) { $0 + market.value(of: $1.tree) * Double($1.deals) } / 1_000
                return result.learned.interval.lower <= truth && truth <= result.learned.interval.upper
            }
            let share = Double(covered.count { $0 }) / Double(simulations)
            Study.record("policy-learning", "effect \(effect): the honest 95 % interval holds the trees' value in \(NumberText.fixed(100 * share, decimals: 1)) % of \(simulations)")
            #expect(Study.isFull ? (0.93 ... 0.97).contains(share) : Study.bounds(share: 0.95, count: simulations).contains(share))
        }
    }
}
