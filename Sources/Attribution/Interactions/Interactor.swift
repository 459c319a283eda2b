import LinearAlgebra
import Models

/// Exact pairwise interactions of one model, path-dependent as its attributions (see `TreeAttributor` for the game).
///
///     let interactions = model.interactor().interactions(of: matrix, threads: 2)
///     interactions.matrix(row: 0)        // features x features, sums to margin - base value
///
/// A linear model has none: each feature's contribution is its own. Platt scaling multiplies interactions as it does
/// contributions. Time: see `InteractionKernel`; memory: the model's constants, and for each thread the block's results.
public struct Interactor: Sendable {
    public let attributor: any Attributor
    /// The pairs that may interact, ascending; for all others interactions are exactly 0.
    public let pairs: [FeaturePair]
    private let plan: InteractionPlan?
    private let slope: Double

    /// - Parameter players: nil = every feature for itself; else pairs are pairs of players, by their index.
    public init(_ model: Model, players: Players? = nil) {
        attributor = model.attributor(players: players)
        switch model.predictor {
        case .linear: plan = nil
        case .trees(let ensemble): plan = InteractionPlan(ensemble, playerOf: players?.ofFeature ?? Array(0 ..< ensemble.featureCount))
        }
        pairs = plan?.pairs ?? []
        if case .platt(let slope, _) = model.calibrator { self.slope = slope } else { slope = 1 }
    }

    /// The interactions of an ensemble's raw margin.
    public init(_ ensemble: TreeEnsemble, players: Players? = nil) {
        let plan = InteractionPlan(ensemble, playerOf: players?.ofFeature ?? Array(0 ..< ensemble.featureCount))
        attributor = TreeAttributor(ensemble, players: players)
        pairs = plan.pairs
        self.plan = plan
        slope = 1
    }

    /// Interactions of every row: the same bits for any number of threads and any block. Holds rows x pairs numbers.
    public func interactions(of features: Matrix, threads: Int = 1, block: Int = Self.defaultBlock) -> Interactions {
        var contributions = Matrix(rows: features.rows, columns: attributor.playerCount)
        var values = Matrix(rows: features.rows, columns: pairs.count)
        var margins: [Double] = []
        interactionBlocks(of: features, threads: threads, block: block) { rows, part in
            margins += part.attributions.margins
            contributions.place(part.attributions.contributions, at: rows)
            values.place(part.values, at: rows)
        }
        let attributions = Attributions(baseValue: attributor.baseValue, contributions: contributions, margins: margins)
        return Interactions(attributions: attributions, pairs: pairs, values: values)
    }

    public static var defaultBlock: Int { 256 }

    /// As `interactions`, for tables whose interactions would not fit in memory: `body` gets the blocks in the order of the
    /// rows, on the caller's thread. Holds a few blocks a thread at once.
    /// - Parameter progress: told the rows done and the rows in all.
    public func interactionBlocks(of features: Matrix, threads: Int = 1, block: Int = Self.defaultBlock,
                                  progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil,
                                  _ body: (_ rows: Range<Int>, _ part: Interactions) throws -> Void) rethrows {
        let wave = threads * 4 * block
        for start in stride(from: 0, to: features.rows, by: wave) {
            let part = features.rows(start ..< min(start + wave, features.rows))
            var attributed: [Attributions] = []
            attributor.attributeBlocks(part, threads: threads, block: block) { attributed.append($1) }
            let values = Parallel.map(attributed.count, threads: threads) { index in
                pairValues(of: part, rows: index * block ..< min((index + 1) * block, part.rows))
            }
            for (index, attributions) in attributed.enumerated() {
                let rows = start + index * block ..< start + index * block + attributions.margins.count
                try body(rows, Interactions(attributions: attributions, pairs: pairs, values: values[index]))
            }
            progress?(start + part.rows, features.rows)
        }
    }

    /// Rows x pairs, column order.
    private func pairValues(of features: Matrix, rows: Range<Int>) -> Matrix {
        var result = Matrix(rows: rows.count, columns: pairs.count)
        guard let plan, !pairs.isEmpty else { return result }
        var kernel = InteractionKernel(plan, rows: min(rows.count, InteractionKernel.mostRows))
        for start in stride(from: 0, to: rows.count, by: InteractionKernel.mostRows) {
            let count = min(InteractionKernel.mostRows, rows.count - start)
            kernel.run(features, first: rows.lowerBound + start, count: count)
            for pair in pairs.indices {
                for row in 0 ..< count {
                    let whole = kernel.sums[row / lanes * pairs.count + pair][row % lanes]
                    result.storage[pair * rows.count + start + row] = slope * (0.5 * whole)
                }
            }
        }
        return result
    }
}

extension Model {
    /// The pairwise interactions of this model's margin.
    public func interactor(players: Players? = nil) -> Interactor { Interactor(self, players: players) }
}

extension Matrix {
    /// The rows of a range, copied into column order.
    func rows(_ range: Range<Int>) -> Matrix {
        var values: [Double] = []
        values.reserveCapacity(range.count * columns)
        for column in 0 ..< columns {
            if order == .column {
                values += storage[column * rows + range.lowerBound ..< column * rows + range.upperBound]
            } else {
                for row in range { values.append(storage[row * columns + column]) }
            }
        }
        return Matrix(rows: range.count, columns: columns, order: .column, storage: values)
    }

    /// Writes a column-ordered block over the rows of a column-ordered matrix.
    fileprivate mutating func place(_ block: Matrix, at range: Range<Int>) {
        for column in 0 ..< columns {
            let target = column * rows + range.lowerBound
            storage.replaceSubrange(target ..< target + range.count, with: block.storage[column * range.count ..< (column + 1) * range.count])
        }
    }
}
