/// Sums that do not depend on the order of their terms: each term becomes two integers, in units chosen from the largest
/// one, and integers add up exactly. So shuffled rows, or rows spread over machines, give the same bits.
public enum OrderFreeSum {
    /// Σ values, or Σ weight · value: within n · 2^-80 of the largest product, then rounded. O(n), three passes.
    /// - Precondition: all products are finite, fewer than 2^32 terms. (Sums below 1e-280 are plain ones.)
    public static func sum(_ values: [Double], weights: [Double]? = nil) -> Double {
        precondition(values.count < 1 << 32 && (weights.map { $0.count == values.count } ?? true))
        var largest = 0.0
        for i in values.indices { largest = max(largest, abs(values[i] * (weights?[i] ?? 1))) }
        guard largest > 0 else { return 0 }
        precondition(largest.isFinite, "a term is not finite")
        // 40 bits a term and 32 for their number fill no more than 63 with the sign's.
        let bits = min(40, 62 - (Int.bitWidth - values.count.leadingZeroBitCount))
        let unit = Double(sign: .plus, exponent: largest.exponent + 1 - bits, significand: 1)
        let fine = unit * Double(sign: .plus, exponent: -bits, significand: 1)
        guard fine > 0, fine.isNormal else { return values.indices.reduce(0) { $0 + values[$1] * (weights?[$1] ?? 1) } }
        var high = 0
        var low = 0
        for i in values.indices {
            let term = values[i] * (weights?[i] ?? 1)
            let units = (term / unit).rounded(.toNearestOrEven)
            high += Int(units)
            low += Int(((term - units * unit) / fine).rounded(.toNearestOrEven))
        }
        return Double(high) * unit + Double(low) * fine
    }
}
