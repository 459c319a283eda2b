/// Attributions that cannot be made as asked.
public struct AttributionError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// Who shares a margin among themselves: the features one by one, or groups of features that are known together.
///
/// A group's contribution is the Shapley value of the game whose players are the groups. It is exact, and in general not the sum
/// of what its members would get alone.
public struct Players: Sendable, Equatable {
    /// In the order of each player's first feature.
    public let names: [String]
    /// The player of each feature.
    public let ofFeature: [Int]

    public var count: Int { names.count }
    public var featureCount: Int { ofFeature.count }

    /// Every feature for itself.
    public init(features: [String]) {
        names = features
        ofFeature = Array(features.indices)
    }

    /// Groups as one player each; features of no group play for themselves.
    /// - Parameter groups: name and members; members that the model does not have are none.
    /// - Throws: `AttributionError` for a feature in two groups, or a group that is called as a feature outside it.
    public init(features: [String], groups: [String: [String]]) throws {
        var groupOf: [String: String] = [:]
        for (group, members) in groups.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            for member in members {
                if let other = groupOf[member], other != group { throw AttributionError("feature '\(member)' is in the groups '\(other)' and '\(group)'") }
                groupOf[member] = group
            }
        }
        var names: [String] = []
        var players: [Int] = []
        var playerOfGroup: [String: Int] = [:]
        for feature in features {
            if let group = groupOf[feature] {
                if playerOfGroup[group] == nil {
                    playerOfGroup[group] = names.count
                    names.append(group)
                }
                players.append(playerOfGroup[group]!)
            } else {
                if groups[feature] != nil { throw AttributionError("group '\(feature)' is called as a feature that is not in it") }
                players.append(names.count)
                names.append(feature)
            }
        }
        self.names = names
        ofFeature = players
    }
}
