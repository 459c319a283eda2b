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
            return CapacityLimit(massByRule: massByRule, limits: [limit(rows: table.rowCount)], groupOf: nil, ranks: ranks)
        }
        let (codes, names) = CapacityGroups.of(column)
        var sizes = Array(repeating: 0, count: names.count)
        for code in codes { sizes[Int(code)] += 1 }
        return CapacityLimit(massByRule: massByRule, limits: sizes.map(limit), groupOf: codes, ranks: ranks)
    }

    /// The largest expected number of deals, of `rows`.
    private func limit(rows: Int) -> Double {
        switch amount {
        case .share(let share): share * Double(rows)
        case .count(let count): Double(count)
        }
    }
}

/// A capacity over the deals at hand.
struct CapacityLimit: Sendable {
    /// For each rule, `otherwise` last: the probability that it gives to the limited action.
    let massByRule: [Double]
    /// By group, the largest sum of probabilities: an action taken by chance counts for its probability.
    private(set) var limits: [Double]
    /// nil: all deals are one group.
    let groupOf: [Int32]?
    /// Row numbers, first the one to keep longest: highest rank first, missing last, ties by row order.
    let order: [Int]

    init(massByRule: [Double], limits: [Double], groupOf: [Int32]?, ranks: [Double]) {
        self.massByRule = massByRule
        self.limits = limits
        self.groupOf = groupOf
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
    mutating func keepWithin(_ limits: [CapacityLimit]) {
        var isSettled = false
        while !isSettled {
            isSettled = true
            for limit in limits where exceeds(limit) {
                isSettled = false
                cut(limit)
            }
        }
    }

    /// Sums of probabilities miss by rounding, at most.
    private func allowed(_ limit: CapacityLimit) -> [Double] { limit.limits.map { $0 + 1e-9 * Double(max(rule.count, 1)) } }

    private func exceeds(_ limit: CapacityLimit) -> Bool {
        var mass = Array(repeating: 0.0, count: limit.limits.count)
        for row in rule.indices { mass[limit.group(row)] += limit.massByRule[rule[row]] }
        return zip(mass, allowed(limit)).contains { $0 > $1 }
    }

    private mutating func cut(_ limit: CapacityLimit) {
        let allowed = allowed(limit)
        var mass = Array(repeating: 0.0, count: allowed.count)
        var isFull = Array(repeating: false, count: allowed.count)
        for row in limit.order {
            let own = limit.massByRule[rule[row]]
            guard own > 0 else { continue }
            let group = limit.group(row)
            if !isFull[group], mass[group] + own <= allowed[group] {
                mass[group] += own
            } else {
                isFull[group] = true
                advance(row)
            }
        }
    }

    private mutating func advance(_ row: Int) {
        repeat { rule[row] += 1 } while rule[row] < matches.count && !matches[rule[row]][row]
    }
}
