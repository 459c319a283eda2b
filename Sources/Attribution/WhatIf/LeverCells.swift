import Models

/// A lever's choices as the model can tell them apart for one row: cells, the cheapest choice of each standing for it.
/// Cell 0 holds the current value; the others follow by cost, then by the size of the change.
struct LeverCells {
    let feature: Int
    var values: [Double]
    /// In ticks · 16 + 1 where the lever changes: sums of these rank by cost, then by the number of levers changed.
    var costs: [Int]
}

/// Costs as whole numbers, so that sums and ties are exact: ticks of the power of ten below a 10^11th of the dearest choice.
struct CostScale {
    private let ticksPerUnit: Double
    private let unitsPerTick: Double
    /// All ticks are multiples of it.
    private(set) var divisor = 0

    init(_ levers: [LeverChoices]) {
        let largest = levers.lazy.flatMap(\.choices).map(\.cost).max() ?? 0
        precondition(largest.isFinite && largest < 1e30, "a cost must be finite and below 1e30")
        var (up, down) = (1.0, 1.0)
        if largest > 0 {
            while largest * up < 1e11, up < 1e22 { up *= 10 }
            while largest / down >= 1e12 { down *= 10 }
        }
        (ticksPerUnit, unitsPerTick) = (up, down)
        for lever in levers {
            for choice in lever.choices {
                precondition(choice.cost >= 0 && !choice.value.isNaN, "a cost is at least 0, and a value is a number")
                divisor = Self.greatestCommonDivisor(divisor, ticks(choice.cost))
            }
        }
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    private func ticks(_ cost: Double) -> Int { Int((cost * ticksPerUnit / unitsPerTick).rounded()) }

    func key(_ cost: Double) -> Int { ticks(cost) << 4 | 1 }

    func cost(ofKey key: Int) -> Double { Double(key >> 4) * unitsPerTick / ticksPerUnit }

    /// The smallest key, not below `key`, that a sum of costs can have.
    func attainable(from key: Int) -> Int {
        let step = max(1, divisor)
        let ticks = key >> 4
        if ticks % step == 0, key & 15 <= WhatIfSolver.leverLimit { return key }
        return divisor == 0 ? Int.max : (ticks / step + 1) * step << 4
    }
}

extension LeverCells {
    /// One cell for all choices with the same `signature`; the first one, by cost and then nearness, stands for it.
    init<Signature: Hashable>(_ lever: LeverChoices, current: Double, scale: CostScale, signature: (Double) -> Signature) {
        feature = lever.feature
        values = [current]
        costs = [0]
        var seen: Set<Signature> = [signature(current)]
        for choice in Self.ordered(lever, current, scale) where seen.insert(signature(choice.value)).inserted {
            values.append(choice.value)
            costs.append(choice.key)
        }
    }

    /// For an additive model: the choices for which no cheaper one gives as much.
    init(_ lever: LeverChoices, current: Double, scale: CostScale, contribution: (Double) -> Double) {
        feature = lever.feature
        values = [current]
        costs = [0]
        var best = contribution(current)
        var kept = (key: 0, contribution: best)
        for choice in Self.ordered(lever, current, scale) {
            if choice.key > kept.key { best = max(best, kept.contribution) }
            let value = contribution(choice.value)
            guard value > best, choice.key > kept.key || value > kept.contribution else { continue }
            values.append(choice.value)
            costs.append(choice.key)
            kept = (choice.key, value)
        }
    }

    private static func ordered(_ lever: LeverChoices, _ current: Double, _ scale: CostScale) -> [(value: Double, key: Int, distance: Double)] {
        lever.choices.filter { $0.value != current }
            .map { (value: $0.value, key: scale.key($0.cost), distance: current.isNaN ? 0 : abs($0.value - current)) }
            .sorted { ($0.key, $0.distance, $0.value) < ($1.key, $1.distance, $1.value) }
    }
}
