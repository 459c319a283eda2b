import LinearAlgebra
import Models

extension BruteForceShapley {
    /// v(S) of the interventional game: the mean margin over background rows that take the features of the players in S from `row`.
    public static func interventional(_ ensemble: TreeEnsemble, row: [Double], background: Matrix, known: UInt32, playerOf: [Int]) -> Double {
        var sum = 0.0
        for other in 0 ..< background.rows {
            var mixed = background.row(other)
            for feature in mixed.indices where known >> UInt32(playerOf[feature]) & 1 == 1 { mixed[feature] = row[feature] }
            sum += PlainScoring.margins(ensemble, Matrix(rows: 1, columns: mixed.count, order: .row, storage: mixed))[0]
        }
        return sum / Double(background.rows)
    }

    /// Interventional contributions of a row, by player.
    public static func interventional(_ ensemble: TreeEnsemble, row: [Double], background: Matrix, playerOf: [Int]) -> [Double] {
        values(players: (playerOf.max() ?? -1) + 1) { interventional(ensemble, row: row, background: background, known: $0, playerOf: playerOf) }
    }

    /// Path-dependent contributions of a row to players that may be groups of features.
    public static func contributions(of ensemble: TreeEnsemble, row: [Double], playerOf: [Int]) -> [Double] {
        let players = (playerOf.max() ?? -1) + 1
        return values(players: players) { known in
            var features: UInt32 = 0
            for (feature, player) in playerOf.enumerated() where known >> UInt32(player) & 1 == 1 { features |= 1 << UInt32(feature) }
            return ensemble.trees.reduce(0) { $0 + value(of: $1, row: row, known: features) }
        }
    }
}
