import Attribution
import Models

/// One decision in sales language (话术锦囊): what speaks for and against, what would change it, a comparable past deal, likely
/// objections, and where the card itself is weak. A plain value without a language: `Reports` writes it in English or Chinese.
public struct ReasonCard: Sendable, Equatable {
    /// How a feature is called and shown.
    public struct Words: Sendable, Equatable {
        public let feature: String
        public let label: Phrases.Text
        public let unit: Phrases.Text?
        public let isPercent: Bool
        /// Numbers are 0 for no and 1 for yes.
        public let isFlag: Bool
        /// Words for single values, by their text.
        public let values: [String: Phrases.Text]
    }

    /// A value among those of the customers compared with.
    public enum Comparison: Sendable, Equatable {
        /// Shares of customers with a smaller and with a larger value, and the median.
        case number(below: Double, above: Double, median: Double)
        /// Share of customers with the same value.
        case share(Double)
        /// The value is missing, as it is for this share of customers.
        case missing(share: Double)
        /// No customers to compare with: the smallest and largest training value.
        case trainingRange(ClosedRange<Double>)
    }

    public struct Reason: Sendable, Equatable {
        /// Index in the model's order.
        public let feature: Int
        public let words: Words
        /// nil = missing.
        public let value: WhatIf.Value?
        public let effect: ReasonCode.Direction
        /// In the units of the margin.
        public let contribution: Double
        /// Its part of all that moves the score up or down, inside (0, 1].
        public let share: Double
        public let comparison: Comparison?
        /// What the value means to a seller.
        public let reading: Phrases.Text?
        /// nil: not examined.
        public let stability: ReasonStability?
    }

    public struct Change: Sendable, Equatable {
        public let words: Words
        public let from: WhatIf.Value?
        public let to: WhatIf.Value
    }

    public struct Way: Sendable, Equatable {
        public let changes: [Change]
        public let cost: Double
        public let probability: Double
    }

    /// What the seller can change, and what the model would then say.
    public enum Advice: Sendable, Equatable {
        /// The model's specification names no levers.
        case noLevers
        /// The score is as good as the ladder of goals goes.
        case nothingToReach
        /// The cheapest change that reaches the goal.
        case reach(goal: Double, Way)
        /// Proven: none does. With the change that comes nearest; nil where none improves the score.
        case outOfReach(goal: Double, nearest: Way?)
        /// The search was stopped: the best found so far, if any.
        case unfinished(goal: Double, best: Way?)
    }

    public struct PastDeal: Sendable, Equatable {
        /// Its id, or its row in the reference from 1.
        public let name: String
        /// The outcome: 1 where it happened, 0 where not; the value for a regression.
        public let outcome: Double
        /// 1 = alike in all that moves the customer's score.
        public let similarity: Double
        /// Its values of the features that the card's reasons name.
        public let values: [(words: Words, value: WhatIf.Value?)]
        /// The deals most like the customer, this one among them, and in how many the outcome happened (their mean, for a regression).
        public let neighbours: Int
        public let happened: Double

        public static func == (a: PastDeal, b: PastDeal) -> Bool {
            (a.name, a.outcome, a.similarity, a.neighbours, a.happened) == (b.name, b.outcome, b.similarity, b.neighbours, b.happened)
                && a.values.elementsEqual(b.values) { $0.words == $1.words && $0.value == $1.value }
        }
    }

    public struct Objection: Sendable, Equatable {
        public enum Source: Sendable, Equatable {
            /// A reason against us, by its feature.
            case reason(Words)
            /// What was decided, or is to be.
            case action(String)
            /// A change that the advice proposes.
            case proposal(Words, to: WhatIf.Value)
            /// Fits any customer.
            case general
        }

        public let id: String
        public let source: Source
        public let says: Phrases.Text
        public let answer: Phrases.Text
        /// Fills `{value}` and `{label}` of a reason's objection.
        public let value: WhatIf.Value?
    }

    /// What a reader should hold against the card.
    public enum Weakness: Sendable, Equatable {
        case missing([Words])
        /// This part of what moves the score is that facts are missing, which may say more of the records than of the customer.
        case leansOnMissing(share: Double)
        case outsideTraining(Words, value: Double, range: ClosedRange<Double>)
        /// A text that the model never saw, scored as missing.
        case unseen(Words, text: String)
        /// Reasons on the card that do not hold in refits.
        case unstable([Words], refits: Int)
        case allFirm(refits: Int)
        case stabilityNotExamined
        /// Area under the ROC curve on held-out rows.
        case accuracy(auc: Double)
        /// The model comes without an evaluation.
        case neverEvaluated
        case noPastDeals
    }

    /// The customer: an id, or the row's number.
    public let subject: String
    /// Whether `subject` is a row's number rather than an id.
    public let isNumbered: Bool
    public let model: String
    public let title: Phrases.Text
    public let outcome: ModelSpecification.Outcome
    public let outcomeWords: Phrases.OutcomeWords
    /// Calibrated; the predicted value for a regression.
    public let probability: Double
    public let isProbability: Bool
    /// The mean over the customers compared with; without any, the score with nothing known of the customer.
    public let usual: Double
    /// Customers compared with, 0 = none.
    public let compared: Int
    /// What raises the chance that the outcome happens, largest first; then what lowers it.
    public let raising: [Reason]
    public let lowering: [Reason]
    /// Further reasons of each side that the card has no room for.
    public let moreRaising: Int
    public let moreLowering: Int
    public let advice: Advice
    /// nil: no past deal with an outcome was given.
    public let pastDeal: PastDeal?
    public let objections: [Objection]
    public let weaknesses: [Weakness]

    /// What speaks for what the seller wants.
    public var supporting: [Reason] { outcome == .wanted ? raising : lowering }
    public var opposing: [Reason] { outcome == .wanted ? lowering : raising }
}
