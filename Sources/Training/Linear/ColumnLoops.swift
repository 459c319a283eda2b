/// Loops over the values of one numeric column, NaN = missing, eight at a time. A rest of fewer than eight is padded with what adds
/// nothing, and lanes are added in a fixed order, so the bits depend on the values alone.
enum ColumnLoops {
    /// Weight and extent of the values that are there, and the weight of those that are missing.
    struct Extent: Equatable {
        var weight = 0.0
        var missing = 0.0
        var sum = 0.0
        var lowest = Double.infinity
        var highest = -Double.infinity
    }

    /// Rows of weight 0 count for nothing.
    /// - Parameter weights: one a value, nil = all 1.
    static func extent(_ x: Span<Double>, weights: [Double]?) -> Extent {
        var (present, missing, sum) = (SIMD8<Double>.zero, SIMD8<Double>.zero, SIMD8<Double>.zero)
        var lowest = SIMD8(repeating: Double.infinity)
        var highest = SIMD8(repeating: -Double.infinity)
        for i in stride(from: 0, to: x.count, by: 8) {
            let value = eight(x, i, padding: .nan)
            let weight = eight(weights, i, of: x.count)
            let isThere = value .== value
            let there = weight.replacing(with: 0, where: .!isThere)
            present += there
            missing += weight.replacing(with: 0, where: isThere)
            sum += (weight * value).replacing(with: 0, where: .!isThere)
            lowest.replace(with: value, where: there .> 0 .& (value .< lowest))
            highest.replace(with: value, where: there .> 0 .& (value .> highest))
        }
        return Extent(weight: folded(present), missing: folded(missing), sum: folded(sum), lowest: lowest.min(), highest: highest.max())
    }

    /// Σ weight · (x - mean) and Σ weight · (x - mean)², missing left out.
    static func spread(_ x: Span<Double>, mean: Double, weights: [Double]?) -> (rest: Double, squares: Double) {
        var (rest, squares) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
        for i in stride(from: 0, to: x.count, by: 8) {
            let distance = eight(x, i, padding: .nan) - mean
            let isMissing = distance .!= distance
            let weighted = (eight(weights, i, of: x.count) * distance).replacing(with: 0, where: isMissing)
            rest += weighted
            squares += (weighted * distance).replacing(with: 0, where: isMissing)
        }
        return (folded(rest), folded(squares))
    }

    /// margins[i] += slope · (x[i] - mean) + present; for missing values, `missing`.
    static func add(_ x: Span<Double>, mean: Double, slope: Double, present: Double, missing: Double, to margins: inout MutableSpan<Double>) {
        precondition(x.count == margins.count)
        for i in 0 ..< x.count {
            let part = slope * (x[i] - mean) + present
            margins[i] += part == part ? part : missing
        }
    }

    /// Σ r[i] · (x[i] - mean) over values that are there, and Σ r[i] over those that are missing.
    static func product(_ x: Span<Double>, mean: Double, _ r: Span<Double>) -> (value: Double, missing: Double) {
        precondition(x.count == r.count)
        var (sum, missing) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
        for i in stride(from: 0, to: x.count, by: 8) {
            let distance = eight(x, i, padding: .nan) - mean
            let residual = eight(r, i, padding: 0)
            let isThere = distance .== distance
            sum += (residual * distance).replacing(with: 0, where: .!isThere)
            missing += residual.replacing(with: 0, where: isThere)
        }
        return (folded(sum), folded(missing))
    }

    // MARK: Lanes

    /// The values from `i` on, `padding` past the end.
    @inline(__always)
    private static func eight(_ x: Span<Double>, _ i: Int, padding: Double) -> SIMD8<Double> {
        if i &+ 8 <= x.count { return x.bytes.unsafeLoadUnaligned(fromByteOffset: i &* MemoryLayout<Double>.stride, as: SIMD8<Double>.self) }
        var eight = SIMD8(repeating: padding)
        for lane in 0 ..< x.count - i { eight[lane] = x[i + lane] }
        return eight
    }

    /// The weights from `i` on, nil = all 1; 0 past the end.
    @inline(__always)
    private static func eight(_ weights: [Double]?, _ i: Int, of count: Int) -> SIMD8<Double> {
        if let weights { return eight(weights.span, i, padding: 0) }
        return i &+ 8 <= count ? SIMD8(repeating: 1) : SIMD8<Double>.zero.replacing(with: 1, where: SIMD8(0, 1, 2, 3, 4, 5, 6, 7) .< Double(count &- i))
    }

    private static func folded(_ sums: SIMD8<Double>) -> Double {
        let four = sums.lowHalf + sums.highHalf
        let two = four.lowHalf + four.highHalf
        return two[0] + two[1]
    }
}
