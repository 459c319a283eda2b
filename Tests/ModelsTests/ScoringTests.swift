import LinearAlgebra
import Models
import TestSupport
import Testing

struct ScoringTests {
    private func sameBits(_ a: [Double], _ b: [Double]) -> Bool { a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern } }

    /// Blocks, one row, both matrix orders and any number of threads give the bits of the plain walk.
    @Test(arguments: [(1, 5, 3, 20, 6), (2, 1, 0, 3, 1), (3, 8, 0, 40, 5), (4, 0, 4, 30, 6), (5, 12, 6, 15, 9), (6, 3, 5, 5, 12), (7, 2, 2, 8, 0), (8, 40, 8, 60, 4)])
    func treesEqualThePlainWalk(seed: Int, numeric: Int, categorical: Int, trees: Int, depth: Int) {
        let features = RandomEnsembles.features(numeric: numeric, categorical: categorical)
        let ensemble = RandomEnsembles.make(seed: UInt64(seed), features: features, trees: trees, depth: depth)
        var rows = RandomEnsembles.rows(seed: UInt64(seed), features: features, count: 1_037)
        // The corners of doubles: zeros of both signs, infinities, codes that are none.
        for (row, value) in [0.0, -0.0, .infinity, -.infinity, -1, 1e300, 65_535, 65_536, 0.5, .leastNonzeroMagnitude].enumerated() {
            for column in features.indices { rows[row, column] = value }
        }
        let expected = PlainScoring.margins(ensemble, rows)
        let scorer = TreeScorer(ensemble)
        #expect(sameBits(scorer.margins(of: rows), expected))
        #expect(sameBits((0 ..< rows.rows).map { scorer.margin(of: rows.row($0)) }, expected))
        let transposed = Matrix(rows: rows.rows, columns: rows.columns, order: .row, storage: (0 ..< rows.rows).flatMap { rows.row($0) })
        #expect(sameBits(scorer.margins(of: transposed), expected))
    }

    /// Shapes at the edges of the layouts: one row, one column, one threshold, nothing but missing values, 254 and 600 categories,
    /// numbers of rows around a vector's and a block's.
    @Test(arguments: [1, 2, 8, 9, 63, 64, 65, 255, 256, 257, 600], [1, 2, 3, 4, 6, 8])
    func treesOfEveryShapeEqualThePlainWalk(count: Int, depth: Int) {
        let oneThreshold = { (ensemble: TreeEnsemble) in
            var ensemble = ensemble
            for tree in ensemble.trees.indices {
                for node in ensemble.trees[tree].nodes.indices where !ensemble.trees[tree].nodes[node].isLeaf { ensemble.trees[tree].nodes[node].threshold = 0.25 }
            }
            return ensemble
        }
        let many = { (levels: Int) in [Feature(name: "c", kind: .categorical(levels: (0 ..< levels).map { "level\(1_000 + $0)" })), Feature(name: "x", kind: .numeric)] }
        let cases: [(features: [Feature], change: (TreeEnsemble) -> TreeEnsemble, missing: Double)] = [
            (RandomEnsembles.features(numeric: 1), { $0 }, 0.2), (RandomEnsembles.features(numeric: 1), oneThreshold, 0.2),
            (RandomEnsembles.features(numeric: 3, categorical: 2), { $0 }, 1), (many(254), { $0 }, 0.1), (many(600), { $0 }, 0.1),
        ]
        for (index, one) in cases.enumerated() {
            let ensemble = one.change(RandomEnsembles.make(seed: UInt64(100 * depth + index), features: one.features, trees: 7, depth: depth))
            let rows = RandomEnsembles.rows(seed: UInt64(count), features: one.features, count: count, missing: one.missing)
            #expect(sameBits(ensemble.margins(of: rows), PlainScoring.margins(ensemble, rows)), "case \(index)")
        }
    }

    /// One row at a time: numbers of trees around the lanes and the groups, and sets around what one word holds, with values that are
    /// no codes.
    @Test(arguments: [0, 1, 7, 8, 9, 255, 256, 257, 530], [59, 60, 61, 62, 63, 64, 65, 130])
    func singleRowsEqualThePlainWalk(trees: Int, levels: Int) {
        let features = [Feature(name: "c", kind: .categorical(levels: (0 ..< levels).map { "level\(1_000 + $0)" })), Feature(name: "x", kind: .numeric)]
        let ensemble = RandomEnsembles.make(seed: UInt64(trees), features: features, trees: trees, depth: 3)
        var rows = RandomEnsembles.rows(seed: 7, features: features, count: 60, missing: 0.1)
        let odd: [Double] = [.infinity, -.infinity, .nan, -0.0, -0.5, -1, -2, 0.5, 57.5, 58, 59, 60, 60.5, 61, 61.5, 62, 63, 64, 65, 1e300]
        for (row, value) in odd.enumerated() { rows[row, 0] = value }
        let scorer = TreeScorer(ensemble)
        #expect(sameBits((0 ..< rows.rows).map { scorer.margin(of: rows.row($0)) }, PlainScoring.margins(ensemble, rows)))
    }

    /// Ranks of numbers beside, on and between thresholds that lie as doubles can: dense, far apart, infinitely so.
    @Test func ranksAreExactForEveryDouble() throws {
        let thresholds: [Double] = [-Double.greatestFiniteMagnitude, -1e300, -1, -Double.leastNonzeroMagnitude, 0, Double.leastNonzeroMagnitude, 1, (1.0).nextUp, 1 + 3 * .ulpOfOne, 2, 3, 1e300, .greatestFiniteMagnitude]
        let subsets: [[Double]] = [thresholds, [1, (1.0).nextUp], [0], [-Double.leastNonzeroMagnitude, Double.leastNonzeroMagnitude], (0 ..< 500).map { Double($0 * $0) }, (0 ..< 255).map(Double.init), (0 ..< 256).map(Double.init),
                                  (0 ..< 200).map { Double(sign: .plus, exponent: 5 * $0 - 500, significand: 1) }]
        for subset in subsets {
            let trees = subset.flatMap { threshold in [true, false].map { left in
                Tree(nodes: [TreeNode(feature: 0, left: 1, right: 2, missingGoesLeft: left, threshold: threshold), TreeNode(value: 1), TreeNode(value: -1)])
            } }
            let ensemble = TreeEnsemble(featureCount: 1, baseMargin: 0, trees: trees)
            let values: [Double] = [.nan, .infinity, -.infinity, -0.0] + subset.flatMap { [$0, $0.nextUp, $0.nextDown, $0 / 2, $0 + 0.5] }
            let rows = Matrix(rows: values.count, columns: 1, order: .column, storage: values)
            #expect(sameBits(TreeScorer(ensemble).margins(of: rows), PlainScoring.margins(ensemble, rows)))
        }
    }

    @Test func severalLeafCountsAroundTheLimit() {
        let features = RandomEnsembles.features(numeric: 4, categorical: 2)
        var sizes: Set<Int> = []
        for seed in 0 ..< 60 {
            let ensemble = RandomEnsembles.make(seed: UInt64(seed), features: features, trees: 2, depth: 7 + seed % 3 * 2, withZeroCovers: true)
            sizes.formUnion(ensemble.trees.map { $0.nodes.count { $0.isLeaf } })
            let rows = RandomEnsembles.rows(seed: UInt64(seed), features: features, count: 70)
            #expect(sameBits(ensemble.margins(of: rows), PlainScoring.margins(ensemble, rows)))
        }
        #expect(sizes.contains { $0 <= 64 && $0 > 48 } && sizes.contains { $0 <= 256 && $0 > 128 } && sizes.contains { $0 > 256 })
    }

    /// Chains to either side and a balanced tree, up to the last number that a byte has for a leaf.
    @Test(arguments: [2, 64, 256])
    func chainsAndBalancedTreesEqualThePlainWalk(leaves: Int) {
        var right = Tree(nodes: []), left = right, balanced = right
        for index in 0 ..< leaves - 1 {
            let (first, second) = (Int32(2 * index + 1), Int32(2 * index + 2))
            right.nodes += [TreeNode(feature: 0, left: first, right: second, threshold: Double(index)), TreeNode(value: Double(index))]
            left.nodes += [TreeNode(feature: 0, left: second, right: first, threshold: Double(leaves - index)), TreeNode(value: Double(index))]
        }
        right.nodes.append(TreeNode(value: -1))
        left.nodes.append(TreeNode(value: -1))
        for index in 0 ..< 2 * leaves - 1 {
            let question = TreeNode(feature: 0, left: Int32(2 * index + 1), right: Int32(2 * index + 2))
            balanced.nodes.append(index < leaves - 1 ? question : TreeNode(value: Double(index)))
        }
        func setThresholds(_ node: Int, _ low: Double, _ high: Double) {
            guard node < leaves - 1 else { return }
            balanced.nodes[node].threshold = (low + high) / 2
            setThresholds(2 * node + 1, low, (low + high) / 2)
            setThresholds(2 * node + 2, (low + high) / 2, high)
        }
        setThresholds(0, 0, Double(leaves))
        let ensemble = TreeEnsemble(featureCount: 1, baseMargin: 0.25, trees: [right, left, balanced])
        let rows = Matrix(rows: 4 * leaves + 80, columns: 1, order: .column, storage: (0 ..< 4 * leaves + 80).map { Double($0) / 4 - 10 })
        #expect(sameBits(ensemble.margins(of: rows), PlainScoring.margins(ensemble, rows)))
    }

    @Test(arguments: [1, 2, 5])
    func threadsDoNotChangeABit(threads: Int) {
        let features = RandomEnsembles.features(numeric: 6, categorical: 3)
        let rows = RandomEnsembles.rows(seed: 9, features: features, count: 20_011)
        let ensemble = RandomEnsembles.make(seed: 9, features: features, trees: 10, depth: 5)
        #expect(sameBits(ensemble.margins(of: rows, threads: threads), ensemble.margins(of: rows)))
        let linear = RandomEnsembles.linear(seed: 9, features: features)
        #expect(sameBits(linear.margins(of: rows, threads: threads), linear.margins(of: rows)))
    }

    @Test(arguments: 0 ..< 8)
    func linearEqualsThePlainSum(seed: Int) {
        let features = RandomEnsembles.features(numeric: seed, categorical: 7 - seed + seed % 2)
        let model = RandomEnsembles.linear(seed: UInt64(seed), features: features)
        var rows = RandomEnsembles.rows(seed: UInt64(seed), features: features, count: 311)
        for (row, value) in [-1, 0.5, 1e9, -0.0].enumerated() {
            for column in features.indices { rows[row, column] = value }
        }
        let expected = PlainScoring.margins(model, rows)
        let scorer = LinearScorer(model)
        #expect(sameBits(scorer.margins(of: rows), expected))
        #expect(sameBits((0 ..< rows.rows).map { scorer.margin(of: rows.row($0)) }, expected))
    }

    @Test func noRowsGiveNoMargins() {
        let features = RandomEnsembles.features(numeric: 2)
        #expect(RandomEnsembles.make(seed: 1, features: features, trees: 3, depth: 2).margins(of: Matrix(rows: 0, columns: 2)).isEmpty)
        #expect(RandomEnsembles.linear(seed: 1, features: features).margins(of: Matrix(rows: 0, columns: 2)).isEmpty)
        #expect(TreeEnsemble(featureCount: 1, baseMargin: 2, trees: []).margins(of: Matrix(rows: 3, columns: 1)) == [2, 2, 2])
    }

    @Test(arguments: [Calibrator.none, .platt(slope: 1.5, intercept: -0.25), .beta(a: 0.7, b: 1.3, c: 0.2), .beta(a: 0, b: 0, c: -1),
                      .isotonic(thresholds: [-2, -0.5, 0, 1.5], values: [0, 0.1, 0.1, 0.9], count: 50)])
    func calibratorsRiseWithinZeroAndOne(calibrator: Calibrator) {
        let margins = [-1e300, -800, -40] + (-200 ... 200).map { Double($0) / 20 } + [40, 800, 1e300]
        let probabilities = margins.map(calibrator.probability)
        #expect(probabilities.allSatisfy { $0 >= 0 && $0 <= 1 })
        #expect(zip(probabilities, probabilities.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func calibratorsSayWhatTheirFormulasSay() {
        let isotonic = Calibrator.isotonic(thresholds: [-1, 0, 2], values: [0.1, 0.4, 0.8], count: 9)
        #expect([-5, -1, -0.01, 0, 1.99, 2, 9].map(isotonic.probability) == [0.1, 0.1, 0.1, 0.4, 0.4, 0.8, 0.8])
        func sigmoid(_ x: Double) -> Double { 1 / (1 + PlainMath.exp(-x)) }
        for f in [-30.0, -3, -0.1, 0, 0.4, 7, 30] {
            let odds: Double = 0.7 * PlainMath.log(sigmoid(f)) - 1.3 * PlainMath.log(sigmoid(-f)) + 0.2
            let beta = Calibrator.beta(a: 0.7, b: 1.3, c: 0.2).probability(f)
            #expect(abs(beta - sigmoid(odds)) < 1e-14)
            // a = b = 1, c = 0 is no calibration at all.
            let unchanged = Calibrator.beta(a: 1, b: 1, c: 0).probability(f)
            #expect(abs(unchanged - Calibrator.none.probability(f)) < 1e-15)
            let platt = Calibrator.platt(slope: 2, intercept: 1).probability(f)
            #expect(abs(platt - sigmoid(2 * f + 1)) < 1e-15)
        }
    }

    @Test func marginsAfterCalibration() {
        let features = RandomEnsembles.features(numeric: 2)
        var model = Model(features: features, predictor: .trees(RandomEnsembles.make(seed: 1, features: features, trees: 3, depth: 2)), link: .logit,
                          calibrator: .platt(slope: 2, intercept: 1))
        #expect(model.margin(fromRaw: 0.5) == 2 && model.probability(fromRaw: 0.5) == Portable.sigmoid(2))
        model.calibrator = .beta(a: 1, b: 2, c: 0)
        #expect(model.margin(fromRaw: 0.5) == 0.5)
        model.calibrator = .none
        model.link = .identity
        #expect(model.probability(fromRaw: 12.5) == 12.5)
        let rows = RandomEnsembles.rows(seed: 1, features: features, count: 9)
        let scorer = ModelScorer(model)
        #expect(scorer.rawMargins(of: rows) == model.rawMargins(of: rows))
        #expect(scorer.rawMargin(of: rows.row(3)) == model.rawMargins(of: rows)[3])
    }
}
