/// What to train, on what, and how: the content of `models/<name>.yaml`.
public struct ModelSpecification: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case logistic
        case boostedTrees = "boosted_trees"
    }

    public enum Objective: String, Sendable, CaseIterable {
        case binary
        case regression
    }

    /// Whether the seller wants what the model predicts: a purchase is wanted, a departure is not. Scores do not depend on it; what
    /// counts as a reason for and against on a reason card does.
    public enum Outcome: String, Sendable, CaseIterable {
        case wanted
        case unwanted
    }

    public struct Target: Sendable, Equatable {
        public var column: String
        /// The text of the positive class (binary only); matches the cell's text, or its number in a numeric column.
        public var positive: String?
        public init(column: String, positive: String? = nil) {
            self.column = column
            self.positive = positive
        }
    }

    /// Shares of the rows that are held out. The rest trains.
    public struct Split: Sendable, Equatable {
        public enum Method: Sendable, Equatable {
            case random
            /// Training rows are the earliest, test rows the latest by the specification's `time` column.
            case time
            /// A column's values name the parts: `train`, `validation`, `calibration`, `test`.
            case column(String)
        }
        public var method: Method = .random
        public var test = 0.2
        public var calibration = 0.1
        /// nil: 0.1 where early stopping is on, else 0.
        public var validation: Double?
        public var seed: UInt64 = 7
        public init() {}
    }

    /// The share of rows for early stopping, the default filled in.
    public var validationShare: Double {
        if let share = split.validation { return share }
        if case .boostedTrees(let parameters) = parameters, parameters.earlyStoppingRound > 0 { return 0.1 }
        return 0
    }

    public enum Parameters: Sendable, Equatable {
        case boostedTrees(BoostedTreesParameters)
        case logistic(LogisticParameters)
    }

    /// A feature that a seller can change.
    public struct Lever: Sendable, Equatable {
        public enum Domain: Sendable, Equatable {
            case numeric(min: Double, max: Double, step: Double)
            case values([String])
        }
        public var domain: Domain
        /// Cost of one step; of a change, whatever it is, for a list of values.
        public var cost: Double
        /// The only way that the value may go; along a list of values, in the order listed.
        public var direction: Feature.Monotonicity
        public init(domain: Domain, cost: Double, direction: Feature.Monotonicity = .none) {
            self.domain = domain
            self.cost = cost
            self.direction = direction
        }
    }

    /// A text for each language, keyed `en`, `zh`.
    public typealias LocalizedText = [String: String]

    public struct FeatureRules: Sendable, Equatable {
        public var exclude: [String] = []
        public var categorical: [String] = []
        public var missingTexts: [String: [String]] = [:]
        public var monotone: [String: Feature.Monotonicity] = [:]
        public var groups: [String: [String]] = [:]
        public var levers: [String: Lever] = [:]
        public var labels: [String: LocalizedText] = [:]
        public init() {}
    }

    /// Letters, digits, `-`, `_` and `.`: it names files.
    public var name: String
    public var title: LocalizedText = [:]
    public var kind: Kind
    public var objective: Objective = .binary
    public var outcome: Outcome = .wanted
    public var target: Target
    public var id: String?
    public var subject: String?
    public var time: String?
    public var split = Split()
    public var calibration: CalibrationMethod = .none
    public var parameters: Parameters
    public var features = FeatureRules()
    /// Free texts for the model card, by language.
    public var intendedUse: LocalizedText = [:]
    public var limits: LocalizedText = [:]
    /// Columns by whose values the evaluation is broken down.
    public var segments: [String] = []

    public init(name: String, kind: Kind, target: Target) {
        self.name = name
        self.kind = kind
        self.target = target
        self.parameters = switch kind {
        case .boostedTrees: .boostedTrees(BoostedTreesParameters())
        case .logistic: .logistic(LogisticParameters())
        }
    }
}
