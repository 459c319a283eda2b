import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport
import Training

/// Two features that matter and one drawn apart from the target.
private func planted(seed: UInt64, rows: Int) throws -> TrainingData {
    var draws = RandomDraws(seed: seed, stream: 9)
    let features = ["strong", "weaker", "irrelevant"].map { Feature(name: $0, kind: .numeric, range: 0 ... 1) }
    var matrix = Matrix(rows: rows, columns: 3)
    var target: [Double] = []
    for row in 0 ..< rows {
        for column in 0 ..< 3 { matrix[row, column] = draws.uniform() }
        let margin = 4 * (matrix[row, 0] - 0.5) + 2 * (matrix[row, 1] - 0.5)
        target.append(draws.chance(Portable.sigmoid(margin)) ? 1 : 0)
    }
    return try TrainingData(features: features, matrix: matrix, target: target)
}

private func parameters() -> BoostedTreesParameters {
    var parameters = BoostedTreesParameters()
    parameters.numIterations = 40
    parameters.learningRate = 0.1
    parameters.numLeaves = 4
    return parameters
}

struct `Stability of reasons` {
    @Test func `is firm only by the rule`() {
        #expect(ReasonStability.isFirm(agreeing: 40, of: 40) && !ReasonStability.isFirm(agreeing: 39, of: 40))
        #expect(ReasonStability.isFirm(agreeing: 197, of: 200) && !ReasonStability.isFirm(agreeing: 196, of: 200))
        #expect(!ReasonStability.isFirm(agreeing: 39, of: 39))
    }

    @Test func `counts signs and ranks, and a zero agrees with nothing`() {
        let result = ReasonStability.of([1, -0.5, 0], refitted: [[0.5, -1, 0], [2, 0, 0.1], [1, -1, -3]])
        #expect(result.map(\.agreeing) == [3, 2, 0])
        #expect(result.map(\.ranks) == [[1, 2, 2], [1, 3, 3], [1, 2, 3]])
    }

    @Test func `refits are the same for any number of threads, and differ from one another`() throws {
        let data = try planted(seed: 1, rows: 500)
        let one = try Refits.trees(data, loss: BinaryLogLoss(), parameters: parameters(), count: 5, seed: 3, threads: 1)
        let three = try Refits.trees(data, loss: BinaryLogLoss(), parameters: parameters(), count: 5, seed: 3, threads: 3)
        #expect(one == three)
        #expect(one[0] != one[1])
        let lines = try Refits.logistic(data, parameters: .init(), count: 2, seed: 3, threads: 1)
        #expect(try lines == Refits.logistic(data, parameters: .init(), count: 2, seed: 3, threads: 2) && lines[0] != lines[1])
    }

    /// Reasons of an irrelevant feature that are called firm: at most 5 % of rows, over data sets.
    @Test func `an irrelevant feature is seldom firm, relevant ones mostly`() throws {
        let sets = Study.size(full: 200, bounded: 12), rows = 600
        var firm = [0, 0, 0], seen = 0
        for set in 0 ..< sets {
            let data = try planted(seed: UInt64(set) + 10, rows: rows)
            let own = try BoostedTrees.fit(data, loss: BinaryLogLoss(), parameters: parameters()).ensemble
            let refits = try Refits.trees(data, loss: BinaryLogLoss(), parameters: parameters(), count: 40, seed: UInt64(set), threads: 2)
            let head = data.matrix.selecting(rows: Array(0 ..< 100))
            let base = TreeAttributor(own).attribute(head), others = refits.map { TreeAttributor($0).attribute(head) }
            for row in 0 ..< head.rows {
                let result = ReasonStability.of(base[row].contributions, refitted: others.map { $0[row].contributions })
                for feature in 0 ..< 3 where result[feature].isFirm { firm[feature] += 1 }
                seen += 1
            }
        }
        let shares = firm.map { Double($0) / Double(seen) }
        Study.record("reason-stability", "firm: strong \(shares[0]), weaker \(shares[1]), irrelevant \(shares[2]) of \(seen) rows in \(sets) data sets")
        #expect(shares[2] <= 0.05 && shares[0] > 0.5 && shares[1] > shares[2])
    }
}
