/// The block function Philox4x32 with 10 rounds: a keyed bijection of 128-bit counters whose outputs
/// pass TestU01's BigCrush. J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel Random
/// Numbers: As Easy as 1, 2, 3", SC 2011.
///
/// Words of 32 bits stand in 64-bit integers, one block at a time or eight side by side.
enum Philox4x32 {
    typealias Block<W> = (W, W, W, W)

    /// The block that `key` makes of `counter`.
    @inline(__always)
    static func block<W: PortableWords>(counter: Block<W>, key: (UInt64, UInt64)) -> Block<W> {
        var words = counter, key = key
        let low = W(0xFFFF_FFFF)
        for _ in 0 ..< 10 {
            // The masks change nothing; they tell the compiler that a multiplication of halves will do.
            let a = (words.0 & low) &* W(0xD251_1F53), b = (words.2 & low) &* W(0xCD9E_8D57)
            words = (b.shiftedRight(32) ^ words.1 ^ W(key.0), b & low, a.shiftedRight(32) ^ words.3 ^ W(key.1), a & low)
            key = ((key.0 &+ 0x9E37_79B9) & 0xFFFF_FFFF, (key.1 &+ 0xBB67_AE85) & 0xFFFF_FFFF)
        }
        return words
    }
}
