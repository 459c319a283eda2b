/// The separators of some hundred kilobytes of whole records: field k of the block lies between separators
/// k and k + 1, so column c of row r is field r · columns + c. Small enough to stay in the second-level cache
/// while one column after the other is parsed from it.
struct CSVBlock {
    enum Outcome {
        /// `rowCount` whole records (perhaps none) stand ready; reading goes on at `end`.
        case rows
        /// The same, and the record behind them is broken.
        case failure(ReadFailure)
    }

    let bytes: ByteView
    let delimiter: UInt8
    let columnCount: Int

    private(set) var rowCount = 0
    /// Where the block's first record begins, and where the first record behind it does.
    private(set) var start = 0, end = 0
    private var hasQuotes = false, hasCarriageReturns = false, hasHighBytes = false, hasZeros = false
    /// Places of separators, counted from the byte before the block; the first entry stands for that byte.
    private var separators = [UInt32](repeating: 0, count: 4096)
    private var separatorCount = 0, lineCount = 0
    private var target: Int
    private let maximumTarget: Int
    /// Twice as many bytes still fit the separators' 32 bits.
    private static let longestRecord = 1 << 30

    private static let quote = UInt8(ascii: "\""), newline = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")

    /// - Parameter size: bytes that a block aims at.
    init(bytes: ByteView, delimiter: UInt8, columnCount: Int, size: Int) {
        self.bytes = bytes
        self.delimiter = delimiter
        self.columnCount = columnCount
        target = size
        maximumTarget = size
    }

    /// The raw bytes of a cell, without enclosing quotes and line end.
    @inline(__always) func cell(row: Int, column: Int) -> Range<Int> {
        let index = row &* columnCount &+ column
        var first = start &+ Int(separators[index])
        var last = start &- 1 &+ Int(separators[index &+ 1])
        if hasCarriageReturns, column == columnCount - 1, last > first, bytes[last - 1] == Self.carriageReturn { last -= 1 }
        if hasQuotes, last > first, bytes[first] == Self.quote { first += 1; last -= 1 }
        return Range(uncheckedBounds: (first, last))
    }

    /// Finds the records that begin at `position`, up to `limit`, which is a record's end or the end of all bytes.
    mutating func find(from position: Int, limit: Int) -> Outcome {
        start = position
        while true {
            index(limit: limit)
            let rows = regularRows()
            // A blank or ragged line follows: begin small behind it, lest a file of such lines be indexed again and again.
            let isIrregular = separatorCount - rows * columnCount >= columnCount || lineCount > rows
            if rows > 0 {
                rowCount = rows
                end = recordStart(rows)
                target = isIrregular ? max(256, end - start) : min(maximumTarget, target * 2)
                return checked()
            }
            if isIrregular || start + target >= limit { return irregular() }
            if target > Self.longestRecord { return tooLong() }
            target *= 2
        }
    }

    /// Fills `separators` with those of the next `target` bytes.
    private mutating func index(limit: Int) {
        let stop = min(limit, start + target)
        let delimiters = ByteMasks.repeated(delimiter), newlines = ByteMasks.repeated(Self.newline)
        let quotes = ByteMasks.repeated(Self.quote), returns = ByteMasks.repeated(Self.carriageReturn)
        var count = 1, lines = 0, carry: UInt64 = 0, anyQuote: UInt64 = 0, anyReturn: UInt64 = 0, anyHigh: UInt64 = 0, anyZero: UInt64 = 0
        var position = start
        while position < stop {
            // Room for these 64 bytes and the end of the last record.
            if count + 65 > separators.count { separators += repeatElement(0, count: separators.count) }
            let masks = Masks64(bytes.words(at: position))
            var lineMask = masks.matches(newlines)
            var mask = masks.matches(delimiters) | lineMask
            let quoteMask = masks.matches(quotes)
            anyReturn |= masks.matches(returns)
            anyHigh |= masks.highBits
            anyZero |= masks.zeroBits
            if quoteMask | carry != 0 {
                anyQuote |= 1
                let inside = ByteMasks.prefixParity(quoteMask) ^ carry
                carry = UInt64(bitPattern: Int64(bitPattern: inside) >> 63)
                mask &= ~inside
                lineMask &= ~inside
            }
            if stop - position < 64 {
                let kept = (UInt64(1) &<< UInt64(stop - position)) &- 1
                mask &= kept
                lineMask &= kept
            }
            lines &+= lineMask.nonzeroBitCount
            let shift = UInt32(truncatingIfNeeded: position &- start &+ 1)
            while mask != 0 {
                separators[count] = shift &+ UInt32(truncatingIfNeeded: mask.trailingZeroBitCount)
                count &+= 1
                mask &= mask &- 1
            }
            position &+= 64
        }
        // The last record of a file may lack its line end.
        if stop == bytes.count, carry == 0, bytes[stop - 1] != Self.newline {
            separators[count] = UInt32(stop - start + 1)
            count += 1
            lines += 1
        }
        separatorCount = count - 1
        lineCount = lines
        hasQuotes = anyQuote != 0
        hasCarriageReturns = anyReturn != 0
        hasHighBytes = anyHigh != 0
        hasZeros = anyZero != 0
    }

    private func isLineEnd(_ separator: Int) -> Bool {
        let place = start - 1 + Int(separators[separator])
        return place >= bytes.count || bytes[place] == Self.newline
    }

    /// How many records from the first on have just `columnCount` fields.
    private func regularRows() -> Int {
        let whole = separatorCount / columnCount
        var rows = 0
        while rows < whole, isLineEnd((rows + 1) * columnCount) {
            // The one case in which a blank line counts as many separators as a record.
            if columnCount == 1, isBlankLine(rows) { return rows }
            rows += 1
        }
        var behind = 0
        for separator in stride(from: rows * columnCount + 1, through: separatorCount, by: 1) where isLineEnd(separator) { behind += 1 }
        if rows + behind == lineCount { return rows }
        // Somewhere a line ends where a delimiter was expected.
        for row in 0 ..< rows {
            for field in 1 ..< columnCount where isLineEnd(row * columnCount + field) { return row }
        }
        return rows
    }

    private func isBlankLine(_ row: Int) -> Bool {
        let first = recordStart(row)
        let isEmpty = bytes[first] == Self.newline && first < bytes.count
        return isEmpty || (bytes[first] == Self.carriageReturn && bytes[first + 1] == Self.newline)
    }

    private func recordStart(_ row: Int) -> Int { min(start + Int(separators[row * columnCount]), bytes.count) }

    /// The row, of those found, that holds a byte.
    private func row(holding offset: Int) -> Int {
        var low = 0, high = rowCount - 1
        while low < high {
            let middle = (low + high) / 2
            if recordStart(middle + 1) > offset { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The first record has another number of fields, or never ends, or is a blank line, which is passed over.
    private mutating func irregular() -> Outcome {
        rowCount = 0
        end = start
        switch diagnosis(at: start) {
        case .success(let record) where record.isBlankLine:
            end = record.end
            return .rows
        case .success(let record):
            let found = record.fields.count
            return .failure(ReadFailure(offset: start, column: nil, reason: "\(found) field\(found == 1 ? "" : "s"); expected \(columnCount) as in the header"))
        case .failure(let failure): return .failure(failure)
        }
    }

    /// A record that `separators` cannot span: most likely a quote that never ends, which the scanner names.
    private mutating func tooLong() -> Outcome {
        rowCount = 0
        end = start
        if case .failure(let failure) = diagnosis(at: start) { return .failure(failure) }
        return .failure(ReadFailure(offset: start, column: nil, reason: "a record of more than \(Self.longestRecord) bytes; expected a shorter one"))
    }

    private func diagnosis(at offset: Int) -> Result<RecordScanner.Record, ReadFailure> {
        RecordScanner(bytes: bytes, delimiter: delimiter).record(at: offset)
    }

    /// Holds the found rows against the rules that counting separators does not see, and keeps those before the first offence.
    private mutating func checked() -> Outcome {
        var suspect = rowCount
        if hasQuotes { suspect = firstMisquotedRow() ?? suspect }
        if hasCarriageReturns { suspect = min(suspect, firstRowWithStrayReturn() ?? suspect) }
        if hasZeros, let zero = bytes.firstIndex(of: 0, in: start ..< end) { suspect = min(suspect, row(holding: zero)) }
        var failure: ReadFailure?
        if suspect < rowCount, case .failure(let found) = diagnosis(at: recordStart(suspect)) { failure = found }
        if hasHighBytes, let offset = bytes.firstInvalidUTF8(in: start ..< end), offset < failure?.offset ?? Int.max {
            failure = ReadFailure(offset: offset, column: nil, reason: RecordScanner.encodingReason, isInsideField: true)
        }
        guard let failure else { return .rows }
        rowCount = row(holding: failure.offset)
        end = recordStart(rowCount)
        return .failure(failure)
    }

    /// Every quoted field must end with its quote and hold none but doubled ones; other fields hold none.
    private func firstMisquotedRow() -> Int? {
        for index in 0 ..< rowCount * columnCount {
            let first = start + Int(separators[index])
            var last = start - 1 + Int(separators[index + 1])
            if hasCarriageReturns, (index + 1) % columnCount == 0, last > first, bytes[last - 1] == Self.carriageReturn { last -= 1 }
            guard let opening = bytes.firstIndex(of: Self.quote, in: first ..< last) else { continue }
            guard opening == first, last - first >= 2, bytes[last - 1] == Self.quote else { return index / columnCount }
            var position = first + 1
            while let inner = bytes.firstIndex(of: Self.quote, in: position ..< last - 1) {
                guard inner + 1 < last - 1, bytes[inner + 1] == Self.quote else { return index / columnCount }
                position = inner + 2
            }
        }
        return nil
    }

    private func firstRowWithStrayReturn() -> Int? {
        var position = start
        while let found = bytes.firstIndex(of: Self.carriageReturn, in: position ..< end) {
            if bytes[found + 1] != Self.newline {
                let suspect = row(holding: found)
                // Inside quotes it is text.
                if !hasQuotes { return suspect }
                if case .failure = diagnosis(at: recordStart(suspect)) { return suspect }
            }
            position = found + 1
        }
        return nil
    }
}
