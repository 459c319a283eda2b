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
    /// - Complexity: O(features · log features); O(features · limit) with a limit.
    public init(_ attribution: FixedPointAttribution, limit: Int? = nil) {
        let contributions = attribution.contributions
        // Below 2^53 each, so exact in Double; their sum may leave 64 bits.
        let total = contributions.reduce(0) { $0 + Double($1.magnitude) }
        func precedes(_ a: Int, _ b: Int) -> Bool {
            let (x, y) = (contributions[a].magnitude, contributions[b].magnitude)
            return x != y ? x > y : a < b
        }
        func reasons(_ order: [Int]) -> [ReasonCode] {
            order.map { ReasonCode(feature: $0, units: contributions[$0], share: Double(contributions[$0].magnitude) / total) }
        }
        func side(_ isOfIt: (Int64) -> Bool) -> [ReasonCode] {
            guard let limit else { return reasons(contributions.indices.filter { isOfIt(contributions[$0]) }.sorted(by: precedes)) }
            // A few of many: each feature is held against the last of those kept, and rarely goes further.
            var kept: [Int] = []
            for feature in contributions.indices where isOfIt(contributions[feature]) {
                var place = kept.count
                while place > 0, precedes(feature, kept[place - 1]) { place -= 1 }
                guard place < limit else { continue }
                kept.insert(feature, at: place)
                if kept.count > limit { kept.removeLast() }
            }
            return reasons(kept)
        }
        raising = side { $0 > 0 }
        lowering = side { $0 < 0 }
    }

    /// Both sides as one list, largest first.
    public var all: [ReasonCode] {
        (raising + lowering).sorted { $0.units.magnitude != $1.units.magnitude ? $0.units.magnitude > $1.units.magnitude : $0.feature < $1.feature }
    }
}
