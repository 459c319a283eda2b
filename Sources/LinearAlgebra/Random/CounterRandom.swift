/// Random numbers addressed by (seed, stream, index), from the block function Philox4x32-10.
///
/// There is no state: the same address always gives the same number, on every machine and in any
/// order of asking. One stream serves one purpose (bootstrap, split, …), one index one draw (a row,
/// a deal); draws of different kinds at the same address come from the same bits and so depend on
/// each other. Everything here is IEEE arithmetic and `Portable.log`.
public struct CounterRandom: Sendable, Equatable {
    public let seed: UInt64
    public let stream: UInt64

    public init(seed: UInt64, stream: UInt64 = 0) {
        self.seed = seed
        self.stream = stream
    }

    /// 64 random bits for this index.
    public func bits(at index: UInt64) -> UInt64 { words(at: index) }

    /// `bits(at: start)`, `bits(at: start + 1)`, … O(count), several times faster than one by one.
    public func bits(_ count: Int, from start: UInt64 = 0) -> [UInt64] {
        var result = [UInt64](repeating: 0, count: count)
        var index = SIMD8<UInt64>(0, 1, 2, 3, 4, 5, 6, 7) &+ SIMD8(repeating: start)
        var span = result.mutableSpan
        var bytes = span.mutableBytes
        let whole = count / 8 * 8
        for first in stride(from: 0, to: whole, by: 8) {
            bytes.storeBytes(of: words(at: index), toByteOffset: first * 8, as: SIMD8<UInt64>.self)
            index &+= 8
        }
        for i in whole ..< count { result[i] = words(at: start &+ UInt64(i)) }
        return result
    }

    /// The first half of the block at each index, with the index and the stream for a counter and the seed for a key.
    @inline(__always)
    private func words<W: PortableWords>(at index: W) -> W {
        let low: UInt64 = 0xFFFF_FFFF
        let block = Philox4x32.block(counter: (index & W(low), index.shiftedRight(32), W(stream & low), W(stream >> 32)),
                                     key: (seed & low, seed >> 32))
        return block.1.shiftedLeft(32) | block.0
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    public func uniform(at index: UInt64) -> Double { Self.uniform(bits(at: index)) }

    /// Uniform in (0, 1), the middles of 2^52 equal cells.
    public func openUniform(at index: UInt64) -> Double { Self.openUniform(bits(at: index)) }

    private static func uniform(_ bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }
    private static func openUniform(_ bits: UInt64) -> Double { (Double(bits >> 12) + 0.5) * 0x1p-52 }
    private static func below(_ count: Int, _ bits: UInt64) -> Int { Int(bits.multipliedFullWidth(by: UInt64(count)).high) }

    /// Uniform in 0 ..< count. By Lemire's multiplication without rejection (ACM TOMACS 29, 2019):
    /// the probability of each value differs from 1 / count by less than 2^-64, a relative bias below 2^-32 for any count that fits 32 bits.
    public func below(_ count: Int, at index: UInt64) -> Int {
        precondition(count > 0, "a draw below \(count)")
        return Self.below(count, bits(at: index))
    }

    /// Standard normal, by inversion; between -8.3 and 8.3.
    public func normal(at index: UInt64) -> Double { NormalDistribution.quantile(openUniform(at: index)) }

    /// Exponential with mean 1; at most 37.
    public func exponential(at index: UInt64) -> Double { -Portable.log(openUniform(at: index)) }

    /// `uniform(at: start)`, `uniform(at: start + 1)`, …
    public func uniforms(_ count: Int, from start: UInt64 = 0) -> [Double] {
        bits(count, from: start).map(Self.uniform)
    }

    /// `normal(at: start)`, `normal(at: start + 1)`, …
    public func normals(_ count: Int, from start: UInt64 = 0) -> [Double] {
        bits(count, from: start).map { NormalDistribution.quantile(Self.openUniform($0)) }
    }

    /// `below(bound, at: start)`, `below(bound, at: start + 1)`, …
    public func below(_ bound: Int, count: Int, from start: UInt64 = 0) -> [Int] {
        precondition(bound > 0, "a draw below \(bound)")
        return bits(count, from: start).map { Self.below(bound, $0) }
    }

    /// 0 ..< count in random order (Fisher and Yates), from indices 1 ..< count. O(count).
    public func permutation(_ count: Int) -> [Int] {
        var order = Array(0 ..< count)
        let bits = bits(count)
        for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, Self.below(i + 1, bits[i])) }
        return order
    }
}
