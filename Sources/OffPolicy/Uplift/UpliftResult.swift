import Documents

/// What ranking by a score is worth, with the definitions of the figures: names are the same in many tools, definitions are not.
public struct UpliftResult: Sendable {
    public struct Figure: Sendable, Equatable {
        public let value: Double
        /// By half samples.
        public let standardError: Double
        public let lower: Double
        public let upper: Double
        /// Two-sided, of the hypothesis 0.
        public let pValue: Double
    }

    public struct Point: Sendable {
        /// Of the deals, highest score first.
        public let share: Double
        public let figure: Figure
    }

    /// From outcomes as they were seen; only where the actions were drawn by lot with the same chances for all deals.
    public struct Observed: Sendable {
        public let qiniArea: Figure
        public let upliftArea: Figure
        package let curves: ObservedCurves

        /// Ascending shares from 0 to 1, one a group of equal scores; thinned to about `count`.
        public func points(_ count: Int) -> [(share: Double, qini: Double, uplift: Double)] {
            let last = curves.shares.count - 1
            let kept = last <= count ? Array(0 ... last) : (0 ... count).map { $0 * last / count }
            return kept.map { (curves.shares[$0], curves.qini[$0], curves.uplift[$0]) }
        }
    }

    public let history: ComparisonResult.HistorySummary
    public let score: String
    public let treatment: String
    public let control: String
    /// The outcome's name, or the objective.
    public let outcome: String
    public let level: Double
    public let draws: Int
    /// Deals whose score is missing: they rank last.
    public let withoutScore: Int
    public let distinctScores: Int
    /// What the treatment does more than the control, on average.
    public let average: Figure
    public let autoc: Figure
    public let qini: Figure
    public let toc: [Point]
    public let observed: Observed?
    public let reasons: [Reason]

    /// Name and definition of each figure, in English and Chinese.
    public static let definitions: [(name: String, en: String, zh: String)] = [
        ("average", "mean effect of the treatment over the control, by doubly robust scores", "处理相对对照的平均效应（双重稳健得分）"),
        ("toc", "TOC(q): mean effect among the share q of deals with the highest scores, less the mean effect of all", "TOC(q)：得分最高的 q 比例商机的平均效应，减去全部商机的平均效应"),
        ("autoc", "AUTOC: the mean of TOC(q) over q = 1/n … 1; 0 for a score that ranks nothing; weights the top most", "AUTOC：TOC(q) 在 q = 1/n … 1 上的平均；得分无排序能力时为 0；最看重得分最高者"),
        ("qini", "QINI: the mean of q · TOC(q) over q = 1/n … 1; the doubly robust area between the gain curve and a random order", "QINI：q · TOC(q) 在 q = 1/n … 1 上的平均；即增益曲线与随机排序之间的面积（双重稳健）"),
        ("qini_area", "area between Q(k) / N_T, Q(k) = Y_T(k) − Y_C(k) · N_T(k) / N_C(k), and the straight line to its end; from outcomes as seen, not divided by a perfect curve", "Q(k) / N_T 与其端点直线之间的面积，Q(k) = Y_T(k) − Y_C(k) · N_T(k) / N_C(k)；用实际结果计算，未除以“完美”曲线"),
        ("uplift_area", "the same of the uplift curve (Y_T(k) / N_T(k) − Y_C(k) / N_C(k)) · (N_T(k) + N_C(k)) / (N_T + N_C)", "同上，用于提升曲线 (Y_T(k) / N_T(k) − Y_C(k) / N_C(k)) · (N_T(k) + N_C(k)) / (N_T + N_C)"),
    ]

    public static let errorDefinition = (
        en: "standard errors: standard deviation over random halves of the deals (of clusters where there are any); intervals are normal",
        zh: "标准误：在随机抽取的半数商机（有聚类时为半数聚类）上的标准差；区间按正态分布")

    public var json: JSON {
        .members([
            "history": .members(["name": .string(history.name), "deals": .int(history.deals), "digest": history.digest.map { .string($0) } ?? .null]),
            "score": .string(score), "treatment": .string(treatment), "control": .string(control), "outcome": .string(outcome), "level": .double(level),
            "half_samples": .int(draws), "deals_without_score": .int(withoutScore), "distinct_scores": .int(distinctScores),
            "average": average.json, "autoc": autoc.json, "qini": qini.json,
            "toc": .array(toc.map { .object(JSONObject([("share", .double($0.share))] + $0.figure.members)) }),
            "observed": observed.map { observed in
                .members(["qini_area": observed.qiniArea.json, "uplift_area": observed.upliftArea.json,
                          "curve": .array(observed.points(200).map { .members(["share": .double($0.share), "qini": .double($0.qini), "uplift": .double($0.uplift)]) })])
            } ?? .null,
            "reasons": .strings(reasons.map { "\($0.code): \($0.text)" }),
            "definitions": .object(JSONObject(Self.definitions.map { ($0.name, JSON.string($0.en)) } + [("standard_error", .string(Self.errorDefinition.en))])),
        ])
    }
}

extension UpliftResult.Figure {
    var members: [(String, JSON)] {
        [("value", value), ("standard_error", standardError), ("lower", lower), ("upper", upper), ("p", pValue)].map { ($0.0, $0.1.isFinite ? .double($0.1) : .null) }
    }

    var json: JSON { .object(JSONObject(members)) }
}
