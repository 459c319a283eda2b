/// How one reason of a row fares in models refitted to resampled data.
public struct ReasonStability: Sendable, Equatable {
    /// Index of the feature.
    public let feature: Int
    public let refits: Int
    /// Refits whose contribution has the sign of the model's own; a contribution of 0 agrees with nothing.
    public let agreeing: Int
    /// Place in the model itself by falling |contribution|; 1 = largest, ties by the order of the features.
    public let rank: Int
    /// Place by falling |contribution| in each refit, rising; likewise.
    public let ranks: [Int]

    /// The share of refits that agree on the sign.
    public var agreement: Double { Double(agreeing) / Double(refits) }

    /// The share of refits that give the feature the place that the model gives it.
    public var rankAgreement: Double { Double(ranks.count { $0 == rank }) / Double(refits) }

    /// Whether the sign may be relied on: all of 40 refits and more agree, or of 200 and more at least 98.5 %. Fewer than 40
    /// refits make nothing firm. (At 95 % chance alone would make 10 to 19 % of irrelevant features firm.)
    public var isFirm: Bool { Self.isFirm(agreeing: agreeing, of: refits) }

    public static func isFirm(agreeing: Int, of refits: Int) -> Bool {
        refits >= 200 ? agreeing * 1_000 >= refits * 985 : refits >= 40 && agreeing == refits
    }

    /// Contributions nearer to 0 than this count as 0: the precision that attributions promise.
    private static let zero = 0x1p-40

    /// - Parameters:
    ///   - own: the model's contributions to one row.
    ///   - refitted: each refit's contributions to the same row.
    /// - Returns: one for each feature, in their order.
    /// - Complexity: O(refits · features · log features).
    public static func of(_ own: [Double], refitted: [[Double]]) -> [ReasonStability] {
        precondition(refitted.allSatisfy { $0.count == own.count }, "refits have the features of the model")
        var ranks = [[Int]](repeating: [], count: own.count)
        var agreeing = [Int](repeating: 0, count: own.count)
        var ownRank = [Int](repeating: 0, count: own.count)
        for (place, feature) in order(own).enumerated() { ownRank[feature] = place + 1 }
        for contributions in refitted {
            for (place, feature) in order(contributions).enumerated() { ranks[feature].append(place + 1) }
            for feature in own.indices where sign(own[feature]) != 0 && sign(own[feature]) == sign(contributions[feature]) { agreeing[feature] += 1 }
        }
        return own.indices.map { ReasonStability(feature: $0, refits: refitted.count, agreeing: agreeing[$0], rank: ownRank[$0], ranks: ranks[$0].sorted()) }
    }

    private static func order(_ contributions: [Double]) -> [Int] {
        contributions.indices.sorted {
            abs(contributions[$0]) != abs(contributions[$1]) ? abs(contributions[$0]) > abs(contributions[$1]) : $0 < $1
        }
    }

    private static func sign(_ value: Double) -> Int { abs(value) < zero ? 0 : value > 0 ? 1 : -1 }
}
