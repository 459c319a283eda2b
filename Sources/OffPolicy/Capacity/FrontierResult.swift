import Documents

/// What each budget earns, and what one more unit of it would.
public struct FrontierResult: Sendable {
    public struct Point: Sendable {
        /// The limit, a deal: deals that get the action (as a share), or cost.
        public let budget: Double
        /// What of it is spent; less where no further spending is expected to pay.
        public let spent: Double
        public let value: Double
        public let standardError: Double
        public let interval: Interval
        /// Over a budget of 0, on the same deals.
        public let gain: Double
        public let gainError: Double
        public let gainInterval: Interval
        /// What one more unit of budget a deal earns at this point; 0 where the budget does not bind.
        public let shadowPrice: Double
        public let shadowPriceError: Double
        /// By action of the history.
        public let shares: [Double]

        /// Gain for each unit spent; nil where nothing is.
        public var gainPerCost: Double? { spent > 0 ? gain / spent : nil }
    }

    public let history: ComparisonResult.HistorySummary
    public let objective: String
    public let order: FrontierOptions.Order
    public let per: String?
    public let groups: Int
    public let level: Double
    /// How intervals are made.
    public let interval: String
    /// The most that the ranking would spend, a deal.
    public let longest: Double
    /// A budget of 0 first.
    public let points: [Point]

    /// The listed point of the largest value; the smaller budget of several.
    public var best: Point { points.max { $0.value < $1.value }! }

    public var isRanked: Bool { if case .ranked = order { true } else { false } }

    public static let definitions: [(name: String, en: String, zh: String)] = [
        ("budget", "the most a deal may get on average: with a score the share of deals that get the action, else cost in the history's unit; with `per`, in each group",
         "平均每单上限：给定评分时为获得该动作的商机比例，否则为历史成本单位；指定 per 时各组分别计算"),
        ("value", "mean objective a deal, doubly robust; its interval includes that the cutoff would lie elsewhere in another history",
         "每单目标值（双重稳健）；区间已计入截断点随历史样本变化的不确定性"),
        ("shadow_price", "what one more unit of budget a deal would earn at this point: the local mean of gain per cost at the cutoff",
         "影子价格：在该点每多一单位预算带来的收益，即截断点处单位成本收益的局部均值"),
    ]

    public var json: JSON {
        let ordering: JSON = switch order {
        case .ranked(let score, let action, let otherwise):
            .members(["score": .string(score.text), "action": .string(action), "otherwise": .string(otherwise)])
        case .predicted: .members(["score": .string("predicted reward per cost")])
        }
        return .members([
            "history": .members(["name": .string(history.name), "deals": .int(history.deals), "digest": history.digest.map { .string($0) } ?? .null]),
            "objective": .string(objective), "order": ordering, "per": per.map { .string($0) } ?? .null, "groups": .int(groups),
            "level": .double(level), "interval": .string(interval), "largest_budget": .double(longest),
            "points": .array(points.map { $0.json(history.actions) }),
            "definitions": .object(JSONObject(Self.definitions.map { ($0.name, JSON.string($0.en)) })),
        ])
    }
}

extension FrontierResult.Point {
    fileprivate func json(_ actions: [String]) -> JSON {
        func number(_ value: Double) -> JSON { value.isFinite ? .double(value) : .null }
        return .members([
            "budget": number(budget), "spent": number(spent), "value": number(value), "standard_error": number(standardError),
            "lower": number(interval.lower), "upper": number(interval.upper),
            "gain": .members(["value": number(gain), "standard_error": number(gainError), "lower": number(gainInterval.lower), "upper": number(gainInterval.upper)]),
            "gain_per_cost": gainPerCost.map(number) ?? .null,
            "shadow_price": .members(["value": number(shadowPrice), "standard_error": number(shadowPriceError)]),
            "shares": .object(JSONObject(zip(actions, shares).map { ($0, number($1)) })),
        ])
    }
}
