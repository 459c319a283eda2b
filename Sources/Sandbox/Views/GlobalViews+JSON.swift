import Attribution
import Documents
import Models

extension GlobalViews {
    /// Features by falling mean |contribution|; pairs by falling strength, all of them; segments as the table has them.
    public var json: JSON {
        .members([
            "model": .string(document.specification.name),
            "rows": .int(rows),
            "features": .array(ranking.map(featureJSON)),
            "permutation": permutation.map(permutationJSON) ?? .null,
            "interactions": graph.map(graphJSON) ?? .null,
            "segments": .array(segments.flatMap(segmentJSON)),
        ])
    }

    private func name(_ feature: Int) -> JSON { .string(document.model.features[feature].name) }

    private func featureJSON(_ feature: Int) -> JSON {
        let one = importance[feature]
        let changes: [JSON] = (permutation?.measures ?? []).enumerated().map { index, measure in
            let change = permutation!.changes[index][feature]
            return .members(["measure": .string(measure.rawValue), "change": .double(change.value), "standard_error": .double(change.standardError)])
        }
        return .members([
            "feature": name(feature), "mean_absolute": .double(one.meanAbsolute), "standard_error": .double(one.standardError),
            "lower": .double(one.lower), "upper": .double(one.upper), "permutation": .array(changes),
        ])
    }

    private func permutationJSON(_ permutation: PermutationImportance) -> JSON {
        let baselines: [JSON] = zip(permutation.measures, permutation.baselines).map { .members(["measure": .string($0.rawValue), "value": .double($1)]) }
        return .members(["rows": .int(permutation.rows), "repeats": .int(permutation.repeats), "baselines": .array(baselines)])
    }

    private func graphJSON(_ graph: InteractionGraph) -> JSON {
        let pairs: [JSON] = graph.edges.enumerated().map { index, edge in
            .members(["first": name(edge.pair.first), "second": name(edge.pair.second), "mean_absolute": .double(edge.strength),
                      "standard_error": .double(edge.standardError), "kept": .bool(index < graph.keptCount)])
        }
        return .members(["rows": .int(graph.rows), "kept_share": .double(graph.shownShare), "pairs": .array(pairs)])
    }

    private func segmentJSON(_ segments: Segments) -> [JSON] {
        segments.values.indices.filter { segments.attributions.rows[$0] > 0 }.map { index in
            let features: [JSON] = ranking.map { feature in
                .members(["feature": name(feature), "mean": .double(segments.attributions.mean(segment: index, feature: feature)),
                          "mean_absolute": .double(segments.attributions.meanAbsolute(segment: index, feature: feature))])
            }
            return .members(["column": .string(segments.column), "value": .string(segments.values[index]),
                             "rows": .int(segments.attributions.rows[index]), "features": .array(features)])
        }
    }
}
