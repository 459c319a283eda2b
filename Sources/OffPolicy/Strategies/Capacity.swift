import Datasets
import Documents

/// A limit on how often an action may be taken: `{action: Call, at_most: 30%, rank_by: model("lead").probability * value}`; with
/// `per: team` the same limit for every value of a column, a share being one of its own deals.
public struct Capacity: Sendable {
    enum Amount: Sendable {
        /// Of the deals at hand, 0 to 1.
        case share(Double)
        case count(Int)
    }

    let action: String
    let amount: Amount
    let rank: Expression
    let rankPlace: DocumentNode
    let place: DocumentNode
    /// The column whose values have a limit each, and where it is named.
    let per: (column: String, place: DocumentNode)?

    init(_ node: DocumentNode) throws {
        let reader = try node.mapping()
        action = try reader.required("action").string()
        amount = try Self.amount(try reader.required("at_most"))
        rankPlace = try reader.required("rank_by")
        rank = try rankPlace.expression()
        per = try reader["per"].map { (try $0.string(), $0) }
        place = node
        try reader.finish()
    }

    private static func amount(_ node: DocumentNode) throws -> Amount {
        let text = try node.string()
        if text.hasSuffix("%") {
            guard let percent = NumberText.decimal(String(text.dropLast())), (0 ... 100).contains(percent) else {
                throw node.error("expected a share from 0% to 100%, found \(node.found)")
            }
            return .share(percent / 100)
        }
        guard NumberText.decimal(text) != nil, let count = Int(text), count >= 0 else {
            throw node.error("expected a share such as 30% or a whole number of deals, found \(node.found)")
        }
        return .count(count)
    }

    /// Names the column of `per`, if there is one that strategies may know.
    func checkColumn(_ columns: ExpressionSchema) throws {
        guard let (column, place) = per else { return }
        if let reason = columns.refused[column] { throw place.error("column '\(column)' \(reason)") }
        guard columns.kinds[column] != nil else { throw place.error("no column '\(column)'\(NearestName.hint(column, among: columns.names))") }
    }

    /// The limit over the deals at hand. - Precondition: the table has the column of `per`.
    func over(_ table: Table, massByRule: [Double], ranks: [Double]) -> CapacityLimit {
        guard let per, let column = table[per.column] else {
            return CapacityLimit(action: action, massByRule: massByRule, limits: [limit(rows: table.rowCount)], groupOf: nil, ranks: ranks)
        }
        let (codes, names) = CapacityGroups.of(column)
        var sizes = Array(repeating: 0, count: names.count)
        for code in codes { sizes[Int(code)] += 1 }
        return CapacityLimit(action: action, massByRule: massByRule, limits: sizes.map(limit), groupOf: codes, ranks: ranks)
    }

    /// The largest expected number of deals, of `rows`.
    func limit(rows: Int) -> Double {
        switch amount {
        case .share(let share): share * Double(rows)
        case .count(let count): Double(count)
        }
    }
}

/// A capacity over the deals at hand.
struct CapacityLimit: Sendable {
    let action: String
    /// For each rule, `otherwise` last: the probability that it gives to the limited action.
    let massByRule: [Double]
    /// By group, the largest sum of probabilities: an action taken by chance counts for its probability.
    private(set) var limits: [Double]
    /// nil: all deals are one group.
    let groupOf: [Int32]?
    let ranks: [Double]
    /// Row numbers, first the one to keep longest: highest rank first, missing last, ties by row order.
    let order: [Int]

    init(action: String, massByRule: [Double], limits: [Double], groupOf: [Int32]?, ranks: [Double]) {
        self.action = action
        self.massByRule = massByRule
        self.limits = limits
        self.groupOf = groupOf
        self.ranks = ranks
        order = RankOrder.descending(ranks)
    }

    func group(_ row: Int) -> Int { groupOf.map { Int($0[row]) } ?? 0 }

    /// The same with limits that many times as large.
    func scaled(by factor: Double) -> CapacityLimit {
        var limit = self
        limit.limits = limits.map { $0 * factor }
        return limit
    }
}

/// How limits were kept.
struct Settlement: Sendable {
    struct Move: Sendable {
        let row: Int
        let limit: Int
        let rule: Int
        let cutoff: Int
    }

    /// In the order in which rows were turned away.
    var moves: [Move] = []
    /// Of each limit and group, the place of the first row that the last cut turned away.
    var cutoffs: [[Int?]] = []
}

/// Which rule decides each deal.
struct RuleAssignment: Sendable {
    /// The index of the rule, or the number of rules for `otherwise`.
    private(set) var rule: [Int]
    private let matches: [[Bool]]

    /// The first rule that matches. - Parameter matches: for each rule, one truth value a row.
    init(matches: [[Bool]], rows: Int) {
        self.matches = matches
        rule = Array(repeating: matches.count, count: rows)
        for (index, match) in matches.enumerated().reversed() {
            for row in 0 ..< rows where match[row] { rule[row] = index }
        }
    }

    /// Moves deals beyond a limit, lowest rank first, on to their next matching rule until every limit holds.
    ///
    /// Capacities are taken in the order of the file, again and again: a deal that one limit moves on may crowd another.
    /// Deals only ever move forward, so it ends; where rules do one action each, it ends the same in any order (deferred
    /// acceptance: Gale and Shapley, American Mathematical Monthly 69(1), 1962). O(rows) a pass.
    /// - Precondition: `otherwise` takes no limited action.
    mutating func keepWithin(_ limits: [CapacityLimit]) -> Settlement {
        var settlement = Settlement(cutoffs: limits.map { Array(repeating: nil, count: $0.limits.count) })
        var isSettled = false
        while !isSettled {
            isSettled = true
            for (index, limit) in limits.enumerated() where exceeds(limit) {
                isSettled = false
                cut(limit, index, &settlement)
            }
        }
        return settlement
    }

    /// Sums of probabilities miss by rounding, at most.
    private func allowed(_ limit: CapacityLimit) -> [Double] { limit.limits.map { $0 + 1e-9 * Double(max(rule.count, 1)) } }

    private func exceeds(_ limit: CapacityLimit) -> Bool {
        var mass = Array(repeating: 0.0, count: limit.limits.count)
        for row in rule.indices { mass[limit.group(row)] += limit.massByRule[rule[row]] }
        return zip(mass, allowed(limit)).contains { $0 > $1 }
    }

    private mutating func cut(_ limit: CapacityLimit, _ index: Int, _ settlement: inout Settlement) {
        let allowed = allowed(limit)
        var mass = Array(repeating: 0.0, count: allowed.count)
        var cutoffs: [Int?] = Array(repeating: nil, count: allowed.count)
        for (place, row) in limit.order.enumerated() {
            let own = limit.massByRule[rule[row]]
            guard own > 0 else { continue }
            let group = limit.group(row)
            if cutoffs[group] == nil, mass[group] + own <= allowed[group] {
                mass[group] += own
            } else {
                let first = cutoffs[group] ?? place
                cutoffs[group] = first
                settlement.moves.append(Settlement.Move(row: row, limit: index, rule: rule[row], cutoff: first))
                advance(row)
            }
        }
        // Groups within their limit keep what an earlier cut said.
        for (group, cutoff) in cutoffs.enumerated() where cutoff != nil { settlement.cutoffs[index][group] = cutoff }
    }

    private mutating func advance(_ row: Int) {
        repeat { rule[row] += 1 } while rule[row] < matches.count && !matches[rule[row]][row]
    }
}

// MARK: Rows of another batch

extension RuleAssignment {
    /// Decides each row by what its own batch settled for it.
    /// - Parameters:
    ///   - facts: one a row.
    ///   - limits: over the rows at hand; their ranks serve, their order does not.
    ///   - limitOf: the limit of a capacity over so many rows.
    /// - Returns: the facts that do not follow, the first of each row.
    mutating func follow(_ facts: [BatchFacts], _ limits: [CapacityLimit], limitOf: (_ capacity: Int, _ rows: Int) -> Double) -> [BatchConflict] {
        var conflicts: [BatchConflict] = []
        for row in rule.indices {
            if let conflict = conflict(row, facts[row], limits, limitOf) ?? follow(row, facts[row], limits) { conflicts.append(conflict) }
        }
        return conflicts
    }

    private func conflict(_ row: Int, _ facts: BatchFacts, _ limits: [CapacityLimit], _ limitOf: (Int, Int) -> Double) -> BatchConflict? {
        func conflict(_ what: String, _ recorded: some CustomStringConvertible, _ recomputed: some CustomStringConvertible) -> BatchConflict {
            BatchConflict(row: row, what: what, recorded: recorded.description, recomputed: recomputed.description)
        }
        let actions = facts.limits.map(\.action), known = limits.map(\.action)
        guard actions == known else { return conflict("limited actions", actions.joined(separator: ", "), known.joined(separator: ", ")) }
        for (index, (own, limit)) in zip(facts.limits, limits).enumerated() {
            guard limit.groupOf != nil || own.rows == facts.rows else { return conflict("limit of \(own.action)", "over \(own.rows) rows", "over \(facts.rows) rows") }
            let most = limitOf(index, own.rows), rank = limit.ranks[row]
            guard own.limit == most else { return conflict("limit of \(own.action)", own.limit, most) }
            guard own.rank.isSame(as: rank) else { return conflict("rank for \(own.action)", own.rank, rank) }
            guard let cutoff = own.cutoff else { continue }
            // Equal ranks stand in the order of the rows, of which the facts say nothing.
            let side = RankOrder.compare(rank, cutoff.rank)
            guard side == 0 || side < 0 && own.place < cutoff.place || side > 0 && own.place > cutoff.place else {
                return conflict("place for \(own.action)", "place \(own.place), cut-off at \(cutoff.place)", "\(side < 0 ? "before" : "behind") the cut-off by rank")
            }
        }
        return nil
    }

    private mutating func follow(_ row: Int, _ facts: BatchFacts, _ limits: [CapacityLimit]) -> BatchConflict? {
        for move in facts.moves {
            func conflict(_ what: String, _ recorded: String, _ recomputed: String) -> BatchConflict {
                BatchConflict(row: row, what: what, recorded: recorded, recomputed: recomputed)
            }
            guard move.rule == rule[row] else { return conflict("rule left", "rule \(move.rule + 1)", "rule \(rule[row] + 1)") }
            guard limits.indices.contains(move.limit), limits[move.limit].massByRule[move.rule] > 0 else {
                return conflict("limit that turned the row away", "limit \(move.limit + 1)", "the rule takes no action of that limit")
            }
            let own = facts.limits[move.limit]
            guard own.place >= move.cutoff else { return conflict("turned away by the limit of \(own.action)", "at place \(own.place)", "the cut began at \(move.cutoff)") }
            advance(row)
        }
        return nil
    }
}
