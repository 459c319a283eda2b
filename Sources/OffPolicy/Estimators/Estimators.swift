import Documents

/// The estimators by the names that users choose them by.
///
/// `dr-os_10` sets the hyper-parameter λ to 10; `dr-os_slope` and `dr-os_mse` choose it from the deals; `dr-os` alone is
/// `dr-os_slope`. `ipw_10` and `dr_10` clip weights at 10; without a number they clip nothing.
public enum Estimators {
    /// All estimators as they are listed, those with a hyper-parameter tuned.
    public static let all: [any Estimator] = plain + tunable.map { TunedEstimator($0) }

    private static let plain: [any Estimator] = [
        ReplayMethod(), InverseProbabilityWeighting(), SelfNormalizedWeighting(), DirectMethod(), DoublyRobust(), SelfNormalizedDoublyRobust(),
        MarginalizedWeighting(),
    ]

    /// Kinds whose hyper-parameter is chosen from the deals unless a number is given.
    private static let tunable: [any TunableEstimator.Type] = [
        SwitchDoublyRobust.self, DoublyRobustShrinkage.self, SubGaussianWeighting.self, SubGaussianDoublyRobust.self,
    ]

    /// Kinds that take a number after an underscore.
    private static let families: [any TunableEstimator.Type] = tunable + [InverseProbabilityWeighting.self, DoublyRobust.self]

    /// The one that conclusions rest on.
    public static let primary = "dr"

    public static var names: [String] { all.map(\.name) }

    /// - Throws: `ComparisonError` that names the nearest estimator, or the values that the hyper-parameter may have.
    public static func named(_ name: String) throws -> any Estimator {
        if let estimator = all.first(where: { $0.name == name }) { return estimator }
        let parts = name.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let family = families.first(where: { $0.family == parts[0] }), parts.count == 2 else {
            throw ComparisonError("no estimator '\(name)'; there are \(names.joined(separator: ", "))\(NearestName.hint(name, among: names))")
        }
        if let method = TuningMethod(rawValue: parts[1]) { return TunedEstimator(family, method: method) }
        guard let lambda = parts[1] == "inf" ? .infinity : NumberText.decimal(parts[1]), family.lambdas.contains(lambda) else {
            let range = family.lambdas
            let upper = range.upperBound.isInfinite ? "up" : "to \(NumberText.shortest(range.upperBound))"
            throw ComparisonError("the hyper-parameter of '\(family.family)' is a number from \(NumberText.shortest(range.lowerBound)) \(upper), "
                + "'\(TuningMethod.slope.rawValue)' or '\(TuningMethod.mse.rawValue)'; found '\(parts[1])'")
        }
        return family.init(lambda: lambda)
    }
}
