import LinearAlgebra

/// What strategies do with each group of a sensitive column, and what each group is worth under them.
///
/// A group's share of an action is the mean over its deals of the strategy's probability; its value the mean of the doubly robust
/// terms. Intervals are Student's by the group's deals or clusters, each for itself: they describe, and test nothing.
package enum Fairness {
    /// - Parameters:
    ///   - cells: the groups.
    ///   - actions: the columns of `probabilities`.
    ///   - probabilities: deals x actions, column order.
    ///   - terms: of the objective, one a deal.
    ///   - weights: of the strategy, one a deal: what tells of a group's value.
    /// O(deals · actions).
    package static func treatments(_ cells: [SegmentMap.Cell], actions: [String], probabilities: Matrix, terms: [Double], weights: [Double],
                                   inference: Inference) -> [ComparisonResult.GroupTreatment] {
        var scratch = Array(repeating: 0.0, count: inference.clusters?.count ?? 0)
        let value = PairedTerms(difference: terms, weightChange: weights)
        let shares = actions.indices.map { action in
            let column = probabilities.column(action)
            return PairedTerms(difference: column, weightChange: column)
        }
        return cells.map { cell in
            func part(_ terms: PairedTerms) -> PartDifference {
                PartDifference(terms, rows: cell.rows, clusters: inference.clusters, scratch: &scratch)
            }
            let worth = part(value)
            let interval = inference.interval(worth.value, standardError: worth.error)
            return ComparisonResult.GroupTreatment(
                group: cell.segment.conditions[0], deals: cell.rows.count, value: worth.value.isFinite ? worth.value : nil,
                lower: worth.isSupported ? interval.lower : nil, upper: worth.isSupported ? interval.upper : nil,
                actions: zip(actions, shares).map { action, terms in
                    let share = part(terms)
                    let interval = inference.interval(share.value, standardError: share.error)
                    return .init(action: action, share: share.value, lower: max(0, interval.lower), upper: min(1, interval.upper))
                })
        }
    }
}
