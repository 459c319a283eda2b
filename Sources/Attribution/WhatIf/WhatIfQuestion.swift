import Models

/// The values that one feature may be given, and what the change to each costs. The current value is always allowed and free.
public struct LeverChoices: Sendable, Equatable {
    public struct Choice: Sendable, Equatable {
        /// Not NaN: a value can be set, not taken away. A category's code.
        public var value: Double
        /// At least 0; finite.
        public var cost: Double
        public init(value: Double, cost: Double) {
            self.value = value
            self.cost = cost
        }
    }

    public var feature: Int
    public var choices: [Choice]

    public init(feature: Int, choices: [Choice]) {
        self.feature = feature
        self.choices = choices
    }
}

/// The probability (predicted value for a regression) that is wanted.
public struct WhatIfGoal: Sendable, Equatable {
    public enum Direction: Sendable { case atLeast, atMost }
    public var direction: Direction
    public var probability: Double
    /// The goal must hold even if the margin moves against it by this much, in the units of the margin that `predict` prints.
    public var safetyMargin: Double

    public init(_ direction: Direction, _ probability: Double, safetyMargin: Double = 0) {
        self.direction = direction
        self.probability = probability
        self.safetyMargin = safetyMargin
    }
}

/// When to stop without a proof. The search itself is deterministic: nodes are counted, time only stops it.
public struct WhatIfLimits: Sendable, Equatable {
    public var seconds: Double?
    public var nodes: Int?
    /// Entries of the largest joint table of the bounds: larger tables bound better and cost more to make. Results do not depend on it.
    public var tableSize = 4_096

    public init(seconds: Double? = 10, nodes: Int? = nil) {
        self.seconds = seconds
        self.nodes = nodes
    }
}

/// What is set, what it costs, and what the model then says.
public struct WhatIfSolution: Sendable, Equatable {
    public struct Change: Sendable, Equatable {
        public var feature: Int
        /// nil where the value was missing.
        public var from: Double?
        public var to: Double
    }

    public var cost: Double
    /// In the order of the features.
    public var changes: [Change]
    /// As the model's scorer gives it.
    public var probability: Double
}

public struct WhatIfAnswer: Sendable {
    public enum Status: String, Sendable {
        /// `best` is proven cheapest.
        case reached
        /// Proven: no allowed change reaches the goal.
        case impossible
        /// A limit of time, nodes or memory stopped the search: `best` is the best found, if any, and nothing costs less than `bound`.
        case timeLimit = "time_limit"
    }

    public var status: Status
    public var before: Double
    public var best: WhatIfSolution?
    /// No allowed change that reaches the goal costs less; nil where none reaches it.
    public var bound: Double?
    /// Each the cheapest whose set of changed levers contains neither that of `best` nor that of an earlier alternative.
    public var alternatives: [WhatIfSolution] = []
    /// Whether alternatives were searched to the end: fewer than asked for then means that there are no more.
    public var alternativesAreComplete = true
    /// Where it is impossible: the change that comes closest, and whether that was proven before the limits.
    public var closest: WhatIfSolution?
    public var closestIsProven = false
    /// Boxes taken up by the search.
    public var nodes = 0
}

extension WhatIfGoal {
    /// 1 or -1: the search wants sign · raw margin to be large.
    var sign: Double { direction == .atLeast ? 1 : -1 }

    /// Whether a raw margin reaches the goal, by the arithmetic that `predict` uses.
    func isReached(by raw: Double, _ model: Model) -> Bool {
        let value = value(raw, model)
        return direction == .atLeast ? value >= probability : value <= probability
    }

    private func value(_ raw: Double, _ model: Model) -> Double {
        let fall = sign * safetyMargin
        guard fall != 0 else { return model.probability(fromRaw: raw) }
        if model.link == .logit, case .platt(let slope, let intercept) = model.calibrator {
            return Calibrator.platt(slope: slope, intercept: intercept - fall).probability(raw)
        }
        return model.probability(fromRaw: raw - fall)
    }

    /// A lower limit of sign · raw margin for every raw margin that reaches the goal, by bisection over the doubles: the calibrated
    /// probability rises with the margin but for its last bits, which the limit allows for. ±∞ where all or none reach it.
    func required(_ model: Model) -> Double {
        let tolerance = 8 * probability.ulp
        func reaches(_ signed: Double) -> Bool {
            let value = value(sign * signed, model)
            return direction == .atLeast ? value >= probability - tolerance : value <= probability + tolerance
        }
        let largest = 1e300
        if reaches(-largest) { return -.infinity }
        guard reaches(largest) else { return .infinity }
        var low = Self.rank(-largest)
        var high = Self.rank(largest)
        while low < high - 1 {
            // Half by half: the difference of the two would not fit.
            let middle = low / 2 + high / 2 + (low % 2 + high % 2) / 2
            if reaches(Self.value(ofRank: middle)) { high = middle } else { low = middle }
        }
        return Self.value(ofRank: high)
    }

    /// The place of a double in the order of all doubles.
    private static func rank(_ x: Double) -> Int64 {
        let bits = Int64(bitPattern: x.bitPattern & 0x7FFF_FFFF_FFFF_FFFF)
        return x.sign == .minus ? -bits : bits
    }

    private static func value(ofRank rank: Int64) -> Double {
        rank < 0 ? -Double(bitPattern: UInt64(-rank)) : Double(bitPattern: UInt64(rank))
    }
}
