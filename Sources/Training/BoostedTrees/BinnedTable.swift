import LinearAlgebra
import Models

/// Rows as bins, one byte a lane, row after row without gaps:
///
///     row 0: [l0 l1 l2 ... l11] [l12 ... l23] ...   blocks 0, 1, ...: what a histogram takes at once, by two loads of 64 bits
///     row 1: ...
///
/// A row's lanes stand together, so that a row of a small node costs one cache line or two. Blocks share the lanes evenly; a load may
/// bring bytes of the next block or row too. Partitions ask one lane of many rows: see `LaneColumns`.
///
/// A lane holds one feature's bin, or the bins of several features of few bins exactly, in mixed radix:
/// with three features of 3, 4 and 6 bins, b0 + 3 · b1 + 12 · b2. A histogram of the lane then serves them all.
/// Features with nothing to split have no lane. Reusable: refits on other targets or weights of the same rows share it.
package struct BinnedTable: Sendable {
    /// A feature in the table.
    package struct Column: Sendable, Equatable {
        package let feature: Int
        package let mapper: BinMapper
        package let lane: Int
        /// The bin is lane value / stride % radix.
        package let stride: Int
        /// Bins that rows can have: `missingBin` among them where a row may miss the feature.
        package let radix: Int
        var missingBin: Int { mapper.valueBins }

        @inline(__always)
        package func bin(ofLane value: Int) -> Int { value / stride % radix }

        /// The lane's values whose bin of this column lies in `bins`.
        func laneValues(_ bins: BinSet) -> BinSet {
            var set = BinSet()
            var value = 0
            while value < 256 {
                for bin in 0 ..< radix {
                    if bins.contains(bin) { for value in value ..< min(256, value + stride) { set.insert(value) } }
                    value = min(256, value + stride)
                }
            }
            return set
        }
    }

    package struct Lane: Sendable, Equatable {
        /// Indices of its columns, by their stride.
        package var columns: [Int]
        /// Values that rows can have: 0 ..< size.
        package var size: Int
        /// Where the lane begins in a histogram: a multiple of eight, so that a vector of eight sums stands in one cache line.
        package var offset = 0
        /// The lane's places in a histogram, filled up to whole vectors.
        package var places: Range<Int> { offset ..< offset + (size + 7) & ~7 }
    }

    package let rowCount: Int
    /// In the order of the features.
    package let columns: [Column]
    package let lanes: [Lane]
    /// Places of all lanes together: the length of a histogram.
    package let totalBins: Int
    package let blockCount: Int
    private let storage: SharedStorage<UInt8>

    /// At most: their accumulators leave a part of the first-level cache to the rows.
    static let lanesPerBlock = 12

    /// `rowCount` runs of `lanes.count` bytes, and so many more that the words of the row behind the last one may be loaded.
    package var bytes: SharedSlice<UInt8> { storage.all }

    /// Its indices are those of the table's lanes.
    package func lanes(inBlock block: Int) -> ArraySlice<Lane> {
        lanes[lanes.count * block / blockCount ..< lanes.count * (block + 1) / blockCount]
    }

    @inline(__always)
    package func value(row: Int, lane: Int) -> Int {
        Int(storage.all[row * lanes.count + lane])
    }

    /// Bins the rows of `matrix` at `positions` (nil = all) with the mappers of its features.
    package init(_ matrix: Matrix, positions: [Int]?, mappers: [BinMapper], threads: Int) {
        let used = mappers.indices.filter { !mappers[$0].isConstant }
        let (columns, lanes) = Self.layout(used.map { (feature: $0, mapper: mappers[$0], radix: mappers[$0].histogramBins) })
        self.init(matrix, positions: positions, columns: columns, lanes: lanes, threads: threads)
    }

    /// Bins other rows by the columns of a table, to be routed through its trees. Such rows may miss what no training row missed, so that
    /// lanes may differ from the table's.
    package init(_ matrix: Matrix, positions: [Int]?, like table: BinnedTable, threads: Int) {
        let (columns, lanes) = Self.layout(table.columns.map { (feature: $0.feature, mapper: $0.mapper, radix: $0.missingBin + 1) })
        self.init(matrix, positions: positions, columns: columns, lanes: lanes, threads: threads)
    }

    private init(_ matrix: Matrix, positions: [Int]?, columns: [Column], lanes: [Lane], threads: Int) {
        let count = positions?.count ?? matrix.rows
        rowCount = count
        self.columns = columns
        self.lanes = lanes
        totalBins = lanes.last?.places.upperBound ?? 0
        blockCount = (lanes.count + Self.lanesPerBlock - 1) / Self.lanesPerBlock
        let width = lanes.count
        let bytes = SharedStorage<UInt8>(count: width * (count + 1) + 16, repeating: 0)
        storage = bytes
        let chunk = 1_024
        let chunks = (count + chunk - 1) / chunk
        let coders = columns.map { BinCoder($0) }
        _ = Parallel.map(chunks, threads: threads) { part in
            let rows = part * chunk ..< min(count, (part + 1) * chunk)
            let target = bytes.slice(rows.lowerBound * width ..< rows.upperBound * width)
            for coder in coders { coder.code(matrix.storage.span, rowCount: matrix.rows, rows: rows, positions: positions, into: target, width: width) }
        }
    }

    /// Shares lanes among features of few bins: the widest first, each into the first lane that has room for it.
    private static func layout(_ features: [(feature: Int, mapper: BinMapper, radix: Int)]) -> ([Column], [Lane]) {
        var shared: [(columns: [Int], size: Int)] = []
        for column in features.indices.sorted(by: { (features[$1].radix, $0) < (features[$0].radix, $1) }) {
            let radix = features[column].radix
            if let lane = shared.firstIndex(where: { $0.size * radix <= 256 }) {
                shared[lane].columns.append(column)
                shared[lane].size *= radix
            } else {
                shared.append(([column], radix))
            }
        }
        var lanes: [Lane] = []
        var columns = [Column?](repeating: nil, count: features.count)
        var offset = 0
        for (members, size) in shared {
            var stride = 1
            for column in members {
                let (feature, mapper, radix) = features[column]
                columns[column] = Column(feature: feature, mapper: mapper, lane: lanes.count, stride: stride, radix: radix)
                stride *= radix
            }
            lanes.append(Lane(columns: members, size: size, offset: offset))
            offset = lanes[lanes.count - 1].places.upperBound
        }
        return (columns.map { $0! }, lanes)
    }
}

/// A column's mapper prepared for whole runs of rows: at most 256 thresholds, padded with infinity for a search without branches.
struct BinCoder: Sendable {
    private let column: BinnedTable.Column
    private let padded: [Double]
    /// The padded length is 2^steps.
    private let steps: Int

    init(_ column: BinnedTable.Column) {
        self.column = column
        var thresholds: [Double] = []
        if case .numeric(let values) = column.mapper.kind { thresholds = values }
        var length = 1
        while length < thresholds.count + 1 { length *= 2 }
        padded = thresholds + Array(repeating: .infinity, count: length - thresholds.count)
        steps = length.trailingZeroBitCount
    }

    /// Adds the bins of `rows`, at the column's place in its lane, to `target`: `width` lanes a row. O(rows · log bins).
    /// - Parameter values: columns of `rowCount` values.
    func code(_ values: Span<Double>, rowCount: Int, rows: Range<Int>, positions: [Int]?, into target: SharedSlice<UInt8>, width: Int) {
        let start = column.feature * rowCount
        let missing = column.mapper.valueBins
        let unit = UInt8(truncatingIfNeeded: column.stride)
        var place = column.lane
        switch column.mapper.kind {
        case .numeric:
            var thresholds = InlineArray<256, Double>(repeating: .infinity)
            for k in padded.indices { thresholds[k] = padded[k] }
            for first in stride(from: rows.lowerBound, to: rows.upperBound, by: 64) {
                let count = min(64, rows.upperBound - first)
                var x = InlineArray<64, Double>(repeating: 0)
                for k in 0 ..< count { x[k] = values[start + (positions?[first + k] ?? first + k)] }
                // All of them take a step of the search together, of which the compiler makes vectors.
                var bins = InlineArray<64, Int>(repeating: 0)
                for bit in (0 ..< steps).reversed() {
                    let half = 1 &<< bit
                    for k in 0 ..< 64 {
                        let step = thresholds[(bins[k] &+ half &- 1) & 255] < x[k] ? half : 0
                        bins[k] &+= step
                    }
                }
                for k in 0 ..< count {
                    target[place] &+= UInt8(truncatingIfNeeded: x[k].isNaN ? missing : bins[k]) &* unit
                    place += width
                }
            }
        case .categorical(let binOfLevel):
            for row in rows {
                let x = values[start + (positions?[row] ?? row)]
                target[place] &+= UInt8(truncatingIfNeeded: x.isNaN ? missing : Int(binOfLevel[Int(x)])) &* unit
                place += width
            }
        }
    }
}
