import LinearAlgebra

/// A function of the coefficients at one point.
package struct ObjectivePoint: Sendable {
    package var value: Double
    package var gradient: [Double]
    /// Symmetric.
    package var hessian: Matrix
}

/// A smooth convex function with its first two derivatives: all that a solver knows of a fit.
package protocol SmoothObjective {
    /// Number of coefficients.
    var dimension: Int { get }
    /// A gradient below this norm cannot be told from 0 in double precision.
    var gradientNoise: Double { get }
    func evaluate(at point: [Double]) -> ObjectivePoint
}

/// Σ weight · loss(target, η) + penalty/2 · ‖β‖² over a standardised design; the last coefficient is the intercept, not penalised.
///
/// One pass over the rows gives value, gradient and Hessian. Rows go in blocks whose standardised design fits a core's
/// cache; blocks are summed within a fixed number of groups and the groups in their order, and BLAS runs with one thread,
/// so the result is the same for every number of threads.
package struct LinearObjective: SmoothObjective {
    let design: LinearDesign
    let loss: any Loss
    let penalty: Double
    let threads: Int

    private let targets: [Double]
    private let weights: [Double]?
    package let gradientNoise: Double
    /// The margin of the best constant model.
    package let baseMargin: Double

    /// - Throws: `DataError` for targets that do not suit the loss.
    package init(design: LinearDesign, loss: any Loss, penalty: Double, threads: Int) throws {
        self.design = design
        self.loss = loss
        self.penalty = penalty
        self.threads = threads
        targets = design.data.targetsInPlay
        weights = design.data.weightsInPlay
        baseMargin = try loss.baseMargin(targets: targets, weights: weights)
        gradientNoise = 1e-14 * Self.absoluteGradient(loss, targets: targets, weights: weights, margin: baseMargin)
    }

    /// The same objective over some of the rows, which count for more each.
    init(_ objective: LinearObjective, over data: TrainingData) {
        design = LinearDesign(objective.design, over: data)
        loss = objective.loss
        penalty = objective.penalty
        threads = objective.threads
        targets = data.targetsInPlay
        weights = data.weightsInPlay
        baseMargin = objective.baseMargin
        gradientNoise = objective.gradientNoise
    }

    /// Σ weight · |derivative of the loss| at one margin: what each component of a gradient adds up, up to signs.
    private static func absoluteGradient(_ loss: any Loss, targets: [Double], weights: [Double]?, margin: Double) -> Double {
        let margins = [Double](repeating: margin, count: targets.count)
        var first = margins
        var second = margins
        var gradients = first.mutableSpan
        var hessians = second.mutableSpan
        loss.derivatives(targets: targets.span, margins: margins.span, gradients: &gradients, hessians: &hessians)
        var sum = 0.0
        for i in targets.indices { sum += (weights?[i] ?? 1) * abs(gradients[i]) }
        return sum
    }

    package var dimension: Int { design.columns }

    package func evaluate(at point: [Double]) -> ObjectivePoint {
        precondition(point.count == dimension)
        let blockRows = Self.blockRows(columns: dimension)
        let groups = Self.groups(rows: targets.count, columns: dimension, blockRows: blockRows)
        let parts = BLASRuntime.singleThreaded {
            Parallel.map(groups.count, threads: threads) { sum(groups[$0], blockRows: blockRows, at: point) }
        }
        var total = parts[0]
        for part in parts.dropFirst() { total.add(part) }
        for j in 0 ..< dimension - 1 {
            total.value += penalty / 2 * point[j] * point[j]
            total.gradient[j] += penalty * point[j]
            total.hessian[j, j] += penalty
        }
        // The blocks' sums are in the lower triangle of column order.
        for j in 0 ..< dimension { for i in 0 ..< j { total.hessian.storage[j * dimension + i] = total.hessian.storage[i * dimension + j] } }
        return total
    }

    /// The gradient alone, in one pass over the features' own values: a fraction of what `evaluate` takes.
    package func gradient(at point: [Double]) -> [Double] { gradients(at: [point])[0] }

    /// The gradients at several points, in one pass over the features' own values.
    func gradients(at points: [[Double]]) -> [[Double]] {
        precondition(points.allSatisfy { $0.count == dimension })
        let blockRows = Self.gradientBlockRows(features: design.data.features.count)
        let groups = Self.groups(rows: targets.count, columns: dimension, blockRows: blockRows)
        let parts: [[[Double]]] = Parallel.map(groups.count, threads: threads) { gradients(groups[$0], blockRows: blockRows, at: points) }
        return points.indices.map { k in
            var total = parts[0][k]
            for part in parts.dropFirst() { for j in total.indices { total[j] += part[k][j] } }
            for j in 0 ..< dimension - 1 { total[j] += penalty * points[k][j] }
            return total
        }
    }

    /// One point after the other block by block, so that memory is read once.
    private func gradients(_ rows: Range<Int>, blockRows: Int, at points: [[Double]]) -> [[Double]] {
        var totals = points.map { _ in [Double](repeating: 0, count: dimension) }
        var buffer: [Double] = []
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: blockRows) {
            let block = start ..< min(start + blockRows, rows.upperBound)
            var margins = [Double](repeating: 0, count: block.count)
            var residuals = margins
            var curvatures = margins
            for (k, point) in points.enumerated() {
                design.margins(point, positions: block, into: &margins, &buffer)
                var first = residuals.mutableSpan
                var second = curvatures.mutableSpan
                loss.derivatives(targets: targets.span.extracting(block), margins: margins.span, gradients: &first, hessians: &second)
                if let weights { for i in block { residuals[i - block.lowerBound] *= weights[i] } }
                design.addGradient(residuals, positions: block, to: &totals[k], &buffer)
            }
        }
        return totals
    }

    /// The sum over a range of rows, without the penalty.
    private func sum(_ rows: Range<Int>, blockRows: Int, at point: [Double]) -> ObjectivePoint {
        var total = ObjectivePoint(value: 0, gradient: Array(repeating: 0, count: dimension), hessian: Matrix(rows: dimension, columns: dimension))
        var scratch = Scratch(rows: min(blockRows, rows.count), columns: dimension)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: blockRows) {
            let block = start ..< min(start + blockRows, rows.upperBound)
            if block.count != scratch.design.rows { scratch = Scratch(rows: block.count, columns: dimension) }
            add(block, at: point, &scratch, to: &total)
        }
        return total
    }

    /// A block's buffers, used again by the next block of the same size.
    private struct Scratch {
        var design: Matrix
        var margins: [Double]
        var targets: [Double]
        var losses: [Double]
        var residuals: [Double]
        var curvatures: [Double]

        init(rows: Int, columns: Int) {
            design = Matrix(rows: rows, columns: columns)
            margins = Array(repeating: 0, count: rows)
            targets = margins
            losses = margins
            residuals = margins
            curvatures = margins
        }
    }

    private func add(_ block: Range<Int>, at point: [Double], _ scratch: inout Scratch, to total: inout ObjectivePoint) {
        let rows = block.count
        design.fill(&scratch.design, positions: block)
        BLAS.gemv(.none, scratch.design, point, into: &scratch.margins)
        for i in 0 ..< rows { scratch.targets[i] = targets[block.lowerBound + i] }
        losses(scratch.targets, scratch.margins, &scratch.losses, &scratch.residuals, &scratch.curvatures)
        if let weights {
            for i in 0 ..< rows {
                let weight = weights[block.lowerBound + i]
                scratch.losses[i] *= weight
                scratch.residuals[i] *= weight
                scratch.curvatures[i] *= weight
            }
        }
        var value = 0.0
        for i in 0 ..< rows { value += scratch.losses[i] }
        total.value += value
        BLAS.gemv(.transpose, scratch.design, scratch.residuals, beta: 1, into: &total.gradient)
        for i in 0 ..< rows { scratch.curvatures[i] = scratch.curvatures[i].squareRoot() }
        Self.scaleRows(of: &scratch.design, by: scratch.curvatures)
        BLAS.syrk(.transpose, scratch.design, beta: 1, into: &total.hessian, mirrored: false)
    }

    /// Each row's loss and its two derivatives by the margin.
    private func losses(_ targets: [Double], _ margins: [Double], _ values: inout [Double], _ residuals: inout [Double], _ curvatures: inout [Double]) {
        var first = residuals.mutableSpan
        var second = curvatures.mutableSpan
        loss.derivatives(targets: targets.span, margins: margins.span, gradients: &first, hessians: &second)
        var zeroth = values.mutableSpan
        loss.values(targets: targets.span, margins: margins.span, into: &zeroth)
    }

    private static func scaleRows(of matrix: inout Matrix, by factors: [Double]) {
        let (rows, columns) = (matrix.rows, matrix.columns)
        var values = matrix.storage.mutableSpan
        let factors = factors.span
        for j in 0 ..< columns {
            let column = j * rows
            for i in 0 ..< rows { values[column + i] *= factors[i] }
        }
    }

    // MARK: Blocks and groups

    /// Rows of a block: a power of two, up to 4,096, for which the block takes no more than about 1 MB.
    private static func blockRows(columns: Int) -> Int {
        var rows = 4096
        while rows > 256, rows * columns > 1 << 17 { rows /= 2 }
        return rows
    }

    /// Rows whose values of all features stay in a core's second-level cache between margins and products: a power of two, at most 640 KB.
    private static func gradientBlockRows(features: Int) -> Int {
        var rows = 4096
        while rows > 128, rows * features > 80 << 10 { rows /= 2 }
        return rows
    }

    /// Ranges of rows that are summed on their own: sixteen, fewer for few rows, and for Hessians so big that sixteen
    /// would take more than 128 MB. They depend on the sizes alone.
    private static func groups(rows: Int, columns: Int, blockRows: Int) -> [Range<Int>] {
        let blocks = (rows + blockRows - 1) / blockRows
        let count = max(1, min(16, blocks, (1 << 24) / (columns * columns)))
        return (0 ..< count).map { g in
            min(rows, blocks * g / count * blockRows) ..< min(rows, blocks * (g + 1) / count * blockRows)
        }
    }
}

extension ObjectivePoint {
    fileprivate mutating func add(_ other: ObjectivePoint) {
        value += other.value
        for j in gradient.indices { gradient[j] += other.gradient[j] }
        for j in hessian.storage.indices { hessian.storage[j] += other.hessian.storage[j] }
    }
}
