/// Rows in order of a score.
enum ScoreOrder {
    /// The rows' numbers, lowest score first, rows of equal score in their own order.
    ///
    /// A radix sort by 11 bits of the scores' order-preserving bit patterns, so O(rows) and stable; digits in which
    /// all scores agree cost one counting pass. -0 and 0 are equal.
    /// - Precondition: no score is NaN.
    static func ascending(_ scores: [Double]) -> [Int32] {
        precondition(scores.count <= Int(Int32.max), "more rows than an order can hold")
        var keys = scores.map(sortableBits)
        var order = (0 ..< Int32(scores.count)).map { $0 }
        var sortedKeys = keys
        var sortedOrder = order
        for shift in stride(from: UInt64(0), to: 64, by: 11) {
            var starts = [Int](repeating: 0, count: 2048)
            for key in keys { starts[Int(key >> shift & 2047)] += 1 }
            if starts.contains(scores.count) { continue }
            var next = 0
            for digit in 0 ..< 2048 {
                let count = starts[digit]
                starts[digit] = next
                next += count
            }
            for k in 0 ..< keys.count {
                let digit = Int(keys[k] >> shift & 2047)
                let place = starts[digit]
                starts[digit] = place + 1
                sortedKeys[place] = keys[k]
                sortedOrder[place] = order[k]
            }
            swap(&keys, &sortedKeys)
            swap(&order, &sortedOrder)
        }
        return order
    }

    /// Bits that compare as unsigned integers the way the numbers compare.
    private static func sortableBits(_ score: Double) -> UInt64 {
        precondition(!score.isNaN, "a score is NaN")
        let bits = (score + 0).bitPattern
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }
}

