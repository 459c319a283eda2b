import LinearAlgebra
import Models
import OffPolicy
import TestSupport
import Testing

@Suite struct `Predictions are kept for what they are worth` {
    private func folds(_ rows: Int, _ predict: (Int) -> Double, mean: Double) -> [ShortStacking.Fold] {
        (0 ..< 5).map { fold in
            let own = (0 ..< rows).filter { $0 % 5 == fold }
            return ShortStacking.Fold(rows: own, predictions: own.map(predict), mean: mean)
        }
    }

    @Test func `least squares on the other folds, less a standard error`() {
        let rows = 40
        var random = RandomDraws(seed: 1)
        let target = (0 ..< rows).map { _ in random.uniform() }
        let predictions = target.map { 0.5 * $0 + 0.5 * random.uniform() }
        let weights = ShortStacking.weights(folds(rows, { predictions[$0] }, mean: 0.5), target: target) { $0 % 3 != 0 }
        for fold in 0 ..< 5 {
            let others = (0 ..< rows).filter { $0 % 5 != fold && $0 % 3 != 0 }
            var cross = 0.0, square = 0.0
            for row in others {
                cross += (predictions[row] - 0.5) * (target[row] - 0.5)
                square += (predictions[row] - 0.5) * (predictions[row] - 0.5)
            }
            let slope = cross / square
            var residual = 0.0
            for row in others {
                let error = target[row] - 0.5 - slope * (predictions[row] - 0.5)
                residual += error * error
            }
            let expected = min(max(slope - (residual / Double(others.count - 1) / square).squareRoot(), 0), 1)
            #expect((weights[fold] - expected).magnitude < 1e-12)
        }
    }

    @Test func `the truth keeps all, the opposite and nothing keep nothing`() {
        let target = (0 ..< 50).map { Double($0 % 7) }
        func weights(_ predict: @escaping (Int) -> Double) -> [Double] {
            ShortStacking.weights(folds(50, predict, mean: 3), target: target) { _ in true }
        }
        #expect(weights { target[$0] }.allSatisfy { ($0 - 1).magnitude < 1e-7 })
        #expect(weights { 3 + (target[$0] - 3) / 4 }.allSatisfy { $0 == 1 })
        #expect(weights { 3 + (target[$0] - 3) * 4 }.allSatisfy { ($0 - 0.25).magnitude < 1e-7 })
        #expect(weights { 6 - target[$0] }.allSatisfy { $0 == 0 })
        #expect(weights { _ in 3 }.allSatisfy { $0 == 0 })
        let averaged = ShortStacking.averaged(folds(50, { 3 + (target[$0] - 3) * 4 }, mean: 3), target: target) { _ in true }
        let kept = (0 ..< 50).filter { $0 % 5 == 2 }.map { target[$0] }
        let errors = zip(averaged[2], kept).map { ($0 - $1).magnitude }
        #expect(errors.count == 10 && errors.max()! < 1e-6)
    }

    @Test func `no fold's weight depends on its own outcomes`() {
        var target = (0 ..< 60).map { Double($0 % 11) }
        let predictions = target.map { 0.3 * $0 + 2 }
        let before = ShortStacking.weights(folds(60, { predictions[$0] }, mean: 5), target: target) { _ in true }
        for row in stride(from: 0, to: 60, by: 5) { target[row] = -100 }
        let after = ShortStacking.weights(folds(60, { predictions[$0] }, mean: 5), target: target) { _ in true }
        #expect(before[0] == after[0])
        #expect(before[1] != after[1])
    }
}

@Suite struct `One model an action` {
    private func splits(_ rows: Int) -> [LearningSplit] {
        (0 ..< 4).map { fold in
            LearningSplit(trainRows: (0 ..< rows).filter { $0 % 4 != fold }, predictRows: (0 ..< rows).filter { $0 % 4 == fold }, seed: UInt64(fold))
        }
    }

    @Test(arguments: [2, 3, 5])
    func `probabilities sum to 1, near the truth`(actions: Int) throws {
        let rows = 4000
        var random = RandomDraws(seed: UInt64(actions))
        var x: [Double] = [], actionOf: [Int32] = [], truth: [[Double]] = []
        for _ in 0 ..< rows {
            let value = random.uniform()
            // The first action is likelier for larger x, the others share the rest.
            let first = 0.2 + 0.5 * value
            let own = [first] + Array(repeating: (1 - first) / Double(actions - 1), count: actions - 1)
            x.append(value)
            actionOf.append(random.chance(first) ? 0 : Int32(1 + random.below(actions - 1)))
            truth.append(own)
        }
        let features = LearningFeatures(features: [.init(name: "x", kind: .numeric)], matrix: Matrix(rows: rows, columns: 1, order: .column, storage: x))
        let splits = splits(rows)
        let found = try OneVersusRest(learner: RidgeLearner()).fitPredict(actionOf: actionOf, actionCount: actions, splits: splits, features: features)
        for (split, probabilities) in zip(splits, found) {
            #expect(probabilities.count == actions)
            for (k, row) in split.predictRows.enumerated() {
                let own = probabilities.map { $0[k] }
                let sum = own.reduce(0, +)
                #expect((sum - 1).magnitude < 1e-12)
                // 3,000 deals know a probability to about 1.6 points at the edge of x.
                let errors = zip(own, truth[row]).map { ($0 - $1).magnitude }
                #expect(errors.max()! < 0.08)
            }
        }
    }

    @Test func `a rare action gets its share, and no action is impossible`() throws {
        let rows = 400
        let actionOf = (0 ..< rows).map { Int32($0 == 5 ? 2 : $0 % 2) }
        let features = LearningFeatures(features: [.init(name: "x", kind: .numeric)],
                                        matrix: Matrix(rows: rows, columns: 1, order: .column, storage: (0 ..< rows).map { Double($0 % 9) }))
        let found = try OneVersusRest(learner: MeanLearner()).fitPredict(actionOf: actionOf, actionCount: 3, splits: splits(rows), features: features)
        // Row 5 is in fold 1, whose training rows hold no such action: half a deal of 301.5.
        for probabilities in found {
            for row in probabilities[2] { #expect(row > 0.5 / 310 && row < 1.6 / 300) }
        }
        #expect(throws: NoLearner.Asked.self) {
            try OneVersusRest(learner: NoLearner()).fitPredict(actionOf: actionOf, actionCount: 3, splits: splits(rows), features: features)
        }
    }
}
