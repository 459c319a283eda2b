/// Quantiles by Newton's steps inside a shrinking bracket.
enum QuantileSearch {
    /// The positive x at which the increasing `gap` is zero, to about the accuracy of `gap`.
    ///
    /// A step that leaves the bracket, or does not halve the gap, is replaced by a bisection of the
    /// bracket on the logarithmic scale, so the search ends for every continuous function.
    ///
    /// - Parameters:
    ///   - start: a guess, above 0.
    ///   - end: no x lies beyond; may be infinite.
    ///   - gap: the distance of the probability at x from the one sought, and the density at x.
    static func root(from start: Double, end: Double, _ gap: (Double) -> (value: Double, density: Double)) -> Double {
        var lower = 0.0, upper = end, x = start, last = Double.infinity
        while true {
            let (value, density) = gap(x)
            if value == 0 { return x }
            if value < 0 { lower = x } else { upper = x }
            var next = x - value / density
            if !(next > lower && next < upper) || abs(value) > 0.5 * last {
                next = middle(lower, upper)
            }
            last = abs(value)
            if abs(next - x) <= 2 * x.ulp || next == lower || next == upper { return next }
            x = next
        }
    }

    private static func middle(_ lower: Double, _ upper: Double) -> Double {
        if upper == .infinity { return lower * 16 }
        if lower == 0 { return upper * 0x1p-8 }
        return lower.squareRoot() * upper.squareRoot()
    }
}
