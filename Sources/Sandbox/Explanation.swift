import Attribution
import Datasets
import LinearAlgebra
import Models

/// Why one row has its score: the contributions with the values that they come from, largest first.
public struct Explanation: Sendable {
    public struct Item: Sendable {
        /// Index of the feature, or of the group.
        public let player: Int
        public let feature: String
        /// The value as the table has it, nil = missing; a group's are its members', by name.
        public let value: String?
        public let contribution: Double
    }

    public let baseValue: Double
    public let margin: Double
    public let probability: Double
    /// By falling size of the contribution; equal ones in the order of the features.
    public let items: [Item]

    /// - Parameters:
    ///   - row: row of `table`, counted from 0, whose attribution this is.
    ///   - players: those of the attribution; nil = every feature for itself.
    public init(_ model: Model, table: Table, row: Int, players: Players? = nil, attribution: RowAttribution, probability: Double) {
        baseValue = attribution.baseValue
        margin = attribution.margin
        self.probability = probability
        let features = model.features.map(\.name)
        let players = players ?? Players(features: features)
        let unsorted = players.names.enumerated().map { player, name -> Item in
            let members = features.indices.filter { players.ofFeature[$0] == player }
            let texts = members.map { table[features[$0]]?.text(at: row) }
            let value = members.count == 1 && features[members[0]] == name ? texts[0]
                : zip(members, texts).map { "\(features[$0]) \($1 ?? "(missing)")" }.joined(separator: ", ")
            return Item(player: player, feature: name, value: value, contribution: attribution.contributions[player])
        }
        // A stable sort: `sorted` keeps no promise for equal elements, so the position decides.
        items = unsorted.enumerated()
            .sorted { a, b in
                let (x, y) = (abs(a.element.contribution), abs(b.element.contribution))
                return x != y ? x > y : a.offset < b.offset
            }
            .map(\.element)
    }

    /// Explains one row of an encoded table.
    public init(_ model: Model, table: Table, encoded: EncodedFeatures, row: Int) {
        let attribution = model.attributor().explain(encoded.matrix, row: row)
        let raw = model.rawMargins(of: encoded.matrix.selecting(rows: [row]))[0]
        self.init(model, table: table, row: row, attribution: attribution, probability: model.probability(fromRaw: raw))
    }

    /// The first `count` items, and the sum of all others as one, so that the parts still add up.
    public func leading(_ count: Int) -> (items: [Item], rest: (count: Int, contribution: Double)?) {
        guard items.count > count else { return (items, nil) }
        let rest = items[count...]
        return (Array(items[..<count]), (rest.count, rest.reduce(0) { $0 + $1.contribution }))
    }
}
