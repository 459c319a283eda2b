import LinearAlgebra

/// Random numbers one after the other, for tests: the same seed gives the same sequence.
public struct RandomDraws: RandomNumberGenerator {
    private let random: CounterRandom
    private var index: UInt64 = 0

    public init(seed: UInt64, stream: UInt64 = 0) { random = CounterRandom(seed: seed, stream: stream) }

    public mutating func next() -> UInt64 {
        defer { index += 1 }
        return random.bits(at: index)
    }

    /// Uniform in [0, 1).
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform in 0 ..< count.
    public mutating func below(_ count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }

    public mutating func chance(_ probability: Double) -> Bool { uniform() < probability }
}
