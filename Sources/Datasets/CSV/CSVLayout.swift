import LinearAlgebra

/// A file's records cut into parts that threads read independently: each part begins and ends between records,
/// and knows the number of its first row. Quotes decide what lies between records, so each slice of bytes is first
/// counted under both assumptions, outside and inside quotes; one pass over the slices then says which holds.
struct CSVLayout {
    struct Part {
        var start: Int
        var end: Int
        /// Records before this part, blank lines among them.
        var firstRow: Int
    }

    var parts: [Part] = []
    /// Records, blank lines among them: an upper bound on the table's rows.
    var recordCount = 0

    /// - Parameters:
    ///   - start: where the first record behind the header begins.
    ///   - partSize: bytes that a part aims at; it changes no result.
    init(bytes: ByteView, start: Int, partSize: Int, threads: Int) {
        let sliceCount = (bytes.count - start + partSize - 1) / partSize
        let slices = Parallel.map(sliceCount, threads: threads) { number in
            Slice(bytes, start + number * partSize ..< min(start + (number + 1) * partSize, bytes.count))
        }
        var isInside = false
        for slice in slices {
            let counts = isInside ? slice.inside : slice.outside
            // Records that begin behind a line end of this slice form its part; the first part also holds the first record.
            if parts.isEmpty {
                parts.append(Part(start: start, end: bytes.count, firstRow: 0))
                recordCount = 1 + counts.lineCount
            } else if counts.lineCount > 0 {
                parts[parts.count - 1].end = counts.firstLineEnd
                parts.append(Part(start: counts.firstLineEnd, end: bytes.count, firstRow: recordCount))
                recordCount += counts.lineCount
            }
            if slice.hasOddQuotes { isInside.toggle() }
        }
        // Nothing follows the last line end, most often.
        if let last = parts.last, last.start == bytes.count { parts.removeLast() }
    }

    private struct Slice: Sendable {
        struct Lines {
            var lineCount = 0
            /// Behind the first line end; 0 without one.
            var firstLineEnd = 0

            @inline(__always) mutating func add(_ mask: UInt64, at position: Int) {
                if lineCount == 0, mask != 0 { firstLineEnd = position + mask.trailingZeroBitCount + 1 }
                lineCount &+= mask.nonzeroBitCount
            }
        }

        /// What counts if the slice begins outside quotes, and if inside.
        var outside = Lines(), inside = Lines()
        var hasOddQuotes: Bool

        init(_ bytes: ByteView, _ range: Range<Int>) {
            let newlines = ByteMasks.repeated(UInt8(ascii: "\n")), quotes = ByteMasks.repeated(UInt8(ascii: "\""))
            var carry: UInt64 = 0
            for position in stride(from: range.lowerBound, to: range.upperBound, by: 64) {
                let masks = Masks64(bytes.words(at: position))
                var lineMask = masks.matches(newlines), quoteMask = masks.matches(quotes)
                if range.upperBound - position < 64 {
                    let kept = (UInt64(1) << UInt64(range.upperBound - position)) - 1
                    lineMask &= kept
                    quoteMask &= kept
                }
                let within = quoteMask == 0 ? carry : ByteMasks.prefixParity(quoteMask) ^ carry
                carry = UInt64(bitPattern: Int64(bitPattern: within) >> 63)
                outside.add(lineMask & ~within, at: position)
                inside.add(lineMask & within, at: position)
            }
            hasOddQuotes = carry != 0
        }
    }
}
