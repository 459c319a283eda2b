import Models

extension RandomEnsembles {
    /// A linear model over `features` with every term that its design allows, some features without any.
    public static func linear(seed: UInt64, features: [Feature]) -> LinearModel {
        var draws = RandomDraws(seed: seed, stream: 3)
        var terms: [LinearModel.Term] = []
        func term(_ feature: Int, _ design: LinearModel.Design) -> LinearModel.Term {
            LinearModel.Term(feature: feature, design: design, mean: draws.uniform(), scale: 0.1 + draws.uniform(),
                             coefficient: draws.uniform() - 0.5, standardError: draws.chance(0.5) ? draws.uniform() : nil)
        }
        for (index, feature) in features.enumerated() where !draws.chance(0.15) {
            switch feature.kind {
            case .numeric: terms.append(term(index, .value))
            case .categorical(let levels): terms += levels.indices.map { term(index, .level($0)) }
            }
            if draws.chance(0.6) { terms.append(term(index, .missing)) }
        }
        return LinearModel(featureCount: features.count, intercept: draws.uniform() - 0.5, terms: terms)
    }
}
