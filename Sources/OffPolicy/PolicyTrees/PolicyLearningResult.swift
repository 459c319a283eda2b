/// A learned strategy, what it is worth on deals that it was not learned from, and what to hold it against.
public struct PolicyLearningResult: Sendable {
    public enum Kind: String, Sendable {
        /// The tree of each fold, learned without it and valued on it.
        case policyTree = "policy_tree"
        /// The same with fewer splits: whether the depth pays.
        case shallowerTree = "shallower_tree"
        /// Each deal's best action as a reward model that never saw it predicts.
        case bestAction = "best_action"
        /// One action for all.
        case constant
        case asLogged = "as_logged"
    }

    /// One way to decide, by `dr`.
    public struct Row: Sendable {
        public let name: String
        public let kind: Kind
        public let value: Double
        public let standardError: Double
        public let interval: Interval
        public let method: String
        /// Of the weights 1[action = logged] / π_b.
        public let overlap: Overlap
        public let reasons: [Reason]
        /// By action of the history.
        public let shares: [Double]
        /// The mean cost of its actions, a deal.
        public let cost: Double
        /// The learned tree minus this, on the same deals; intervals and p-values hold for all rows together. nil for the tree.
        public let treeMinusThis: ComparisonResult.Difference?

        public var verdict: Verdict { reasons.verdict }
    }

    /// A tree learned without a fold, and the fold's deals.
    public struct FoldTree: Sendable {
        public let tree: PolicyTree
        public let deals: Int
    }

    public struct Budget: Sendable {
        /// The most that a deal may cost on average.
        public let limit: Double
        /// λ, the price of one more unit of budget a deal.
        public let price: Double
        /// By the tree on the deals that it was learned from.
        public let spent: Double
    }

    public let history: ComparisonResult.HistorySummary
    public let objective: String
    public let level: Double
    public let folds: Int
    public let options: PolicyTreeOptions
    /// Learned from all deals: what is written to the strategy file.
    public let tree: PolicyTree
    /// What the honest value is the value of, each on its fold.
    public let foldTrees: [FoldTree]
    /// Columns that the tree could ask about.
    public let features: [String]
    /// Of the tree on the deals that it was learned from: too good by what the search made of chance.
    public let trainingValue: Double
    /// The share of deals for which the trees of the folds do what the tree of all deals does.
    public let agreement: Double
    public let budget: Budget?
    /// The tree first, then shallower ones, the best action, the constants in the order of the actions, and what was logged.
    public let rows: [Row]
    /// nil unless asked for.
    public let customers: [CustomerAction]?

    public subscript(name: String) -> Row? { rows.first { $0.name == name } }
    public var learned: Row { rows[0] }

    /// Whether the tree is the best of its grid, or grown by looking ahead.
    public var method: String { options.depth <= 2 ? "exact" : "hybrid" }
}

/// The best action for one customer, as predicted, and how sure that is.
public struct CustomerAction: Sendable {
    /// Indices of actions.
    public let best: Int32
    public let runnerUp: Int32
    /// q̂(x, best) − q̂(x, runner-up), by models that did not see the deal.
    public let advantage: Double
    /// Standard deviation of the advantage over refits on random halves of the training deals: for a mean-like fit the standard error
    /// on all of them. It does not hold what the model leaves out.
    public let standardError: Double
    /// The share of refits in which the action is the best.
    public let confidence: Double
}
