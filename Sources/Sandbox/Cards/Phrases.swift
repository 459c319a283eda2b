import Attribution
import Models

/// The words of reason cards (话术锦囊): how outcomes and features are called, what a value means to a seller, and which objections
/// go with which reasons. A file that a sales team edits; every text stands in English and Chinese.
public struct Phrases: Sendable, Equatable {
    /// Keyed `en` and `zh`, both present.
    public typealias Text = ModelSpecification.LocalizedText

    /// What a model's outcome is called.
    public struct OutcomeWords: Sendable, Equatable {
        /// A heading before a probability, such as "Chance of buying".
        public var chance: Text
        /// Ends the sentence "this customer …".
        public var happened: Text
        public var notHappened: Text
    }

    /// How a value must lie for a text to fit.
    public enum Condition: Sendable, Equatable {
        /// Above two thirds of the customers compared with, or below.
        case high, low
        case missing
        /// The value's text as the card shows it before any words: `1`, `yes`.
        case equals(String)
    }

    /// What a value means, in a sentence: used only where effect and value are as it says.
    public struct Reading: Sendable, Equatable {
        public var effect: ReasonCode.Direction?
        public var condition: Condition?
        public var text: Text
    }

    public struct FeatureWords: Sendable, Equatable {
        /// nil: the model's own label.
        public var label: Text?
        public var unit: Text?
        /// A share, shown as per cent.
        public var isPercent = false
        /// Words for single values.
        public var values: [String: Text] = [:]
        /// The first that fits is used.
        public var readings: [Reading] = []
        public init() {}
    }

    /// What a customer may say, and what to say to it.
    public struct Objection: Sendable, Equatable {
        public var id: String
        /// nil: for both.
        public var outcome: ModelSpecification.Outcome?
        /// Features whose reason against us brings it up: names, `*` standing for any letters, letter case ignored.
        public var features: [String] = []
        public var condition: Condition?
        /// Actions that bring it up, likewise: an offer's name, or a change such as `discount=0.1`.
        public var actions: [String] = []
        public var says: Text
        public var answer: Text

        /// Fits any customer.
        public var isGeneral: Bool { features.isEmpty && actions.isEmpty }
    }

    public var name: String
    public var outcomes: [String: OutcomeWords]
    public var features: [String: FeatureWords]
    /// More specific ones first: the first that fits a reason is taken.
    public var objections: [Objection]

    /// Words for a model's outcome; general ones where the file has none for it.
    public func outcome(_ specification: ModelSpecification) -> OutcomeWords {
        if let own = outcomes[specification.name] { return own }
        return switch specification.outcome {
        case .wanted: OutcomeWords(chance: ["en": "Chance of success", "zh": "成功的可能性"], happened: ["en": "said yes", "zh": "成交了"], notHappened: ["en": "said no", "zh": "没有成交"])
        case .unwanted: OutcomeWords(chance: ["en": "Risk", "zh": "风险"], happened: ["en": "was lost", "zh": "出了问题"], notHappened: ["en": "was kept", "zh": "平安无事"])
        }
    }
}

extension Phrases {
    /// Whether a name matches a pattern in which `*` stands for any letters; letter case is ignored. O(name · pattern).
    static func matches(_ name: String, pattern: String) -> Bool {
        let text = Array(name.lowercased()), wanted = Array(pattern.lowercased())
        // reached[j]: the pattern's first j characters match what has been read of the text.
        var reached = [Bool](repeating: false, count: wanted.count + 1)
        reached[0] = true
        for (j, letter) in wanted.enumerated() where letter == "*" { reached[j + 1] = reached[j] }
        for letter in text {
            var next = [Bool](repeating: false, count: wanted.count + 1)
            for (j, expected) in wanted.enumerated() {
                next[j + 1] = expected == "*" ? next[j] || reached[j + 1] : reached[j] && expected == letter
            }
            reached = next
        }
        return reached[wanted.count]
    }
}
