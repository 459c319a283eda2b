extension Table {
    /// The table's content as one stream of bytes, in pieces of some 64 KiB, for a digest: tables with the same columns
    /// and values give the same bytes, whatever the quoting, line ends, compression or number texts of their files.
    ///
    /// All integers are little-endian; a text is its UTF-8 length (`UInt64`) and its bytes.
    /// ```
    /// "assay-table-1\n"  column count: UInt64  row count: UInt64
    /// for each column:   name: text  kind: UInt8 (1 numeric, 2 categorical, 3 identifier, 4 time)
    ///   numeric, time    a row's double as its 64 bits; missing is 0x7FF8000000000000
    ///   categorical      number of levels in use: UInt64, these levels in Unicode order: text each,
    ///                    then a row's index into them as Int32; missing is -1
    ///   identifier       a row's text; missing is the length 2^64 - 1 alone
    /// ```
    public func forEachCanonicalChunk(_ body: ([UInt8]) throws -> Void) rethrows {
        var stream = CanonicalStream()
        stream.append(Array("assay-table-1\n".utf8))
        stream.append(UInt64(columns.count))
        stream.append(UInt64(rowCount))
        for column in columns {
            stream.append(text: column.name)
            switch column.values {
            case .numeric(let numbers):
                stream.append(1 as UInt8)
                try stream.append(numbers, body)
            case .categorical(let codes, let dictionary):
                stream.append(2 as UInt8)
                try stream.append(codes, dictionary, body)
            case .identifier(let texts):
                stream.append(3 as UInt8)
                for row in 0 ..< texts.count {
                    if texts.isMissing(row) { stream.append(UInt64.max) } else { stream.append(text: texts[row]) }
                    try stream.drain(body)
                }
            case .time(let seconds):
                stream.append(4 as UInt8)
                try stream.append(seconds, body)
            }
        }
        if !stream.bytes.isEmpty { try body(stream.bytes) }
    }
}

private struct CanonicalStream {
    private(set) var bytes: [UInt8] = []
    private static let piece = 64 << 10

    mutating func append(_ added: [UInt8]) { bytes.append(contentsOf: added) }

    mutating func append(_ integer: some FixedWidthInteger) {
        var rest = integer
        for _ in 0 ..< integer.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(text: String) {
        append(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ numbers: [Double], _ body: ([UInt8]) throws -> Void) rethrows {
        for number in numbers {
            append(number.isNaN ? 0x7FF8_0000_0000_0000 : number.bitPattern)
            try drain(body)
        }
    }

    mutating func append(_ codes: [Int32], _ dictionary: [String], _ body: ([UInt8]) throws -> Void) rethrows {
        var isUsed = [Bool](repeating: false, count: dictionary.count)
        for code in codes where code >= 0 { isUsed[Int(code)] = true }
        var ranks = [Int32](repeating: -1, count: dictionary.count), used: Int32 = 0
        for code in dictionary.indices where isUsed[code] {
            ranks[code] = used
            used += 1
        }
        append(UInt64(used))
        for code in dictionary.indices where isUsed[code] {
            append(text: dictionary[code])
            try drain(body)
        }
        for code in codes {
            append(code < 0 ? -1 : ranks[Int(code)])
            try drain(body)
        }
    }

    mutating func drain(_ body: ([UInt8]) throws -> Void) rethrows {
        guard bytes.count >= Self.piece else { return }
        try body(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
