import Datasets
import LinearAlgebra
import Models
import Testing
import TestSupport
import Training

@Suite("Boosted trees: laws")
struct BoostedTreesLawTests {
    private static func fit(_ data: TrainingData, _ parameters: BoostedTreesParameters, validation: TrainingData? = nil, threads: Int = 1) throws -> BoostedTreesFit {
        try BoostedTrees.fit(data, validation: validation, loss: BinaryLogLoss(), parameters: parameters, threads: threads)
    }

    // MARK: Determinism

    /// Enough rows or columns that the work is really divided: large leaves and small ones, parts of rows, blocks and chunks.
    @Test(arguments: [RandomData(rows: 200_000, numeric: 24, coarse: 9, categorical: [3, 40, 300]), RandomData(rows: 3_000, numeric: 400)])
    func threadsDoNotChangeAModel(_ shape: RandomData) throws {
        let data = try shape.make()
        let sampled = BoostedTreesParameters.small { $0.numIterations = 6; $0.baggingFraction = 0.8; $0.baggingFreq = 2; $0.featureFraction = 0.6; $0.seed = 3 }
        for parameters in [.small { $0.numIterations = 6; $0.numLeaves = 31 }, sampled] {
            let validation = try data.selecting(rows: Array(0 ..< data.count / 3))
            let one = try Self.fit(data, parameters, validation: validation)
            for threads in [2, 5] {
                let other = try Self.fit(data, parameters, validation: validation, threads: threads)
                #expect(other.ensemble == one.ensemble && other.evaluations == one.evaluations)
            }
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func orderOfRowsDoesNotChangeAModel(seed: UInt64) throws {
        var source = RandomData(rows: 900, seed: seed)
        source.weights = (0 ..< 900).map { 0.1 + Double($0 % 10) / 3 }
        let data = try source.make()
        let random = CounterRandom(seed: seed, stream: 5)
        let shuffled = (0 ..< 900).sorted { random.bits(at: UInt64($0)) < random.bits(at: UInt64($1)) }
        let one = try Self.fit(data, .small { $0.numIterations = 20 })
        let other = try Self.fit(data.selecting(rows: shuffled), .small { $0.numIterations = 20 })
        #expect(one.ensemble == other.ensemble)
    }

    /// Rows in play are all that counts: a copy of them gives the same model.
    @Test func subsetEqualsCopy() throws {
        let data = try RandomData(rows: 800, seed: 6).make()
        let rows = (0 ..< 800).filter { $0 % 3 != 0 }
        let copy = try TrainingData(features: data.features, matrix: data.matrix.selecting(rows: rows), target: rows.map { data.target[$0] })
        #expect(try Self.fit(data.selecting(rows: rows), .small()).ensemble == Self.fit(copy, .small()).ensemble)
    }

    // MARK: Weights

    @Test func weightsAreRepeatedRows() throws {
        // Counts of rows are taken out of play: bins of one row, leaves of one row.
        let parameters = BoostedTreesParameters.small { $0.minDataInLeaf = 1; $0.minDataInBin = 1; $0.minDataPerGroup = 1; $0.catSmooth = 0; $0.catL2 = 1 }
        let weights = (0 ..< 300).map { Double($0 % 4) }
        let plain = try RandomData(rows: 300, seed: 8).make()
        let weighted = try TrainingData(features: plain.features, matrix: plain.matrix, target: plain.target, weights: weights)
        let repeated = try plain.selecting(rows: (0 ..< 300).flatMap { Array(repeating: $0, count: $0 % 4) })
        let one = try Self.fit(weighted, parameters).ensemble
        let other = try Self.fit(repeated, parameters).ensemble
        #expect(one.baseMargin == other.baseMargin)
        for (a, b) in zip(one.trees, other.trees) {
            #expect(a.nodes.map(\.feature) == b.nodes.map(\.feature) && a.nodes.map(\.threshold) == b.nodes.map(\.threshold))
            #expect(a.nodes.map(\.cover) == b.nodes.map(\.cover) && a.categorySets == b.categorySets)
            for (x, y) in zip(a.nodes, b.nodes) { #expect(abs(x.value - y.value) < 1e-6) }
        }
    }

    @Test func rowsWithoutWeightAreAbsent() throws {
        let data = try RandomData(rows: 400, seed: 3).make()
        let weighted = try TrainingData(features: data.features, matrix: data.matrix, target: data.target, weights: (0 ..< 400).map { $0 % 5 == 0 ? 0 : 1 })
        #expect(try Self.fit(weighted, .small()).ensemble == Self.fit(data.selecting(rows: (0 ..< 400).filter { $0 % 5 != 0 }), .small()).ensemble)
    }

    /// Weights over six orders of magnitude: the float64 twin still finds nothing to object to.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func weightsThatSpanAMillion(seed: UInt64) throws {
        let random = CounterRandom(seed: seed, stream: 9)
        let weights = (0 ..< 300).map { Portable.exp(random.uniform(at: $0) * 13.8) }
        let data = try RandomData(rows: 300, seed: seed, weights: weights).make()
        let parameters = BoostedTreesParameters.small { $0.lambdaL2 = 100 }
        #expect(TreeAudit(data: data, loss: BinaryLogLoss(), parameters: parameters).faults(try Self.fit(data, parameters).ensemble) == [])
    }

    /// One positive in 10,000: a mean gradient far below the narrow form's units must not be rounded away.
    @Test func rarePositives() throws {
        let source = RandomData(rows: 40_000, seed: 5, missingShare: 0)
        let plain = try source.make()
        // The positives are where the first feature is large: all of it can be learned.
        let order = (0 ..< 40_000).sorted { plain.matrix[$0, 0] > plain.matrix[$1, 0] }
        var target = [Double](repeating: 0, count: 40_000)
        for row in order.prefix(400).filter({ $0 % 100 < 2 }).prefix(4) { target[row] = 1 }
        let positives = target.reduce(0, +)
        #expect(positives >= 3)
        let data = try TrainingData(features: plain.features, matrix: plain.matrix, target: target)
        let fit = try Self.fit(data, .small { $0.numIterations = 10 })
        let root = fit.ensemble.trees[0].nodes[0]
        #expect(root.feature == 0 && root.threshold > 1.8)
        // The gain in float64, from the two sides' targets alone: all rows have the base's derivatives.
        let p = positives / 40_000
        let score = { (rows: Double, positives: Double) in (rows * p - positives) * (rows * p - positives) / (rows * p * (1 - p) + 0.5) }
        let right = (0 ..< 40_000).filter { data.matrix[$0, 0] > root.threshold }
        let rightPositives = right.reduce(0) { $0 + target[$1] }
        let gain = score(40_000 - Double(right.count), positives - rightPositives) + score(Double(right.count), rightPositives) - score(40_000, positives)
        #expect(abs(root.gain - gain) < 1e-4 * gain)
        #expect(meanLoss(fit.ensemble, data, BinaryLogLoss()) < 0.7 * meanLoss(TreeEnsemble(featureCount: 7, baseMargin: fit.ensemble.baseMargin, trees: []), data, BinaryLogLoss()))
    }

    /// Derivatives shrink by orders of magnitude from tree to tree, and the fixed point with them.
    @Test(arguments: [1, 2] as [UInt64])
    func theFixedPointFollowsTheDerivatives(seed: UInt64) throws {
        let base = try RandomData(rows: 300, seed: seed, isBinary: false).make()
        // Almost all of the target is one column's doing, in few values.
        let target = (0 ..< 300).map { 1_000 * (base.matrix[$0, 3].isNaN ? 9 : base.matrix[$0, 3]) + base.target[$0] }
        let data = try TrainingData(features: base.features, matrix: base.matrix, target: target)
        let parameters = BoostedTreesParameters.small { $0.learningRate = 0.9; $0.numIterations = 8; $0.minDataInBin = 1 }
        let fit = try BoostedTrees.fit(data, loss: SquaredLoss(), parameters: parameters).ensemble
        #expect(TreeAudit(data: data, loss: SquaredLoss(), parameters: parameters).faults(fit) == [])
        #expect(meanLoss(fit, data, SquaredLoss()) < 1e-3 * meanLoss(TreeEnsemble(featureCount: 7, baseMargin: fit.baseMargin, trees: []), data, SquaredLoss()))
    }

    /// A loss that is beyond all numbers a step away from its base margin.
    private struct CliffLoss: Loss {
        func baseMargin(targets: [Double], weights: [Double]?) -> Double { 0 }

        func derivatives(targets: Span<Double>, margins: Span<Double>, gradients: inout MutableSpan<Double>, hessians: inout MutableSpan<Double>) {
            for i in targets.indices {
                gradients[i] = margins[i] == 0 ? -targets[i] : margins[i] < 0 ? -.infinity : .nan
                hessians[i] = 1
            }
        }

        func values(targets: Span<Double>, margins: Span<Double>, into values: inout MutableSpan<Double>) {
            for i in targets.indices { values[i] = margins[i] == 0 ? 0 : .infinity }
        }
    }

    @Test func derivativesBeyondAllNumbersAreRefused() throws {
        let data = try RandomData(rows: 20_000, seed: 3, isBinary: false).make()
        #expect(try BoostedTrees.fit(data, loss: CliffLoss(), parameters: .small { $0.numIterations = 1 }).ensemble.trees.count == 1)
        for threads in [1, 2] {
            #expect(throws: DataError.self) { try BoostedTrees.fit(data, loss: CliffLoss(), parameters: .small { $0.numIterations = 2 }, threads: threads) }
        }
    }

    // MARK: Constraints and missing values

    @Test(arguments: [Feature.Monotonicity.increasing, .decreasing], [1, 2, 3] as [UInt64])
    func monotone(_ direction: Feature.Monotonicity, seed: UInt64) throws {
        // Feature 1 acts as |x|, which no monotone model can follow, so the constraint binds.
        let data = try RandomData(rows: 1_500, seed: seed, monotonicity: [0: direction, 1: direction, 3: direction]).make()
        let fit = try Self.fit(data, .small { $0.numIterations = 40; $0.numLeaves = 20; $0.minDataInLeaf = 5 })
        #expect(fit.ensemble.trees.contains { $0.nodes.contains { $0.feature == 1 } })
        let sign = direction == .increasing ? 1.0 : -1.0
        var falls = 0
        for feature in [0, 1, 3] {
            let grid = (0 ... 60).map { feature == 3 ? Double($0 % 7) : Double($0) / 15 - 2 }.sorted()
            var probes = Matrix(rows: 40 * grid.count, columns: data.matrix.columns, order: .column)
            for row in 0 ..< 40 {
                for (k, x) in grid.enumerated() {
                    for j in 0 ..< data.matrix.columns { probes[row * grid.count + k, j] = j == feature ? x : data.matrix[row, j] }
                }
            }
            let margins = fit.ensemble.margins(of: probes)
            for row in 0 ..< 40 {
                for k in 1 ..< grid.count where sign * (margins[row * grid.count + k] - margins[row * grid.count + k - 1]) < -1e-12 { falls += 1 }
            }
        }
        #expect(falls == 0)
    }

    @Test func missingGoesWhereItBelongs() throws {
        // Missing rows behave like large values in one half of the data, like small ones in the other.
        let rows = 400
        let x = (0 ..< rows).map { $0 % 4 == 0 ? Double.nan : Double($0 % 20) }
        for missingIsLarge in [true, false] {
            let target = x.map { $0.isNaN ? (missingIsLarge ? 1.0 : 0.0) : ($0 >= 10 ? 1 : 0) }
            let data = try TrainingData(features: [Feature(name: "x", kind: .numeric)], matrix: Matrix(rows: rows, columns: 1, order: .column, storage: x), target: target)
            let tree = try Self.fit(data, .small { $0.numIterations = 1; $0.numLeaves = 2 }).ensemble.trees[0]
            #expect(tree.nodes[0].missingGoesLeft == !missingIsLarge && tree.nodes[0].threshold == 9.5)
        }
        // Missing against all values.
        let data = try TrainingData(features: [Feature(name: "x", kind: .numeric)], matrix: Matrix(rows: rows, columns: 1, order: .column, storage: x),
                                    target: x.map { $0.isNaN ? 1 : 0 })
        let root = try Self.fit(data, .small { $0.numIterations = 1; $0.numLeaves = 2 }).ensemble.trees[0].nodes[0]
        #expect(root.threshold == .greatestFiniteMagnitude && !root.missingGoesLeft && root.cover == 400)
    }

    @Test func withoutMissingRowsMissingFollowsTheLargerChild() throws {
        let x = (0 ..< 100).map { Double($0) }
        for (cut, goesLeft) in [(30.0, false), (70.0, true)] {
            let data = try TrainingData(features: [Feature(name: "x", kind: .numeric)], matrix: Matrix(rows: 100, columns: 1, order: .column, storage: x),
                                        target: x.map { $0 < cut ? 1 : 0 })
            let root = try Self.fit(data, .small { $0.numIterations = 1; $0.numLeaves = 2; $0.minDataInBin = 1 }).ensemble.trees[0].nodes[0]
            #expect(root.threshold == cut - 0.5 && root.missingGoesLeft == goesLeft)
        }
    }

    // MARK: Categories

    /// With one category against the rest and no missing values, a categorical feature and its indicators cut alike.
    @Test func oneAgainstTheRestEqualsIndicators() throws {
        let rows = 300
        let random = CounterRandom(seed: 4)
        let codes = (0 ..< rows).map { Double(random.bits(at: UInt64($0)) % 4) }
        let target = (0 ..< rows).map { random.uniform(at: UInt64($0 + 1_000)) < [0.1, 0.8, 0.4, 0.6][Int(codes[$0])] ? 1.0 : 0.0 }
        let categorical = try TrainingData(features: [Feature(name: "c", kind: .categorical(levels: ["a", "b", "c", "d"]))],
                                           matrix: Matrix(rows: rows, columns: 1, order: .column, storage: codes), target: target)
        let indicators = try TrainingData(features: (0 ..< 4).map { Feature(name: "is\($0)", kind: .numeric) },
                                          matrix: Matrix(rows: rows, columns: 4, order: .column, storage: (0 ..< 4).flatMap { k in codes.map { $0 == Double(k) ? 1.0 : 0 } }),
                                          target: target)
        let parameters = BoostedTreesParameters.small { $0.maxCatToOnehot = 4; $0.numLeaves = 4 }
        let one = try Self.fit(categorical, parameters).ensemble.margins(of: categorical.matrix)
        let other = try Self.fit(indicators, parameters).ensemble.margins(of: indicators.matrix)
        for (a, b) in zip(one, other) { #expect(abs(a - b) < 1e-6) }
    }

    @Test func manyCategoriesShareABin() throws {
        let rows = 6_000
        let random = CounterRandom(seed: 2)
        // Level k has about 1 / (k + 1) of the rows: 400 levels, the later the rarer.
        let codes = (0 ..< rows).map { Double(max(0, min(399, Int(1 / (random.uniform(at: UInt64($0)) + 1.0 / 400)) - 1))) }
        let target = codes.map { Int($0) % 3 == 0 ? 1.0 : 0 }
        let feature = Feature(name: "c", kind: .categorical(levels: (0 ..< 400).map { "v\($0)" }))
        let data = try TrainingData(features: [feature], matrix: Matrix(rows: rows, columns: 1, order: .column, storage: codes), target: target)
        let fit = try Self.fit(data, .small { $0.numIterations = 10 })
        var counts = [Int](repeating: 0, count: 400)
        for code in codes { counts[Int(code)] += 1 }
        guard case .categorical(let bins) = BinMapper.categorical(counts: counts, hasMissing: false).kind else { return #expect(Bool(false)) }
        let shared = (0 ..< 400).filter { bins[$0] == 253 }
        #expect(Set(bins).count == 254 && shared.count == 147)
        let ownLeast = (0 ..< 400).filter { bins[$0] != 253 }.map { counts[$0] }.min()!
        #expect(shared.allSatisfy { counts[$0] <= ownLeast })
        // Levels of one bin always stand together.
        for set in fit.ensemble.trees.flatMap(\.categorySets) {
            let inside = shared.filter(set.contains).count
            #expect(inside == 0 || inside == shared.count)
        }
        #expect(meanLoss(fit.ensemble, data, BinaryLogLoss()) < 0.9 * meanLoss(TreeEnsemble(featureCount: 1, baseMargin: fit.ensemble.baseMargin, trees: []), data, BinaryLogLoss()))
    }

    // MARK: Early stopping and sampling

    /// Validation rows also miss what no training row misses.
    @Test(arguments: [0, 0.1]) func earlyStoppingKeepsTheBestIteration(missingShare: Double) throws {
        let train = try RandomData(rows: 400, seed: 12, missingShare: missingShare).make().selecting(rows: Array(0 ..< 250))
        let validation = try RandomData(rows: 400, seed: 12).make().selecting(rows: Array(250 ..< 400))
        let fit = try Self.fit(train, .small { $0.numIterations = 200; $0.learningRate = 0.5; $0.earlyStoppingRound = 7 }, validation: validation)
        #expect(fit.stop == .earlyStopping && fit.bestIteration == fit.ensemble.trees.count)
        #expect(fit.evaluations.count == fit.bestIteration + 7)
        #expect(fit.evaluations.min() == fit.evaluations[fit.bestIteration - 1])
        for (n, value) in fit.evaluations.prefix(fit.bestIteration).enumerated() {
            let prefix = TreeEnsemble(featureCount: 7, baseMargin: fit.ensemble.baseMargin, trees: Array(fit.ensemble.trees.prefix(n + 1)))
            #expect(abs(meanLoss(prefix, validation, BinaryLogLoss()) - value) < 1e-12)
        }
        let whole = try Self.fit(train, .small { $0.numIterations = fit.bestIteration; $0.learningRate = 0.5 }, validation: validation)
        #expect(whole.ensemble == fit.ensemble && whole.stop == .iterations)
    }

    /// Rows outside the bag move with the trees too: the sum over all rows of the loss keeps falling.
    @Test func samplingLearns() throws {
        let data = try RandomData(rows: 3_000, seed: 14).make()
        let parameters = BoostedTreesParameters.small { $0.numIterations = 40; $0.baggingFraction = 0.5; $0.baggingFreq = 1; $0.featureFraction = 0.5 }
        let fit = try Self.fit(data, parameters)
        for tree in fit.ensemble.trees {
            // A binomial count: 1500 within 6 standard deviations.
            #expect(abs(tree.nodes[0].cover - 1_500) < 6 * 27.4)
            #expect(Set(tree.nodes.filter { !$0.isLeaf }.map(\.feature)).count <= 4)
        }
        #expect(Set(fit.ensemble.trees.map { $0.nodes[0].cover }).count > 20)
        let start = meanLoss(TreeEnsemble(featureCount: 7, baseMargin: fit.ensemble.baseMargin, trees: []), data, BinaryLogLoss())
        #expect(meanLoss(fit.ensemble, data, BinaryLogLoss()) < 0.8 * start)
        var other = parameters
        other.seed = 1
        #expect(try Self.fit(data, other).ensemble != fit.ensemble)
    }
}

@Suite("Boosted trees: shapes and refusals")
struct BoostedTreesShapeTests {
    private static func data(_ columns: [[Double]], _ target: [Double], categories: Int? = nil) throws -> TrainingData {
        let kind: Feature.Kind = categories.map { .categorical(levels: (0 ..< $0).map { "v\($0)" }) } ?? .numeric
        return try TrainingData(features: columns.indices.map { Feature(name: "x\($0)", kind: kind) },
                                matrix: Matrix(rows: target.count, columns: columns.count, order: .column, storage: columns.flatMap { $0 }), target: target)
    }

    struct Shape: Sendable, CustomTestStringConvertible {
        let name: String
        let columns: [[Double]]
        let target: [Double]
        let splits: Bool
        var testDescription: String { name }
    }

    static let shapes: [Shape] = [
        Shape(name: "one row", columns: [[1]], target: [3], splits: false),
        Shape(name: "no column", columns: [], target: [1, 2, 3, 4], splits: false),
        Shape(name: "constant column", columns: [[2, 2, 2, 2]], target: [1, 2, 3, 4], splits: false),
        Shape(name: "all missing", columns: [[.nan, .nan, .nan, .nan]], target: [1, 2, 3, 4], splits: false),
        Shape(name: "constant or missing", columns: [[2, .nan, 2, .nan]], target: [1, 2, 1, 2], splits: true),
        Shape(name: "two values", columns: [[0, 0, 1, 1]], target: [1, 1, 5, 5], splits: true),
        Shape(name: "constant target", columns: [[0, 1, 2, 3]], target: [7, 7, 7, 7], splits: false),
        Shape(name: "extreme values", columns: [[-1.7e308, -1e-308, 1e-308, 1.7e308]], target: [1, 1, 5, 5], splits: true),
        Shape(name: "neighbouring values", columns: [[1, 1, 1.0.nextUp, 1.0.nextUp]], target: [1, 1, 5, 5], splits: true),
        Shape(name: "tiny targets", columns: [[0, 0, 1, 1]], target: [1e-120, 1e-120, 5e-120, 5e-120], splits: true),
        Shape(name: "huge targets", columns: [[0, 0, 1, 1]], target: [1e150, 1e150, 5e150, 5e150], splits: true),
    ]

    @Test(arguments: shapes)
    func shape(_ shape: Shape) throws {
        let data = try Self.data(shape.columns, shape.target)
        var parameters = BoostedTreesParameters()
        parameters.minDataInLeaf = 1
        parameters.minDataInBin = 1
        parameters.numIterations = 60
        parameters.learningRate = 0.5
        let fit = try BoostedTrees.fit(data, loss: SquaredLoss(), parameters: parameters)
        #expect(fit.ensemble.trees.isEmpty == !shape.splits)
        let mean = shape.target.reduce(0) { $0 + $1 / Double(shape.target.count) }
        let size = shape.target.map(abs).max()!
        for (margin, y) in zip(fit.ensemble.margins(of: data.matrix), shape.target) {
            #expect(abs(margin - (shape.splits ? y : mean)) < 1e-6 * size)
        }
        for node in fit.ensemble.trees.flatMap(\.nodes) { #expect(node.threshold.isFinite && node.value.isFinite) }
    }

    @Test func refusals() throws {
        func reason(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return "nothing thrown"
        }
        let x = [[0.0, 1, 2, 3]]
        #expect(reason { _ = try Self.data([[0, .infinity, 1, 2]], [0, 1, 0, 1]) } == "training data: column 'x0': row 2: an infinite value; expected a number or missing")
        #expect(reason { _ = try Self.data([[0, 1, 2, 0]], [0, 1, 0, 1], categories: 2) }.contains("row 3: code 2.0; expected one of the 2 levels"))
        #expect(reason { _ = try Self.data(x, [0, .nan, 0, 1]) }.contains("row 2: the target is nan"))
        let fit = { (target: [Double], change: (inout BoostedTreesParameters) -> Void) in
            _ = try BoostedTrees.fit(Self.data(x, target), loss: BinaryLogLoss(), parameters: .small(change))
        }
        #expect(reason { try fit([1, 1, 1, 1]) { _ in } }.contains("expected both classes"))
        #expect(reason { try fit([0, 1, 2, 0]) { _ in } }.contains("training row 3: the target is 2.0; expected 0 or 1"))
        #expect(reason { try fit([0, 1, 1, 0]) { $0.maxBin = 256 } }.contains("max_bin must be 2 to 255"))
        #expect(reason { try fit([0, 1, 1, 0]) { $0.learningRate = 0 } }.contains("learning_rate"))
        #expect(reason { try fit([0, 1, 1, 0]) { $0.lambdaL2 = -1 } }.contains("lambda_l2"))
        let weights = { (w: [Double]) in
            _ = try TrainingData(features: [Feature(name: "x", kind: .numeric)], matrix: Matrix(rows: 4, columns: 1, order: .column, storage: x[0]), target: [0, 1, 0, 1], weights: w)
        }
        #expect(reason { try weights([1, -1, 1, 1]) }.contains("row 2: the weight is -1.0"))
        #expect(reason { try weights([1, 1, .infinity, 1]) }.contains("row 3"))
        let categorical = Feature(name: "c", kind: .categorical(levels: ["a", "b"]), monotonicity: .increasing)
        #expect(reason {
            let data = try TrainingData(features: [categorical], matrix: Matrix(rows: 4, columns: 1, order: .column, storage: [0, 1, 0, 1]), target: [0, 1, 0, 1])
            _ = try BoostedTrees.fit(data, loss: BinaryLogLoss(), parameters: .small())
        }.contains("cannot be monotone"))
    }

    @Test func scalePosWeightWeighsPositives() throws {
        let data = try RandomData(rows: 400, seed: 21).make()
        let weighted = try TrainingData(features: data.features, matrix: data.matrix, target: data.target, weights: data.target.map { $0 == 1 ? 3 : 1 })
        let parameters = BoostedTreesParameters.small { $0.scalePosWeight = 3 }
        let one = try BoostedTrees.fit(data, loss: ModelSpecification.Objective.binary.loss(parameters), parameters: parameters).ensemble
        let other = try BoostedTrees.fit(weighted, loss: BinaryLogLoss(), parameters: .small()).ensemble
        for (a, b) in zip(one.margins(of: data.matrix), other.margins(of: data.matrix)) { #expect(abs(a - b) < 1e-9) }
    }
}
