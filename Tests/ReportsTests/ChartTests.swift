import Attribution
import Foundation
import LinearAlgebra
import Models
import Reports
import Testing

private let languages = Language.allCases
private let hostile = "<script>alert('x')</script> & \"quoted\" \u{0}"

private func metric(_ value: Double) -> Evaluation.Metric { .init(value: value, lower: value * 0.9, upper: value * 1.1) }

/// Every chart, with labels that try to break out of it.
private func charts(_ language: Language) -> [String] {
    [
        ModelCharts.calibration([.init(rows: 10, meanPredicted: 0.2, observed: metric(0.25)), .init(rows: 10, meanPredicted: 0.7, observed: metric(0.6))], language: language),
        ModelCharts.gains([.init(share: 0.1, gain: metric(0.3), lift: metric(3)), .init(share: 1, gain: metric(1), lift: metric(1))], language: language),
        AttributionCharts.importance([.init(label: hostile, value: 1, lower: 0.5, upper: 1.5), .init(label: "客户等级", value: 0, lower: 0, upper: 0)], language: language),
        AttributionCharts.waterfall(base: -1, steps: [.init(label: hostile, contribution: 0.7), .init(label: "b", contribution: -0.2)], margin: -0.5, probability: "37.8 %", language: language),
        ForestPlot(title: hostile, axis: hostile, rows: [.init(label: hostile, value: 1, lower: 0, upper: 2, truth: 1.5), .init(label: "b", value: -1, lower: -2, upper: 0)], reference: 0)
            .markup(language: language),
        GrowthChart.svg([.init(name: hostile, points: [(10, 0.1), (1_000, 2)]), .init(name: "one", points: [(5, 1)])], title: hostile, sizeLabel: hostile),
    ] + viewCharts(language) + comparisonCharts(language)
}

private func comparisonCharts(_ language: Language) -> [String] {
    [
        FlowChart(before: hostile, after: "b", bands: [.init(from: hostile, to: "b", deals: 3), .init(from: "b", to: "b", deals: 0.5)]).markup(language: language),
        FlowChart(before: "a", after: "b", bands: (0 ..< 30).map { .init(from: "a\($0 % 12)", to: "a\($0 % 7)", deals: Double($0)) }).markup(language: language),
        SegmentMapChart(strategies: [hostile, "客户"], lines: [.init(group: hostile, label: hostile, deals: 3, fields: [.init(difference: 1, standsOut: true, text: hostile), .init(difference: nil, standsOut: false, text: "")])], unit: hostile)
            .markup(language: language),
        GuardrailChart(title: hostile, axis: hostile, rows: [.init(label: hostile, value: 0.1, lower: 0, upper: 0.2, status: hostile, isBroken: true)], bound: 0.05, isAbove: true, percent: true)
            .markup(language: language),
        ShareCharts.drivers([.init(label: hostile, share: 0.7), .init(label: "b", share: 0.3, isRest: true)], language: language),
        ShareCharts.weights([.init(label: hostile, deals: 0.7, weight: 0), .init(label: "b", deals: 0.3, weight: 1)], title: hostile, language: language),
        ShareCharts.groups([.init(label: hostile, shares: [0.5, 0.5], note: hostile)], actions: [(hostile, 0), ("b", 1)], title: hostile, language: language),
    ]
}

/// The charts of global views: a hostile label, a missing value, levels.
private func viewCharts(_ language: Language) -> [String] {
    let features = [Feature(name: "x", kind: .numeric), Feature(name: "c", kind: .categorical(levels: [hostile, "一个很长很长很长很长的类别名称"]))]
    let tree = Tree(nodes: [TreeNode(feature: 0, left: 1, right: 2, threshold: 0.5, cover: 4), TreeNode(feature: 1, left: 3, right: 4, categorySet: 0, cover: 2),
                            TreeNode(value: 1, cover: 2), TreeNode(value: -1, cover: 1), TreeNode(value: 2, cover: 1)], categorySets: [CategorySet([0])])
    let model = Model(features: features, predictor: .trees(TreeEnsemble(featureCount: 2, baseMargin: 0, trees: [tree])), link: .logit)
    let rows = Matrix(rows: 6, columns: 2, order: .column, storage: [0, 1, 0.25, .nan, 2, 0.5, 0, 1, 1, 0, .nan, 0])
    let interactor = model.interactor(), interactions = interactor.interactions(of: rows), scorer = ModelScorer(model)
    var gathered = InteractionGraph.Accumulator(interactor)
    gathered.add(interactions)
    var segments = SegmentAttributions(segmentCount: 2, featureCount: 2)
    segments.add(interactions.attributions, codes: [0, 0, 0, 1, 1, -1] as [Int32])
    let axes: [EffectCharts.Axis] = [.numeric, .levels([hostile, "一个很长很长很长很长的类别名称"])]
    let contributions = interactions.attributions.contributions
    var charts = [
        Beeswarm((0 ..< 2).map { .init(label: hostile, contributions: contributions.column($0), ranks: Beeswarm.ranks(rows.column($0)), isOrdered: $0 == 0) }).markup(language: language),
        InteractionChart.graph(gathered.graph(), labels: [hostile, "c"], language: language),
        SegmentChart.bars(segments, segments: [(0, hostile), (1, "")], features: [(0, hostile), (1, "c")], language: language),
    ]
    for feature in 0 ..< 2 {
        let partial = PartialDependence(scorer, rows, feature: feature)
        charts.append(EffectCharts.effects(hostile, AccumulatedLocalEffects(scorer, rows, feature: feature), partial, axis: axes[feature], language: language))
        charts.append(EffectCharts.singleRows(hostile, partial, axis: axes[feature], language: language))
        charts.append(EffectCharts.dependence(hostile, values: rows.column(feature), contributions: contributions.column(feature),
                                              partner: (hostile, Beeswarm.ranks(rows.column(1 - feature))), axis: axes[feature], language: language))
    }
    return charts
}

@Test func `a time that grows by a power has its exponent`() throws {
    let points = [1.0, 10, 300, 4_000].map { (size: $0, seconds: 0.5 * $0 * $0.squareRoot()) }
    let exponent = try #require(GrowthChart.Series(name: "x", points: points).exponent)
    #expect(abs(exponent - 1.5) < 1e-9)
    #expect(GrowthChart.Series(name: "x", points: [(5, 1)]).exponent == nil)
    #expect(GrowthChart.Series(name: "x", points: [(5, 1), (5, 2)]).exponent == nil)
}

/// A small reader of well-formed XML: elements close in the order in which they were opened, attributes are quoted.
private func isWellFormed(_ markup: String) -> Bool {
    var open: [Substring] = []
    var rest = markup[...]
    while let start = rest.firstIndex(of: "<") {
        guard !rest[..<start].contains(">") || rest[..<start].allSatisfy({ $0 != "<" }) else { return false }
        guard let end = rest[start...].firstIndex(of: ">") else { return false }
        let tag = rest[rest.index(after: start) ..< end]
        guard !tag.contains("<"), tag.count(where: { $0 == "\"" }) % 2 == 0 else { return false }
        if tag.hasPrefix("/") {
            guard open.popLast() == tag.dropFirst() else { return false }
        } else if !tag.hasSuffix("/") {
            open.append(tag.prefix { $0 != " " && $0 != "\n" })
        }
        rest = rest[rest.index(after: end)...]
    }
    return open.isEmpty && !rest.contains(">")
}

struct `Charts` {
    @Test(arguments: languages)
    func `are well-formed, whatever the labels hold`(language: Language) {
        for chart in charts(language) {
            #expect(isWellFormed(chart), "\(chart)")
            #expect(!chart.contains("<script"))
            #expect(!chart.contains("\u{0}"))
            #expect(!chart.contains("nan") && !chart.contains("inf"))
        }
    }

    @Test(arguments: languages)
    func `say what they are to a screen reader`(language: Language) {
        for chart in charts(language) {
            #expect(chart.contains("role=\"img\""))
            #expect(chart.contains("<title>") && chart.contains("<desc>"))
        }
    }

    @Test func `are drawn in the reader's language`() {
        #expect(charts(.chinese)[0].contains("预测概率") && !charts(.chinese)[0].contains("predicted"))
        #expect(charts(.english)[0].contains("predicted probability"))
    }

    @Test func `hold out against degenerate data`() {
        let flat = ForestPlot(title: "t", axis: "a", rows: [.init(label: "x", value: 2, lower: 2, upper: 2)]).markup(language: .english)
        let empty = AttributionCharts.importance([], language: .english)
        let still = AttributionCharts.waterfall(base: 0, steps: [], margin: 0, probability: "50 %", language: .english)
        let swarm = Beeswarm([]).markup(language: .english)
        let lonely = Beeswarm([.init(label: "x", contributions: [0], ranks: [nil], isOrdered: true)]).markup(language: .english)
        let calm = FlowChart(before: "a", after: "b", bands: []).markup(language: .english), blank = SegmentMapChart(strategies: [], lines: [], unit: "").markup(language: .english)
        let unmoved = GuardrailChart(title: "t", axis: "a", rows: [.init(label: "x", value: 0, lower: 0, upper: 0, status: "s", isBroken: false)], bound: 0, isAbove: false, percent: false)
            .markup(language: .english)
        let shareless = ShareCharts.drivers([], language: .english), unweighted = ShareCharts.weights([], title: "t", language: .english)
        for chart in [flat, empty, still, swarm, lonely, calm, blank, unmoved, shareless, unweighted] {
            #expect(isWellFormed(chart))
            #expect(!chart.contains("nan") && !chart.contains("inf"))
        }
    }
}

struct `Beeswarms` {
    @Test func `draw every point that they are given`() {
        let contributions = (0 ..< 500).map { Double($0 * 37 % 11) / 10 }, values = (0 ..< 500).map { $0 % 7 == 0 ? Double.nan : Double($0 % 13) }
        let markup = Beeswarm([.init(label: "x", contributions: contributions, ranks: Beeswarm.ranks(values), isOrdered: true)]).markup(language: .english)
        #expect(markup.components(separatedBy: "h0").count - 1 == 500)
        // Points of one place lie apart.
        #expect(Set(markup.matches(of: /M[0-9.]+ [0-9.]+h0/).map { String($0.output) }).count == 500)
    }

    @Test func `rank values from lowest to highest, ties alike, missing apart`() {
        #expect(Beeswarm.ranks([3, 1, .nan, 2, 2]) == [1, 0, nil, 0.5, 0.5])
        #expect(Beeswarm.ranks([7]) == [0.5] && Beeswarm.ranks([]).isEmpty)
    }
}

struct `Pages` {
    @Test(arguments: languages)
    func `stand alone: no scripts, no requests, escaped texts`(language: Language) {
        var page = HTMLPage(title: hostile, lead: hostile, language: language)
        page.section(hostile, anchor: "a")
        page.paragraph(hostile)
        page.callout(hostile, warning: true)
        page.table([hostile, "n"], [[hostile, "1"]])
        page.code(hostile)
        page.figures(charts(language).map { ($0, hostile) })
        let markup = page.markup(footer: hostile)
        #expect(!markup.contains("<script") && !markup.contains("src=") && !markup.contains("@import") && !markup.contains("url("))
        #expect(markup.contains("Content-Security-Policy"))
        #expect(markup.contains(language == .chinese ? "lang=\"zh-Hans\"" : "lang=\"en\""))
        #expect(markup.contains("prefers-color-scheme: dark") && markup.contains("@media print"))
    }
}
