import Documents

extension ExperimentPlan {
    public static let definitions: [(name: String, en: String, zh: String)] = [
        ("explore", "share of the deals left to chance, uniform over the actions, while the champion decides the rest", "探索比例：交由随机（各动作均匀）决定的商机比例，其余由现行策略决定"),
        ("deals", "deals until a two-sided test at the level finds the difference with the power", "所需商机数：双侧检验在给定水平和功效下发现该差异所需的数量"),
        ("loss", "what exploring is expected to cost over these deals: share · deals · (value of the champion − value of chance)", "探索成本：比例 × 商机数 ×（现行策略价值 − 随机价值）"),
    ]

    public var json: JSON {
        .members([
            "source": .string(source), "actions": .int(actions), "difference": .double(target.difference), "level": .double(target.level), "power": .double(target.power),
            "deals_per_day": target.dealsPerDay.map { .double($0) } ?? .null, "most_deals": target.mostDeals.map { .double($0) } ?? .null,
            "values": values.map { .members(["champion": .double($0.champion), "variant": .double($0.variant), "chance": .double($0.chance)]) } ?? .null,
            "proposal": proposal?.json ?? .null,
            "options": .array(options.map(\.json)),
            "definitions": .object(JSONObject(Self.definitions.map { ($0.name, JSON.string($0.en)) })),
        ])
    }
}

extension PlanOption {
    var json: JSON {
        // A difference next to nothing takes more deals than a number can say.
        func number(_ value: Double) -> JSON { value.isFinite ? .double(value) : .null }
        return .members([
            "explore": .double(explore), "deals": number(deals), "days": days.map(number) ?? .null, "variance": number(variance),
            "loss_per_deal": number(lossPerDeal), "loss": number(loss),
        ])
    }
}
