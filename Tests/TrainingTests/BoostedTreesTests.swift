import Datasets
import LinearAlgebra
import Models
import Testing
import TestSupport
import Training

/// A name for a case, and what it changes.
struct Setting: Sendable, CustomTestStringConvertible {
    let name: String
    let change: @Sendable (inout BoostedTreesParameters) -> Void
    var testDescription: String { name }

    static let all: [Setting] = [
        Setting(name: "defaults") { _ in },
        Setting(name: "l1 and l2") { $0.lambdaL1 = 0.8; $0.lambdaL2 = 3 },
        Setting(name: "no regularisation") { $0.lambdaL2 = 0; $0.catL2 = 0 },
        Setting(name: "one against the rest") { $0.maxCatToOnehot = 20 },
        Setting(name: "ordered categories") { $0.maxCatToOnehot = 0; $0.maxCatThreshold = 3; $0.minDataPerGroup = 1 },
        Setting(name: "least gain") { $0.minGainToSplit = 3 },
        Setting(name: "heavy leaves") { $0.minSumHessianInLeaf = 8 },
        Setting(name: "few bins") { $0.maxBin = 6 },
        Setting(name: "many leaves") { $0.numLeaves = 40; $0.minDataInLeaf = 2 },
        Setting(name: "wide bins") { $0.minDataInBin = 30 },
    ]
}

@Suite("Boosted trees: every choice against the slow twin")
struct BoostedTreesAuditTests {
    @Test(arguments: Setting.all, [1, 2, 3] as [UInt64])
    func binary(_ setting: Setting, seed: UInt64) throws {
        let data = try RandomData(rows: 200 + 60 * Int(seed), seed: seed).make()
        let parameters = BoostedTreesParameters.small(setting.change)
        let fit = try BoostedTrees.fit(data, loss: BinaryLogLoss(), parameters: parameters)
        #expect(TreeAudit(data: data, loss: BinaryLogLoss(), parameters: parameters).faults(fit.ensemble) == [])
        #expect(fit.ensemble.trees.count == 5)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func regressionWithWeights(seed: UInt64) throws {
        let random = CounterRandom(seed: seed, stream: 77)
        let weights = (0 ..< 250).map { Double(random.bits(at: $0) % 4) / 2 }
        let data = try RandomData(rows: 250, seed: seed, isBinary: false, weights: weights).make()
        let fit = try BoostedTrees.fit(data, loss: SquaredLoss(), parameters: .small())
        #expect(TreeAudit(data: data, loss: SquaredLoss(), parameters: .small()).faults(fit.ensemble) == [])
    }

    /// A target with heavy tails makes the wide fixed point; so does a loss of one's own.
    @Test(arguments: [5, 6] as [UInt64])
    func poisson(seed: UInt64) throws {
        let base = try RandomData(rows: 300, seed: seed, isBinary: false).make()
        let data = try TrainingData(features: base.features, matrix: base.matrix, target: base.target.map { Portable.exp(max(0, $0)).rounded() })
        let parameters = BoostedTreesParameters.small { $0.numIterations = 20 }
        let fit = try BoostedTrees.fit(data, loss: ExampleLoss(), parameters: parameters)
        #expect(TreeAudit(data: data, loss: ExampleLoss(), parameters: parameters).faults(fit.ensemble) == [])
        let losses = [0, 1, 5, 20].map { n in
            meanLoss(TreeEnsemble(featureCount: 7, baseMargin: fit.ensemble.baseMargin, trees: Array(fit.ensemble.trees.prefix(n))), data, ExampleLoss())
        }
        #expect(losses == losses.sorted(by: >) && losses[3] < 0.9 * losses[0] + 0.1 * abs(losses[0]) )
    }

    @Test func depthAndLeafLimits() throws {
        let data = try RandomData(rows: 400).make()
        for depth in [1, 2, 3] {
            let parameters = BoostedTreesParameters.small { $0.maxDepth = depth; $0.numLeaves = 31 }
            let fit = try BoostedTrees.fit(data, loss: BinaryLogLoss(), parameters: parameters)
            for tree in fit.ensemble.trees {
                #expect(tree.nodes.filter(\.isLeaf).count <= 1 << depth)
                #expect(tree.nodes.filter(\.isLeaf).count > 1)
            }
        }
        let stump = try BoostedTrees.fit(data, loss: BinaryLogLoss(), parameters: .small { $0.numLeaves = 1 })
        #expect(stump.ensemble.trees.isEmpty && stump.stop == .noSplit)
    }

    @Test(arguments: [1, 20, 60])
    func leavesHoldEnoughRows(_ least: Int) throws {
        let data = try RandomData(rows: 500, seed: 9).make()
        let fit = try BoostedTrees.fit(data, loss: BinaryLogLoss(), parameters: .small { $0.minDataInLeaf = least; $0.numIterations = 30; $0.numLeaves = 31 })
        #expect(!fit.ensemble.trees.isEmpty)
        for leaf in fit.ensemble.trees.flatMap(\.nodes) where leaf.isLeaf { #expect(leaf.cover >= Double(least)) }
    }

    @Test func coversAddUpAndLossFalls() throws {
        let data = try RandomData(rows: 600, seed: 4, weights: (0 ..< 600).map { 0.1 + Double($0 % 7) }).make()
        let fit = try BoostedTrees.fit(data, loss: BinaryLogLoss(), parameters: .small { $0.numIterations = 30 })
        for tree in fit.ensemble.trees {
            for node in tree.nodes where !node.isLeaf {
                let children = tree.nodes[Int(node.left)].cover + tree.nodes[Int(node.right)].cover
                #expect(abs(children - node.cover) <= 1e-12 * node.cover)
                #expect(node.gain > 0 && node.threshold.isFinite)
            }
        }
        let losses = (0 ... 30).map { n in
            meanLoss(TreeEnsemble(featureCount: 7, baseMargin: fit.ensemble.baseMargin, trees: Array(fit.ensemble.trees.prefix(n))), data, BinaryLogLoss())
        }
        for n in 1 ... 30 { #expect(losses[n] < losses[n - 1]) }
    }
}
