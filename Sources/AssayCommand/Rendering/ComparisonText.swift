import Documents
import OffPolicy

/// A comparison for a terminal.
enum ComparisonText {
    static func text(_ result: ComparisonResult) -> String {
        var text = "\(result.history.name): \(result.history.deals) deals, \(result.history.actions.count) actions; objective \(result.objective); champion \(result.champion)\n\n"
        var values = TextTable(["strategy", "estimator", "value", "std. error", percent(result.level) + " from", "to", "interval"])
        for strategy in result.strategies {
            for estimate in strategy.estimates {
                values.add([strategy.name, name(estimate), number(estimate.value), number(estimate.standardError), number(estimate.lower),
                            number(estimate.upper), estimate.interval + (estimate.biasNotCovered ? " (bias not covered)" : "")])
            }
        }
        text += values.text + "\n"
        var overlap = TextTable(["strategy", "effective deals", "largest weight", "support gap", "versus champion", "from", "to", "adjusted p", "conclusion", "verdict"])
        for strategy in result.strategies {
            let difference = strategy.versusChampion
            overlap.add([strategy.name, number(strategy.overlap.effectiveSampleSize), percent(strategy.overlap.largestWeightShare),
                         percent(strategy.overlap.supportGap), number(difference?.difference), number(difference?.lower), number(difference?.upper),
                         number(difference?.adjustedP), strategy.conclusion?.rawValue ?? "-", strategy.verdict.rawValue])
        }
        text += overlap.text
        text += guardrails(result) + segments(result) + changes(result)
        for strategy in result.strategies where !strategy.reasons.isEmpty || strategy.settling != nil {
            text += "\n\(strategy.name):\n" + strategy.reasons.map { "  \($0.text)\n" }.joined()
            for region in strategy.supportRegions {
                text += "  never done where \(region.condition ?? "anything holds"): \(percent(region.missing)) of it, in about \(region.deals) deals\n"
            }
            if let settling = strategy.settling { text += "  would settle it: \(settling.text)\n" }
        }
        if let best = result.best {
            text += "\n\(best.name) looks best of those compared; corrected for having been picked, it is worth \(number(best.corrected)) "
                + "(\(percent(result.level)) from \(number(best.lower)) to \(number(best.upper))), \(number(best.correctedDifference)) more than the champion "
                + "(\(number(best.differenceLower)) to \(number(best.differenceUpper)))\n"
        }
        return text + "\n" + ComparisonResult.notes.map { "Note: \($0).\n" }.joined()
    }

    /// Over all deals, and the segments in which they are broken.
    private static func guardrails(_ result: ComparisonResult) -> String {
        var table = TextTable(["strategy", "guardrail", "deals of", "change", "from", "to", "adjusted p", "status"])
        var isEmpty = true
        for strategy in result.strategies {
            for guardrail in strategy.guardrails where guardrail.segment == nil || guardrail.status == .broken {
                isEmpty = false
                table.add([strategy.name, guardrail.outcome, guardrail.segment?.text ?? "all", number(guardrail.difference), number(guardrail.lower),
                           number(guardrail.upper), number(guardrail.adjustedP), guardrail.status.rawValue])
            }
        }
        return isEmpty ? "" : "\n" + table.text
    }

    /// Those that lose.
    private static func segments(_ result: ComparisonResult) -> String {
        guard let search = result.segmentSearch else { return "" }
        var table = TextTable(["strategy", "worse for", "deals", "difference", "from", "to", "adjusted p"])
        var isEmpty = true
        for strategy in result.strategies {
            for segment in strategy.losers {
                isEmpty = false
                table.add([strategy.name, segment.segment.text, "\(segment.deals)", number(segment.difference), number(segment.lower), number(segment.upper),
                           number(segment.adjustedP)])
            }
        }
        let note = "segments of at least \(search.minimumDeals) deals were searched, alone and in pairs; \(search.leftOut) had too few deals that tell\n"
        return "\n" + (isEmpty ? "no segment is told to be worse off than under the champion\n" : table.text) + note
    }

    private static func changes(_ result: ComparisonResult) -> String {
        var table = TextTable(["strategy", "decisions changed", "most often from", "to", "deals", "driven most by"])
        var isEmpty = true
        for strategy in result.strategies {
            guard let change = strategy.changedDecisions else { continue }
            isEmpty = false
            let flow = change.flows.first
            table.add([strategy.name, percent(change.share), flow?.from ?? "-", flow?.to ?? "-", number(flow?.deals), change.drivers.first?.feature ?? "-"])
        }
        return isEmpty ? "" : "\n" + table.text
    }

    /// With the hyper-parameter that was used.
    private static func name(_ estimate: ComparisonResult.Estimate) -> String {
        guard let lambda = estimate.lambda else { return estimate.estimator }
        return "\(estimate.estimator) (λ \(lambda.isInfinite ? "∞" : NumberText.shortest(lambda)))"
    }

    private static func number(_ value: Double?) -> String { value.map { NumberText.rounded($0, significantDigits: 4) } ?? "-" }
    private static func percent(_ share: Double) -> String { NumberText.rounded(100 * share, significantDigits: 3) + " %" }
}
