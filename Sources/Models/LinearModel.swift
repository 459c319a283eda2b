/// A linear model over a standardised design: margin = intercept + Σ coefficient · (x - mean) / scale.
///
/// A numeric feature is one term (missing counts as the mean) and, where training rows missed it, a second one that
/// indicates missing. A categorical feature is one term a level, none dropped, and likewise one for missing.
/// Every term is standardised, so the intercept is the margin at the training means.
public struct LinearModel: Sendable, Equatable {
    public enum Design: Sendable, Equatable {
        /// The number itself; missing counts as `mean`.
        case value
        /// 1 where the value is missing, else 0.
        case missing
        /// 1 where the categorical feature's code is this one, else 0.
        case level(Int)
    }

    public struct Term: Sendable, Equatable {
        public var feature: Int
        public var design: Design
        /// Mean and population standard deviation over the training rows; a scale of 0 never occurs: constant terms are left out.
        public var mean: Double
        public var scale: Double
        /// Coefficient of the standardised term, in log-odds per standard deviation (units of the target for regression).
        public var coefficient: Double
        /// From the inverse penalised Hessian, of the standardised coefficient; nil where it could not be had (elastic net).
        public var standardError: Double?

        public init(feature: Int, design: Design, mean: Double, scale: Double, coefficient: Double, standardError: Double? = nil) {
            self.feature = feature
            self.design = design
            self.mean = mean
            self.scale = scale
            self.coefficient = coefficient
            self.standardError = standardError
        }
    }

    public var featureCount: Int
    /// Margin at the training means.
    public var intercept: Double
    /// Terms in the order of their features; a feature's terms stand together.
    public var terms: [Term]

    public init(featureCount: Int, intercept: Double, terms: [Term]) {
        self.featureCount = featureCount
        self.intercept = intercept
        self.terms = terms
    }
}
