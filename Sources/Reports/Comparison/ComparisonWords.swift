import Documents
import OffPolicy

/// What a comparison says, in sentences.
struct ComparisonWords {
    /// With names as people say them.
    let result: ComparisonResult
    let t: Language

    init(_ result: ComparisonResult, _ language: Language) {
        self.result = result.labelled(language)
        t = language
    }

    typealias Strategy = ComparisonResult.StrategyResult

    func name(_ strategy: Strategy) -> String {
        strategy.name == OffPolicy.Strategy.asLogged ? t("as it was done", "实际做法") : t.pick(strategy.title, fallback: strategy.name)
    }

    var champion: Strategy { result[result.champion]! }
    var challengers: [Strategy] { result.strategies.filter { $0.name != result.champion } }
    var level: String { NumberText.rounded(100 * result.level, significantDigits: 4) + "\u{A0}%" }

    /// What examples are named by.
    var examples: String {
        guard let id = result.history.id else { return t("examples (rows)", "示例（行号）") }
        let name = PeopleNames(result.history.labels, t)(id)
        return t("examples (\(name))", "示例（\(name)）")
    }

    // MARK: numbers

    func value(_ number: Double, _ scale: ComparisonResult.Scale) -> String { scale.isShare ? Format.percent(number) : Format.number(number) }

    /// A change: percentage points of a share, else the outcome's units; always with its sign.
    func change(_ number: Double, _ scale: ComparisonResult.Scale) -> String { (number < 0 ? "−" : "+") + size(number, scale) }

    func size(_ number: Double, _ scale: ComparisonResult.Scale) -> String {
        if scale.isShare { return NumberText.fixed(100 * number.magnitude, decimals: 2) + t("\u{A0}points", "\u{A0}个百分点") }
        return Format.number(number.magnitude) + (scale.unit.map { "\u{A0}" + $0 } ?? "")
    }

    /// With its sign and without its unit.
    func signed(_ number: Double, _ scale: ComparisonResult.Scale) -> String { (number > 0 ? "+" : "") + bare(number, scale) }

    /// Of changes: `points a deal`, `CNY a deal`.
    func unit(_ scale: ComparisonResult.Scale) -> String {
        if scale.isShare { return t("points", "百分点") }
        return scale.unit.map { t("\($0) a deal", "\($0)/单") } ?? t("a deal", "每单")
    }

    private func bare(_ number: Double, _ scale: ComparisonResult.Scale) -> String {
        (number < 0 ? "−" : "") + (scale.isShare ? NumberText.fixed(100 * number.magnitude, decimals: 2) : Format.number(number.magnitude))
    }

    func interval(_ lower: Double?, _ upper: Double?, _ scale: ComparisonResult.Scale) -> String {
        guard let lower, let upper else { return t("too few deals", "样本不足") }
        return t("\(bare(lower, scale)) to \(bare(upper, scale))", "\(bare(lower, scale)) 至 \(bare(upper, scale))")
    }

    func outcomeScale(_ outcome: String) -> ComparisonResult.Scale { result.outcomeScales[outcome] ?? .init(unit: nil, isShare: false) }

    // MARK: sentences

    func conclusion(_ conclusion: ComparisonResult.Conclusion?) -> String {
        switch conclusion {
        case .better: t("better", "更好")
        case .worse: t("worse", "更差")
        case .notDistinguishable: t("not distinguishable", "无法区分")
        case nil: "–"
        }
    }

    func verdict(_ verdict: Verdict) -> String {
        switch verdict {
        case .supported: t("supported", "充分")
        case .weak: t("weak", "薄弱")
        case .cannotTell: t("cannot tell", "无法判断")
        }
    }

    func status(_ status: ComparisonResult.Guardrail.Status) -> String {
        switch status {
        case .held: t("✓\u{A0}held", "✓\u{A0}守住")
        case .broken: t("✕\u{A0}broken", "✕\u{A0}突破")
        case .unclear: t("?\u{A0}unclear", "?\u{A0}不明")
        }
    }

    func bound(_ bound: ComparisonResult.Guardrail.Bound, _ outcome: String) -> String {
        switch bound {
        case .mayFallBy(let limit): t("may fall by \(size(limit, outcomeScale(outcome)))", "最多可下降 \(size(limit, outcomeScale(outcome)))")
        case .mayRiseBy(let limit): t("may rise by \(size(limit, outcomeScale(outcome)))", "最多可上升 \(size(limit, outcomeScale(outcome)))")
        }
    }

    /// `≤ +1.00 points`
    func limit(_ bound: ComparisonResult.Guardrail.Bound, _ outcome: String) -> String {
        switch bound {
        case .mayFallBy(let limit): "≥\u{A0}−" + size(limit, outcomeScale(outcome))
        case .mayRiseBy(let limit): "≤\u{A0}+" + size(limit, outcomeScale(outcome))
        }
    }

    /// Better or worse, by how much, and for whom it is otherwise.
    func headline(_ strategy: Strategy) -> String {
        guard let difference = strategy.versusChampion else {
            return t("The history says nothing of what it would earn.", "历史数据无法说明其收益。")
        }
        let scale = result.objectiveScale, by = size(difference.difference, scale)
        let interval = interval(difference.lower, difference.upper, scale)
        if strategy.conclusion == .notDistinguishable, let flattered = flattered(strategy, by: change(difference.difference, scale), interval: interval) { return flattered }
        let losers = strategy.losers, worst = losers.first.map { SegmentTexts.text($0.segment, t) }
        switch strategy.conclusion {
        case .better:
            let tail = worst.map { t(", but worse for \($0)", "，但对 \($0) 的客户更差") } ?? ""
            return t("Better by \(by) a deal (\(level) interval \(interval))\(tail).", "平均每单好 \(by)（\(level) 区间 \(interval)）\(tail)。")
        case .worse:
            let tail = worst.map { t(", most of all for \($0)", "，其中对 \($0) 的客户损失最大") } ?? ""
            return t("Worse by \(by) a deal (\(level) interval \(interval))\(tail).", "平均每单差 \(by)（\(level) 区间 \(interval)）\(tail)。")
        case .notDistinguishable, nil:
            let tail = worst.map { t("; worse for \($0)", "；但对 \($0) 的客户更差") } ?? ""
            return t("Not told apart from the champion: \(change(difference.difference, scale)) a deal, interval \(interval)\(tail).",
                     "与现行策略无法区分：平均每单 \(change(difference.difference, scale))，区间 \(interval)\(tail)。")
        }
    }

    /// A difference that learning from these very deals made; nil where nothing did.
    private func flattered(_ strategy: Strategy, by change: String, interval: String) -> String? {
        if strategy.isLearnedHere {
            return t("On the very deals that it was learned from: \(change) a deal (interval \(interval)), which is too good to go by.",
                     "在学习所用的同一批单上：平均每单 \(change)（区间 \(interval)），过于乐观，不足为据。")
        }
        guard strategy.reasons.contains(.championLearnedFromTheseDeals) else { return nil }
        return t("Beside a champion that was learned from these very deals: \(change) a deal (interval \(interval)), which is no fair comparison.",
                 "现行策略正是从这些单中学到的：平均每单 \(change)（区间 \(interval)），比较并不公平。")
    }

    func evidence(_ strategy: Strategy) -> String {
        let deals = NumberText.fixed(strategy.overlap.effectiveSampleSize, decimals: 0)
        switch strategy.verdict {
        case .supported: return t("The history supports this answer: it rests on as much as \(deals) deals.", "历史数据足以支持该结论：相当于 \(deals) 单有效样本。")
        case .weak: return t("Take it with care: \(firstReason(strategy, .weak)).", "请谨慎看待：\(firstReason(strategy, .weak))。")
        case .cannotTell: return t("The history cannot tell: \(firstReason(strategy, .cannotTell)).", "历史数据无法判断：\(firstReason(strategy, .cannotTell))。")
        }
    }

    private func firstReason(_ strategy: Strategy, _ verdict: Verdict) -> String {
        strategy.reasons.first { $0.allows == verdict }.map { ReasonTexts.text($0, t) } ?? ""
    }

    /// What stands against approval, or that nothing does; nil without guardrails.
    func guardrails(_ strategy: Strategy) -> String? {
        guard !strategy.guardrails.isEmpty else { return nil }
        let whole = strategy.guardrails.filter { $0.segment == nil }
        let broken = whole.filter { $0.status == .broken }, elsewhere = strategy.guardrails.filter { $0.segment != nil && $0.status == .broken }
        if !broken.isEmpty {
            let list = broken.map { outcome in t("\(outcome.outcome) \(moved(outcome))", "\(outcome.outcome) \(moved(outcome))") }.joined(separator: t(", ", "，"))
            return t("Guardrail broken: \(list).", "护栏被突破：\(list)。")
        }
        if let worst = elsewhere.first {
            return t("Guardrail broken for \(SegmentTexts.text(worst.segment!, t)): \(worst.outcome) \(moved(worst)).",
                     "在 \(SegmentTexts.text(worst.segment!, t)) 客群中护栏被突破：\(worst.outcome) \(moved(worst))。")
        }
        let unclear = whole.filter { $0.status == .unclear }.map(\.outcome)
        if !unclear.isEmpty {
            return t("Not settled whether \(unclear.joined(separator: ", ")) would stay within bounds.", "无法确定 \(unclear.joined(separator: "、")) 能否守在界限之内。")
        }
        return t("Every guardrail is held: \(whole.map(\.outcome).joined(separator: ", ")).", "所有护栏均守住：\(whole.map(\.outcome).joined(separator: "、"))。")
    }

    private func moved(_ guardrail: ComparisonResult.Guardrail) -> String {
        let difference = guardrail.difference ?? 0, by = size(difference, outcomeScale(guardrail.outcome)), limit = bound(guardrail.bound, guardrail.outcome)
        return difference < 0 ? t("falls by \(by), \(limit)", "下降 \(by)，\(limit)") : t("rises by \(by), \(limit)", "上升 \(by)，\(limit)")
    }

    func changed(_ strategy: Strategy) -> String? {
        guard let change = strategy.changedDecisions else { return nil }
        guard change.share > 0, let flow = change.flows.first else { return t("No decision changes.", "没有任何决策改变。") }
        guard change.share < 0.9995 else {
            return t("Every decision changes, most from “\(flow.from)” to “\(flow.to)”.", "所有决策都会改变，最多的是从「\(flow.from)」改为「\(flow.to)」。")
        }
        return t("\(Format.percent(change.share)) of decisions change, most from “\(flow.from)” to “\(flow.to)”.",
                 "\(Format.percent(change.share)) 的决策会改变，最多的是从「\(flow.from)」改为「\(flow.to)」。")
    }

    func card(_ strategy: Strategy) -> HTMLPage.Card {
        let tone: HTMLPage.Tone, badge: String
        let mayNot = !strategy.permitsApproval
        switch (strategy.conclusion, mayNot) {
        case (_, true) where strategy.verdict == .cannotTell: (tone, badge) = (.open, t("? Cannot tell", "? 无法判断"))
        case (_, true) where strategy.guardrails.contains { $0.status == .broken }: (tone, badge) = (.bad, t("✕ Stopped by a guardrail", "✕ 被护栏拦下"))
        case (.worse, _): (tone, badge) = (.bad, t("✕ Worse", "✕ 更差"))
        case (_, true) where strategy.isLearnedHere: (tone, badge) = (.open, t("? Learned from these deals", "? 学自同一批单"))
        case (_, true): (tone, badge) = (.open, t("? Guardrail not settled", "? 护栏尚无定论"))
        case (.better, _): (tone, badge) = (.good, strategy.verdict == .supported ? t("✓ Better", "✓ 更好") : t("✓ Better, on weak evidence", "✓ 更好（证据薄弱）"))
        default: (tone, badge) = (.plain, t("= Not told apart", "= 无法区分"))
        }
        return .init(tone: tone, badge: badge, title: name(strategy),
                     lines: [headline(strategy), guardrails(strategy), evidence(strategy), changed(strategy)].compactMap { $0 })
    }

    /// One sentence for the whole: what may be approved.
    var verdict: (text: String, isWarning: Bool) {
        let candidates = challengers.filter { $0.conclusion == .better && $0.name != OffPolicy.Strategy.asLogged }
        let allowed = candidates.filter(\.permitsApproval).sorted { ($0.versusChampion?.difference ?? 0) > ($1.versusChampion?.difference ?? 0) }
        let champion = name(champion)
        if let best = allowed.first {
            return (t("“\(name(best))” is better than “\(champion)” and passes every check; it may be put up for approval.",
                      "「\(name(best))」优于「\(champion)」，且通过全部检查，可以提交审批。"), false)
        }
        if let stopped = candidates.max(by: { ($0.versusChampion?.difference ?? 0) < ($1.versusChampion?.difference ?? 0) }) {
            return (t("“\(name(stopped))” would earn more than “\(champion)”, but it does not pass every check. Keep “\(champion)” for now.",
                      "「\(name(stopped))」收益高于「\(champion)」，但未通过全部检查。建议暂时保留「\(champion)」。"), true)
        }
        return (t("No variant is shown to be better than “\(champion)”.", "没有任何方案被证明优于「\(champion)」。"), false)
    }
}
