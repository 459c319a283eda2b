/// Replay: the mean outcome of the deals whose action is the very one that the strategy would have taken.
///
/// Says something only of strategies that leave nothing to chance, and is right only where the history took every action
/// with the same probability: then it needs no propensities. Without a deal that matches its terms are 0, as obp has it,
/// and results show no value.
///
/// Li, Chu, Langford, Wang, WSDM 2011. O(deals).
public struct ReplayMethod: Estimator {
    public var name: String { "replay" }
    public var usesRewardModel: Bool { false }
    public var biasNotCovered: Bool { true }

    public init() {}

    public func saysSomething(_ deals: WeightedDeals) -> Bool { deals.chosen.contains(1) }

    public func contributions(_ deals: WeightedDeals) -> Contributions {
        let matches = deals.chosen.isEmpty ? deals.reward.map { _ in 0.0 } : deals.chosen.map { $0 == 1 ? 1.0 : 0 }
        let share = Mean.of(matches)
        guard share > 0 else { return Contributions(terms: matches, influence: matches, weighted: []) }
        var terms = matches
        for i in terms.indices { terms[i] *= deals.reward[i] / share }
        let value = Mean.of(terms)
        var influence = matches
        for i in influence.indices { influence[i] *= (deals.reward[i] - value) / share }
        let earned = matches.indices.map { matches[$0] * deals.reward[$0] }
        let form = ResamplingForm(plain: [], ratio: .init(numerator: earned, denominator: matches))
        return Contributions(terms: terms, influence: influence, weighted: [], resampling: form)
    }
}
