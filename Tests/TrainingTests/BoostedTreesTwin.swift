import LinearAlgebra
import Models
import Training

/// The slow twin: goes through a fitted ensemble and checks every choice in it against the definition, in float64, row by row.
///
/// At each node it lists all splits that the parameters allow, by brute force over rows, and demands that the one taken is
/// among the best of its leaf, that the leaf was the best to split, that no leaf with a gain was left while leaves were
/// allowed, and that values, covers and gains are what their formulas say. It reports rather than rebuilds, so that two
/// splits of nearly equal gain do not count as an error.
struct TreeAudit {
    let data: TrainingData
    let loss: any Loss
    let parameters: BoostedTreesParameters
    /// Relative error that fixed point may bring to a gain.
    var tolerance = 1e-3

    struct Split {
        var gain: Double
        var left: Set<Int>
    }

    struct Sums { var g = 0.0, h = 0.0, n = 0 }

    private let rows: [Int]
    private let mappers: [BinMapper]

    init(data: TrainingData, loss: any Loss, parameters: BoostedTreesParameters) {
        self.data = data
        self.loss = loss
        self.parameters = parameters
        rows = (0 ..< data.count).map(data.row).filter { (data.weights?[$0] ?? 1) > 0 }
        mappers = BinFinding.mappers(for: data.features, data.matrix, positions: rows, maxBin: parameters.maxBin,
                                     minDataInBin: parameters.minDataInBin, seed: parameters.seed, threads: 1)
    }

    /// What is wrong with the ensemble; empty if nothing.
    func faults(_ ensemble: TreeEnsemble) -> [String] {
        var faults: [String] = []
        var margins = [Double](repeating: ensemble.baseMargin, count: data.matrix.rows)
        for (t, tree) in ensemble.trees.enumerated() {
            let (g, h) = derivatives(margins)
            faults += audit(tree, g, h).map { "tree \(t): \($0)" }
            let leaves = ensemble.leaves(t, data.matrix)
            for row in rows { margins[row] += tree.nodes[leaves[row]].value }
        }
        return faults
    }

    private func audit(_ tree: Tree, _ g: [Double], _ h: [Double]) -> [String] {
        var faults: [String] = []
        var members = [[Int]](repeating: [], count: tree.nodes.count)
        members[0] = rows
        let splits = tree.nodes.indices.filter { !tree.nodes[$0].isLeaf }.sorted { tree.nodes[$0].left < tree.nodes[$1].left }
        var open = [0: best(rows, g, h)]
        for (step, node) in splits.enumerated() {
            let question = tree.nodes[node]
            let column = Int(question.feature)
            let left = members[node].filter { tree.next(from: question, value: data.matrix[$0, column]) == Int(question.left) }
            let right = members[node].filter { tree.next(from: question, value: data.matrix[$0, column]) == Int(question.right) }
            let allowed = candidates(column, members[node], g, h).first { $0.left == Set(left) }
            let most = open.values.compactMap { $0?.gain }.max() ?? 0
            if Int(question.left) != 2 * step + 1 || Int(question.right) != 2 * step + 2 { faults.append("node \(node): children out of order") }
            guard let allowed else {
                faults.append("node \(node): its split is none that the parameters allow")
                return faults
            }
            if allowed.gain < most - slack(members[node], g, h) { faults.append("node \(node): gain \(allowed.gain), but \(most) was to be had") }
            if abs(allowed.gain - question.gain) > slack(members[node], g, h) { faults.append("node \(node): gain \(question.gain), is \(allowed.gain)") }
            members[Int(question.left)] = left
            members[Int(question.right)] = right
            open[node] = nil
            open[Int(question.left)] = best(left, g, h)
            open[Int(question.right)] = best(right, g, h)
        }
        if splits.count + 1 < parameters.numLeaves, let most = open.values.compactMap({ $0?.gain }).max(), most > 1e-3 + parameters.minGainToSplit {
            faults.append("stopped at \(splits.count + 1) leaves with a gain of \(most) left")
        }
        var extra = [Double](repeating: 0, count: tree.nodes.count)
        for node in splits where tree.nodes[node].isCategorical && mappers[Int(tree.nodes[node].feature)].valueBins > parameters.maxCatToOnehot {
            extra[Int(tree.nodes[node].left)] = parameters.catL2
            extra[Int(tree.nodes[node].right)] = parameters.catL2
        }
        for (i, node) in tree.nodes.enumerated() {
            let cover = members[i].reduce(0) { $0 + (data.weights?[$1] ?? 1) }
            if abs(cover - node.cover) > 1e-12 * cover { faults.append("node \(i): cover \(node.cover), is \(cover)") }
            guard node.isLeaf else { continue }
            let sums = total(members[i], g, h)
            let value = -parameters.learningRate * soft(sums.g) / (sums.h + parameters.lambdaL2 + extra[i])
            if abs(value - node.value) > 1e-6 * max(1, abs(value)) { faults.append("node \(i): value \(node.value), is \(value)") }
        }
        return faults
    }

    // MARK: Definitions

    func derivatives(_ margins: [Double]) -> ([Double], [Double]) {
        var g = [Double](repeating: 0, count: margins.count)
        var h = g
        var gradients = g.mutableSpan
        var hessians = h.mutableSpan
        loss.derivatives(targets: data.target.span, margins: margins.span, gradients: &gradients, hessians: &hessians)
        for i in g.indices {
            g[i] *= data.weights?[i] ?? 1
            h[i] *= data.weights?[i] ?? 1
        }
        return (g, h)
    }

    private func soft(_ g: Double) -> Double { g < 0 ? -max(0, -g - parameters.lambdaL1) : max(0, g - parameters.lambdaL1) }
    private func score(_ s: Sums, _ l2: Double) -> Double { soft(s.g) * soft(s.g) / (s.h + l2) }
    private func total(_ rows: some Sequence<Int>, _ g: [Double], _ h: [Double]) -> Sums {
        rows.reduce(into: Sums()) { $0.g += g[$1]; $0.h += h[$1]; $0.n += 1 }
    }

    private func isAllowed(_ s: Sums) -> Bool { s.n >= max(1, parameters.minDataInLeaf) && s.h >= parameters.minSumHessianInLeaf }

    /// What rounding may do to a gain of these rows.
    private func slack(_ rows: [Int], _ g: [Double], _ h: [Double]) -> Double {
        tolerance * (1e-3 + rows.reduce(0) { $0 + g[$1] * g[$1] } / (total(rows, g, h).h / Double(rows.count) + 1e-300))
    }

    func best(_ rows: [Int], _ g: [Double], _ h: [Double]) -> Split? {
        data.features.indices.flatMap { candidates($0, rows, g, h) }.filter { $0.gain > parameters.minGainToSplit }.max { $0.gain < $1.gain }
    }

    /// All splits of these rows by one feature that the parameters allow.
    private func candidates(_ feature: Int, _ rows: [Int], _ g: [Double], _ h: [Double]) -> [Split] {
        let x = { (row: Int) in data.matrix[row, feature] }
        let parent = total(rows, g, h)
        let missing = rows.filter { x($0).isNaN }
        let present = rows.filter { !x($0).isNaN }
        func split(_ left: [Int], extraL2: Double = 0) -> Split? {
            let l = total(left, g, h)
            let inside = Set(left)
            let r = total(rows.filter { !inside.contains($0) }, g, h)
            guard isAllowed(l), isAllowed(r) else { return nil }
            return Split(gain: score(l, parameters.lambdaL2 + extraL2) + score(r, parameters.lambdaL2 + extraL2) - score(parent, parameters.lambdaL2),
                         left: inside)
        }
        switch mappers[feature].kind {
        case .numeric(let thresholds):
            let lefts = thresholds.map { t in present.filter { x($0) <= t } } + (missing.isEmpty ? [] : [present])
            return lefts.flatMap { left in [split(left), missing.isEmpty || left.count == present.count ? nil : split(left + missing)] }.compactMap { $0 }
        case .categorical(let binOfLevel):
            // Missing is one more category, in the last place.
            let groups = Dictionary(grouping: rows) { x($0).isNaN ? 255 : Int(binOfLevel[Int(x($0))]) }
            if mappers[feature].valueBins <= parameters.maxCatToOnehot { return groups.values.compactMap { split($0) } }
            let ratio = { (bin: Int) in total(groups[bin]!, g, h).g / (total(groups[bin]!, g, h).h + parameters.catSmooth) }
            let order = groups.keys.filter { Double(groups[$0]!.count) >= parameters.catSmooth }.sorted { (ratio($0), $0) < (ratio($1), $1) }
            return [order, order.reversed()].flatMap { order in
                var result: [Split] = []
                var group = 0
                var left: [Int] = []
                for bin in order.prefix(min(parameters.maxCatThreshold, (order.count + 1) / 2)) {
                    left += groups[bin]!
                    group += groups[bin]!.count
                    guard let candidate = split(left, extraL2: parameters.catL2) else { continue }
                    if rows.count - left.count < parameters.minDataPerGroup { break }
                    if group < parameters.minDataPerGroup { continue }
                    group = 0
                    result.append(candidate)
                }
                return result
            }
        }
    }
}
