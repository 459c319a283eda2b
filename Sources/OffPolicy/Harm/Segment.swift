import Documents

/// What one column says of a segment's deals.
public struct SegmentCondition: Sendable, Hashable {
    public enum Values: Sendable, Hashable {
        case level(String)
        case equal(Double)
        case below(Double)
        /// From the first number on and below the second.
        case between(Double, Double)
        case atLeast(Double)
        case missing
    }

    public let column: String
    public let values: Values

    public init(column: String, values: Values) {
        self.column = column
        self.values = values
    }

    /// Without the column: `west`, `3`, `under 25`, `25 to under 40`, `40 or more`, `(missing)`.
    public var value: String {
        switch values {
        case .level(let name): name
        case .equal(let number): NumberText.shortest(number)
        case .below(let number): "under \(NumberText.shortest(number))"
        case .between(let from, let to): "\(NumberText.shortest(from)) to under \(NumberText.shortest(to))"
        case .atLeast(let number): "\(NumberText.shortest(number)) or more"
        case .missing: "(missing)"
        }
    }

    /// `region west`, `age under 25`.
    public var text: String { "\(column) \(value)" }
}

/// Deals that one condition holds for, or two together.
public struct Segment: Sendable, Hashable {
    public let conditions: [SegmentCondition]

    public init(_ conditions: [SegmentCondition]) {
        precondition(!conditions.isEmpty, "a segment has a condition")
        self.conditions = conditions
    }

    /// `region`, or `region & age`.
    public var column: String { conditions.map(\.column).joined(separator: " & ") }
    /// `west`, or `west & under 25`.
    public var value: String { conditions.map(\.value).joined(separator: " & ") }
    /// `region west and age under 25`.
    public var text: String { conditions.map(\.text).joined(separator: " and ") }
}
