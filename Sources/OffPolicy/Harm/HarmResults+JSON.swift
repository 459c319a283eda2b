import Documents

extension ComparisonResult.Guardrail {
    var json: JSON {
        .members([
            "outcome": .string(outcome), "segment": segment.map { .string($0.text) } ?? .null, "difference": number(difference), "lower": number(lower),
            "upper": number(upper), "adjusted_p": number(adjustedP), "status": .string(status.rawValue),
        ])
    }
}

extension ComparisonResult.SegmentDifference {
    var json: JSON {
        .members([
            "column": .string(segment.column), "value": .string(segment.value), "deals": .int(deals), "difference": number(difference),
            "lower": number(lower), "upper": number(upper), "adjusted_p": number(adjustedP),
        ])
    }
}

extension ComparisonResult.ChangedDecisions {
    var json: JSON {
        .members([
            "share": number(share),
            "flows": .array(flows.map { flow in
                .members(["from": .string(flow.from), "to": .string(flow.to), "deals": number(flow.deals), "rows": .array(flow.examples.map { .int($0) }),
                          "ids": flow.ids.isEmpty ? .null : .strings(flow.ids)])
            }),
            "drivers": .array(drivers.map { .members(["feature": .string($0.feature), "contribution": number($0.contribution)]) }),
            "common": number(common), "unexplained": number(unexplained),
            "rules": .array(rules.map { rule in
                .members(["rule": .string(rule.rule), "deals": .int(rule.deals), "changed": number(rule.changed), "contribution": number(rule.contribution),
                          "lower": number(rule.lower), "upper": number(rule.upper)])
            }),
        ])
    }
}

extension ComparisonResult.GroupTreatment {
    var json: JSON {
        .members([
            "column": .string(group.column), "value": .string(group.value), "deals": .int(deals),
            "objective": .members(["value": number(value), "lower": number(lower), "upper": number(upper)]),
            "actions": .array(actions.map { share in
                .members(["action": .string(share.action), "share": number(share.share), "lower": number(share.lower), "upper": number(share.upper)])
            }),
        ])
    }
}
