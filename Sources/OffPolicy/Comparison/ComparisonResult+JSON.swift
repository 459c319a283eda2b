import Documents

extension ComparisonResult {
    /// The result under the names of design section 9.
    public var json: JSON {
        .members([
            "history": .members([
                "name": .string(history.name), "deals": .int(history.deals), "actions": .strings(history.actions),
                "digest": history.digest.map { .string($0) } ?? .null,
            ]),
            "objective": .string(objective),
            "champion": .string(champion),
            "strategies": .array(strategies.map(\.json)),
            "best": best?.json ?? .null,
            "propensities": propensities?.json ?? .null,
            "notes": .strings(Self.notes),
        ])
    }
}

/// `null` for what is not known.
func number(_ value: Double?) -> JSON { value.map { $0.isFinite ? .double($0) : .null } ?? .null }

extension ComparisonResult.StrategyResult {
    var json: JSON {
        .members([
            "name": .string(name),
            "verdict": .string(verdict.rawValue),
            "conclusion": conclusion.map { .string($0.rawValue) } ?? .null,
            "reasons": .strings(reasons.map { "\($0.code): \($0.text)" }),
            "estimates": .array(estimates.map(\.json)),
            "primary": .string(Estimators.primary),
            "effective_sample_size": number(overlap.effectiveSampleSize),
            "largest_weight_share": number(overlap.largestWeightShare),
            "support_gap": number(overlap.supportGap),
            "versus_champion": versusChampion?.json ?? .null,
            "outcomes": .array(outcomes.map(\.json)),
            "guardrails": .array(guardrails.map(\.json)),
            "segments": .array(segments.map(\.json)),
            "changed_decisions": changedDecisions?.json ?? .null,
            "fairness": .array(groups.map(\.json)),
            "sensitivity": .members(["gamma": number(turningGamma)]),
            "tail_index": number(tailIndex),
            "agreement": agreement?.json ?? .null,
            "support_regions": .array(supportRegions.map(\.json)),
            "to_settle": settling?.json ?? .null,
        ])
    }
}

extension ComparisonResult.Estimate {
    var json: JSON {
        .members([
            // JSON has no infinity, which says that nothing was cut off.
            "estimator": .string(estimator), "lambda": lambda.map { $0.isInfinite ? .string("inf") : .double($0) } ?? .null, "value": number(value), "standard_error": number(standardError),
            "lower": number(lower), "upper": number(upper), "interval": .string(interval), "bias_not_covered": .bool(biasNotCovered),
        ])
    }
}

extension ComparisonResult.Difference {
    var json: JSON {
        .members([
            "difference": number(difference), "standard_error": number(standardError), "lower": number(lower), "upper": number(upper),
            "adjusted_p": number(adjustedP),
        ])
    }
}

extension ComparisonResult.OutcomeValue {
    var json: JSON {
        .members(["outcome": .string(outcome), "value": number(value), "lower": number(lower), "upper": number(upper)])
    }
}
