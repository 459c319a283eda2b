/// Elementary functions that give the same bits on every processor.
///
/// libm picks its code by processor, and its last bit differs between those with and without fused
/// multiply-add. These use IEEE `+ - * /` and integer operations on bits only, in a fixed order
/// (Swift never contracts `a * b + c`). Arguments are reduced after Cody and Waite, "Software Manual
/// for the Elementary Functions" (1980); the logarithm's shape is that of Tang's and fdlibm's
/// log(1 + f) = f - f²/2 + s (f²/2 + R(s²)), s = f / (2 + f). The polynomials are fits of our own.
///
/// `exp`, `log`, `log1p` and `expm1` are at most 1 ulp off, `sigmoid` and `softplus` at most 3, over
/// the whole domain with subnormal results; NaN gives NaN, and infinities and zeros what C99's
/// Annex F asks for. The forms over eight lanes and over arrays, in PortableBatch.swift, give the
/// same bits.
public enum Portable {
    /// The name of this arithmetic, for documents that a later version must be able to replay.
    public static let profile = "ieee754-binary64/portable-1"

    /// eˣ
    public static func exp(_ x: Double) -> Double { Kernel.exp(x) }
    /// eˣ - 1, without cancellation near 0.
    public static func expm1(_ x: Double) -> Double { Kernel.expm1(x) }
    /// The natural logarithm; NaN below 0.
    public static func log(_ x: Double) -> Double { Kernel.log(x) }
    /// log(1 + x), without cancellation near 0; NaN below -1.
    public static func log1p(_ x: Double) -> Double { Kernel.log1p(x) }
    /// 1 / (1 + e⁻ˣ)
    public static func sigmoid(_ x: Double) -> Double { Kernel.sigmoid(x) }
    /// log(1 + eˣ)
    public static func softplus(_ x: Double) -> Double { Kernel.softplus(x) }
}

extension Portable {
    /// The functions over one lane or eight.
    enum Kernel {
        // ln 2 in two parts; the first has 42 bits, so that its product with an exponent is exact.
        private static var ln2High: Double { 0x1.62e42fefa38p-1 }
        private static var ln2Low: Double { 0x1.ef35793c7673p-45 }
        /// Added to a small number, leaves it rounded to an integer in the low bits.
        private static var integerShift: Double { 0x1.8p52 }

        // MARK: Exponentials

        /// e^x = 2^exponent · (leading + trailing), the trailing part below 0.01 and known to about 2^-59.
        private struct Exponential<L: PortableLanes> {
            let exponent: L.Words
            let leading: L
            let trailing: L

            /// - Precondition: |x| ≤ 800, by the caller.
            @inline(__always) init(_ x: L) {
                let shifted = x * L(0x1.71547652b82fep+0) + L(integerShift)
                let k = shifted - L(integerShift)
                exponent = shifted.words &- L(integerShift).words
                // r + c = x - k ln 2, to about 2^-86
                let high = x - k * L(ln2High), low = k * L(ln2Low)
                let r = high - low
                let c = (high - r) - low
                // 1 + r + s²/2, with s the first 26 bits of r: exactly, in three parts
                let s = L(words: r.words & L.Words(0xFFFF_FFFF_F800_0000))
                let halfSquare = L(0.5) * s * s
                let first = L(1) + r
                leading = first + halfSquare
                let exact = (r - (first - L(1))) + (halfSquare - (leading - first))
                let rest = L(0.5) * (r - s) * (r + s) + (c + c * r)
                trailing = exact + (rest + r * r * r * Self.tailPolynomial(r))
            }

            /// (eʳ - 1 - r - r²/2) / r³ for |r| ≤ ln 2 / 2: weighted least squares on Chebyshev nodes; the error in eʳ is below 2^-62.
            @inline(__always) private static func tailPolynomial(_ r: L) -> L {
                let square = r * r
                var even = L(0x1.af4ecf3207b21p-26)
                even = even * square + L(0x1.71de01aacd321p-19)
                even = even * square + L(0x1.a01a01ac1e915p-13)
                even = even * square + L(0x1.1111111110050p-7)
                even = even * square + L(0x1.5555555555557p-3)
                var odd = L(0x1.1f78e7c32e010p-29)
                odd = odd * square + L(0x1.27e4d81523f67p-22)
                odd = odd * square + L(0x1.a01a01a81968ep-16)
                odd = odd * square + L(0x1.6c16c16c15ff9p-10)
                odd = odd * square + L(0x1.5555555555556p-5)
                return even + odd * r
            }
        }

        /// x · 2^exponent for exponents in -2044 ... 2046: in two steps, of which only the last can round.
        @inline(__always) private static func scale<L: PortableLanes>(_ x: L, by exponent: L.Words) -> L {
            let biased = exponent &+ L.Words(2046)
            let half = biased.shiftedRight(1)
            return x * L(words: half.shiftedLeft(52)) * L(words: (biased &- half).shiftedLeft(52))
        }

        /// eˣ for finite |x| ≤ 800.
        @inline(__always) private static func boundedExp<L: PortableLanes>(_ x: L) -> L {
            let e = Exponential(x)
            return scale(e.leading + e.trailing, by: e.exponent)
        }

        /// e^-|x|, and something for NaN.
        @inline(__always) private static func decay<L: PortableLanes>(_ x: L) -> L {
            // With the sign set, the number nearer to 0 is the smaller integer.
            let e = Exponential(L(words: (x.words | L.Words(1 << 63)).atMost(L(-746).words)))
            // By two powers of two, of which the first keeps the number normal, so that only the second can round.
            return (e.leading + e.trailing) * L(words: (e.exponent &+ L.Words(1023 + 60)).shiftedLeft(52)) * L(0x1p-60)
        }

        @inline(__always) static func exp<L: PortableLanes>(_ x: L) -> L {
            // Beyond these bounds the result is infinite, or rounds to 0.
            x.nanMask.choose(x, else: boundedExp(x.atMost(710).atLeast(-746)))
        }

        @inline(__always) static func expm1<L: PortableLanes>(_ x: L) -> L {
            // At half the size, so that results up to the largest number do not overflow on the way.
            let e = Exponential(x.atMost(710).atLeast(-40))
            let unit = L(words: (e.exponent &+ L.Words(1022)).shiftedLeft(52))
            let a = e.leading * unit, b = e.trailing * unit
            // a - 1/2 exactly, in two parts, whichever is greater
            let sum = a - L(0.5), taken = a - sum
            let rest = (a - (sum + taken)) - (L(0.5) - taken)
            let result = (sum + (rest + b)) * L(2)
            return (x.nanMask | x.smallMask(0x1p-54)).choose(x, else: result)
        }

        // MARK: Logarithms

        /// Where a logarithm changes from one power of two to the next: sqrt(1/2).
        private static var split: UInt64 { 0x3FE6_A09E_667F_3BCD }

        /// k ln 2 + log(1 + f) + c, for 1 + f between sqrt(1/2) and sqrt(2) and a c below an ulp of the rest.
        @inline(__always) private static func log<L: PortableLanes>(exponent k: L, fraction f: L, correction c: L) -> L {
            let s = f / (L(2) + f)
            let z = s * s
            let half = L(0.5) * f * f
            let tail = s * (half + z * logPolynomial(z)) + (k * L(ln2Low) + c)
            return k * L(ln2High) - ((half - tail) - f)
        }

        /// (2 atanh(s) / s - 2) / s² with z = s² ≤ 0.0295: Remez fit; the error in the logarithm is below 2^-61.
        @inline(__always) private static func logPolynomial<L: PortableLanes>(_ z: L) -> L {
            let square = z * z
            var even = L(0x1.2f03d8156e1b9p-3)
            even = even * square + L(0x1.74663d04ec24fp-3)
            even = even * square + L(0x1.24924941e1b24p-2)
            even = even * square + L(0x1.5555555555592p-1)
            var odd = L(0x1.39a1e619cf45fp-3)
            odd = odd * square + L(0x1.c71c5213f0216p-3)
            odd = odd * square + L(0x1.999999997ff15p-2)
            return even + odd * z
        }

        /// The k for which x / 2^k lies between sqrt(1/2) and sqrt(2), as bits to subtract and as a number.
        @inline(__always) private static func exponent<L: PortableLanes>(_ x: L) -> (bits: L.Words, value: L) {
            // The upper 12 bits with their sign: flipping and subtracting the sign bit extends it.
            let k = ((x.words &- L.Words(split)).shiftedRight(52) ^ L.Words(0x800)) &- L.Words(0x800)
            return (k.shiftedLeft(52), L(words: k &+ L(integerShift).words) - L(integerShift))
        }

        @inline(__always) static func log<L: PortableLanes>(_ x: L) -> L {
            let subnormal = x.smallMask(.leastNormalMagnitude)
            let normal = subnormal.choose(x * L(0x1p54), else: x)
            let (bits, k) = exponent(normal)
            let f = L(words: normal.words &- bits) - L(1)
            var result = log(exponent: k - subnormal.choose(L(54), else: L(0)), fraction: f, correction: L(0))
            result = x.notFiniteMask.choose(x, else: result)
            result = (x.words.signMask & (x.nanMask ^ L.Words(.max))).choose(L(.nan), else: result)
            return x.zeroMask.choose(L(-.infinity), else: result)
        }

        /// log(1 + x) for finite x > -1.
        @inline(__always) private static func boundedLog1p<L: PortableLanes>(_ x: L) -> L {
            let u = L(1) + x
            // What the sum lost, exactly, whichever of 1 and x is greater
            let taken = u - x
            let lost = (L(1) - taken) + (x - (u - taken))
            let (bits, k) = exponent(u)
            let rounded = L(words: u.words &- bits) - L(1)
            // Near 0, x itself is the fraction and nothing was lost.
            let away = bits.nonzeroMask
            let f = away.choose(rounded, else: x), c = away.choose(lost / u, else: L(0))
            return log(exponent: k, fraction: f, correction: c)
        }

        @inline(__always) static func log1p<L: PortableLanes>(_ x: L) -> L {
            var result = boundedLog1p(x)
            result = (x.notFiniteMask | x.smallMask(0x1p-54)).choose(x, else: result)
            let sum = x + L(1)
            result = (sum.words.signMask & (x.nanMask ^ L.Words(.max))).choose(L(.nan), else: result)
            return sum.zeroMask.choose(L(-.infinity), else: result)
        }

        // MARK: Logistic functions

        @inline(__always) static func sigmoid<L: PortableLanes>(_ x: L) -> L {
            let e = decay(x)
            let result = x.words.signMask.choose(e, else: L(1)) / (L(1) + e)
            return x.nanMask.choose(x, else: result)
        }

        @inline(__always) static func logisticDerivatives<L: PortableLanes>(target: L, margin: L, _ positiveWeight: L) -> (first: L, second: L) {
            let probability = sigmoid(margin)
            // Exact, since one of the terms is 0.
            let weight = target * positiveWeight + (L(1) - target)
            return (weight * (probability - target), weight * (probability * (L(1) - probability)))
        }

        @inline(__always) static func softplus<L: PortableLanes>(_ x: L) -> L {
            let e = decay(x)
            // For tiny e, log(1 + e) is e, down to the subnormals.
            let log = e.smallMask(0x1p-54).choose(e, else: boundedLog1p(e))
            let result = x.words.signMask.choose(L(0), else: x) + log
            return x.nanMask.choose(x, else: result)
        }
    }
}
