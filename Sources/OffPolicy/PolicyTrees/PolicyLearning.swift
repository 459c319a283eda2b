import Datasets
import LinearAlgebra
import Models

public struct PolicyLearningOptions: Sendable {
    public var tree = PolicyTreeOptions()
    /// Columns that the tree may ask about; nil: all features of the history.
    public var features: [String]?
    /// The most that a deal may cost on average, in the unit of the history's costs.
    public var budget: Double?
    /// Name of the strategy.
    public var name = "learned"
    /// Of the intervals.
    public var level = 0.95
    public var seed: UInt64 = 1
    /// At least 3, where there are as many clusters.
    public var folds = 5
    /// Draws of the bootstrap behind simultaneous intervals.
    public var draws = 1000
    /// Refits for the certainty of each customer's best action; 0: none are made, and no customers listed.
    public var replicates = 0
    public var threads = 1

    public init() {}
}

/// Learns a strategy from a history.
public enum PolicyLearning {
    /// - Parameter progress: told of the folds that are done.
    /// - Throws: `ComparisonError` for a history that nothing can be learned from, or options that do not fit it; what the learners throw.
    /// O(folds² · fits + folds · search).
    public static func run(_ history: History, options: PolicyLearningOptions, learners: Learners,
                           progress: ProgressHandler? = nil) throws -> PolicyLearningResult {
        try check(history, options)
        let features = try history.learningFeatures(without: [])
        let asked = try selected(features, options.features)
        let outer = CrossFitting(deals: history.dealCount, clusters: history.clusters, folds: options.folds, seed: options.seed).splits
        guard outer.count >= 3 else { throw ComparisonError("an honest value needs three clusters of deals or more, to learn from some and look at others") }
        let scores = try DoublyRobustScores(history, splits: outer, learners: learners, features: { features })
        var treeOptions = options.tree
        treeOptions.threads = options.threads

        let all = Array(0 ..< history.dealCount)
        let learner = PolicyTreeLearner(asked, scores: scores.matrix, rows: all, options: treeOptions)
        let final = try BudgetedTree(learner, deals: asked, rows: all, costs: history.costs, budget: options.budget)
        // By depth and fold: what the tree that was learned without the fold does with each deal.
        var learned = Array(repeating: [[Int32]](), count: treeOptions.depth + 1)
        var foldTrees: [PolicyLearningResult.FoldTree] = []
        for (fold, split) in outer.enumerated() {
            let inner = NestedFolds.splits(outer, without: fold, seed: options.seed)
            let known = try DoublyRobustScores(history, splits: inner, learners: learners, features: { features })
            let learner = PolicyTreeLearner(asked, scores: known.matrix, rows: split.trainRows, options: treeOptions)
            for depth in learned.indices {
                let tree = try BudgetedTree(learner, depth: depth, deals: asked, rows: split.trainRows, costs: history.costs, budget: options.budget).tree
                learned[depth].append(tree.actions(asked, rows: all))
                if depth == treeOptions.depth { foldTrees.append(.init(tree: tree, deals: split.predictRows.count)) }
            }
            progress?(fold + 1, outer.count)
        }
        let honest = learned.map { CrossFittedPolicy($0, splits: outer) }
        let trained = final.tree.actions(asked, rows: all)
        let valuer = PolicyValuer(history, scores, options)
        let best = BestActions.of(scores.predictions)
        return PolicyLearningResult(
            history: .init(history),
            objective: history.objectiveExpression.text, level: options.level, folds: outer.count, options: treeOptions, tree: final.tree, foldTrees: foldTrees, features: learner.featureNames,
            trainingValue: scores.contributions(of: trained, history).value,
            agreement: Double(zip(trained, honest.last!.actions).count { $0 == $1 }) / Double(history.dealCount),
            budget: options.budget.map { .init(limit: $0, price: final.price, spent: final.spent) },
            rows: valuer.rows(learned: honest, best: best.map(\.first)),
            customers: options.replicates > 0 ? try BestActions.customers(best, history, outer, learners, features, options) : nil)
    }

    private static func check(_ history: History, _ options: PolicyLearningOptions) throws {
        precondition(options.level > 0 && options.level < 1 && options.folds >= 3 && options.draws >= 1 && options.replicates >= 0)
        guard history.actions.count > 1 else { throw ComparisonError("the history has one action only; there is nothing to choose") }
        guard history.actions.count <= PolicyTreeLearner.mostActions else {
            throw ComparisonError("a policy tree chooses among \(PolicyTreeLearner.mostActions) actions at most; the history has \(history.actions.count)")
        }
        guard history.dealCount >= 10 else { throw ComparisonError("\(history.dealCount) deals are too few to learn from") }
    }

    /// Those columns that the tree may ask about.
    private static func selected(_ all: LearningFeatures, _ names: [String]?) throws -> LearningFeatures {
        guard let names else {
            if all.features.isEmpty { throw ComparisonError("the history has no column that a rule could ask about") }
            return all
        }
        var indices: [Int] = []
        for name in names {
            guard let index = all.features.firstIndex(where: { $0.name == name }) else {
                throw ComparisonError("no feature '\(name)' to ask about; the history has \(all.features.map(\.name).joined(separator: ", "))")
            }
            if !indices.contains(index) { indices.append(index) }
        }
        let rows = all.rowCount
        return LearningFeatures(features: indices.map { all.features[$0] },
                                matrix: Matrix(rows: rows, columns: indices.count, order: .column,
                                               storage: indices.flatMap { all.matrix.storage[$0 * rows ..< ($0 + 1) * rows] }))
    }
}
