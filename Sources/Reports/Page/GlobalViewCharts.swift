import Attribution
import Documents
import LinearAlgebra
import Models
import Sandbox

/// The pictures of a model's global views with their captions, for pages of any length.
public struct GlobalViewCharts {
    public typealias Figure = (markup: String, caption: String)

    private let views: GlobalViews
    private let t: Language

    public init(_ views: GlobalViews, language: Language) {
        self.views = views
        t = language
    }

    private var specification: ModelSpecification { views.document.specification }
    private var features: [Feature] { views.document.model.features }
    private var contributions: Attributions { views.sampleInteractions.attributions }

    func label(_ feature: Int) -> String { t.pick(specification.features.labels[features[feature].name], fallback: features[feature].name) }

    /// How many rows stand behind a picture: never silent about a sample.
    private var sampled: String {
        views.sample.isWhole ? t("All \(views.rows) rows.", "全部 \(views.rows) 行。")
            : t("\(views.sample.rows.count) rows drawn at random from \(views.rows).", "从 \(views.rows) 行中随机抽取 \(views.sample.rows.count) 行。")
    }

    private func shown(_ count: Int) -> String {
        count < features.count ? t("The \(count) strongest of \(features.count) features.", "\(features.count) 个特征中最重要的 \(count) 个。") : ""
    }

    private func joined(_ parts: String...) -> String { parts.filter { !$0.isEmpty }.joined(separator: t(" ", "")) }

    public func importance(_ count: Int) -> Figure {
        let leading = views.ranking.prefix(count)
        let bars = leading.map { AttributionCharts.Bar(label: label($0), value: views.importance[$0].meanAbsolute, lower: views.importance[$0].lower, upper: views.importance[$0].upper) }
        return (AttributionCharts.importance(bars, language: t),
                joined(t("How far each feature moves the score, on average.", "各特征平均把得分推动多远。"), shown(leading.count), t("All \(views.rows) rows.", "全部 \(views.rows) 行。")))
    }

    public func permutation(_ count: Int) -> Figure? {
        guard let permutation = views.permutation, let measure = permutation.measures.first else { return nil }
        let name = switch measure {
        case .auc: t("drop of the AUC", "AUC 的下降")
        case .logLoss: t("rise of the log-loss", "对数损失的上升")
        case .squaredError: t("rise of the squared error", "平方误差的上升")
        }
        let leading = views.ranking.prefix(count)
        let rows = leading.map { feature -> ForestPlot.Row in
            let change = permutation.changes[0][feature]
            return .init(label: label(feature), value: change.value, lower: change.value - 1.96 * change.standardError, upper: change.value + 1.96 * change.standardError)
        }
        let plot = ForestPlot(title: t("Permutation importance", "置换重要性"), axis: t("\(name), with 95 % interval", "\(name)（含 95% 区间）"), rows: rows, reference: 0)
        return (plot.markup(language: t),
                joined(t("How much worse the model ranks when one feature's values are dealt out anew. Little loss beside a long bar above means that other features can stand in for it.",
                         "把某一特征的取值随机打乱后，模型变差多少。若此处损失小而平均贡献大，说明其他特征可以替代它。"),
                       t("Mean of \(permutation.repeats) permutations over \(permutation.rows) rows.", "\(permutation.rows) 行、\(permutation.repeats) 次打乱的平均值。")))
    }

    public func beeswarm(_ count: Int) -> Figure {
        let leading = views.ranking.prefix(count).filter { views.importance[$0].meanAbsolute > 0 }
        let lines = leading.map { feature in
            Beeswarm.Line(label: label(feature), contributions: contributions.contributions.column(feature), ranks: Beeswarm.ranks(views.sampleFeatures.column(feature)),
                          isOrdered: !features[feature].isCategorical)
        }
        return (Beeswarm(lines).markup(language: t),
                joined(t("Each point is a customer: to the right the feature raises the score, to the left it lowers it; the colour is the customer's value.",
                         "每个点是一位客户：在右侧表示该特征提高得分，在左侧表示降低；颜色表示该客户的取值。"), shown(leading.count), sampled))
    }

    public func graph() -> Figure? {
        guard let graph = views.graph else { return nil }
        let share = Format.percent(graph.shownShare)
        let strongest = graph.kept.prefix(3).map { edge in
            t("\(label(edge.pair.first)) with \(label(edge.pair.second)) (\(NumberText.rounded(edge.strength, significantDigits: 2)))",
              "\(label(edge.pair.first))与\(label(edge.pair.second))（\(NumberText.rounded(edge.strength, significantDigits: 2))）")
        }.joined(separator: t(", ", "、"))
        return (InteractionChart.graph(graph, labels: features.indices.map(label), language: t),
                graph.edges.isEmpty ? sampled : joined(
                    t("Wider lines: what two features do together beyond what each does by itself (mean in log-odds). \(graph.keptCount) of \(graph.edges.count) pairs, which hold \(share) of all interaction.",
                      "线越粗，表示两个特征共同产生、超出各自单独作用的部分越大（平均值，对数几率）。共 \(graph.edges.count) 对，图中 \(graph.keptCount) 对占全部交互的 \(share)。"),
                    t("Strongest: \(strongest).", "最强的是：\(strongest)。"), sampled))
    }

    /// Contribution against value.
    public func dependence(_ feature: Int) -> Figure {
        let partner = views.graph?.partner(of: feature)
        // Levels come in the order of the effects' grid where there is one, and so do the points.
        let effect = views.effects.first { $0.feature == feature }
        var values = views.sampleFeatures.column(feature)
        let (axis, codes) = levels(feature, effect?.accumulated.grid.points)
        if let codes {
            let places = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($1, Double($0)) })
            values = values.map { places[$0] ?? .nan }
        }
        let markup = EffectCharts.dependence(
            label(feature), values: values, contributions: contributions.contributions.column(feature),
            partner: partner.map { (t("colour: ", "颜色：") + label($0), Beeswarm.ranks(views.sampleFeatures.column($0))) }, axis: axis, language: t)
        return (markup, joined(
            t("Contribution of \(label(feature)) against its value.", "「\(label(feature))」的贡献与取值。"),
            partner.map { t("Points of one value differ because of other features, most of all \(label($0)).", "取值相同而贡献不同，是受其他特征影响，其中以「\(label($0))」最强。") } ?? "", sampled))
    }

    public func effect(_ effect: GlobalViews.Effect) -> Figure {
        let (axis, _) = levels(effect.feature, effect.accumulated.grid.points)
        let missing = effect.accumulated.grid.missingRows
        return (EffectCharts.effects(label(effect.feature), effect.accumulated, effect.partial, axis: axis, language: t), joined(
            t("How the score moves as this value alone moves, everything else as it is: solid among customers who have such values, dashed over all customers.",
              "只改变该取值、其余不变时得分如何变化：实线只在取值相近的客户中计算，虚线对所有客户计算。"),
            features[effect.feature].isCategorical ? t("Categories in order of their mean contribution.", "类别按平均贡献排序。") : "",
            missing > 0 ? t("\(missing) rows without a value are left out.", "\(missing) 行缺失该值，未计入。") : "", sampled))
    }

    /// By segment, the leading features.
    public func segments(_ segments: GlobalViews.Segments, _ count: Int) -> Figure {
        let names = segments.values.indices.filter { segments.attributions.rows[$0] > 0 }
            .sorted { (a: Int, b: Int) in segments.attributions.rows[a] != segments.attributions.rows[b] ? segments.attributions.rows[a] > segments.attributions.rows[b] : a < b }
        let column = t.pick(specification.features.labels[segments.column], fallback: segments.column)
        let drawn = names.prefix(12).map { (index: $0, name: segments.values[$0].isEmpty ? t("(missing)", "（缺失）") : segments.values[$0]) }
        let leading = views.ranking.prefix(count).map { (index: $0, label: label($0)) }
        return (SegmentChart.bars(segments.attributions, segments: drawn, features: leading, language: t), joined(
            t("What moves the score of each part of the customers, by \(column).", "按「\(column)」分组，各组客户的得分因素。"),
            drawn.count < names.count ? t("The \(drawn.count) largest of \(names.count) segments.", "\(names.count) 个人群中最大的 \(drawn.count) 个。") : "",
            shown(leading.count), t("All \(views.rows) rows.", "全部 \(views.rows) 行。")))
    }

    /// The axis of a feature, and the codes in the order in which they stand on it.
    private func levels(_ feature: Int, _ order: [Double]?) -> (EffectCharts.Axis, [Double]?) {
        guard case .categorical(let names) = features[feature].kind else { return (.numeric, nil) }
        let codes = order ?? names.indices.map(Double.init)
        return (.levels(codes.map { names[Int($0)] }), codes)
    }
}
