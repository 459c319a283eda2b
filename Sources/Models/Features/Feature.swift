import LinearAlgebra

/// One input of a model, with what is needed to read it from a table.
public struct Feature: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case numeric
        /// Sorted levels seen in training; a value's code is its index.
        case categorical(levels: [String])
    }

    public enum Monotonicity: String, Sendable, CaseIterable { case none, increasing, decreasing }

    public var name: String
    public var kind: Kind
    /// Texts read as missing, besides empty and blank cells; sorted.
    public var missingTexts: [String]
    public var monotonicity: Monotonicity
    /// Smallest and largest training value of a numeric feature, nil if it was always missing.
    public var range: ClosedRange<Double>?

    public init(name: String, kind: Kind, missingTexts: [String] = [], monotonicity: Monotonicity = .none, range: ClosedRange<Double>? = nil) {
        self.name = name
        self.kind = kind
        self.missingTexts = missingTexts
        self.monotonicity = monotonicity
        self.range = range
    }

    public var isCategorical: Bool { if case .categorical = kind { true } else { false } }
}

/// A table as a model reads it.
public struct EncodedFeatures: Sendable {
    /// Rows x features, column order; NaN = missing, categorical values as codes of the model's levels.
    public var matrix: Matrix
    /// Categories that the model never saw, scored as missing: counted, with up to five examples.
    public var unseen: [UnseenCategories]

    public init(matrix: Matrix, unseen: [UnseenCategories]) {
        self.matrix = matrix
        self.unseen = unseen
    }
}

public struct UnseenCategories: Sendable, Equatable {
    public var feature: String
    public var rows: Int
    public var examples: [String]

    public init(feature: String, rows: Int, examples: [String]) {
        self.feature = feature
        self.rows = rows
        self.examples = examples
    }
}
