import LinearAlgebra

/// What the questions of an ensemble read of a row, in a byte a column, transposed for many rows at once.
///
/// A numeric question does not need the number, only its place among the thresholds that the ensemble asks of the feature:
///
///     thresholds of x0:  -1.5  0.25  3        rank of x = how many of them lie below x
///     x = 0.3  ->  rank 2;   x <= 3 (threshold 2)  is  2 <= 2;   x <= 0.25 (threshold 1)  is  2 <= 1, no
///
/// which is exact for every double, and makes a comparison of two doubles one of two bytes, for eight times as many rows a vector.
/// Questions with "missing goes left" read a column where missing is -∞, the others one where it is ∞; each column ranks among the
/// thresholds of its own questions, and more than 255 of them take several columns. A categorical feature is laid out as bits, eight
/// categories a column, so that membership in a set is an AND.
///
/// Ranks are found by a table of equal cells over the range of the thresholds and a short search within the cell: rounding is
/// monotone, so a threshold in an earlier cell is below x and one in a later cell is not.
///
/// The file is on the list of those that may hold unsafe code: pointers into memory that stays in place for the call. Ranks are the part
/// of scoring that is done number by number, and bounds checks would be a third of it. Every index comes from the tables made here.
package struct RankColumns: Sendable {
    /// A column of 64 rows.
    package typealias Rows = SIMD64<UInt8>
    package static let rowsPerVector = 64

    /// A numeric question: a row goes right if its column exceeds `rank`.
    package struct Threshold: Sendable {
        package var column: Int
        package var rank: UInt8
    }

    /// Part of a categorical question: a row goes left if it shares a bit with any of the question's parts.
    package struct SetPart: Sendable {
        package var column: Int
        package var bits: UInt8
    }

    private struct NumericColumn {
        var column: Int
        var feature: Int
        /// What missing stands for: an infinity.
        var missing: Double
        /// The cell of x is (x - origin) · scale, kept within 0 ... lastCell.
        var origin = 0.0, scale = 0.0, lastCell = 0.0
        /// Where the cells' first ranks stand in `starts`, and the thresholds in `thresholds`.
        var firstStart = 0, firstThreshold = 0
        var thresholdCount = 0
        /// A cell holds fewer than 2^steps thresholds.
        var steps = 0

        /// Monotone in x; not for NaN. Adding 2^52 leaves the rounded number in the last bits.
        @inline(__always)
        func cell(_ x: Double) -> UInt16 {
            let place = (x - origin) * scale
            let atLeast = place > 0 ? place : 0
            let within = atLeast < lastCell ? atLeast : lastCell
            return UInt16(truncatingIfNeeded: (within + 0x1p52).bitPattern)
        }
    }

    private struct CategoricalFeature {
        var feature: Int
        var firstColumn: Int
        var columnCount: Int
    }

    private static let mostThresholds = 255
    private static let mostCells = 2_048
    private static let categoriesPerColumn = 8
    /// Of one categorical feature: 512 categories. Beyond, single walks are better than lists of questions.
    private static let mostSetColumns = 64

    package private(set) var count = 0
    private var numeric: [NumericColumn] = []
    private var categorical: [CategoricalFeature] = []
    private var starts: [UInt8] = []
    /// By column, in rising order, padded with ∞ for the search.
    private var thresholds: [Double] = []
    /// By feature: those of `numeric` where missing lies below, and above.
    private var below: [Range<Int>] = [], above: [Range<Int>] = []
    /// By feature; -1 where it is not asked in that way.
    private var categoricalIndex: [Int]

    /// nil for more categories of one feature than fit.
    /// - Precondition: thresholds are finite.
    package init?(_ ensemble: TreeEnsemble) {
        var askedBelow = [[Double]](repeating: [], count: ensemble.featureCount), askedAbove = askedBelow
        var setColumns = [Int](repeating: 0, count: ensemble.featureCount)
        categoricalIndex = [Int](repeating: -1, count: ensemble.featureCount)
        for tree in ensemble.trees {
            for node in tree.nodes where !node.isLeaf {
                let feature = Int(node.feature)
                precondition(feature < ensemble.featureCount, "a question about a feature that the ensemble does not have")
                if node.isCategorical {
                    let largest = tree.categorySets[Int(node.categorySet)].largestCode ?? -1
                    setColumns[feature] = max(setColumns[feature], Int(Self.position(ofCode: largest)) / Self.categoriesPerColumn + 1)
                } else {
                    precondition(node.threshold.isFinite, "a threshold must be finite")
                    if node.missingGoesLeft { askedBelow[feature].append(node.threshold) } else { askedAbove[feature].append(node.threshold) }
                }
            }
        }
        for feature in 0 ..< ensemble.featureCount {
            below.append(append(thresholds: askedBelow[feature], of: feature, missing: -.infinity))
            above.append(append(thresholds: askedAbove[feature], of: feature, missing: .infinity))
            guard append(setColumns: setColumns[feature], of: feature) else { return nil }
        }
    }

    private mutating func append(thresholds values: [Double], of feature: Int, missing: Double) -> Range<Int> {
        let first = numeric.count
        var distinct: [Double] = []
        for value in values.sorted() where value != distinct.last { distinct.append(value) }
        for start in stride(from: 0, to: distinct.count, by: Self.mostThresholds) {
            append(column: Array(distinct[start ..< min(start + Self.mostThresholds, distinct.count)]), of: feature, missing: missing)
        }
        return first ..< numeric.count
    }

    private mutating func append(column distinct: [Double], of feature: Int, missing: Double) {
        var entry = NumericColumn(column: count, feature: feature, missing: missing)
        count += 1
        entry.origin = distinct[0]
        entry.firstStart = starts.count
        entry.firstThreshold = thresholds.count
        entry.thresholdCount = distinct.count
        // Cells so small that none holds two thresholds save a step of the search; where the table would be large, a longer search.
        var cells = 2 * distinct.count
        var counts = Self.counts(distinct, cells: cells, &entry)
        while counts.max()! > 1, 2 * cells <= Self.mostCells {
            cells *= 2
            counts = Self.counts(distinct, cells: cells, &entry)
        }
        var below = 0
        for inCell in counts {
            starts.append(UInt8(below))
            below += inCell
        }
        while 1 << entry.steps <= counts.max()! { entry.steps += 1 }
        thresholds += distinct + [Double](repeating: .infinity, count: 1 << entry.steps)
        numeric.append(entry)
    }

    /// Divides the range of the thresholds into `cells`, and counts those in each.
    private static func counts(_ distinct: [Double], cells: Int, _ entry: inout NumericColumn) -> [Int] {
        entry.lastCell = Double(cells - 1)
        let scale = Double(cells - 1) / (distinct[distinct.count - 1] - distinct[0])
        entry.scale = distinct.count > 1 && scale.isFinite ? scale : 0
        var counts = [Int](repeating: 0, count: cells)
        for value in distinct { counts[Int(entry.cell(value))] += 1 }
        return counts
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
        let candidates = node.missingGoesLeft ? below[Int(node.feature)] : above[Int(node.feature)]
        let entry = numeric[candidates.first { thresholds[numeric[$0].firstThreshold + numeric[$0].thresholdCount - 1] >= node.threshold }!]
        var low = 0, high = entry.thresholdCount
        while low < high {
            let middle = (low + high) / 2
            if thresholds[entry.firstThreshold + middle] < node.threshold { low = middle + 1 } else { high = middle }
        }
        return Threshold(column: entry.column, rank: UInt8(low))
    }

    /// The categorical question of `node`; no parts where every row goes right. O(largest code).
    package func set(_ node: TreeNode, of tree: Tree) -> [SetPart] {
        let entry = categorical[categoricalIndex[Int(node.feature)]]
        var bits = [UInt8](repeating: 0, count: entry.columnCount)
        func insert(_ position: UInt64) { bits[Int(position) / Self.categoriesPerColumn] |= 1 << UInt8(Int(position) % Self.categoriesPerColumn) }
        if node.missingGoesLeft { insert(0) }
        for code in tree.categorySets[Int(node.categorySet)].codes { insert(Self.position(ofCode: code)) }
        return bits.indices.filter { bits[$0] != 0 }.map { SetPart(column: entry.firstColumn + $0, bits: bits[$0]) }
    }

    /// Lays out rows `first ..< first + count` of `features`: column c from vector c · `vectors` of `target` on. Bytes beyond the last row
    /// hold what they held. O(rows · columns · (1 + log of the thresholds in a cell)).
    package func load(_ features: Matrix, first: Int, count: Int, into target: AlignedBuffer<Rows>, vectors: Int) {
        let stride = vectors * Self.rowsPerVector
        precondition(count <= stride && first >= 0 && first + count <= features.rows, "rows of the matrix, and no more than a column holds")
        precondition(target.count >= self.count * vectors, "a place for every column")
        precondition(below.count == features.columns, "\(features.columns) columns for \(below.count) features")
        let (rowStride, columnStride) = features.order == .column ? (1, features.rows) : (features.columns, 1)
        // A column is one run of memory, or else a cache line serves several columns.
        let most = features.order == .column ? count : min(count, Self.rowsPerVector)
        let numbers = AlignedBuffer(repeating: 0.0, count: most), cells = AlignedBuffer<UInt16>(repeating: 0, count: most)
        features.storage.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress, count > 0 else { return }
            let bytes = UnsafeMutableRawPointer(target.start).assumingMemoryBound(to: UInt8.self)
            for start in Swift.stride(from: 0, to: count, by: most) {
                let origin = values + (first + start) * rowStride, rows = min(most, count - start)
                for entry in numeric {
                    let source = Source(start: origin + entry.feature * columnStride, stride: rowStride, count: rows)
                    source.findCells(entry, numbers.start, cells.start)
                    rank(numbers.start, cells.start, rows, entry, into: bytes + entry.column * stride + start)
                }
                for entry in categorical {
                    let source = Source(start: origin + entry.feature * columnStride, stride: rowStride, count: rows)
                    insertBits(source, entry, into: bytes + entry.firstColumn * stride + start, stride: stride)
                }
            }
        }
    }

    private func insertBits(_ source: Source, _ entry: CategoricalFeature, into target: UnsafeMutablePointer<UInt8>, stride: Int) {
        for index in 0 ..< entry.columnCount { (target + index * stride).update(repeating: 0, count: source.count) }
        for row in 0 ..< source.count {
            let position = Int(Self.position(source.start[row &* source.stride]))
            let part = position / Self.categoriesPerColumn
            guard part < entry.columnCount else { continue }
            target[part &* stride &+ row] = 1 << UInt8(position % Self.categoriesPerColumn)
        }
    }

    /// Rows of one feature.
    private struct Source {
        var start: UnsafePointer<Double>
        var stride: Int
        var count: Int

        /// A loop of its own, since the compiler makes vectors of it where numbers stand side by side.
        @inline(__always)
        func findCells(_ entry: NumericColumn, _ numbers: UnsafeMutablePointer<Double>, _ cells: UnsafeMutablePointer<UInt16>) {
            @inline(__always)
            func eachRow(stride: Int) {
                for row in 0 ..< count {
                    let value = start[row &* stride]
                    // Unequal to itself: missing. `isNaN` takes five operations.
                    let x = value == value ? value : entry.missing
                    numbers[row] = x
                    cells[row] = entry.cell(x)
                }
            }
            if stride == 1 { eachRow(stride: 1) } else { eachRow(stride: stride) }
        }
    }

    @inline(__always)
    private func rank(_ numbers: UnsafePointer<Double>, _ cells: UnsafePointer<UInt16>, _ count: Int, _ entry: NumericColumn, into target: UnsafeMutablePointer<UInt8>) {
        starts.withUnsafeBufferPointer { starts in
            thresholds.withUnsafeBufferPointer { thresholds in
                let starts = starts.baseAddress! + entry.firstStart, thresholds = thresholds.baseAddress! + entry.firstThreshold
                @inline(__always)
                func eachRow(steps: Int) {
                    for row in 0 ..< count {
                        let x = numbers[row]
                        var rank = Int(starts[Int(cells[row])])
                        var step = steps
                        while step > 0 {
                            step &-= 1
                            // As arithmetic: a branch would be guessed wrong every other time.
                            let isAbove = thresholds[rank &+ (1 &<< step) &- 1] < x ? 1 : 0
                            rank &+= isAbove &<< step
                        }
                        target[row] = UInt8(truncatingIfNeeded: rank)
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
