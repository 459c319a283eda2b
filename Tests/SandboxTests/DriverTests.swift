import Attribution
import Datasets
import LinearAlgebra
import Models
import OffPolicy
import Sandbox
import TestSupport
import Testing

/// Attribution of the difference of two strategies to features.
struct `Drivers of a difference` {
    private let rows = 3_000

    private func features(_ random: inout RandomDraws) -> LearningFeatures {
        let x = (0 ..< rows).map { _ in random.uniform() }, y = (0 ..< rows).map { _ in random.chance(0.1) ? .nan : Double(random.below(50)) }
        let c = (0 ..< rows).map { _ in Double(random.below(6)) }
        return LearningFeatures(features: [Feature(name: "x", kind: .numeric), Feature(name: "y", kind: .numeric),
                                           Feature(name: "c", kind: .categorical(levels: (0 ..< 6).map { "l\($0)" }))],
                                matrix: Matrix(rows: rows, columns: 3, order: .column, storage: x + y + c))
    }

    private func attribute(_ features: LearningFeatures, _ change: (Int) -> [Double]) -> AttributedDifference {
        let changes = (0 ..< rows).map(change)
        return SurrogateAttributor(threads: 1).attribute((0 ..< changes[0].count).map { action in changes.map { $0[action] } }, to: features)
    }

    @Test func `rules are explained whole, by what they read alone`() {
        var random = RandomDraws(seed: 1)
        let features = features(&random), matrix = features.matrix
        let found = attribute(features) { row in matrix[row, 0] > 0.3 && [1.0, 4].contains(matrix[row, 2]) ? [-1, 1, 0] : [0, 0, 0] }
        #expect(found.unexplained.magnitude < 1e-9, "\(found)")
        #expect(found.contributions[1] == 0 && found.contributions[0] > 0.01 && found.contributions[2] > found.contributions[0])
        #expect((found.common + found.contributions.reduce(0, +) - 1).magnitude < 1e-9)
        // Missing is an answer like any other.
        let missing = attribute(features) { row in matrix[row, 1].isNaN ? [-1, 1] : [0, 0] }
        #expect(missing.unexplained.magnitude < 1e-9 && missing.contributions[0] == 0 && missing.contributions[1] > 0.5)
    }

    @Test func `what is the same for all is common, and chance stays unexplained`() {
        var random = RandomDraws(seed: 2)
        let features = features(&random)
        let same = attribute(features) { _ in [-1, 1] }
        #expect(same.common == 1 && same.contributions == [0, 0, 0] && same.unexplained == 0)
        let chance = attribute(features) { _ in random.chance(0.4) ? [-1, 1] : [0, 0] }
        #expect((chance.common - 0.4).magnitude < 0.05 && (chance.unexplained - 0.6).magnitude < 0.06)
        #expect(chance.contributions.allSatisfy { $0.magnitude < 0.02 }, "\(chance)")
    }

    /// The game by definition, one feature known at a time, on the tree that the attributor grows: a step in x and in c.
    @Test func `shares are those of brute-force Shapley values of the tree's game`() {
        var random = RandomDraws(seed: 3)
        let features = features(&random), matrix = features.matrix
        func change(_ row: Int) -> Double { (matrix[row, 0] > 0.5 ? 1 : 0) * (matrix[row, 2] >= 3 ? 1 : 0) }
        let found = attribute(features) { [change($0)] }
        // The tree's path-dependent game of a rule of two conditions: whichever is asked first, known values follow the row, others
        // take the mean of the deals in the branch.
        let share = Double((0 ..< rows).count { matrix[$0, 0] > 0.5 }) / Double(rows), level = Double((0 ..< rows).count { matrix[$0, 2] >= 3 }) / Double(rows)
        let both = Double((0 ..< rows).count { change($0) == 1 }) / Double(rows)
        func contributions(xFirst: Bool) -> [Double] {
            var sums = [0.0, 0.0]
            let first = xFirst ? share : level, within = both / first
            // Asked second, x is cut at a value of the deals that are asked.
            let cut = xFirst ? 0.5 : (0 ..< rows).filter { matrix[$0, 2] >= 3 && matrix[$0, 0] <= 0.5 }.map { matrix[$0, 0] }.max()!
            for row in 0 ..< rows {
                let x = matrix[row, 0] > cut ? 1.0 : 0, c = matrix[row, 2] >= 3 ? 1.0 : 0
                func value(_ known: UInt32) -> Double {
                    let outer = xFirst ? (known & 1 == 1 ? x : first) : (known & 2 == 2 ? c : first)
                    let inner = xFirst ? (known & 2 == 2 ? c : within) : (known & 1 == 1 ? x : within)
                    return outer * inner
                }
                let phi = BruteForceShapley.values(players: 2, value: value)
                for player in 0 ..< 2 { sums[player] += phi[player] * (change(row) - both) }
            }
            return sums.map { $0 / (both * Double(rows)) }
        }
        let expected = [true, false].map(contributions)
        #expect(expected.contains { ($0[0] - found.contributions[0]).magnitude < 1e-9 && ($0[1] - found.contributions[2]).magnitude < 1e-9 }, "\(found) \(expected)")
        #expect(found.common.isFinite && (found.common - both).magnitude < 1e-9)
    }

    @Test func `nothing to read leaves all to what is common`() {
        let found = SurrogateAttributor(threads: 1).attribute([[1, 1, 0], [-1, -1, 0]], to: LearningFeatures(features: [], matrix: Matrix(rows: 3, columns: 0)))
        #expect(found.features.isEmpty && (found.common - 2.0 / 3).magnitude < 1e-12 && (found.unexplained - 1.0 / 3).magnitude < 1e-12)
    }
}
