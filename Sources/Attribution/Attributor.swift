import LinearAlgebra
import Models

/// Exact additive attributions of one model.
///
/// A row's contributions are the Shapley values of the model's margin (log-odds, or units of the target for regression):
/// `baseValue` + their sum = margin, within 1e-12 · max(1, |margin|) in floating point. An implementation is asked for a
/// block of rows at a time, so it costs one dynamic call a block; a row's result must not depend on the rows around it.
public protocol Attributor: Sendable {
    /// The margin with nothing known of a row.
    var baseValue: Double { get }
    var featureCount: Int { get }
    /// Columns of the contributions: features, or groups of them (`Players`).
    var playerCount: Int { get }

    /// The margin of each row, as the model scores it.
    /// - Parameter features: rows x `featureCount`; NaN = missing, categorical values as codes.
    func margins(of features: Matrix, threads: Int) -> [Double]

    /// Contributions of `rows` of `features`.
    /// - Returns: `rows.count` x `playerCount`, column order, in the units of the margin.
    func contributions(of features: Matrix, rows: Range<Int>) -> Matrix
}

extension Attributor {
    public var playerCount: Int { featureCount }

    /// Rows of a block where the caller does not say: enough to spread the cost of a call, few enough for the cache.
    public static var defaultBlock: Int { 512 }

    /// Attributions of every row of a table: the same bits for any number of threads and any block.
    /// - Parameter progress: told the rows done and the rows in all.
    public func attribute(_ features: Matrix, threads: Int = 1, block: Int = Self.defaultBlock,
                          progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil) -> Attributions {
        var contributions = Matrix(rows: features.rows, columns: playerCount, order: .column)
        var margins: [Double] = []
        margins.reserveCapacity(features.rows)
        attributeBlocks(features, threads: threads, block: block, progress: progress) { rows, part in
            margins += part.margins
            for feature in 0 ..< playerCount {
                let target = feature * features.rows + rows.lowerBound
                let source = feature * rows.count
                contributions.storage.replaceSubrange(target ..< target + rows.count, with: part.contributions.storage[source ..< source + rows.count])
            }
        }
        return Attributions(baseValue: baseValue, contributions: contributions, margins: margins)
    }

    /// As `attribute`, for tables whose contributions would not fit in memory: `body` gets the blocks one after the other, in
    /// the order of the rows, on the caller's thread. Holds a few blocks a thread at once.
    public func attributeBlocks(_ features: Matrix, threads: Int = 1, block: Int = Self.defaultBlock,
                                progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil,
                                _ body: (_ rows: Range<Int>, _ part: Attributions) throws -> Void) rethrows {
        precondition(features.columns == featureCount, "the model has \(featureCount) features, the matrix \(features.columns)")
        precondition(block > 0 && threads > 0, "a block has rows and there is a thread")
        let margins = margins(of: features, threads: threads)
        let blocks = stride(from: 0, to: features.rows, by: block).map { $0 ..< min($0 + block, features.rows) }
        let wave = threads * 4
        for start in stride(from: 0, to: blocks.count, by: wave) {
            let current = blocks[start ..< min(start + wave, blocks.count)]
            let parts = Parallel.map(current.count, threads: threads) { contributions(of: features, rows: current[start + $0]) }
            for (rows, part) in zip(current, parts) {
                try body(rows, Attributions(baseValue: baseValue, contributions: part, margins: Array(margins[rows])))
            }
            progress?(current[current.endIndex - 1].upperBound, features.rows)
        }
    }

    /// The attribution of one row, the same bits as in its table's.
    public func explain(_ features: Matrix, row: Int) -> RowAttribution {
        let single = Matrix(rows: 1, columns: features.columns, order: .row, storage: features.row(row))
        return RowAttribution(baseValue: baseValue, contributions: contributions(of: single, rows: 0 ..< 1).storage,
                              margin: margins(of: single, threads: 1)[0])
    }
}

extension Model {
    /// The attributor of this model's margin: the predictor's own, or slope · it + intercept after Platt.
    /// - Parameter players: nil = every feature for itself.
    public func attributor(players: Players? = nil) -> any Attributor {
        let own: any Attributor = switch predictor {
        case .linear(let model): LinearAttributor(model, players: players)
        case .trees(let ensemble): TreeAttributor(ensemble, players: players)
        }
        return calibrated(own)
    }

    /// The attributor of this model's margin against a background: v(S) is the mean margin over background rows that take the
    /// features in S from the row explained.
    /// - Parameter background: rows x features, at least one row, encoded as the model's features.
    /// - Throws: `AttributionError` for a tree with more than 64 players on one path.
    public func attributor(background: Matrix, players: Players? = nil) throws -> any Attributor {
        let own: any Attributor = switch predictor {
        case .linear(let model): LinearAttributor(model, background: background, players: players)
        case .trees(let ensemble): try InterventionalTreeAttributor(ensemble, background: background, players: players)
        }
        return calibrated(own)
    }

    private func calibrated(_ own: any Attributor) -> any Attributor {
        guard case .platt(let slope, let intercept) = calibrator else { return own }
        return AffineAttributor(own, slope: slope, intercept: intercept)
    }
}
