/// One reason of one row: a feature whose contribution is not 0.
public struct ReasonCode: Sendable, Equatable {
    public enum Direction: String, Sendable, CaseIterable {
        /// Raises the margin.
        case raises
        /// Lowers the margin.
        case lowers
    }

    /// Index of the feature in the model's order.
    public let feature: Int
    /// The contribution in the attribution's units, its sign kept; never 0.
    public let units: Int64
    /// Its part of all that moves the row: |contribution| / Σ |contributions|, inside (0, 1].
    public let share: Double

    public var direction: Direction { units > 0 ? .raises : .lowers }
}

/// The reasons of one row, largest first, ties by the order of the features; from whole units, so the same row gives the
/// same reasons on every machine. A contribution of 0 units is no reason.
public struct ReasonCodes: Sendable, Equatable {
    /// What raises the margin.
    public let raising: [ReasonCode]
    /// What lowers it.
    public let lowering: [ReasonCode]

    /// - Parameter limit: reasons kept on each side, nil = all.
    /// - Complexity: O(features · log features).
    public init(_ attribution: FixedPointAttribution, limit: Int? = nil) {
        let contributions = attribution.contributions
        // Below 2^53 each, so exact in Double; their sum may leave 64 bits.
        let total = contributions.reduce(0) { $0 + Double($1.magnitude) }
        let order = contributions.indices.filter { contributions[$0] != 0 }.sorted { a, b in
            let (x, y) = (contributions[a].magnitude, contributions[b].magnitude)
            return x != y ? x > y : a < b
        }
        let reasons = order.map { ReasonCode(feature: $0, units: contributions[$0], share: Double(contributions[$0].magnitude) / total) }
        func side(_ direction: ReasonCode.Direction) -> [ReasonCode] {
            let all = reasons.filter { $0.direction == direction }
            return limit.map { Array(all.prefix($0)) } ?? all
        }
        raising = side(.raises)
        lowering = side(.lowers)
    }

    /// Both sides as one list, largest first.
    public var all: [ReasonCode] {
        (raising + lowering).sorted { $0.units.magnitude != $1.units.magnitude ? $0.units.magnitude > $1.units.magnitude : $0.feature < $1.feature }
    }
}
