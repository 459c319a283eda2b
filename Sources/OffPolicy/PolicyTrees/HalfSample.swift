import LinearAlgebra

/// Random halves without replacement. The mean over n/2 of n units strays from the mean over all of them with variance
/// s²/(n/2) · (1 − 1/2) = s²/n, that of the full mean: so do statistics that are asymptotically means, and their standard deviation
/// from half to half is their standard error on all units. (Yadlowsky et al., arXiv:2111.07966; Præstgaard and Wellner, Annals of
/// Probability 21(4), 1993.)
enum HalfSample {
    private static let stream: UInt64 = 0x6861_6C66

    /// Whether each unit is in half number `draw`; ⌊units / 2⌋ of them are. O(units).
    static func units(_ count: Int, seed: UInt64, draw: Int) -> [Bool] {
        let order = CounterRandom(seed: seed, stream: stream &+ UInt64(draw) << 32).permutation(count)
        var isIn = Array(repeating: false, count: count)
        for unit in order.prefix(count / 2) { isIn[unit] = true }
        return isIn
    }
}
