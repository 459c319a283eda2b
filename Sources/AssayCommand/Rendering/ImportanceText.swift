import Attribution
import Documents
import Models
import Sandbox

/// Global views as text for a terminal.
enum ImportanceText {
    private static let pairsShown = 15

    static func text(_ views: GlobalViews) -> String {
        var parts = ["\(views.document.specification.name), \(views.rows) rows\n", features(views)]
        if let graph = views.graph { parts.append(interactions(graph, views)) }
        for segments in views.segments { parts.append(self.segments(segments, views)) }
        return parts.joined(separator: "\n")
    }

    private static func features(_ views: GlobalViews) -> String {
        let measures = views.permutation?.measures ?? []
        var table = TextTable(["feature", "mean |contribution|", "95 % from", "to"] + measures.flatMap { [title($0), "std. error"] })
        for feature in views.ranking {
            let one = views.importance[feature]
            let changes = measures.indices.flatMap { index -> [String] in
                let change = views.permutation!.changes[index][feature]
                return [NumberText.fixed(change.value, decimals: 5), NumberText.fixed(change.standardError, decimals: 5)]
            }
            table.add([name(feature, views), EvaluationText.short(one.meanAbsolute), EvaluationText.short(one.lower), EvaluationText.short(one.upper)] + changes)
        }
        guard let permutation = views.permutation else { return table.text }
        let baselines = zip(permutation.measures, permutation.baselines).map { "\($0.rawValue) \(EvaluationText.short($1))" }.joined(separator: ", ")
        return table.text + "\nwith every feature in place: \(baselines); changes are means of \(permutation.repeats) permutations over \(permutation.rows) rows\n"
    }

    private static func title(_ measure: PermutationImportance.Measure) -> String {
        switch measure {
        case .auc: "AUC drop"
        case .logLoss: "log-loss rise"
        case .squaredError: "sq. error rise"
        }
    }

    private static func interactions(_ graph: InteractionGraph, _ views: GlobalViews) -> String {
        guard !graph.edges.isEmpty else { return "No two features act together: the model is additive.\n" }
        var table = TextTable(["feature", "with", "mean |interaction|", "std. error"])
        for edge in graph.edges.prefix(pairsShown) {
            table.add([name(edge.pair.first, views), name(edge.pair.second, views), EvaluationText.short(edge.strength), EvaluationText.short(edge.standardError)])
        }
        let hidden = graph.edges.count - pairsShown
        return table.text + (hidden > 0 ? "\(hidden) weaker pairs are not shown; --format json has all\n" : "") + "over \(graph.rows) of \(views.rows) rows\n"
    }

    private static func segments(_ segments: GlobalViews.Segments, _ views: GlobalViews) -> String {
        let leading = Array(views.ranking.prefix(5))
        var table = TextTable([segments.column, "rows"] + leading.map { name($0, views) })
        for (index, value) in segments.values.enumerated() where segments.attributions.rows[index] > 0 {
            table.add([value.isEmpty ? "(missing)" : value, String(segments.attributions.rows[index])]
                + leading.map { NumberText.fixed(segments.attributions.mean(segment: index, feature: $0), decimals: 4) })
        }
        return "Mean contribution of the leading features by \(segments.column)\n\n" + table.text
    }

    private static func name(_ feature: Int, _ views: GlobalViews) -> String { views.document.model.features[feature].name }
}
