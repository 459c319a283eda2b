import LinearAlgebra
import Models

/// Exact interventional attributions of a tree ensemble: v(S) is the mean margin over a background whose rows take the
/// features in S from the row explained. Says nothing of what features mean for each other in the data (Janzing, Minorics,
/// Blöbaum, AISTATS 2020), and does not read covers.
///
/// Leaf by leaf, from the players that the row satisfies on the path and those that each background row does: see `LeafGame`.
/// Background rows are counted by the players that they satisfy once for the model. For paths of up to ten players what each set of
/// satisfied players gets is laid out in a table; on longer ones the background's patterns are gone through.
///
/// No background row is left out, and all operations are IEEE + − * / in a fixed order. Preparing: O(rows of the background ·
/// nodes + what the tables hold); explaining: O(nodes) vectors a row. Memory: 2^d vectors of eight for each leaf with d players on its
/// path, at most `tableLimit` for the model; tables beyond that are made anew for each block of rows.
public struct InterventionalTreeAttributor: Attributor {
    /// Vectors of eight numbers in tables that are kept: 128 MB.
    private static let tableLimit = 1 << 21

    private enum PreparedTree: Sendable {
        case short(PathTree)
        case long(LongPathTree)
    }

    public let baseValue: Double
    public let featureCount: Int
    public let playerCount: Int
    private let scorer: TreeScorer
    /// nil where the model has too many thresholds or categories of one feature; all trees are long then.
    private let columns: RankColumns?
    private let trees: [PreparedTree]

    /// - Parameters:
    ///   - background: rows x features, at least one; NaN = missing, categorical values as codes.
    ///   - players: nil = every feature for itself.
    /// - Throws: `AttributionError` where more than 64 players are asked on one path.
    public init(_ ensemble: TreeEnsemble, background: Matrix, players: Players? = nil) throws {
        try self.init(ensemble, background: background, players: players, tableLimit: Self.tableLimit)
    }

    /// - Parameter tableLimit: vectors of eight numbers in tables that are kept.
    package init(_ ensemble: TreeEnsemble, background: Matrix, players: Players?, tableLimit: Int) throws {
        precondition(background.rows > 0 && background.columns == ensemble.featureCount, "a background has rows, and the model's features")
        precondition(players == nil || players!.featureCount == ensemble.featureCount, "players are made of the model's features")
        featureCount = ensemble.featureCount
        playerCount = players?.count ?? ensemble.featureCount
        scorer = TreeScorer(ensemble)
        let playerOf = players?.ofFeature ?? Array(0 ..< ensemble.featureCount)
        let columns = RankColumns(ensemble)
        let ranks = columns.map { Self.load($0, background, 0 ..< background.rows) } ?? []
        var rows: [[Double]] = []
        var budget = tableLimit
        var mean = ensemble.baseMargin
        trees = try ensemble.trees.map { tree in
            if let columns, var prepared = PathTree(tree, playerOf: playerOf, columns: columns) {
                prepared.take(background: ranks, rows: background.rows)
                if prepared.tableSize <= budget {
                    budget -= prepared.tableSize
                    prepared.keepTables()
                }
                mean += prepared.meanValue
                return .short(prepared)
            }
            if rows.isEmpty { rows = (0 ..< background.rows).map { background.row($0) } }
            let prepared = try LongPathTree(tree, playerOf: playerOf, background: rows)
            mean += prepared.meanValue
            return .long(prepared)
        }
        self.columns = columns
        baseValue = mean
    }

    /// Blocks of `PathTree.rows` rows, one after the other, in the 16 bits that sets of players take.
    private static func load(_ columns: RankColumns, _ features: Matrix, _ rows: Range<Int>) -> [PathTree.Rows] {
        let bytes = AlignedBuffer(repeating: RankColumns.Rows.zero, count: columns.count)
        var loaded: [PathTree.Rows] = []
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: PathTree.rows) {
            columns.load(features, first: first, count: min(PathTree.rows, rows.upperBound - first), into: bytes, vectors: 1)
            for index in 0 ..< bytes.count {
                let column = bytes.start[index]
                for start in stride(from: 0, to: PathTree.rows, by: PathTree.lanes) {
                    var vector = PathTree.Rows.zero
                    for lane in 0 ..< PathTree.lanes { vector[lane] = Int16(column[start + lane]) }
                    loaded.append(vector)
                }
            }
        }
        return loaded
    }

    public func margins(of features: Matrix, threads: Int) -> [Double] { scorer.margins(of: features, threads: threads) }

    public func contributions(of features: Matrix, rows: Range<Int>) -> Matrix {
        precondition(features.columns == featureCount, "the model has \(featureCount) features, the matrix \(features.columns)")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= features.rows, "rows \(rows) lie outside the matrix")
        var result = Matrix(rows: rows.count, columns: playerCount, order: .column)
        let ranks = columns.map { Self.load($0, features, rows) } ?? []
        var values: [[Double]] = []
        var kernel = PathKernel()
        // Tree by tree, so that a tree's tables serve all rows while they are in the cache.
        for tree in trees {
            switch tree {
            case .short(let tree):
                kernel.add(tree, ranks, rows: rows.count, to: &result.storage)
            case .long(let tree):
                if values.isEmpty { values = rows.map { features.row($0) } }
                tree.add(values, to: &result.storage)
            }
        }
        return result
    }
}
