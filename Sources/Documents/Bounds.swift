/// The numbers that a setting may have, in words as well.
public struct Bounds: Sendable, Equatable, CustomStringConvertible {
    private var lower: Double
    private var upper: Double
    private var lowerIncluded = true
    private var upperIncluded = true

    public static let any = Bounds(lower: -.infinity, upper: .infinity)
    public static func atLeast(_ lower: Double) -> Bounds { Bounds(lower: lower, upper: .infinity) }
    public static func above(_ lower: Double) -> Bounds { Bounds(lower: lower, upper: .infinity, lowerIncluded: false) }
    public static func from(_ lower: Double, to upper: Double) -> Bounds { Bounds(lower: lower, upper: upper) }
    public static func above(_ lower: Double, to upper: Double) -> Bounds { Bounds(lower: lower, upper: upper, lowerIncluded: false) }
    public static func from(_ lower: Double, below upper: Double) -> Bounds { Bounds(lower: lower, upper: upper, upperIncluded: false) }

    public func contains(_ value: Double) -> Bool {
        (lowerIncluded ? value >= lower : value > lower) && (upperIncluded ? value <= upper : value < upper)
    }

    public var description: String {
        let low = lower == -.infinity ? nil : lowerIncluded ? "at least \(NumberText.shortest(lower))" : "above \(NumberText.shortest(lower))"
        let high = upper == .infinity ? nil : upperIncluded ? "at most \(NumberText.shortest(upper))" : "below \(NumberText.shortest(upper))"
        return [low, high].compactMap { $0 }.joined(separator: " and ")
    }
}
