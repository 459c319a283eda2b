import LinearAlgebra

/// What the questions of an ensemble read of a row, in sixteen bits a column, transposed for many rows at once.
///
/// A numeric question does not need the number, only its place among the thresholds that the ensemble asks of the feature:
///
///     thresholds of x0:  -1.5  0.25  3        rank of x = how many of them lie below x
///     x = 0.3  ->  rank 2;   x <= 3 (threshold 2)  is  2 <= 2;   x <= 0.25 (threshold 1)  is  2 <= 1, no
///
/// which is exact for every double, and makes a comparison of two doubles one of two small integers, for four times as many rows a
/// vector. Missing values rank below all thresholds in the column that questions with "missing goes left" read, above
/// all in the other. A categorical feature is laid out as bits, sixteen categories a column, so that membership in a set is an AND.
///
/// Ranks are found by a table of equal cells over the range of the thresholds and a short search within the cell: rounding is
/// monotone, so a threshold in an earlier cell is below x and one in a later cell is not.
///
/// The file is on the list of those that may hold unsafe code: pointers into arrays that stay in place for the call. Ranks are the part
/// of scoring that is done number by number, and bounds checks would be a third of it. Every index comes from the tables made here.
package struct RankColumns: Sendable {
    /// One column of 16 rows. Swift 6.3 makes vector instructions of operations on 16 lanes, and loops of those on more.
    package typealias Rows = SIMD16<Int16>
    package static let lanes = 16

    /// A numeric question: a row goes right if its column exceeds `rank`.
    package struct Threshold: Sendable {
        package var column: Int
        package var rank: Int16
    }

    /// Part of a categorical question: a row goes left if it shares a bit with any of the question's parts.
    package struct SetPart: Sendable {
        package var column: Int
        package var bits: Int16
    }

    private struct NumericFeature {
        var feature: Int
        /// Columns with missing below and above all thresholds, or -1 where no question reads them.
        var low = -1, high = -1
        /// The cell of x is (x - origin) · scale, kept within 0 ... lastCell.
        var origin = 0.0, scale = 0.0, lastCell = 0.0
        /// Where the cells' first ranks stand in `starts`, and the thresholds in `thresholds`.
        var firstStart = 0, firstThreshold = 0
        var thresholdCount = 0
        /// A cell holds fewer than 2^steps thresholds.
        var steps = 0

        /// Monotone in x; 0 for NaN. Adding 2^52 leaves the rounded number in the last bits.
        @inline(__always)
        func cell(_ x: Double) -> Int {
            let place = (x - origin) * scale
            let atLeast = place > 0 ? place : 0
            let within = atLeast < lastCell ? atLeast : lastCell
            return Int(truncatingIfNeeded: (within + 0x1p52).bitPattern & 0xFFFF)
        }
    }

    private struct CategoricalFeature {
        var feature: Int
        var firstColumn: Int
        var columnCount: Int
    }

    /// Above every rank.
    private static let missingHigh = Int16.max
    private static let mostThresholds = Int(Int16.max) - 1
    private static let categoriesPerColumn = 16
    /// Of one categorical feature: 512 categories. Beyond, single walks are better than masks.
    private static let mostSetColumns = 32

    package private(set) var count = 0
    private var numeric: [NumericFeature] = []
    private var categorical: [CategoricalFeature] = []
    private var starts: [UInt16] = []
    /// By feature, in rising order, padded with ∞ for the search.
    private var thresholds: [Double] = []
    /// By feature; -1 where it is not asked in that way.
    private var numericIndex: [Int]
    private var categoricalIndex: [Int]

    /// nil for more thresholds or categories of one feature than fit.
    /// - Precondition: thresholds are finite.
    package init?(_ ensemble: TreeEnsemble) {
        var asked = [[Double]](repeating: [], count: ensemble.featureCount)
        var isLow = [Bool](repeating: false, count: ensemble.featureCount), isHigh = isLow
        var setColumns = [Int](repeating: 0, count: ensemble.featureCount)
        numericIndex = [Int](repeating: -1, count: ensemble.featureCount)
        categoricalIndex = numericIndex
        for tree in ensemble.trees {
            for node in tree.nodes where !node.isLeaf {
                let feature = Int(node.feature)
                precondition(feature < ensemble.featureCount, "a question about a feature that the ensemble does not have")
                if node.isCategorical {
                    let largest = tree.categorySets[Int(node.categorySet)].largestCode ?? -1
                    setColumns[feature] = max(setColumns[feature], Int(Self.position(ofCode: largest)) / Self.categoriesPerColumn + 1)
                } else {
                    precondition(node.threshold.isFinite, "a threshold must be finite")
                    asked[feature].append(node.threshold)
                    if node.missingGoesLeft { isLow[feature] = true } else { isHigh[feature] = true }
                }
            }
        }
        for feature in 0 ..< ensemble.featureCount {
            guard append(thresholds: asked[feature], of: feature, low: isLow[feature], high: isHigh[feature]),
                  append(setColumns: setColumns[feature], of: feature) else { return nil }
        }
    }

    private mutating func append(thresholds values: [Double], of feature: Int, low: Bool, high: Bool) -> Bool {
        guard !values.isEmpty else { return true }
        var distinct: [Double] = []
        for value in values.sorted() where value != distinct.last { distinct.append(value) }
        guard distinct.count <= Self.mostThresholds else { return false }
        var entry = NumericFeature(feature: feature)
        if low { entry.low = count; count += 1 }
        if high { entry.high = count; count += 1 }
        let cells = min(2 * distinct.count, 4_096)
        entry.origin = distinct[0]
        entry.lastCell = Double(cells - 1)
        let scale = Double(cells - 1) / (distinct[distinct.count - 1] - distinct[0])
        entry.scale = distinct.count > 1 && scale.isFinite ? scale : 0
        entry.firstStart = starts.count
        entry.firstThreshold = thresholds.count
        entry.thresholdCount = distinct.count
        var counts = [Int](repeating: 0, count: cells)
        for value in distinct { counts[entry.cell(value)] += 1 }
        var below = 0
        for cell in counts.indices {
            starts.append(UInt16(below))
            below += counts[cell]
        }
        let fullest = counts.max() ?? 0
        while 1 << entry.steps <= fullest { entry.steps += 1 }
        thresholds += distinct + [Double](repeating: .infinity, count: 1 << entry.steps)
        numericIndex[feature] = numeric.count
        numeric.append(entry)
        return true
    }

    private mutating func append(setColumns columns: Int, of feature: Int) -> Bool {
        guard columns <= Self.mostSetColumns else { return false }
        guard columns > 0 else { return true }
        categoricalIndex[feature] = categorical.count
        categorical.append(CategoricalFeature(feature: feature, firstColumn: count, columnCount: columns))
        count += columns
        return true
    }

    /// Where a category's value stands in a set's bits: 0 for missing, 1 for what no set can hold, code + 2 otherwise.
    @inline(__always)
    static func position(_ x: Double) -> UInt64 { x.isNaN ? 0 : x >= 0 && x < 65_536 ? UInt64(x) + 2 : 1 }

    private static func position(ofCode code: Int) -> UInt64 { UInt64(code + 2) }

    /// The numeric question of `node`. O(log thresholds).
    package func threshold(_ node: TreeNode) -> Threshold {
        let entry = numeric[numericIndex[Int(node.feature)]]
        var low = 0, high = entry.thresholdCount
        while low < high {
            let middle = (low + high) / 2
            if thresholds[entry.firstThreshold + middle] < node.threshold { low = middle + 1 } else { high = middle }
        }
        return Threshold(column: node.missingGoesLeft ? entry.low : entry.high, rank: Int16(low))
    }

    /// The categorical question of `node`; no parts where every row goes right. O(largest code).
    package func set(_ node: TreeNode, of tree: Tree) -> [SetPart] {
        let entry = categorical[categoricalIndex[Int(node.feature)]]
        var bits = [Int16](repeating: 0, count: entry.columnCount)
        func insert(_ position: UInt64) { bits[Int(position) / Self.categoriesPerColumn] |= Int16(truncatingIfNeeded: 1 << (Int(position) % Self.categoriesPerColumn)) }
        if node.missingGoesLeft { insert(0) }
        for code in tree.categorySets[Int(node.categorySet)].codes { insert(Self.position(ofCode: code)) }
        return bits.indices.filter { bits[$0] != 0 }.map { SetPart(column: entry.firstColumn + $0, bits: bits[$0]) }
    }

    /// Lays out rows `first ..< first + count` of `features`: column c into the `vectors` vectors of `block` from `start + c · vectors`
    /// on. Lanes beyond the last row hold what they held. O(rows · features · (1 + log of the thresholds in a cell)).
    package func load(_ features: Matrix, first: Int, count: Int, into block: inout [Rows], at start: Int = 0, vectors: Int) {
        precondition(count <= vectors * Self.lanes && first >= 0 && first + count <= features.rows, "rows of the matrix, and no more than a column holds")
        precondition(start >= 0 && block.count >= start + self.count * vectors, "a block holds every column")
        precondition(numericIndex.count == features.columns, "\(features.columns) columns for \(numericIndex.count) features")
        let (rowStride, columnStride) = features.order == .column ? (1, features.rows) : (features.columns, 1)
        features.storage.withUnsafeBufferPointer { values in
            block.withUnsafeMutableBytes { block in
                guard let values = values.baseAddress, let lanes = block.baseAddress?.assumingMemoryBound(to: Int16.self) else { return }
                let origin = values + first * rowStride
                func column(_ index: Int) -> UnsafeMutablePointer<Int16> { lanes + (start + index * vectors) * Self.lanes }
                for entry in numeric {
                    rank(origin + entry.feature * columnStride, rowStride, count, entry,
                         low: entry.low < 0 ? nil : column(entry.low), high: entry.high < 0 ? nil : column(entry.high))
                }
                for entry in categorical {
                    let source = origin + entry.feature * columnStride
                    for index in 0 ..< entry.columnCount { column(entry.firstColumn + index).update(repeating: 0, count: count) }
                    for row in 0 ..< count {
                        let position = Int(Self.position(source[row &* rowStride]))
                        let part = position / Self.categoriesPerColumn
                        guard part < entry.columnCount else { continue }
                        column(entry.firstColumn + part)[row] = Int16(truncatingIfNeeded: 1 << (position % Self.categoriesPerColumn))
                    }
                }
            }
        }
    }

    @inline(__always)
    private func rank(_ source: UnsafePointer<Double>, _ stride: Int, _ count: Int, _ entry: NumericFeature, low: UnsafeMutablePointer<Int16>?, high: UnsafeMutablePointer<Int16>?) {
        guard let first = low ?? high, let second = high ?? low else { return }
        // What missing adds to the rank 0 that it has otherwise. With one column only, `second` is `first` and is written over.
        let missingInFirst = low == nil ? Self.missingHigh : 0
        starts.withUnsafeBufferPointer { starts in
            thresholds.withUnsafeBufferPointer { thresholds in
                let starts = starts.baseAddress! + entry.firstStart, thresholds = thresholds.baseAddress! + entry.firstThreshold
                @inline(__always)
                func eachRow(steps: Int) {
                    for row in 0 ..< count {
                        let x = source[row &* stride]
                        var rank = Int(starts[entry.cell(x)])
                        var step = steps
                        while step > 0 {
                            step &-= 1
                            // As arithmetic: a branch would be guessed wrong every other time.
                            let isAbove = thresholds[rank &+ (1 &<< step) &- 1] < x ? 1 : 0
                            rank &+= isAbove &<< step
                        }
                        let found = Int16(truncatingIfNeeded: rank)
                        let missing: Int16 = x.isNaN ? -1 : 0
                        second[row] = found | (missing & Self.missingHigh)
                        first[row] = found | (missing & missingInFirst)
                    }
                }
                // Constants, so that the usual searches have no loop.
                switch entry.steps {
                case 1: eachRow(steps: 1)
                case 2: eachRow(steps: 2)
                case 3: eachRow(steps: 3)
                default: eachRow(steps: entry.steps)
                }
            }
        }
    }
}
