import LinearAlgebra
import Models
import Training

/// Small designs for the tests of linear models.
enum LogisticData {
    /// The inputs of `fixtures/expected/training.py`: a number, a number with holes, a categorical column with holes.
    static func expected() throws -> (binary: TrainingData, amount: TrainingData) {
        let rows = 240
        var number: [Double] = []
        var holes: [Double] = []
        var level: [Double] = []
        var y: [Double] = []
        var amount: [Double] = []
        for i in 0 ..< rows {
            let a: Double = Double(i * 37 % 101) / 10
            let b: Double? = i % 11 == 3 ? nil : Double(i * i * 13 % 97) / 7
            let code: Int? = i % 23 == 5 ? nil : (i * 29 % 17) % 4
            number.append(a)
            holes.append(b ?? .nan)
            level.append(code.map(Double.init) ?? .nan)
            let margin: Double = a - 5 + (code == 2 ? 2 : 0) + Double(i * 71 % 19) / 3 - 3
            y.append(margin > 0 ? 1 : 0)
            let rest: Double = (code == 1 ? 5 : 0) + Double(i * 53 % 23)
            amount.append(3 * a - (b ?? 4) + rest)
        }
        let matrix = Matrix(rows: rows, columns: 3, order: .column, storage: number + holes + level)
        return (try TrainingData(features: features, matrix: matrix, target: y), try TrainingData(features: features, matrix: matrix, target: amount))
    }

    static let features = [
        Feature(name: "number", kind: .numeric), Feature(name: "holes", kind: .numeric),
        Feature(name: "level", kind: .categorical(levels: ["a", "b", "c", "d"])),
    ]

    /// Random numeric features (with holes) and one categorical feature, with a binary target that depends on them.
    static func random(rows: Int, numeric: Int, levels: Int, seed: UInt64) throws -> TrainingData {
        let random = CounterRandom(seed: seed)
        var index: UInt64 = 0
        func uniform() -> Double {
            index += 1
            return random.uniform(at: index)
        }
        var storage: [Double] = []
        var margins = [Double](repeating: -0.5, count: rows)
        var features: [Feature] = []
        for j in 0 ..< numeric {
            let weight = 2 * uniform() - 1
            for i in 0 ..< rows {
                let x = 10 * uniform() + Double(j)
                margins[i] += weight * (x - 5 - Double(j)) / 3
                storage.append(uniform() < 0.05 ? .nan : x)
            }
            features.append(Feature(name: "x\(j)", kind: .numeric))
        }
        if levels > 0 {
            let weights = (0 ..< levels).map { _ in 2 * uniform() - 1 }
            for i in 0 ..< rows {
                let code = Int(uniform() * Double(levels))
                margins[i] += weights[code]
                storage.append(uniform() < 0.05 ? .nan : Double(code))
            }
            features.append(Feature(name: "level", kind: .categorical(levels: (0 ..< levels).map { "\($0)" })))
        }
        let target = margins.map { uniform() < Portable.sigmoid($0) ? 1.0 : 0 }
        return try TrainingData(features: features, matrix: Matrix(rows: rows, columns: features.count, order: .column, storage: storage), target: target)
    }
}

/// The objective of a linear fit written as its definition, in coefficients of the standardised terms.
struct SlowLinearObjective {
    let data: TrainingData
    let model: LinearModel
    let loss: any Loss
    let l2: Double
    var l1 = 0.0

    /// Coefficients, then the intercept.
    func callAsFunction(_ point: [Double]) -> Double {
        var total = 0.0
        for position in 0 ..< data.count {
            let row = data.row(at: position)
            var margin = point[model.terms.count]
            for (j, term) in model.terms.enumerated() { margin += point[j] * term.standardised(data.matrix[row, term.feature]) }
            var value = [0.0]
            var span = value.mutableSpan
            let (targets, margins) = ([data.target[row]], [margin])
            loss.values(targets: targets.span, margins: margins.span, into: &span)
            total += (data.weights?[row] ?? 1) * value[0]
        }
        for b in point.dropLast() { total += l2 / 2 * b * b + l1 * abs(b) }
        return total
    }

    /// Central differences.
    func gradient(_ point: [Double], step: Double = 1e-5) -> [Double] {
        point.indices.map { j in
            var (up, down) = (point, point)
            up[j] += step
            down[j] -= step
            return (self(up) - self(down)) / (2 * step)
        }
    }

    func hessian(_ point: [Double], step: Double = 1e-3) -> Matrix {
        var hessian = Matrix(rows: point.count, columns: point.count)
        for j in point.indices {
            var (up, down) = (point, point)
            up[j] += step
            down[j] -= step
            for (i, (a, b)) in zip(gradient(up, step: step), gradient(down, step: step)).enumerated() { hessian[i, j] = (a - b) / (2 * step) }
        }
        return hessian
    }
}

extension LinearFit {
    /// Coefficients, then the intercept.
    var point: [Double] { model.terms.map(\.coefficient) + [model.intercept] }
}

/// Whether values agree within `tolerance`, relative where they exceed 1.
func agree(_ a: [Double], _ b: [Double], within tolerance: Double) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}
