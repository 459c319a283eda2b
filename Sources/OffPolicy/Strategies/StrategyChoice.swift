import LinearAlgebra

/// What a form chose before anything was left to chance, and by what.
public struct StrategyChoice: Sendable {
    public let probabilities: ActionProbabilities
    /// The rule that decided each row, counted from 0, the number of rules for `otherwise`; nil where the form has no rules.
    public let rules: [Int]?
    /// Where rows were decided by the facts of another batch: what does not follow from these facts, by row.
    public let conflicts: [BatchConflict]
    /// For each rule, whether it matches, one truth value a row; empty where the form has none.
    let matches: [[Bool]]
    /// Over the rows at hand.
    let limits: [CapacityLimit]
    private let settlement: Settlement

    init(_ probabilities: ActionProbabilities, rules: [Int]? = nil, matches: [[Bool]] = [], limits: [CapacityLimit] = [], settlement: Settlement = Settlement(),
         conflicts: [BatchConflict] = []) {
        self.probabilities = probabilities
        self.rules = rules
        self.matches = matches
        self.limits = limits
        self.settlement = settlement
        self.conflicts = conflicts
    }

    /// For each row what the limits over the batch meant for it; empty where there are none. O(rows · limits).
    public func batchFacts() -> [BatchFacts] {
        guard !limits.isEmpty else { return [] }
        let rows = probabilities.matrix.rows
        var facts = Array(repeating: BatchFacts(rows: rows, limits: [], moves: []), count: rows)
        for (index, limit) in limits.enumerated() {
            var sizes = Array(repeating: 0, count: limit.limits.count)
            for row in 0 ..< rows { sizes[limit.group(row)] += 1 }
            for (place, row) in limit.order.enumerated() {
                let group = limit.group(row)
                facts[row].limits.append(BatchFacts.Limit(
                    action: limit.action, rows: sizes[group], limit: limit.limits[group], rank: limit.ranks[row], place: place,
                    cutoff: settlement.cutoffs[index][group].map { BatchFacts.Cutoff(place: $0, rank: limit.ranks[limit.order[$0]]) }))
            }
        }
        for move in settlement.moves { facts[move.row].moves.append(BatchFacts.Move(limit: move.limit, rule: move.rule, cutoff: move.cutoff)) }
        return facts
    }
}

/// What the limits over a batch meant for one of its rows: with it the row can be decided again without the others.
public struct BatchFacts: Sendable, Equatable {
    /// The first row that a limit turned away, in the order of its ranks.
    public struct Cutoff: Sendable, Equatable {
        public var place: Int
        /// NaN = missing.
        public var rank: Double

        public init(place: Int, rank: Double) {
            self.place = place
            self.rank = rank
        }

        public static func == (left: Cutoff, right: Cutoff) -> Bool { left.place == right.place && left.rank.isSame(as: right.rank) }
    }

    public struct Limit: Sendable, Equatable {
        public var action: String
        /// Rows of the batch that share the limit: all, or those of the row's own group.
        public var rows: Int
        /// Largest sum of probabilities over these rows.
        public var limit: Double
        /// The row's value of `rank_by`; NaN = missing.
        public var rank: Double
        /// The row's place in the order of the ranks, the highest first, from 0.
        public var place: Int
        /// Of the limit's last cut; nil: it turned nobody away.
        public var cutoff: Cutoff?

        public init(action: String, rows: Int, limit: Double, rank: Double, place: Int, cutoff: Cutoff?) {
            self.action = action
            self.rows = rows
            self.limit = limit
            self.rank = rank
            self.place = place
            self.cutoff = cutoff
        }

        public static func == (left: Limit, right: Limit) -> Bool {
            left.action == right.action && left.rows == right.rows && left.limit == right.limit && left.rank.isSame(as: right.rank) && left.place == right.place && left.cutoff == right.cutoff
        }
    }

    /// The row was turned away and went on from a rule to the next that matches.
    public struct Move: Sendable, Equatable {
        /// Index into `limits`.
        public var limit: Int
        public var rule: Int
        /// The place of the first row turned away by that cut.
        public var cutoff: Int

        public init(limit: Int, rule: Int, cutoff: Int) {
            self.limit = limit
            self.rule = rule
            self.cutoff = cutoff
        }
    }

    /// Rows of the batch.
    public var rows: Int
    public var limits: [Limit]
    /// In their order.
    public var moves: [Move]

    public init(rows: Int, limits: [Limit], moves: [Move]) {
        self.rows = rows
        self.limits = limits
        self.moves = moves
    }
}

/// A fact of a batch that does not follow from the row.
public struct BatchConflict: Sendable, Equatable {
    public let row: Int
    /// What differs: `rank of Call`.
    public let what: String
    public let recorded: String
    public let recomputed: String
}

/// What a strategy would do with each row, and by what.
public struct StrategyDecision: Sendable {
    /// With what is left to chance.
    public let probabilities: ActionProbabilities
    /// Without.
    public let choice: StrategyChoice
}

extension ActionProbabilities {
    /// The action at which the running sum of the row's probabilities passes `uniform`, in the order of `actions`; the last
    /// that is possible where rounding leaves the sum short of it.
    /// - Parameter uniform: in [0, 1).
    public func action(row: Int, at uniform: Double) -> Int {
        var sum = 0.0, last = 0
        for action in actions.indices {
            let probability = matrix[row, action]
            guard probability > 0 else { continue }
            sum += probability
            if uniform < sum { return action }
            last = action
        }
        return last
    }
}

extension Double {
    /// Equal, or both missing.
    func isSame(as other: Double) -> Bool { self == other || isNaN && other.isNaN }
}
