import Datasets
import Documents
import LinearAlgebra
import Models

/// Deals in which a strategy does what the history never did, in the words of the strategy language.
public struct SupportRegion: Sendable, Equatable {
    /// A condition as rules have it; nil: all deals.
    public var condition: String?
    /// About how many deals of the history it holds of.
    public var deals: Int
    /// The mean share of what the strategy does there that the history never did.
    public var missing: Double
}

/// A shallow regression tree over the deals that says where support is missing.
///
/// What is explained is the missing mass of a deal: where the probabilities of all actions are known the strategy's mass on
/// impossible ones, else 1 − w, whose mean over any group of deals is its missing mass, since weights of right propensities have a mean
/// of 1. Splits lower the sum of squares the most (Breiman, Friedman, Olshen, Stone, Classification and Regression Trees, 1984); a
/// region is named where the mean stands out by `certainty` standard errors. O(deals · features · log deals) over at most `mostDeals`.
package struct SupportTree: Sendable {
    static let depth = 2
    /// More deals than these say nothing clearer.
    static let mostDeals = 20_000
    static let certainty = 4.0
    /// A mean share below this is not named.
    static let least = 0.1

    package let regions: [SupportRegion]

    /// - Parameters:
    ///   - columns: one value a deal of `missing` in each, NaN = missing, categorical values as codes.
    ///   - scale: deals of the history for one here.
    package init(features: [Feature], columns: [[Double]], missing: [Double], scale: Double) {
        let builder = Builder(features: features, columns: columns, missing: missing, leastDeals: max(20, missing.count / 50))
        let leaves = builder.leaves(Array(missing.indices), conditions: [], depth: Self.depth)
        let named = leaves.compactMap { leaf -> SupportRegion? in
            let (mean, error) = builder.mean(leaf.rows)
            guard mean >= Self.least, mean > Self.certainty * error else { return nil }
            return SupportRegion(condition: leaf.conditions.isEmpty ? nil : leaf.conditions.joined(separator: " and "),
                                 deals: Int((Double(leaf.rows.count) * scale).rounded()), missing: mean)
        }
        // Every part of a split says the same: the split explains nothing.
        if named.count == leaves.count, leaves.count > 1, let lowest = named.map(\.missing).min(), let highest = named.map(\.missing).max(),
           highest - lowest < 0.1 {
            let whole = builder.mean(Array(missing.indices)).mean
            regions = [SupportRegion(condition: nil, deals: Int((Double(missing.count) * scale).rounded()), missing: whole)]
        } else {
            regions = named.sorted { ($1.missing, $0.deals) < ($0.missing, $1.deals) }
        }
    }

    private struct Leaf {
        let rows: [Int]
        let conditions: [String]
    }

    private struct Split {
        let gain: Double
        let condition: String
        let inside: [Int]
        let outside: [Int]
    }

    private struct Builder {
        let features: [Feature]
        let columns: [[Double]]
        let missing: [Double]
        let leastDeals: Int

        func mean(_ rows: [Int]) -> (mean: Double, error: Double) {
            let count = Double(rows.count)
            let mean = rows.reduce(0) { $0 + missing[$1] } / count
            let squares = rows.reduce(0) { $0 + (missing[$1] - mean) * (missing[$1] - mean) }
            return (mean, (squares / max(count - 1, 1) / count).squareRoot())
        }

        func leaves(_ rows: [Int], conditions: [String], depth: Int) -> [Leaf] {
            guard depth > 0, let split = best(rows) else { return [Leaf(rows: rows, conditions: conditions)] }
            return leaves(split.inside, conditions: conditions + [split.condition], depth: depth - 1)
                + leaves(split.outside, conditions: conditions + ["not (\(split.condition))"], depth: depth - 1)
        }

        private func best(_ rows: [Int]) -> Split? {
            guard rows.count >= 2 * leastDeals else { return nil }
            let whole = mean(rows)
            // Less than chance would gain is no split: the sum of squares must fall by more than `certainty`² of one deal's variance.
            let needed = SupportTree.certainty * SupportTree.certainty * whole.error * whole.error * Double(rows.count)
            let splits = features.indices.compactMap { feature -> Split? in
                if case .categorical(let levels) = features[feature].kind { return byLevels(rows, feature, levels) }
                return byThreshold(rows, feature)
            }
            return splits.filter { $0.gain > needed }.max { $0.gain < $1.gain }
        }

        /// What the sum of squares falls by when `count` rows of sum `sum` part from the others.
        private func gain(_ count: Int, _ sum: Double, of all: Int, _ total: Double) -> Double {
            let rest = all - count
            guard count >= leastDeals, rest >= leastDeals else { return 0 }
            return sum * sum / Double(count) + (total - sum) * (total - sum) / Double(rest) - total * total / Double(all)
        }

        private func byThreshold(_ rows: [Int], _ feature: Int) -> Split? {
            let values = columns[feature]
            let known = rows.filter { !values[$0].isNaN }.sorted { (values[$0], $0) > (values[$1], $1) }
            let total = rows.reduce(0) { $0 + missing[$1] }
            var best = (gain: 0.0, count: 0)
            var sum = 0.0
            for (index, row) in known.enumerated() {
                sum += missing[row]
                guard index + 1 < known.count, values[known[index + 1]] < values[row] else { continue }
                let gain = gain(index + 1, sum, of: rows.count, total)
                if gain > best.gain { best = (gain, index + 1) }
            }
            guard best.gain > 0 else { return nil }
            let limit = values[known[best.count]]
            return Split(gain: best.gain, condition: "\(Expression.column(features[feature].name)) > \(NumberText.shortest(limit))",
                         inside: known[..<best.count].sorted(), outside: rows.filter { !(values[$0] > limit) })
        }

        private func byLevels(_ rows: [Int], _ feature: Int, _ levels: [String]) -> Split? {
            let values = columns[feature]
            var sums = Array(repeating: (sum: 0.0, count: 0), count: levels.count)
            for row in rows where values[row] >= 0 {
                sums[Int(values[row])].sum += missing[row]
                sums[Int(values[row])].count += 1
            }
            // By their means, the best set of levels is a prefix of the order (Fisher 1958).
            let order = levels.indices.filter { sums[$0].count > 0 }.sorted {
                (sums[$1].sum / Double(sums[$1].count), $0) < (sums[$0].sum / Double(sums[$0].count), $1)
            }
            let total = rows.reduce(0) { $0 + missing[$1] }
            var best = (gain: 0.0, levels: 0)
            var (sum, count) = (0.0, 0)
            for (index, level) in order.enumerated() {
                sum += sums[level].sum
                count += sums[level].count
                let gain = gain(count, sum, of: rows.count, total)
                if gain > best.gain { best = (gain, index + 1) }
            }
            guard best.gain > 0 else { return nil }
            let chosen = Set(order.prefix(best.levels))
            let names = chosen.sorted().map { Expression.quoted(levels[$0]) }
            let column = Expression.column(features[feature].name)
            let inside = rows.filter { values[$0] >= 0 && chosen.contains(Int(values[$0])) }
            return Split(gain: best.gain, condition: names.count == 1 ? "\(column) == \(names[0])" : "\(column) in [\(names.joined(separator: ", "))]",
                         inside: inside, outside: rows.filter { !(values[$0] >= 0 && chosen.contains(Int(values[$0]))) })
        }
    }
}

extension Expression {
    /// A column's name as expressions write it.
    static func column(_ name: String) -> String {
        (try? Expression(name))?.columnNames == [name] ? name : "`" + name.replacing("`", with: "``") + "`"
    }

    /// A text as expressions write it.
    static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

extension Appraiser {
    /// Where a strategy does what was never done; empty where it is nowhere in particular.
    /// - Parameter isSeen: whether the gap shows in the weights alone, since only the action taken has a probability.
    func supportRegions(_ strategy: WeightedStrategy, isSeenInWeights: Bool) -> [SupportRegion] {
        guard let probabilities = strategy.probabilities else { return [] }
        let step = max(1, (history.dealCount + SupportTree.mostDeals - 1) / SupportTree.mostDeals)
        let rows = Array(stride(from: 0, to: history.dealCount, by: step))
        let missing = rows.map { row -> Double in
            var mass = 0.0
            for action in history.actions.count ..< max(probabilities.columns, history.actions.count) { mass += probabilities[row, action] }
            if isSeenInWeights { return 1 - strategy.weights[row] }
            for (action, values) in (propensities.byAction ?? []).enumerated() where values[row] < FittedPropensities.unlikely { mass += probabilities[row, action] }
            return mass
        }
        let table = step == 1 ? history.table : history.table.selecting(rows: rows)
        let names = history.featureNames(without: probabilityColumns)
        let features = names.map { name in
            if case .categorical(_, let dictionary)? = table[name]?.values { return Feature(name: name, kind: .categorical(levels: dictionary)) }
            return Feature(name: name, kind: .numeric)
        }
        guard let matrix = try? features.encode(table).matrix else { return [] }
        let columns = features.indices.map { Array(matrix.storage[$0 * matrix.rows ..< ($0 + 1) * matrix.rows]) }
        return SupportTree(features: features, columns: columns, missing: missing, scale: Double(history.dealCount) / Double(rows.count)).regions
    }
}
