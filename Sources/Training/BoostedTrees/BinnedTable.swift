import LinearAlgebra
import Models

/// Rows as bins, eight columns to a 64-bit word, so that one load brings eight bins to a histogram or a partition.
///
///     block 0: row 0 [c7 c6 c5 c4 c3 c2 c1 c0] row 1 [...] ...      one byte a column, c0 lowest
///     block 1: row 0 [c15 ...             c8] ...
///
/// Columns are the features that have something to split, in the features' order. Reusable: refits on other
/// targets, weights or samples of the same rows share it.
package struct BinnedTable: Sendable {
    package struct Column: Sendable, Equatable {
        package let feature: Int
        package let mapper: BinMapper
        /// Where the column's bins begin in a histogram over all columns.
        package let offset: Int
        var missingBin: Int { mapper.valueBins }
        var bins: Int { mapper.histogramBins }
    }

    package let rowCount: Int
    package let columns: [Column]
    /// Bins of all columns together.
    package let totalBins: Int
    /// `blockCount` runs of `rowCount` words.
    private let words: SharedStorage<UInt64>

    static let columnsPerBlock = 8
    var blockCount: Int { (columns.count + Self.columnsPerBlock - 1) / Self.columnsPerBlock }

    func block(_ index: Int) -> SharedSlice<UInt64> { words.slice(index * rowCount ..< (index + 1) * rowCount) }

    func columns(inBlock block: Int) -> ArraySlice<Column> {
        columns[block * Self.columnsPerBlock ..< min(columns.count, (block + 1) * Self.columnsPerBlock)]
    }

    @inline(__always)
    func bin(row: Int, column: Int) -> Int {
        Int(words.all[column / 8 * rowCount + row] &>> UInt64(column % 8 * 8) & 255)
    }

    /// Bins the rows of `matrix` at `positions` (nil = all) with the mappers of its features.
    package init(_ matrix: Matrix, positions: [Int]?, mappers: [BinMapper], threads: Int) {
        var columns: [Column] = []
        var offset = 0
        for (feature, mapper) in mappers.enumerated() where !mapper.isConstant {
            columns.append(Column(feature: feature, mapper: mapper, offset: offset))
            offset += mapper.histogramBins
        }
        self.init(matrix, positions: positions, columns: columns, totalBins: offset, threads: threads)
    }

    /// Bins other rows into the columns of a table.
    package init(_ matrix: Matrix, positions: [Int]?, like table: BinnedTable, threads: Int) {
        self.init(matrix, positions: positions, columns: table.columns, totalBins: table.totalBins, threads: threads)
    }

    private init(_ matrix: Matrix, positions: [Int]?, columns: [Column], totalBins: Int, threads: Int) {
        let count = positions?.count ?? matrix.rows
        rowCount = count
        self.columns = columns
        self.totalBins = totalBins
        let blocks = (columns.count + Self.columnsPerBlock - 1) / Self.columnsPerBlock
        let words = SharedStorage<UInt64>(count: blocks * count, repeating: 0)
        self.words = words
        let chunk = 8_192
        let chunks = (count + chunk - 1) / chunk
        let coders = columns.map { BinCoder($0.mapper) }
        _ = Parallel.map(blocks * chunks, threads: threads) { part in
            let block = part / chunks
            let rows = part % chunks * chunk ..< min(count, (part % chunks + 1) * chunk)
            let target = words.slice(block * count + rows.lowerBound ..< block * count + rows.upperBound)
            for index in block * Self.columnsPerBlock ..< min(columns.count, (block + 1) * Self.columnsPerBlock) {
                let start = columns[index].feature * matrix.rows
                let shift = UInt64(index % Self.columnsPerBlock * 8)
                coders[index].code(matrix.storage.span, start: start, rows: rows, positions: positions, into: target, shift: shift)
            }
        }
    }
}

/// A mapper prepared for whole columns: thresholds padded with infinity for a search without branches.
struct BinCoder: Sendable {
    private let mapper: BinMapper
    private let padded: [Double]
    /// Largest step of the search: half the padded length.
    private let firstStep: Int

    init(_ mapper: BinMapper) {
        self.mapper = mapper
        var thresholds: [Double] = []
        if case .numeric(let values) = mapper.kind { thresholds = values }
        var length = 1
        while length < thresholds.count + 1 { length *= 2 }
        padded = thresholds + Array(repeating: .infinity, count: length - thresholds.count)
        firstStep = length / 2
    }

    /// Writes the bins of `rows` into bits shift ..< shift + 8 of `target`. O(rows · log bins).
    func code(_ values: Span<Double>, start: Int, rows: Range<Int>, positions: [Int]?, into target: SharedSlice<UInt64>, shift: UInt64) {
        let missing = UInt64(mapper.valueBins)
        switch mapper.kind {
        case .numeric:
            let thresholds = padded.span
            for row in rows {
                let x = values[start + (positions?[row] ?? row)]
                var bin = 0
                var step = firstStep
                while step > 0 {
                    bin += thresholds[bin + step - 1] < x ? step : 0
                    step >>= 1
                }
                let code = x.isNaN ? missing : UInt64(truncatingIfNeeded: bin)
                target[row - rows.lowerBound] |= code &<< shift
            }
        case .categorical(let binOfLevel):
            for row in rows {
                let x = values[start + (positions?[row] ?? row)]
                let code = x.isNaN ? missing : UInt64(binOfLevel[Int(x)])
                target[row - rows.lowerBound] |= code &<< shift
            }
        }
    }
}
