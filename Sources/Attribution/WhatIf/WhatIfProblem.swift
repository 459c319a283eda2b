import Models

/// One row's question, laid out for the search: cells of the levers, and bounds of sign · raw margin over them.
struct WhatIfProblem {
    let solver: WhatIfSolver
    let row: [Double]
    let goal: WhatIfGoal
    let scale: CostScale
    /// In the order of the search: few cells first.
    let levers: [LeverCells]
    /// Places of the levers in the order of their features.
    let featureOrder: [Int]
    let plan: EliminationPlan
    /// What a limit must reach, rounding allowed for; ±∞ where the goal is no question of the margin.
    let required: Double

    init(_ solver: WhatIfSolver, row: [Double], levers choices: [LeverChoices], goal: WhatIfGoal, tableSize: Int) {
        self.solver = solver
        self.row = row
        self.goal = goal
        let scale = CostScale(choices)
        self.scale = scale
        let cells: [LeverCells]
        switch solver.model.predictor {
        case .trees(let ensemble):
            let questions = LeverQuestions(ensemble, row: row, levers: choices)
            cells = choices.map { lever in
                LeverCells(lever, current: row[lever.feature], scale: scale) { questions.signature(lever.feature, $0) }
            }
        case .linear(let linear):
            let parts = LinearParts(linear)
            cells = choices.map { lever in
                LeverCells(lever, current: row[lever.feature], scale: scale) { goal.sign * parts.part(lever.feature, $0) }
            }
        }
        let levers = cells.filter { $0.values.count > 1 }.sorted { ($0.values.count, $0.feature) < ($1.values.count, $1.feature) }
        self.levers = levers
        featureOrder = levers.indices.sorted { levers[$0].feature < levers[$1].feature }
        var places = [Int](repeating: -1, count: row.count)
        for (place, lever) in levers.enumerated() { places[lever.feature] = place }

        var constant: Double
        var magnitude: Double
        var factors: [LeverFactor] = []
        switch solver.model.predictor {
        case .trees(let ensemble):
            constant = goal.sign * ensemble.baseMargin
            magnitude = abs(constant)
            for tree in ensemble.trees {
                let own = LeverTree(tree, row: row, places: places, levers: levers, sign: goal.sign)
                magnitude += own.largestValue
                for factor in own.factors(limit: tableSize) {
                    if factor.scope.isEmpty { constant += factor.values[0] } else { factors.append(factor) }
                }
            }
            factors = LeverFactor.merged(factors, limit: tableSize)
        case .linear(let linear):
            let parts = LinearParts(linear)
            constant = goal.sign * linear.intercept
            magnitude = abs(constant)
            for feature in row.indices where places[feature] < 0 {
                let part = goal.sign * parts.part(feature, row[feature])
                constant += part
                magnitude += abs(part)
            }
            for (place, lever) in levers.enumerated() {
                let values = lever.values.map { goal.sign * parts.part(lever.feature, $0) }
                magnitude += values.lazy.map(abs).max()!
                factors.append(LeverFactor(scope: [place], classes: [values.indices.map(Int32.init)], counts: [values.count], values: values))
            }
        }
        plan = EliminationPlan(levers: levers, constant: constant, factors: factors, limit: tableSize)
        required = goal.required(solver.model) - 1e-9 * (1 + magnitude)
    }

    /// The raw margin that the scorer gives with the levers at these cells.
    func rawMargin(_ cells: SIMD8<UInt16>) -> Double {
        var changed = row
        for (place, lever) in levers.enumerated() { changed[lever.feature] = lever.values[Int(cells[place])] }
        return solver.scorer.rawMargin(of: changed)
    }

    func key(_ cells: SIMD8<UInt16>) -> Int { levers.indices.reduce(0) { $0 + levers[$1].costs[Int(cells[$1])] } }

    func solution(_ cells: SIMD8<UInt16>) -> WhatIfSolution {
        let changes = featureOrder.filter { cells[$0] != 0 }.map { place in
            let current = levers[place].values[0]
            return WhatIfSolution.Change(feature: levers[place].feature, from: current.isNaN ? nil : current, to: levers[place].values[Int(cells[place])])
        }
        return WhatIfSolution(cost: scale.cost(ofKey: key(cells)), changes: changes, probability: solver.model.probability(fromRaw: rawMargin(cells)))
    }

    /// A good way to set all levers: one after the other, each to the cell of the largest limit, the cheapest of equals.
    func greedy(_ bound: PenalisedBound) -> SIMD8<UInt16> {
        var cells = SIMD8<UInt16>.zero
        var changes: [Double] = []
        for lever in levers.indices {
            bound.changes(plan, lever: lever, cells: cells, into: &changes)
            var best = 0
            for cell in changes.indices where changes[cell] > changes[best] { best = cell }
            cells[lever] = UInt16(best)
        }
        return cells
    }

    /// Of two ways to set the levers at equal cost, the one to name first: by the earliest lever changed, then the cheaper and nearer cells.
    func precedes(_ a: SIMD8<UInt16>, _ b: SIMD8<UInt16>) -> Bool {
        for lever in featureOrder where (a[lever] != 0) != (b[lever] != 0) { return a[lever] != 0 }
        for lever in featureOrder where a[lever] != b[lever] { return a[lever] < b[lever] }
        return false
    }
}

/// The questions that trees can ask of the levers once the row's other features have answered theirs.
private struct LeverQuestions {
    private var thresholds: [Int: [Double]] = [:]
    private var sets: [Int: [CategorySet]] = [:]

    init(_ ensemble: TreeEnsemble, row: [Double], levers: [LeverChoices]) {
        var isLever = [Bool](repeating: false, count: row.count)
        for lever in levers { isLever[lever.feature] = true }
        for tree in ensemble.trees {
            var pending = [0]
            while let index = pending.popLast() {
                let node = tree.nodes[index]
                if node.isLeaf { continue }
                let feature = Int(node.feature)
                guard isLever[feature] else {
                    pending.append(tree.next(from: node, value: row[feature]))
                    continue
                }
                if node.isCategorical {
                    let set = tree.categorySets[Int(node.categorySet)]
                    if sets[feature]?.contains(set) != true { sets[feature, default: []].append(set) }
                } else {
                    thresholds[feature, default: []].append(node.threshold)
                }
                pending += [Int(node.left), Int(node.right)]
            }
        }
        for feature in thresholds.keys { thresholds[feature]!.sort() }
    }

    struct Signature: Hashable {
        var isMissing: Bool
        /// The thresholds below the value.
        var above: Int
        var inSets: [Bool]
    }

    /// Equal for values that get the same answers.
    func signature(_ feature: Int, _ x: Double) -> Signature {
        if x.isNaN { return Signature(isMissing: true, above: 0, inSets: []) }
        let numbers = thresholds[feature] ?? []
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < x { low = middle + 1 } else { high = middle }
        }
        // Duplicates: the first equal threshold is not below x, so the count tells all thresholds apart.
        let inSets = (sets[feature] ?? []).map { x >= 0 && x < 65_536 && $0.contains(Int(x)) }
        return Signature(isMissing: false, above: low, inSets: inSets)
    }
}

/// What each feature adds to a linear model's margin.
private struct LinearParts {
    private var terms: [Int: [LinearModel.Term]] = [:]

    init(_ model: LinearModel) {
        for term in model.terms { terms[term.feature, default: []].append(term) }
    }

    func part(_ feature: Int, _ x: Double) -> Double {
        (terms[feature] ?? []).reduce(0) { $0 + $1.coefficient * $1.standardised(x) }
    }
}
