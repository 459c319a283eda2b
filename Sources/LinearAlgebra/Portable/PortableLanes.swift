/// Numbers that `Portable`'s kernels compute with: one double, or eight side by side.
///
/// Only IEEE operations that round each lane by itself, and integer operations on the lanes' bits,
/// so that a lane of eight gets the very bits that one double gets. There are no comparisons:
/// those of `SIMD8<Double>` compile to a loop over the lanes in Swift 6.3. Choices are made by
/// masks taken from sign bits instead.
protocol PortableLanes {
    associatedtype Words: PortableWords

    init(_ constant: Double)
    init(words: Words)
    var words: Words { get }
    static func + (_: Self, _: Self) -> Self
    static func - (_: Self, _: Self) -> Self
    static func * (_: Self, _: Self) -> Self
    static func / (_: Self, _: Self) -> Self
}

/// The bits of the lanes as unsigned integers.
protocol PortableWords {
    init(_ constant: UInt64)
    static func &+ (_: Self, _: Self) -> Self
    static func &- (_: Self, _: Self) -> Self
    static func &* (_: Self, _: Self) -> Self
    static func & (_: Self, _: Self) -> Self
    static func | (_: Self, _: Self) -> Self
    static func ^ (_: Self, _: Self) -> Self
    func shiftedLeft(_ count: UInt64) -> Self
    func shiftedRight(_ count: UInt64) -> Self
    func atMost(_ bound: Self) -> Self
}

extension Double: PortableLanes {
    @inline(__always) init(words: UInt64) { self.init(bitPattern: words) }
    @inline(__always) var words: UInt64 { bitPattern }
}

extension UInt64: PortableWords {
    @inline(__always) func shiftedLeft(_ count: UInt64) -> UInt64 { self &<< count }
    @inline(__always) func shiftedRight(_ count: UInt64) -> UInt64 { self &>> count }
    @inline(__always) func atMost(_ bound: UInt64) -> UInt64 { Swift.min(self, bound) }
}

extension SIMD8<Double>: PortableLanes {
    @inline(__always) init(_ constant: Double) { self.init(repeating: constant) }
    @inline(__always) init(words: SIMD8<UInt64>) { self = unsafeBitCast(words, to: SIMD8<Double>.self) }
    @inline(__always) var words: SIMD8<UInt64> { unsafeBitCast(self, to: SIMD8<UInt64>.self) }
}

extension SIMD8<UInt64>: PortableWords {
    @inline(__always) init(_ constant: UInt64) { self.init(repeating: constant) }
    @inline(__always) func shiftedLeft(_ count: UInt64) -> SIMD8<UInt64> { self &<< SIMD8(repeating: count) }
    @inline(__always) func shiftedRight(_ count: UInt64) -> SIMD8<UInt64> { self &>> SIMD8(repeating: count) }
    @inline(__always) func atMost(_ bound: SIMD8<UInt64>) -> SIMD8<UInt64> { pointwiseMin(self, bound) }
}

extension PortableWords {
    /// All ones where the top bit is set, else zero.
    @inline(__always) var signMask: Self { Self(0) &- shiftedRight(63) }

    /// All ones where a bit is set, else zero.
    @inline(__always) var nonzeroMask: Self { (self | (Self(0) &- self)).signMask }

    /// The bits of `yes` where `self`, a mask, is ones, and of `no` where it is zero.
    @inline(__always) func choose<L: PortableLanes>(_ yes: L, else no: L) -> L where L.Words == Self {
        L(words: (yes.words & self) | (no.words & (self ^ Self(.max))))
    }
}

extension PortableLanes {
    @inline(__always) var magnitudeWords: Words { words & Words(0x7FFF_FFFF_FFFF_FFFF) }

    @inline(__always) var absolute: Self { Self(words: magnitudeWords) }

    /// Ones where NaN.
    @inline(__always) var nanMask: Words { (Words(0x7FF0_0000_0000_0000) &- magnitudeWords).signMask }

    /// Ones where infinite or NaN.
    @inline(__always) var notFiniteMask: Words { (Words(0x7FEF_FFFF_FFFF_FFFF) &- magnitudeWords).signMask }

    /// Ones where +0 or -0.
    @inline(__always) var zeroMask: Words { magnitudeWords.nonzeroMask ^ Words(.max) }

    /// Ones where |self| is below `bound`, a positive finite number.
    @inline(__always) func smallMask(_ bound: Double) -> Words { (magnitudeWords &- Words(bound.bitPattern)).signMask }

    /// The lesser of self and `bound`; unspecified for NaN.
    @inline(__always) func atMost(_ bound: Double) -> Self { (Self(bound) - self).words.signMask.choose(Self(bound), else: self) }

    /// The greater of self and `bound`; unspecified for NaN.
    @inline(__always) func atLeast(_ bound: Double) -> Self { (self - Self(bound)).words.signMask.choose(Self(bound), else: self) }
}

/// Eight neighbours at once; of eight subscripts the compiler would make eight loads.
extension Span<Double> {
    @inline(__always)
    func eight(at index: Int) -> SIMD8<Double> {
        precondition(index >= 0 && index <= count - 8)
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index &* 8, as: SIMD8<Double>.self) }
    }
}

extension MutableSpan<Double> {
    @inline(__always)
    mutating func set(_ eight: SIMD8<Double>, at index: Int) {
        precondition(index >= 0 && index <= count - 8)
        withUnsafeMutableBytes { $0.storeBytes(of: eight, toByteOffset: index &* 8, as: SIMD8<Double>.self) }
    }
}
