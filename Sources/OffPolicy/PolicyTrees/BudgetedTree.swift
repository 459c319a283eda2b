import LinearAlgebra

/// A policy tree within a budget: where the best tree costs more, every unit of cost is charged a price λ on top, the smallest at which
/// the best tree keeps within the budget (Lagrange; the price is that of one more unit of budget, as far as a tree can use it).
public struct BudgetedTree: Sendable {
    public let tree: PolicyTree
    /// λ: 0 where the budget does not bind.
    public let price: Double
    /// Mean cost of the tree, a deal of those that it was learned from.
    public let spent: Double

    /// How near the price is to the smallest that does.
    private static let tolerance = 1e-4

    /// - Parameters:
    ///   - depth: other than the learner's.
    ///   - costs: by action.
    ///   - budget: the most that a deal may cost on average; nil: any.
    /// - Throws: `ComparisonError` where the cheapest action costs more. O(log(1 / tolerance)) searches.
    init(_ learner: PolicyTreeLearner, depth: Int? = nil, deals: LearningFeatures, rows: [Int], costs: [Double], budget: Double?) throws {
        func spent(_ tree: PolicyTree) -> Double {
            tree.actions(deals, rows: rows).reduce(0) { $0 + costs[Int($1)] } / Double(rows.count)
        }
        let free = learner.tree(depth: depth)
        let cost = spent(free)
        guard let budget, cost > budget else {
            (tree, price, self.spent) = (free, 0, cost)
            return
        }
        guard costs.min()! <= budget else {
            throw ComparisonError("a budget of \(budget) a deal is below the cost of the cheapest action, \(costs.min()!)")
        }
        // A price of any size ends at the cheapest action alone.
        var low = 0.0
        var high = 1 / (costs.max()! - costs.min()!)
        var best = learner.tree(depth: depth, price: high, costs: costs)
        while spent(best) > budget {
            (low, high) = (high, 2 * high)
            best = learner.tree(depth: depth, price: high, costs: costs)
        }
        while high - low > Self.tolerance * high, high > 1e-12 {
            let middle = (low + high) / 2
            let candidate = learner.tree(depth: depth, price: middle, costs: costs)
            if spent(candidate) > budget {
                low = middle
            } else {
                (high, best) = (middle, candidate)
            }
        }
        (tree, price, self.spent) = (best, high, spent(best))
    }
}
