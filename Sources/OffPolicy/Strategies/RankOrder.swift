/// Rows by rank, for capacities.
package enum RankOrder {
    /// Row numbers by rank: highest first, missing last, ties in row order.
    ///
    /// Radix sort by 16 bits at a time over keys whose order as integers is that of the ranks, downwards. O(rows).
    package static func descending(_ ranks: [Double]) -> [Int] {
        let keys = ranks.map(key)
        var order = Array(ranks.indices)
        var next = order
        for shift in stride(from: 0, to: 64, by: 16) {
            var starts = Array(repeating: 0, count: 1 << 16)
            for key in keys { starts[Int(key >> shift & 0xFFFF)] += 1 }
            // All in one bucket: these bits order nothing.
            if starts.contains(keys.count) { continue }
            var sum = 0
            for digit in starts.indices { (starts[digit], sum) = (sum, sum + starts[digit]) }
            for row in order {
                let digit = Int(keys[row] >> shift & 0xFFFF)
                next[starts[digit]] = row
                starts[digit] += 1
            }
            swap(&order, &next)
        }
        return order
    }

    /// Below 0 if `left` stands before `right`, above 0 if behind, 0 for one and the same rank.
    package static func compare(_ left: Double, _ right: Double) -> Int {
        let (a, b) = (key(left), key(right))
        return a < b ? -1 : a > b ? 1 : 0
    }

    /// Smaller for higher ranks, largest for missing; 0 and -0 are one rank.
    private static func key(_ rank: Double) -> UInt64 {
        if rank.isNaN { return .max }
        let bits = (rank + 0).bitPattern
        // Bits of doubles are ordered as integers once negative ones are turned around.
        let ascending = bits >> 63 == 1 ? ~bits : bits | 1 << 63
        return ~ascending
    }
}
