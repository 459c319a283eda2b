import Documents
import OffPolicy
import Reports
import Testing

private let hostile = "<script>alert('x')</script> & \"quoted\""

/// A comparison of two variants: one that a guardrail stops, one that passes.
private func comparison() -> ComparisonResult {
    func strategy(_ name: String, _ difference: Double?, _ conclusion: ComparisonResult.Conclusion?, returns: ComparisonResult.Guardrail.Status?) -> ComparisonResult.StrategyResult {
        var result = ComparisonResult.StrategyResult(
            name: name, title: ["en": name + hostile, "zh": name + "方案"], conclusion: conclusion, reasons: [],
            estimates: [.init(estimator: "dr", value: 0.3, standardError: 0.01, lower: 0.28, upper: 0.32, interval: "influence_t", biasNotCovered: false)],
            overlap: Overlap(weights: [1, 2, 0], supportGap: 0),
            versusChampion: difference.map { .init(difference: $0, standardError: 0.01, lower: $0 - 0.02, upper: $0 + 0.02, adjustedP: 0.001) },
            outcomes: [.init(outcome: "won", value: 0.3, lower: 0.28, upper: 0.32)], actionShares: [.init(action: "a", share: 1)])
        if let returns {
            result.guardrails = [.init(outcome: "returns", bound: .mayRiseBy(0.01), segment: nil, deals: 100, difference: 0.05, lower: 0.03, upper: 0.07, adjustedP: 0.01, status: returns)]
        }
        if difference != nil {
            let young = Segment([.init(column: "age" + hostile, values: .below(25))])
            result.segments = [.init(segment: young, deals: 120, difference: -0.08, lower: -0.12, upper: -0.04, adjustedP: 0.001),
                               .init(segment: Segment([.init(column: "age" + hostile, values: .atLeast(25))]), deals: 500, difference: 0.05, lower: 0.01, upper: 0.09, adjustedP: 0.02)]
        }
        result.weightBins = ComparisonResult.WeightBin.bins([0, 1, 2])
        return result
    }
    var result = ComparisonResult(history: .init(name: hostile, deals: 620, actions: ["a", "b"], digest: nil), objective: "won", champion: "now", level: 0.95, strategies: [
        strategy("now", nil, nil, returns: nil), strategy("risky", 0.06, .better, returns: .broken), strategy("sound", 0.04, .better, returns: .held),
    ])
    result.objectiveScale = .init(unit: nil, isShare: true)
    result.outcomeScales = ["returns": .init(unit: nil, isShare: true)]
    return result
}

struct `The report of a comparison` {
    @Test(arguments: Language.allCases)
    func `stands alone and escapes every text`(language: Language) {
        let page = ComparisonReport.page(comparison(), language: language)
        #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("url(") && page.contains("Content-Security-Policy"))
        #expect(page.contains(language == .chinese ? "结论" : "The answer"))
    }

    @Test func `says actions, outcomes, columns and values as the history calls them, and names where it is silent`() {
        var result = comparison()
        result.history.labels = [
            "a": ["zh": "电话" + hostile], "won": ["en": "Deal won", "zh": "成交"], "returns": ["en": "Goods returned", "zh": "退货"], "age" + hostile: ["zh": "年龄"],
            "region": ["zh": "区域"], "region=west": ["zh": "西部"], "team=1": ["zh": "一队"],
        ]
        result.history.id = "deal"
        result.objective = "won * 10.5 - cost"
        var change = ComparisonResult.ChangedDecisions(share: 0.4, flows: [.init(from: "a", to: "b", deals: 3, examples: [4], ids: ["D-17"])],
                                                       kept: [.init(action: "b", deals: 5)])
        change.drivers = [.init(feature: "region", contribution: 1)]
        result.strategies[1].changedDecisions = change
        result.strategies[1].segments += [.init(segment: Segment([.init(column: "region", values: .level("west")), .init(column: "team", values: .equal(1))]),
                                                deals: 200, difference: -0.2, lower: -0.3, upper: -0.1, adjustedP: 0.01)]
        result.strategies[1].reasons = [.guardrailBroken(outcome: "returns", segment: nil, difference: 0.05), .rareActions(actions: ["a"])]
        let chinese = ComparisonReport.page(result, language: .chinese), english = ComparisonReport.page(result, language: .english)
        #expect(chinese.contains("成交 * 10.5 - 成本") && chinese.contains("护栏被突破：退货 平均每单上升") && chinese.contains("区域 西部 且 team 一队"))
        #expect(chinese.contains("动作：电话".prefix(0)) && chinese.contains("电话&lt;script") && !chinese.contains("<script"))
        #expect(!chinese.contains("returns") && chinese.contains("年龄"))
        #expect(english.contains("Deal won * 10.5 - cost") && english.contains("Goods returned") && !english.contains("电话") && english.contains("region west and team 1"))
        #expect(english.contains("examples (deal)") && english.contains("D-17"))
        #expect(result.json.text().contains("guardrail_broken: guardrail broken: returns"))
    }

    @Test func `puts the answer first: what may be approved, what a guardrail stops, and for whom it is worse`() {
        let page = ComparisonReport.page(comparison(), language: .english)
        func place(_ text: String) -> String.Index? { page.firstRange(of: text)?.lowerBound }
        let approval = place("it may be put up for approval"), stopped = place("Stopped by a guardrail"), loser = place("but worse for age"), plot = place("<svg")
        #expect(approval != nil && stopped != nil && loser != nil && plot != nil)
        #expect(approval! < stopped! && stopped! < plot! && loser! < plot!)
        #expect(page.contains("Better by 6.00\u{A0}points a deal") && page.contains("under 25") && page.contains("rises by 5.00\u{A0}points, may rise by 1.00\u{A0}points"))
        let chinese = ComparisonReport.page(comparison(), language: .chinese)
        #expect(chinese.contains("被护栏拦下") && chinese.contains("小于 25") && chinese.contains("可以提交审批"))
        // Without a variant that passes, nothing is recommended.
        var result = comparison()
        result.strategies.removeLast()
        #expect(ComparisonReport.page(result, language: .english).contains("does not pass every check"))
    }
}
