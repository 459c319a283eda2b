/// Sums in a fixed order: the same bits on every processor and for every number of threads.
///
/// A sum is taken in blocks of 2,048 values. Within a block, lane j of 32 adds the values j, j + 32,
/// j + 64, … (the rest of a last block falls to the first lanes); lanes are added in halves, 16 + 16,
/// 8 + 8, …, and the blocks' sums one after the other. The error is below (64 + 5 + n / 2,048) units
/// of rounding of Σ|x|; `compensatedSum` is good to about one.
public enum Reductions {
    private static var blockSize: Int { 2048 }

    /// Σ x; 0 for none. O(n).
    public static func sum(_ x: [Double]) -> Double {
        let x = x.span
        return blocks(x.count) { range in lanes(range) { x[$0] } }
    }

    /// Σ x over the values at `range`.
    public static func sum(_ x: [Double], _ range: Range<Int>) -> Double {
        let x = x.span.extracting(range)
        return blocks(x.count) { range in lanes(range) { x[$0] } }
    }

    /// Σ x y. O(n).
    public static func dot(_ x: [Double], _ y: [Double]) -> Double {
        precondition(x.count == y.count, "dot of \(x.count) and \(y.count) values")
        let x = x.span, y = y.span
        return blocks(x.count) { range in lanes(range) { x[$0] * y[$0] } }
    }

    /// Σ x / n; NaN for none.
    public static func mean(_ x: [Double]) -> Double { sum(x) / Double(x.count) }

    /// Σ w x / Σ w; NaN where the weights sum to 0.
    public static func mean(_ x: [Double], weights: [Double]) -> Double { dot(x, weights) / sum(weights) }

    /// Σ (x - mean)² / (n - 1), from the mean in a second pass; NaN for fewer than two.
    public static func variance(_ x: [Double]) -> Double {
        guard x.count > 1 else { return .nan }
        let centre = mean(x), span = x.span
        let squares = blocks(span.count) { range in
            lanes(range) { i in
                let difference = span[i] - centre
                return difference * difference
            }
        }
        return squares / Double(x.count - 1)
    }

    /// Σ x with the rounding errors added up beside it (Neumaier 1974; errors by Knuth's two-sum), in the given order.
    /// Off by about one unit in the last place unless Σ|x| exceeds |Σ x| by 1e15. O(n).
    public static func compensatedSum(_ x: [Double]) -> Double {
        var sum = 0.0, lost = 0.0
        for value in x {
            let next = sum + value, taken = next - sum
            lost += (sum - (next - taken)) + (value - taken)
            sum = next
        }
        // Infinities leave inf - inf in the errors.
        return lost.isFinite ? sum + lost : sum
    }

    /// The block sums of 0 ..< count, one after the other.
    @inline(__always)
    private static func blocks(_ count: Int, _ block: (Range<Int>) -> Double) -> Double {
        var total = 0.0
        for start in stride(from: 0, to: count, by: blockSize) { total += block(start ..< min(count, start + blockSize)) }
        return total
    }

    /// The terms of one block in 32 lanes.
    @inline(__always)
    private static func lanes(_ range: Range<Int>, _ term: (Int) -> Double) -> Double {
        var lanes = InlineArray<32, Double>(repeating: 0)
        let whole = range.lowerBound + range.count / 32 * 32
        for start in stride(from: range.lowerBound, to: whole, by: 32) {
            for lane in 0 ..< 32 { lanes[lane] += term(start + lane) }
        }
        for i in whole ..< range.upperBound { lanes[i - whole] += term(i) }
        var width = 16
        while width > 0 {
            for lane in 0 ..< width { lanes[lane] += lanes[lane + width] }
            width /= 2
        }
        return lanes[0]
    }
}
