import Documents

extension SupportRegion {
    var json: JSON { .members(["condition": condition.map { .string($0) } ?? .null, "deals": .int(deals), "missing": .double(missing)]) }
}

extension ComparisonResult.Settling {
    var json: JSON {
        .members(["deals": deals.map { .int($0) } ?? .null, "randomise": randomise.map { .double($0) } ?? .null,
                  "randomised_deals": randomisedDeals.map { .int($0) } ?? .null, "text": .string(text)])
    }
}

extension ComparisonResult.Agreement {
    var json: JSON { .members(["estimators": .strings([first, second]), "difference": .double(difference), "p": p.isFinite ? .double(p) : .null]) }
}

extension ComparisonResult.Best {
    var json: JSON {
        .members([
            "name": .string(name), "value": .double(value), "corrected": .double(corrected), "lower": .double(lower), "upper": .double(upper),
            "difference": .double(difference), "corrected_difference": .double(correctedDifference), "difference_lower": .double(differenceLower),
            "difference_upper": .double(differenceUpper),
        ])
    }
}

extension PropensityCheck {
    var json: JSON {
        .members([
            "source": .string(source),
            "actions": .array(actions.map { action in
                .members([
                    "action": .string(action.action), "deals": .int(action.deals), "share": .double(action.share),
                    "expected_share": action.expectedShare.map { .double($0) } ?? .null, "inverse_mean": .double(action.inverseMean),
                ])
            }),
            "calibration_error": calibrationError.map { .double($0) } ?? .null,
        ])
    }
}
