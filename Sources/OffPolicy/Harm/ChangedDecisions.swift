import Datasets
import LinearAlgebra

extension ComparisonResult {
    /// What a strategy would do otherwise than the champion, and what drives it.
    ///
    /// Where an action is left to chance, as few decisions change as can be: with p and p' the two probabilities of each action in a
    /// deal, Σ_a max(0, p'_a − p_a) of it changes (total variation), from the actions that lose probability to those that gain it,
    /// in proportion.
    public struct ChangedDecisions: Sendable, Equatable {
        public struct Flow: Sendable, Equatable {
            public var from: String
            public var to: String
            /// Expected; whole numbers where nothing is left to chance.
            public var deals: Double
            /// Rows of the data, counted from 1: those that change most surely, first ones first.
            public var examples: [Int]
            /// What the history's id column says of them, such as the trace of each decision; empty without one.
            public var ids: [String] = []

            package init(from: String, to: String, deals: Double, examples: [Int], ids: [String] = []) {
                self.from = from
                self.to = to
                self.deals = deals
                self.examples = examples
                self.ids = ids
            }
        }

        /// A feature's part in the difference (`AttributedDifference`).
        public struct Driver: Sendable, Equatable {
            public var feature: String
            public var contribution: Double

            package init(feature: String, contribution: Double) {
                self.feature = feature
                self.contribution = contribution
            }
        }

        /// What one of the variant's rules is worth: the difference from the champion that comes from the deals it decides, per deal
        /// of the whole history, so that the rules add up to the strategy's difference.
        ///
        /// It is the rule's Shapley value in the game whose players are the rules: a coalition's worth is that of following the
        /// variant on the deals that its rules decide, and the champion on all others. Each deal has one deciding rule, so the game
        /// is a sum and the Shapley value is the rule's own term. (Shapley 1953: additivity.)
        public struct RuleEffect: Sendable, Equatable {
            /// As the file says it.
            public var rule: String
            public var deals: Int
            /// Of these deals, the share whose decision changes.
            public var changed: Double
            /// nil where the history tells nothing.
            public var contribution: Double?
            public var standardError: Double?
            public var lower: Double?
            public var upper: Double?
        }

        /// Of all deals.
        public var share: Double
        /// Largest first.
        public var flows: [Flow]
        /// Expected deals that keep their action, by action of either strategy.
        public var kept: [ActionDeals]
        /// Largest first; empty where decisions never differ, or nothing attributes them.
        public var drivers: [Driver] = []
        /// The part of the difference that is the same for all deals, and the part that no feature explains: with the drivers
        /// they sum to 1.
        public var common = 0.0
        public var unexplained = 0.0
        /// In the order of the file; empty for a strategy without rules.
        public var rules: [RuleEffect] = []

        public struct ActionDeals: Sendable, Equatable {
            public var action: String
            public var deals: Double

            package init(action: String, deals: Double) {
                self.action = action
                self.deals = deals
            }
        }

        package init(share: Double, flows: [Flow], kept: [ActionDeals]) {
            self.share = share
            self.flows = flows
            self.kept = kept
        }

        static let examplesShown = 3
    }
}

/// The decisions of two strategies side by side.
package struct DecisionChange: Sendable {
    /// Of both, none twice.
    package let actions: [String]
    /// deals x actions, column order.
    package let before: Matrix
    package let after: Matrix

    /// - Precondition: columns as `actions` say; one number of deals.
    package init(before: ActionProbabilities, after: ActionProbabilities) {
        let aligned = after.aligned(to: before.actions)
        actions = aligned.actions
        self.after = aligned.matrix
        self.before = before.aligned(to: aligned.actions).matrix
        precondition(before.matrix.rows == after.matrix.rows, "one number of deals")
    }

    /// Decisions that were taken, as probabilities of 0 and 1.
    package static func taken(_ actionOf: [Int32], actions: [String]) -> ActionProbabilities {
        var matrix = Matrix(rows: actionOf.count, columns: actions.count)
        for (deal, action) in actionOf.enumerated() { matrix.storage[Int(action) * actionOf.count + deal] = 1 }
        return ActionProbabilities(actions: actions, matrix: matrix)
    }

    /// By deal, the probability that its decision changes. O(deals · actions).
    package var changed: [Double] {
        let rows = before.rows, old = before.storage.span, new = after.storage.span
        var changed = Array(repeating: 0.0, count: rows)
        for action in actions.indices {
            let offset = action * rows
            for deal in 0 ..< rows { changed[deal] += max(0, new[offset + deal] - old[offset + deal]) }
        }
        return changed
    }

    /// Share and flows. O(deals · actions + changes · actions²).
    /// - Parameters:
    ///   - changed: as above.
    ///   - ids: of the deals, if they have any.
    ///   - rowNumber: of a deal in its file.
    package func summary(changed: [Double], ids: Column? = nil, rowNumber: (Int) -> Int) -> ComparisonResult.ChangedDecisions {
        let rows = before.rows, count = actions.count, old = before.storage.span, new = after.storage.span
        var kept = Array(repeating: 0.0, count: count)
        for action in 0 ..< count {
            let offset = action * rows
            for deal in 0 ..< rows { kept[action] += min(old[offset + deal], new[offset + deal]) }
        }
        var flows = Array(repeating: 0.0, count: count * count)
        var examples: [[(deal: Int, mass: Double)]] = Array(repeating: [], count: count * count)
        // What an example must have more of than this.
        var least = Array(repeating: -Double.infinity, count: count * count)
        func add(_ mass: Double, _ from: Int, _ to: Int, _ deal: Int) {
            let flow = from * count + to
            flows[flow] += mass
            guard mass > least[flow] else { return }
            Self.keep(&examples[flow], deal: deal, mass: mass)
            if examples[flow].count == ComparisonResult.ChangedDecisions.examplesShown { least[flow] = examples[flow].last!.mass + 1e-10 }
        }
        var losing: [(action: Int, mass: Double)] = [], gaining = losing
        for deal in 0 ..< rows where changed[deal] > 0 {
            // Mostly one action takes another's place.
            var from = -1, to = -1, lost = 0.0, gained = 0.0
            var isSingle = true
            for action in 0 ..< count {
                let p = old[action * rows + deal], q = new[action * rows + deal]
                if q > p {
                    isSingle = isSingle && to < 0
                    (to, gained) = (action, q - p)
                } else if p > q {
                    isSingle = isSingle && from < 0
                    (from, lost) = (action, p - q)
                }
            }
            if isSingle, from >= 0, to >= 0 {
                add(lost * gained / changed[deal], from, to, deal)
                continue
            }
            losing.removeAll(keepingCapacity: true)
            gaining.removeAll(keepingCapacity: true)
            for action in 0 ..< count {
                let p = old[action * rows + deal], q = new[action * rows + deal]
                if q > p { gaining.append((action, q - p)) } else if p > q { losing.append((action, p - q)) }
            }
            for (from, lost) in losing {
                for (to, gained) in gaining { add(lost * gained / changed[deal], from, to, deal) }
            }
        }
        let order = flows.indices.filter { flows[$0] > 0 }.sorted { flows[$0] != flows[$1] ? flows[$0] > flows[$1] : $0 < $1 }
        return ComparisonResult.ChangedDecisions(
            share: Mean.of(changed),
            flows: order.map { flow in
                .init(from: actions[flow / count], to: actions[flow % count], deals: flows[flow], examples: examples[flow].map { rowNumber($0.deal) },
                      ids: ids.map { ids in examples[flow].map { ids.text(at: $0.deal) ?? "" } } ?? [])
            },
            kept: actions.indices.filter { kept[$0] > 0 }.map { .init(action: actions[$0], deals: kept[$0]) })
    }

    /// The most certain ones, of equal ones the first.
    private static func keep(_ examples: inout [(deal: Int, mass: Double)], deal: Int, mass: Double) {
        let most = ComparisonResult.ChangedDecisions.examplesShown
        // A tenth of a billionth apart counts as equal.
        if examples.count == most, mass <= examples[most - 1].mass + 1e-10 { return }
        let place = examples.firstIndex { $0.mass + 1e-10 < mass } ?? examples.count
        examples.insert((deal, mass), at: place)
        if examples.count > most { examples.removeLast() }
    }
}

/// Which rule of a strategy decides each deal.
public struct DecidingRules: Sendable {
    /// As the file says them, `otherwise` last.
    public let rules: [String]
    /// The rule of each deal, an index.
    public let ruleOf: [Int32]

    public init(rules: [String], ruleOf: [Int32]) {
        self.rules = rules
        self.ruleOf = ruleOf
    }

    /// What each rule is worth against the champion.
    /// - Parameters:
    ///   - terms: the objective's, variant against champion; its mean is the strategy's difference.
    ///   - changed: by deal, the probability that the decision changes.
    /// O(deals · rules).
    package func effects(_ terms: PairedTerms, changed: [Double], inference: Inference) -> [ComparisonResult.ChangedDecisions.RuleEffect] {
        let deals = Double(ruleOf.count)
        return rules.indices.map { rule in
            var sum = 0.0, moved = 0.0
            var count = 0
            for deal in ruleOf.indices where Int(ruleOf[deal]) == rule {
                sum += terms.difference[deal]
                moved += changed[deal]
                count += 1
            }
            let value = sum / deals
            var influence = Array(repeating: -value, count: ruleOf.count)
            for deal in ruleOf.indices where Int(ruleOf[deal]) == rule { influence[deal] += terms.difference[deal] }
            let error = count == 0 ? 0 : inference.standardError(influence)
            let interval = inference.interval(value, standardError: error)
            let isKnown = value.isFinite && error.isFinite
            return .init(rule: rules[rule], deals: count, changed: count > 0 ? moved / Double(count) : 0, contribution: isKnown ? value : nil,
                         standardError: isKnown ? error : nil, lower: isKnown ? interval.lower : nil, upper: isKnown ? interval.upper : nil)
        }
    }
}

/// The difference of two strategies, laid at the door of features.
///
/// Δ_i is the vector of a deal's probability changes, by action. A surrogate f explains it from features, with Shapley values φ_ij
/// that add up: f(x_i) = Δ̄ + Σ_j φ_ij. All of the mean of |Δ_i|² is then laid out, as shares of it:
///
///     common |Δ̄|²  +  features Σ_j mean of ⟨φ_ij, Δ_i − Δ̄⟩  +  unexplained, the rest
///
/// `common` changes alike for everybody, a feature's part is how far its contributions go along with the change, and the rest
/// is chance or a reason outside of the features. The shares sum to 1.
public struct AttributedDifference: Sendable, Equatable {
    public var features: [String]
    /// In the order of `features`.
    public var contributions: [Double]
    public var common: Double
    public var unexplained: Double

    /// - Parameters:
    ///   - differences: Δ by action, one value a deal; not all 0.
    ///   - contributions: φ by action and feature, one value a deal.
    public init(features: [String], differences: [[Double]], contributions: (_ action: Int, _ feature: Int) -> [Double]) {
        var whole = 0.0, common = 0.0
        var shares = Array(repeating: 0.0, count: features.count)
        for (action, differences) in differences.enumerated() {
            let centred = Mean.centred(differences)
            let mean = Mean.of(differences)
            whole += Reductions.dot(differences, differences)
            common += mean * mean * Double(differences.count)
            for feature in features.indices { shares[feature] += Reductions.dot(contributions(action, feature), centred) }
        }
        precondition(whole > 0, "nothing differs")
        self.features = features
        self.contributions = shares.map { $0 / whole }
        self.common = common / whole
        unexplained = 1 - self.common - self.contributions.reduce(0, +)
    }
}

/// Attributes the difference of two strategies to features. Implemented above this layer, over the project's own attribution.
public protocol DifferenceAttributor: Sendable {
    /// - Parameter differences: by action, one value a deal; not all 0.
    func attribute(_ differences: [[Double]], to features: LearningFeatures) -> AttributedDifference
}
