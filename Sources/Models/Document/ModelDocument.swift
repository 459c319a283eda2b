/// Everything that a model file holds besides the model: where it comes from and what it was seen to do.
public struct ModelCard: Sendable, Equatable {
    public struct LeakWarning: Sendable, Equatable {
        public var feature: String
        /// AUC of the feature alone on training rows.
        public var auc: Double
        public init(feature: String, auc: Double) {
            self.feature = feature
            self.auc = auc
        }
    }

    /// Rows in each part of the split.
    public struct Parts: Sendable, Equatable {
        public var train: Int
        public var validation: Int
        public var calibration: Int
        public var test: Int
        public init(train: Int, validation: Int, calibration: Int, test: Int) {
            self.train = train
            self.validation = validation
            self.calibration = calibration
            self.test = test
        }
    }

    public var parts: Parts
    /// On the test rows; nil where the split has none.
    public var evaluation: Evaluation?
    public var leakWarnings: [LeakWarning] = []
    /// Columns left out, with the reason.
    public var leftOut: [String: String] = [:]
    /// Facts that a reader must know: early stopping's round, no convergence, a calibration that failed.
    public var notes: [String] = []

    public init(parts: Parts) { self.parts = parts }
}

/// A model document: one JSON file, no executable content. Its id is the SHA-256 of its bytes.
public struct ModelDocument: Sendable, Equatable {
    public var specification: ModelSpecification
    public var model: Model
    public var card: ModelCard
    /// SHA-256 of the training data's cells, in hexadecimal.
    public var dataDigest: String
    public var engineVersion: String
    public var arithmeticProfile: String

    public init(specification: ModelSpecification, model: Model, card: ModelCard, dataDigest: String, engineVersion: String, arithmeticProfile: String) {
        self.specification = specification
        self.model = model
        self.card = card
        self.dataDigest = dataDigest
        self.engineVersion = engineVersion
        self.arithmeticProfile = arithmeticProfile
    }
}
