import LinearAlgebra
import Models

/// Products of the design with vectors straight from the features' values: a gradient needs no standardised block, and a
/// categorical feature costs a look-up a row, whatever its number of levels.
extension LinearDesign {
    /// What the terms of one feature add to a margin.
    private enum Part {
        case number(mean: Double, slope: Double, present: Double, missing: Double)
        /// By code + 1, missing first.
        case levels([Double])
    }

    /// margins = design · point for the rows at `positions`. O(positions · features).
    func margins(_ point: [Double], positions: Range<Int>, into margins: inout [Double], _ buffer: inout [Double]) {
        precondition(point.count == columns && margins.count == positions.count)
        var target = margins.mutableSpan
        for i in target.indices { target[i] = point[columns - 1] }
        for feature in data.features.indices {
            let own = terms(of: feature)
            if own.allSatisfy({ point[$0] == 0 }) { continue }
            let part = part(feature, own, point)
            withValues(of: feature, positions, &buffer) { x in
                switch part {
                case .number(let mean, let slope, let present, let missing):
                    ColumnLoops.add(x, mean: mean, slope: slope, present: present, missing: missing, to: &target)
                case .levels(let table):
                    let table = table.span
                    for i in target.indices { target[i] += table[Self.slot(x[i])] }
                }
            }
        }
    }

    /// gradient += designᵀ · residuals for the rows at `positions`. O(positions · features).
    func addGradient(_ residuals: [Double], positions: Range<Int>, to gradient: inout [Double], _ buffer: inout [Double]) {
        precondition(gradient.count == columns && residuals.count == positions.count)
        let r = residuals.span
        let total = Reductions.sum(residuals)
        gradient[columns - 1] += total
        for feature in data.features.indices {
            let own = terms(of: feature)
            if own.isEmpty { continue }
            withValues(of: feature, positions, &buffer) { x in
                if case .categorical(let levels) = data.features[feature].kind {
                    var sums = [Double](repeating: 0, count: levels.count + 1)
                    var bins = sums.mutableSpan
                    for i in r.indices { bins[Self.slot(x[i])] += r[i] }
                    for term in own {
                        guard let slot = slot(of: term) else { continue }
                        gradient[term] += (sums[slot] - terms[term].mean * total) / terms[term].scale
                    }
                } else {
                    let value = own.first { terms[$0].design == .value }
                    let sums = ColumnLoops.product(x, mean: value.map { terms[$0].mean } ?? 0, r)
                    for term in own {
                        gradient[term] += term == value ? sums.value / terms[term].scale : (sums.missing - terms[term].mean * total) / terms[term].scale
                    }
                }
            }
        }
    }

    private func part(_ feature: Int, _ own: Range<Int>, _ point: [Double]) -> Part {
        if case .categorical(let levels) = data.features[feature].kind {
            // All indicators off, and for each value the step of its own one.
            let off = own.reduce(0) { $0 - point[$1] * terms[$1].mean / terms[$1].scale }
            var table = [Double](repeating: off, count: levels.count + 1)
            for term in own { if let slot = slot(of: term) { table[slot] += point[term] / terms[term].scale } }
            return .levels(table)
        }
        var (mean, slope, present, missing) = (0.0, 0.0, 0.0, 0.0)
        for term in own {
            let (coefficient, own) = (point[term], terms[term])
            if own.design == .value {
                (mean, slope) = (own.mean, coefficient / own.scale)
            } else {
                present -= coefficient * own.mean / own.scale
                missing += coefficient * (1 - own.mean) / own.scale
            }
        }
        return .number(mean: mean, slope: slope, present: present, missing: missing)
    }

    /// A code's place in tables that hold missing first.
    @inline(__always)
    private static func slot(_ code: Double) -> Int { code == code ? Int(code) + 1 : 0 }

    private func slot(of term: Int) -> Int? {
        switch terms[term].design {
        case .missing: 0
        case .level(let code): code + 1
        case .value: nil
        }
    }
}
