import LinearAlgebra
import Models
import Training

/// Random training data with every kind of feature, and a target that depends on some of them.
struct RandomData {
    var rows = 300
    var seed: UInt64 = 1
    var numeric = 3
    /// Numeric features of few values.
    var coarse = 2
    /// Level counts of categorical features.
    var categorical = [3, 12]
    var missingShare = 0.1
    var isBinary = true
    var weights: [Double]?
    var monotonicity: [Int: Feature.Monotonicity] = [:]

    var columns: Int { numeric + coarse + categorical.count }

    func make() throws -> TrainingData {
        var storage: [Double] = []
        var features: [Feature] = []
        for j in 0 ..< columns {
            let random = CounterRandom(seed: seed, stream: UInt64(j))
            let holes = CounterRandom(seed: seed, stream: UInt64(100 + j))
            let levels = j < numeric ? 0 : j < numeric + coarse ? 3 + j : categorical[j - numeric - coarse]
            for i in 0 ..< rows {
                let u = random.uniform(at: UInt64(i))
                let x = levels == 0 ? u * 4 - 2 : (u * Double(levels)).rounded(.down)
                storage.append(holes.uniform(at: UInt64(i)) < missingShare ? .nan : x)
            }
            let isCategorical = j >= numeric + coarse
            features.append(Feature(name: "f\(j)", kind: isCategorical ? .categorical(levels: (0 ..< levels).map { "v\($0)" }) : .numeric,
                                    monotonicity: monotonicity[j] ?? .none))
        }
        let noise = CounterRandom(seed: seed, stream: 1_000)
        let target = (0 ..< rows).map { i in
            var margin = 0.0
            for j in 0 ..< columns {
                let x = storage[j * rows + i]
                // Numbers count by themselves or by their size, few values like a line, categories by a pattern.
                let term = j < numeric ? (j % 2 == 0 ? x : abs(x) - 1) : j < numeric + coarse ? x / Double(2 + j) * 2 - 1 : Double((Int(x.isNaN ? 0 : x) * 7) % 5) / 2 - 1
                margin += x.isNaN ? 0.4 : term
            }
            let u = noise.uniform(at: UInt64(i))
            return isBinary ? (u < Portable.sigmoid(margin) ? 1.0 : 0.0) : margin + u
        }
        return try TrainingData(features: features, matrix: Matrix(rows: rows, columns: columns, order: .column, storage: storage), target: target,
                                weights: weights)
    }
}

extension BoostedTreesParameters {
    /// Small trees for small data.
    static func small(_ change: (inout BoostedTreesParameters) -> Void = { _ in }) -> BoostedTreesParameters {
        var parameters = BoostedTreesParameters()
        parameters.numIterations = 5
        parameters.numLeaves = 8
        parameters.minDataInLeaf = 5
        parameters.minDataPerGroup = 10
        parameters.catSmooth = 3
        parameters.lambdaL2 = 0.5
        change(&parameters)
        return parameters
    }
}

/// Weighted mean loss of an ensemble on the rows in play.
func meanLoss(_ ensemble: TreeEnsemble, _ data: TrainingData, _ loss: any Loss) -> Double {
    let all = ensemble.margins(of: data.matrix)
    let rows = (0 ..< data.count).map(data.row)
    let targets = rows.map { data.target[$0] }
    let margins = rows.map { all[$0] }
    var values = [Double](repeating: 0, count: rows.count)
    var span = values.mutableSpan
    loss.values(targets: targets.span, margins: margins.span, into: &span)
    let weights = data.weightsInPlay ?? Array(repeating: 1, count: rows.count)
    return zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
}

extension TreeEnsemble {
    /// The leaf of each row in the tree at `index`, by the definition of a question.
    func leaves(_ index: Int, _ matrix: Matrix) -> [Int] {
        (0 ..< matrix.rows).map { row in
            var node = 0
            while !trees[index].nodes[node].isLeaf {
                let question = trees[index].nodes[node]
                node = trees[index].next(from: question, value: matrix[row, Int(question.feature)])
            }
            return node
        }
    }
}
