import Documents
import OffPolicy

/// The parts of a comparison's page, for the report of one comparison and for the demonstration.
struct ComparisonParts {
    let words: ComparisonWords
    /// By strategy, the true value of the objective, known of simulated markets.
    var truth: [String: Double] = [:]
    private var result: ComparisonResult { words.result }
    private var t: Language { words.t }
    private var scale: ComparisonResult.Scale { result.objectiveScale }

    init(_ words: ComparisonWords) { self.words = words }

    // MARK: the answer

    func verdict(_ page: inout HTMLPage) {
        let verdict = words.verdict
        page.callout(verdict.text, warning: verdict.isWarning)
        page.cards(words.challengers.filter { $0.name != OffPolicy.Strategy.asLogged }.map(words.card))
    }

    func values(_ page: inout HTMLPage) {
        let rows = result.strategies.compactMap { strategy -> ForestPlot.Row? in
            guard let estimate = strategy.primary, let value = estimate.value, let lower = estimate.lower, let upper = estimate.upper else { return nil }
            return .init(label: words.name(strategy), value: value, lower: lower, upper: upper, truth: truth[strategy.name])
        }
        let unit = scale.unit.map { t("\($0) a deal", "\($0)/单") } ?? t("per deal", "每单")
        page.figures([(
            ForestPlot(title: t("What each strategy is worth", "各策略的价值"), axis: "\(result.objective) · \(unit)", rows: rows, percent: scale.isShare).markup(language: t),
            t("Doubly robust estimates with \(words.level) intervals\(truth.isEmpty ? "" : "; green diamonds are the truth, known because this market is simulated").",
              "双重稳健估计及 \(words.level) 区间\(truth.isEmpty ? "" : "；绿色菱形为真实值（因市场为模拟，故可知）")。"))])
    }

    func differences(_ page: inout HTMLPage) {
        let rows = result.strategies.map { strategy -> [String] in
            let difference = strategy.versusChampion
            return [
                words.name(strategy) + (strategy.name == result.champion ? t(" (champion)", "（现行）") : ""),
                difference.map { words.change($0.difference, scale) } ?? "",
                difference.map { words.interval($0.lower, $0.upper, scale) } ?? "",
                strategy.changedDecisions.map { Format.percent($0.share) } ?? "",
                words.conclusion(strategy.conclusion),
                words.verdict(strategy.verdict),
                approval(strategy),
            ]
        }
        page.table([t("strategy", "策略"), t("difference a deal", "每单差异"), t("\(words.level) interval", "\(words.level) 区间"), t("decisions changed", "改变的决策"),
                    t("conclusion", "结论"), t("evidence", "证据"), t("approval", "审批")], rows, texts: [0, 4, 5, 6])
    }

    /// Nothing is said of what nobody would approve: the champion, what was done, a variant that is not shown to be better.
    private func approval(_ strategy: ComparisonResult.StrategyResult) -> String {
        guard strategy.name != result.champion, strategy.name != OffPolicy.Strategy.asLogged else { return "" }
        guard strategy.permitsApproval else { return t("may not be approved", "不得批准") }
        return strategy.conclusion == .better ? t("may be approved", "可提交审批") : "–"
    }

    // MARK: guardrails

    func guardrails(_ page: inout HTMLPage) {
        let guarded = words.challengers.flatMap { strategy in strategy.guardrails.filter { $0.segment == nil }.map { (strategy, $0) } }
        guard !guarded.isEmpty else { return }
        page.subsection(t("Guardrails", "护栏"))
        page.paragraph(t("Outcomes that must not get worse. A guardrail is held where the whole interval of its change lies within the bound, broken where it lies outside; only held ones permit approval. Intervals hold for all guardrails, segments and strategies together.",
                         "不允许变差的结果。变化区间全部在界限之内为守住，全部在外为突破；只有守住才能批准。区间已对所有护栏、客群和策略统一校正。"))
        var charts: [(markup: String, caption: String)] = []
        for (outcome, bound) in kinds(guarded.map(\.1)) {
            let scale = words.outcomeScale(outcome)
            let rows = guarded.filter { $0.1.outcome == outcome && $0.1.bound == bound }.compactMap { strategy, guardrail -> GuardrailChart.Row? in
                guard let value = guardrail.difference, let lower = guardrail.lower, let upper = guardrail.upper else { return nil }
                return .init(label: words.name(strategy), value: value, lower: lower, upper: upper, status: words.status(guardrail.status), isBroken: guardrail.status == .broken)
            }
            guard !rows.isEmpty else { continue }
            let (limit, isAbove) = switch bound {
            case .mayRiseBy(let limit): (limit, true)
            case .mayFallBy(let limit): (-limit, false)
            }
            charts.append((GuardrailChart(title: t("Guardrail \(outcome)", "护栏 \(outcome)"), axis: t("change of \(outcome) a deal", "每单 \(outcome) 的变化"), rows: rows,
                                          bound: limit, isAbove: isAbove, percent: scale.isShare).markup(language: t),
                           t("\(outcome): \(words.bound(bound, outcome)).", "\(outcome)：\(words.bound(bound, outcome))。")))
        }
        for chart in charts { page.figures([chart]) }
        let elsewhere = words.challengers.flatMap { strategy in strategy.guardrails.filter { $0.segment != nil && $0.status == .broken }.map { (strategy, $0) } }
        page.table([t("strategy", "策略"), t("outcome", "结果"), t("bound", "界限"), t("deals", "客群"), t("change", "变化"), t("interval", "区间"), t("status", "状态")],
                   (guarded + elsewhere).map { strategy, guardrail in
                       let scale = words.outcomeScale(guardrail.outcome)
                       return [words.name(strategy), guardrail.outcome, words.limit(guardrail.bound, guardrail.outcome),
                               guardrail.segment.map { SegmentTexts.text($0, t) } ?? t("all", "全部"), guardrail.difference.map { words.change($0, scale) } ?? "–",
                               words.interval(guardrail.lower, guardrail.upper, scale), words.status(guardrail.status)]
                   }, texts: [0, 1, 3])
    }

    private func kinds(_ guardrails: [ComparisonResult.Guardrail]) -> [(String, ComparisonResult.Guardrail.Bound)] {
        var kinds: [(String, ComparisonResult.Guardrail.Bound)] = []
        for guardrail in guardrails where !kinds.contains(where: { $0.0 == guardrail.outcome && $0.1 == guardrail.bound }) { kinds.append((guardrail.outcome, guardrail.bound)) }
        return kinds
    }

    // MARK: segments

    func segments(_ page: inout HTMLPage) {
        let strategies = words.challengers.filter { !$0.segments.isEmpty && $0.name != OffPolicy.Strategy.asLogged }
        guard let search = result.segmentSearch, !strategies.isEmpty else { return }
        page.subsection(t("For whom", "对谁更好，对谁更差"))
        let losing = strategies.filter { !$0.losers.isEmpty }
        // Of a variant that is worse anyway it is no news.
        for strategy in losing where strategy.conclusion != .worse {
            let list = strategy.losers.prefix(4).map { t("\(SegmentTexts.text($0.segment, t)) (\(words.change($0.difference, scale)), interval \(words.interval($0.lower, $0.upper, scale)))",
                                                         "\(SegmentTexts.text($0.segment, t))（\(words.change($0.difference, scale))，区间 \(words.interval($0.lower, $0.upper, scale))）") }
            let more = strategy.losers.count - list.count
            page.callout(t("“\(words.name(strategy))” is worse for \(list.joined(separator: "; "))\(more > 0 ? "; and \(more) more segments" : "").",
                           "「\(words.name(strategy))」对以下客群更差：\(list.joined(separator: "；"))\(more > 0 ? "；另有 \(more) 个客群" : "")。"), warning: true)
        }
        var seen: [Segment] = []
        for strategy in strategies { for found in strategy.segments where found.segment.conditions.count == 1 && !seen.contains(found.segment) { seen.append(found.segment) } }
        var last: String?
        let lines = seen.map { segment -> SegmentMapChart.Line in
            let own = strategies.map { strategy in strategy.segments.first { $0.segment == segment } }
            let isFirst = segment.column != last
            last = segment.column
            return .init(group: isFirst ? segment.column : nil, label: SegmentTexts.value(segment.conditions[0], t), deals: own.compactMap { $0?.deals }.first ?? 0,
                         fields: own.map { found in
                             .init(difference: found?.difference, standsOut: found.map { $0.conclusion != .notDistinguishable } ?? false,
                                   text: found.map { words.signed($0.difference, scale) } ?? "")
                         })
        }
        if !lines.isEmpty {
            page.figures([(SegmentMapChart(strategies: strategies.map(words.name), lines: lines, unit: words.unit(scale)).markup(language: t),
                           t("Difference from the champion a deal, segment by segment. Pairs of columns were searched as well; those with at least \(search.minimumDeals) deals, and enough of them that tell.",
                             "各客群与现行策略的每单差异。两列组合的客群也已搜索；只看不少于 \(search.minimumDeals) 单且信息足够的客群。"))])
        }
        let pairs = strategies.flatMap { strategy in strategy.segments.filter { $0.segment.conditions.count == 2 && $0.conclusion == .worse }.map { (strategy, $0) } }
        guard !pairs.isEmpty else { return }
        page.table([t("strategy", "策略"), t("worse for", "更差的客群"), t("deals", "单数"), t("difference a deal", "每单差异"), t("interval", "区间"), t("adjusted p", "校正 p 值")],
                   pairs.sorted { $0.1.difference < $1.1.difference }.prefix(12).map { strategy, found in
                       [words.name(strategy), SegmentTexts.text(found.segment, t), String(found.deals), words.change(found.difference, scale),
                        words.interval(found.lower, found.upper, scale), NumberText.rounded(found.adjustedP, significantDigits: 2)]
                   }, texts: [0, 1])
        if pairs.count > 12 { page.paragraph(t("The 12 worst of \(pairs.count) pairs.", "共 \(pairs.count) 个组合，列出最差的 12 个。")) }
    }

    // MARK: changes

    /// The number of each action's colour on the page; none where actions are more than colours.
    private var actionColors: [String: Int] {
        let actions = result.strategies.first?.actionShares.map(\.action) ?? []
        return actions.count > Palette.categories.count ? [:] : Dictionary(actions.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    func changes(_ page: inout HTMLPage, of strategies: [ComparisonResult.StrategyResult]) {
        for strategy in strategies {
            guard let change = strategy.changedDecisions, change.share > 0 else { continue }
            page.subsection(t("What changes under “\(words.name(strategy))”", "「\(words.name(strategy))」改变了什么"))
            let bands = change.kept.map { FlowChart.Band(from: $0.action, to: $0.action, deals: $0.deals) } + change.flows.map { .init(from: $0.from, to: $0.to, deals: $0.deals) }
            var figures = [(markup: FlowChart(before: words.name(words.champion), after: words.name(strategy), bands: bands, colors: actionColors).markup(language: t),
                            caption: t("\(Format.percent(change.share)) of decisions change: on the left what the champion does, on the right what the variant does. Grey stays.",
                                       "\(Format.percent(change.share)) 的决策会改变：左侧为现行做法，右侧为新方案；灰色表示不变。"))]
            if !change.drivers.isEmpty || change.common > 0 {
                let shown = change.drivers.prefix(8), rest = change.drivers.dropFirst(8).reduce(0) { $0 + $1.contribution }
                var parts = shown.map { ShareCharts.Part(label: $0.feature, share: $0.contribution) }
                if change.drivers.count > 8 { parts.append(.init(label: t("\(change.drivers.count - 8) other features", "其余 \(change.drivers.count - 8) 个特征"), share: rest)) }
                parts.append(.init(label: t("the same for every deal", "所有单一致"), share: change.common, isRest: true))
                parts.append(.init(label: t("not explained", "未能解释"), share: change.unexplained, isRest: true))
                figures.append((ShareCharts.drivers(parts, language: t),
                                t("Which features the change of decisions depends on: Shapley values of a tree that tells which deals change. The shares sum to 100 %.",
                                  "决策的改变取决于哪些特征：用一棵决策树判断哪些单会改变，取其 Shapley 值；各项之和为 100%。")))
            }
            for figure in figures { page.figures([figure]) }
            rules(change, &page)
            let examples = change.flows.prefix(6)
            page.table([t("from", "从"), t("to", "改为"), t("deals", "单数"), words.examples], examples.map {
                [$0.from, $0.to, NumberText.rounded($0.deals, significantDigits: 5), ($0.ids.isEmpty ? $0.examples.map(String.init) : $0.ids).joined(separator: ", ")]
            }, texts: [0, 1, 3])
        }
    }

    private func rules(_ change: ComparisonResult.ChangedDecisions, _ page: inout HTMLPage) {
        guard change.rules.count > 1 else { return }
        page.paragraph(t("What each rule is worth against the champion, per deal of the whole history: the rules add up to the strategy's difference.",
                         "每条规则相对现行策略的贡献（按全部单平均）：各规则之和等于策略的总差异。"))
        page.table([t("rule", "规则"), t("deals", "单数"), t("of them changed", "其中改变"), t("worth", "贡献"), t("\(words.level) interval", "\(words.level) 区间")], change.rules.map { rule in
            [rule.rule, String(rule.deals), Format.percent(rule.changed), rule.contribution.map { words.change($0, scale) } ?? "–", words.interval(rule.lower, rule.upper, scale)]
        })
    }

    // MARK: fairness

    func fairness(_ page: inout HTMLPage) {
        let strategies = result.strategies.filter { !$0.groups.isEmpty }
        guard !strategies.isEmpty else { return }
        page.subsection(t("How groups are treated", "各群体如何被对待"))
        page.paragraph(t("Shares of the actions in each sensitive group, and what a deal of the group is worth, with its interval; each interval is for itself.",
                         "各敏感群体中不同动作的占比，以及该群体每单的价值与区间；区间未作多重校正。"))
        for strategy in strategies where strategy.name != OffPolicy.Strategy.asLogged || strategies.count == 1 {
            var columns: [String] = []
            for group in strategy.groups where !columns.contains(group.group.column) { columns.append(group.group.column) }
            for column in columns {
                let own = strategy.groups.filter { $0.group.column == column }
                let actions = own[0].actions.map(\.action), used = actions.indices.filter { action in own.contains { $0.actions[action].share > 0 } }
                let drawn = own.map { group in
                    ShareCharts.Group(label: "\(SegmentTexts.value(group.group, t)) (\(group.deals))", shares: used.map { group.actions[$0].share },
                                      note: group.value.map { words.value($0, scale) + " [" + words.interval(group.lower, group.upper, scale) + "]" } ?? "–")
                }
                page.figures([(ShareCharts.groups(drawn, actions: used.map { (name: actions[$0], color: actionColors[actions[$0]] ?? $0) }, title: t("\(words.name(strategy)) by \(column)", "\(words.name(strategy))：按 \(column)"), language: t),
                               t("\(words.name(strategy)), by \(column).", "\(words.name(strategy))，按 \(column) 分组。"))])
            }
        }
    }

    // MARK: evidence

    func evidence(_ page: inout HTMLPage) {
        page.table([t("strategy", "策略"), t("evidence", "证据"), t("effective deals", "有效样本"), t("largest weight", "最大单笔权重占比"), t("never done before", "历史未覆盖"),
                    t("hidden reason that could turn it", "可能推翻结论的隐藏因素")], result.strategies.map { strategy in
            [words.name(strategy), words.verdict(strategy.verdict), NumberText.fixed(strategy.overlap.effectiveSampleSize, decimals: 0),
             NumberText.rounded(100 * strategy.overlap.largestWeightShare, significantDigits: 2) + "\u{A0}%", Format.percent(strategy.overlap.supportGap),
             strategy.versusChampion == nil ? "" : strategy.turningGamma.map { t("odds × \(NumberText.rounded($0, significantDigits: 3))", "几率 × \(NumberText.rounded($0, significantDigits: 3))") } ?? t("none up to × 100", "× 100 以内均不会")]
        }, texts: [0, 1, 5])
        page.figures(result.strategies.filter { !$0.weightBins.isEmpty }.map { strategy in
            let deals = Double(max(1, strategy.weightBins.reduce(0) { $0 + $1.deals }))
            let bars = strategy.weightBins.map { bin in
                ShareCharts.WeightBar(label: Self.range(bin), deals: Double(bin.deals) / deals, weight: bin.weightShare)
            }
            return (ShareCharts.weights(bars, title: t("Weights under \(words.name(strategy))", "\(words.name(strategy)) 下的权重"), language: t), words.name(strategy))
        })
        page.paragraph(t("A deal's weight is how much more often the strategy would do what was done. Deals of weight 0 say nothing of it; much of the weight on few deals is thin evidence.",
                         "权重表示该策略采取历史动作的频率是当时的几倍。权重为 0 的单不提供信息；权重集中在少数单上，证据就薄弱。"))
        reasons(&page)
    }

    /// `0`, `≤⅛`, `⅛–¼`, … `2–4`.
    private static func range(_ bin: ComparisonResult.WeightBin) -> String {
        func number(_ value: Double) -> String { [0.125: "⅛", 0.25: "¼", 0.5: "½"][value] ?? NumberText.shortest(value) }
        return bin.to == 0 ? "0" : bin.from == 0 ? "≤" + number(bin.to) : number(bin.from) + "–" + number(bin.to)
    }

    func reasons(_ page: inout HTMLPage) {
        let concerned = result.strategies.filter { !$0.reasons.isEmpty }
        guard !concerned.isEmpty else { return }
        page.subsection(t("To be known when reading this", "解读时请注意"))
        page.table([t("strategy", "策略"), t("reason", "原因")], concerned.flatMap { strategy in
            strategy.reasons.map { [words.name(strategy), ReasonTexts.text($0, t)] }
        }, texts: [0, 1])
    }

    func estimators(_ page: inout HTMLPage) {
        page.table([t("strategy", "策略"), t("estimator", "估计方法"), t("value", "估计值"), t("standard error", "标准误"), t("\(words.level) interval", "\(words.level) 区间"), t("interval by", "区间方法")],
                   result.strategies.flatMap { strategy in
                       strategy.estimates.enumerated().map { cells($0 == 0 ? words.name(strategy) : "", $1) }
                   }, texts: [0, 1, 5])
    }

    private func cells(_ name: String, _ estimate: ComparisonResult.Estimate) -> [String] {
        func number(_ value: Double?, _ digits: Int) -> String { value.map { NumberText.rounded($0, significantDigits: digits) } ?? "–" }
        let lambda = estimate.lambda.map { " λ = " + ($0.isInfinite ? "∞" : NumberText.shortest($0)) } ?? ""
        let lower = number(estimate.lower, 5), upper = number(estimate.upper, 5)
        let method = estimate.interval + (estimate.biasNotCovered ? t(" (bias not covered)", "（未含偏差）") : "")
        return [name, estimate.estimator + lambda, number(estimate.value, 5), number(estimate.standardError, 3), t("\(lower) to \(upper)", "\(lower) 至 \(upper)"), method]
    }
}
