import Attribution
import LinearAlgebra
import Models

/// The what-if search as its definition reads: every way to set the levers, scored by the plain walk, the least by the documented order.
public struct ExhaustiveWhatIf {
    public struct Way: Equatable {
        public var cost: Double
        public var levers: [Int]
        public var raw: Double
    }

    /// Ways that reach the goal, cheapest first, then fewest levers, then the order of features.
    public private(set) var reaching: [Way] = []
    /// The largest (smallest, for `atMost`) raw margin of all ways.
    public private(set) var extreme: Double

    public init(_ model: Model, row: [Double], levers: [LeverChoices], goal: WhatIfGoal) {
        extreme = goal.direction == .atLeast ? -.infinity : .infinity
        var ways: [Way] = []
        func visit(_ index: Int, _ values: [Double], _ cost: Double, _ changed: [Int]) {
            if index == levers.count {
                let raw = model.plainRawMargin(of: values)
                extreme = goal.direction == .atLeast ? max(extreme, raw) : min(extreme, raw)
                if Self.isReached(model, raw, goal) { ways.append(Way(cost: cost, levers: changed.sorted(), raw: raw)) }
                return
            }
            visit(index + 1, values, cost, changed)
            let feature = levers[index].feature
            for choice in levers[index].choices where choice.value != values[feature] {
                var next = values
                next[feature] = choice.value
                visit(index + 1, next, cost + choice.cost, changed + [feature])
            }
        }
        visit(0, row, 0, [])
        reaching = ways.sorted { a, b in
            if abs(a.cost - b.cost) > 1e-9 { return a.cost < b.cost }
            if a.levers.count != b.levers.count { return a.levers.count < b.levers.count }
            return a.levers.lexicographicallyPrecedes(b.levers)
        }
    }

    /// The cheapest, and one by one the cheapest whose levers contain those of none before it.
    public func diverse(_ count: Int) -> [Way] {
        var chosen: [Way] = []
        for way in reaching where chosen.count < count {
            if !chosen.contains(where: { Set($0.levers).isSubset(of: way.levers) }) { chosen.append(way) }
        }
        return chosen
    }

    private static func isReached(_ model: Model, _ raw: Double, _ goal: WhatIfGoal) -> Bool {
        let fall = goal.direction == .atLeast ? goal.safetyMargin : -goal.safetyMargin
        var shifted = model
        var raw = raw
        if case .platt(let slope, let intercept) = model.calibrator {
            shifted.calibrator = .platt(slope: slope, intercept: intercept - fall)
        } else {
            raw -= fall
        }
        let value = shifted.probability(fromRaw: raw)
        return goal.direction == .atLeast ? value >= goal.probability : value <= goal.probability
    }
}

extension Model {
    /// The raw margin of one row, by the plain walk.
    public func plainRawMargin(of row: [Double]) -> Double {
        let features = Matrix(rows: 1, columns: row.count, order: .row, storage: row)
        return switch predictor {
        case .trees(let ensemble): PlainScoring.margins(ensemble, features)[0]
        case .linear(let linear): PlainScoring.margins(linear, features)[0]
        }
    }
}
