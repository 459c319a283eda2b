/// Random numbers addressed by (seed, stream, index) (first cut; replaced by Philox).
public struct CounterRandom: Sendable, Equatable {
    public let seed: UInt64
    public let stream: UInt64

    public init(seed: UInt64, stream: UInt64 = 0) {
        self.seed = seed
        self.stream = stream
    }

    /// 64 random bits for this index.
    public func bits(at index: UInt64) -> UInt64 {
        var z = seed &* 0x9E37_79B9_7F4A_7C15 &+ stream &* 0xD1B5_4A32_D192_ED03 &+ index &* 0x8CB9_2BA7_2F3D_8DD7
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    public func uniform(at index: UInt64) -> Double { Double(bits(at: index) >> 11) * 0x1p-53 }
}
