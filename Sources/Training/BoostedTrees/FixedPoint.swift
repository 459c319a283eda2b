/// How gradients and hessians become integers in one iteration: fixed point, in powers of two chosen from the largest ones.
///
/// Integer sums do not depend on their order, so histograms, and with them the model's bytes, are the same for any number
/// of threads and any order of rows. Two widths:
///
/// - **narrow**: gradient in 17 bits and sign, hessian in 16, and a count, packed into one 64-bit word:
///
///       63            36 35          10 9       0
///       [ Σ gradient   ] [ Σ hessian  ] [ rows  ]      sums of up to 1,023 rows stay within their fields
///
///   (before that, beside its row: see `RowEntry`);
///
/// - **wide**: 30 bits each, in 128 bits of accumulator; taken when an eighth of the rows would keep fewer than five bits
///   in the narrow form: rare positives, weights that span many orders, targets with heavy tails.
///
/// Leaf values always come from 64-bit sums of the wide terms. Rounding is to the nearest, ties to even.
package struct FixedPoint: Sendable, Equatable {
    /// |gradient| < 2^gradientExponent, hessian < 2^hessianExponent.
    package let gradientExponent: Int
    package let hessianExponent: Int
    package let isWide: Bool

    package static let narrowGradientBits = 17
    package static let narrowHessianBits = 16
    package static let wideBits = 30
    /// Rows whose narrow sums cannot overflow, and likewise wide ones: the largest count that its field holds.
    package static let narrowRun = 1 << 10 - 1
    package static let wideRun = 1 << 16 - 1

    package init(largestGradient: Double, largestHessian: Double, isWide: Bool = false) {
        // Exponents of denormals are cut off: what is so small counts as 0.
        gradientExponent = largestGradient > 0 ? max(-900, largestGradient.exponent + 1) : 0
        hessianExponent = largestHessian > 0 ? max(-900, largestHessian.exponent + 1) : 0
        self.isWide = isWide
    }

    package var widened: FixedPoint { FixedPoint(gradientExponent: gradientExponent, hessianExponent: hessianExponent, isWide: true) }

    private init(gradientExponent: Int, hessianExponent: Int, isWide: Bool) {
        self.gradientExponent = gradientExponent
        self.hessianExponent = hessianExponent
        self.isWide = isWide
    }

    /// What one unit of a histogram's sums is worth.
    package var gradientUnit: Double { power(gradientExponent - (isWide ? Self.wideBits : Self.narrowGradientBits)) }
    package var hessianUnit: Double { power(hessianExponent - (isWide ? Self.wideBits : Self.narrowHessianBits)) }
    /// What one unit of the leaves' sums is worth.
    package var leafGradientUnit: Double { power(gradientExponent - Self.wideBits) }
    package var leafHessianUnit: Double { power(hessianExponent - Self.wideBits) }

    /// The nearest integer, for |x| < 2^51, by the rounding of one addition.
    @inline(__always)
    package static func nearest(_ x: Double) -> Int64 {
        let magic = 0x1.8p52
        return Int64(bitPattern: (x + magic).bitPattern) &- Int64(bitPattern: magic.bitPattern)
    }

    @inline(__always)
    package static func pack(narrowGradient: Int64, hessian: Int64) -> Int64 { narrowGradient &<< 36 &+ hessian &<< 10 &+ 1 }

    /// The sums that a word of narrow terms holds.
    @inline(__always)
    static func unpack(_ word: Int64) -> (gradient: Int64, hessian: Int64, rows: Int64) { (word >> 36, word >> 10 & (1 << 26 - 1), word & (1 << 10 - 1)) }

    /// The same of eight words.
    @inline(__always)
    static func unpack(_ words: SIMD8<Int64>) -> (gradients: SIMD8<Int64>, hessians: SIMD8<Int64>, rows: SIMD8<Int64>) {
        (words &>> 36, words &>> 10 & (1 << 26 - 1), words & (1 << 10 - 1))
    }

    @inline(__always)
    package static func pack(wideGradient: Int64, hessian: Int64) -> Int64 { wideGradient &<< 32 &+ hessian }

    /// Gradient and hessian of one wide term.
    @inline(__always)
    static func unpack(wide term: Int64) -> SIMD2<Int64> { SIMD2(term >> 32, term & (1 << 32 - 1)) }
}

/// A training row and its narrow gradient and hessian, in one word so that a partition moves them together:
///
///       63         45 44        28 27      0
///       [ gradient  ] [ hessian  ] [ row   ]
package struct RowEntry: BitwiseCopyable, Sendable, Equatable {
    private let word: Int64

    /// Rows of a table, at most.
    package static let mostRows = 1 << 28

    /// - Precondition: |gradient| <= 2^17, 0 <= hessian <= 2^16, row < `mostRows`.
    @inline(__always)
    package init(row: Int, gradient: Int64, hessian: Int64) { word = gradient &<< 45 &+ hessian &<< 28 &+ Int64(truncatingIfNeeded: row) }

    @inline(__always)
    package var row: Int { Int(truncatingIfNeeded: word & (1 << 28 - 1)) }

    /// What a histogram adds: see `FixedPoint`.
    @inline(__always)
    package var term: Int64 { FixedPoint.pack(narrowGradient: word >> 45, hessian: word >> 28 & (1 << 17 - 1)) }
}

/// 2^exponent.
@inline(__always)
package func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

/// Integer sums over rows: gradients and hessians in the iteration's units, and the number of rows.
package struct Sums: Sendable, Equatable {
    package var gradient: Int
    package var hessian: Int
    package var rows: Int

    package static let zero = Sums(gradient: 0, hessian: 0, rows: 0)

    package init(gradient: Int, hessian: Int, rows: Int) {
        self.gradient = gradient
        self.hessian = hessian
        self.rows = rows
    }

    @inline(__always)
    package static func + (a: Sums, b: Sums) -> Sums {
        Sums(gradient: a.gradient + b.gradient, hessian: a.hessian + b.hessian, rows: a.rows + b.rows)
    }

    @inline(__always)
    package static func - (a: Sums, b: Sums) -> Sums {
        Sums(gradient: a.gradient - b.gradient, hessian: a.hessian - b.hessian, rows: a.rows - b.rows)
    }
}
