/// An unevaluated sum of two doubles, about 106 bits (Dekker 1971; Knuth's two-sum). The slow twin
/// of `Portable`: series instead of fitted polynomials, and errors near 1e-30.
struct DoubleDouble {
    var high: Double
    var low: Double

    init(_ high: Double, _ low: Double = 0) {
        let sum = high + low, taken = sum - high
        self.high = sum
        self.low = (high - (sum - taken)) + (low - taken)
    }

    /// ln 2 to 107 bits.
    static let ln2 = DoubleDouble(0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56)

    static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        let sum = DoubleDouble(a.high, b.high), rest = DoubleDouble(a.low, b.low)
        let first = DoubleDouble(sum.high, sum.low + rest.high)
        return DoubleDouble(first.high, first.low + rest.low)
    }

    static prefix func - (a: DoubleDouble) -> DoubleDouble { DoubleDouble(-a.high, -a.low) }
    static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble { a + -b }

    static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        let product = a.high * b.high
        let lost = (-product).addingProduct(a.high, b.high)
        return DoubleDouble(product, lost + (a.high * b.low + a.low * b.high))
    }

    static func / (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        let first = DoubleDouble(a.high / b.high)
        let rest = a - first * b
        let second = DoubleDouble(rest.high / b.high)
        return first + second + DoubleDouble((rest - second * b).high / b.high)
    }

    /// This times 2^exponent; the result is to be far from the ends of the range.
    func scaled(_ exponent: Int) -> DoubleDouble { DoubleDouble(high.scaled(exponent), low.scaled(exponent)) }
}

extension Double {
    /// This times 2^exponent, in two steps since 2^1074 is no double.
    fileprivate func scaled(_ exponent: Int) -> Double {
        let half = exponent / 2
        return self * Double(sign: .plus, exponent: half, significand: 1) * Double(sign: .plus, exponent: exponent - half, significand: 1)
    }
}

/// value · 2^exponent: high-precision results beyond the range of a double.
struct HighPrecision {
    let value: DoubleDouble
    let exponent: Int

    init(_ value: DoubleDouble, exponent: Int = 0) {
        self.value = value
        self.exponent = exponent
    }

    /// How far `result` is off, in units of the last place that a double has at this value.
    func ulps(from result: Double) -> Double {
        guard value.high != 0 else { return result == 0 ? 0 : .infinity }
        let lastPlace = max(Int(value.high.exponent) + exponent, -1022) - 52
        if !result.isFinite { return value.high.exponent + exponent > 1023 && (result > 0) == (value.high > 0) ? 0 : .infinity }
        // Both in units of the last place; the differences are what counts, and they fit a double.
        let difference = DoubleDouble(result.scaled(-lastPlace)) - value.scaled(exponent - lastPlace)
        return abs(difference.high)
    }

    static func exp(_ x: Double) -> HighPrecision {
        if x < -3000 { return HighPrecision(DoubleDouble(1), exponent: -4000) }
        let (k, series) = reduced(x)
        return HighPrecision(DoubleDouble(1) + series, exponent: k)
    }

    static func expm1(_ x: Double) -> HighPrecision {
        if x < -80 { return HighPrecision(DoubleDouble(-1)) }
        let (k, series) = reduced(x)
        if k == 0 { return HighPrecision(series) }
        if k > 200 { return HighPrecision(DoubleDouble(1) + series, exponent: k) }
        return HighPrecision((DoubleDouble(1) + series).scaled(k) - DoubleDouble(1))
    }

    static func log(_ x: Double) -> HighPrecision {
        let k = nearestPower(x)
        return HighPrecision(log(exponent: k, fraction: DoubleDouble(x.scaled(-k)) - DoubleDouble(1)))
    }

    static func log1p(_ x: Double) -> HighPrecision { HighPrecision(log1p(DoubleDouble(x))) }

    static func sigmoid(_ x: Double) -> HighPrecision {
        let decay = exp(-abs(x))
        let small = decay.exponent < -200 ? DoubleDouble(0) : decay.value.scaled(decay.exponent)
        let share = DoubleDouble(1) / (DoubleDouble(1) + small)
        return x >= 0 ? HighPrecision(share) : HighPrecision(decay.value * share, exponent: decay.exponent)
    }

    static func softplus(_ x: Double) -> HighPrecision {
        let decay = exp(-abs(x))
        if decay.exponent < -200 { return x > 0 ? HighPrecision(DoubleDouble(x)) : decay }
        return HighPrecision(DoubleDouble(max(x, 0)) + log1p(decay.value.scaled(decay.exponent)))
    }

    /// x = k ln 2 + r; e^r - 1 by its Taylor series.
    private static func reduced(_ x: Double) -> (k: Int, series: DoubleDouble) {
        let k = (x / DoubleDouble.ln2.high).rounded()
        let r = DoubleDouble(x) - DoubleDouble(k) * DoubleDouble.ln2
        var sum = DoubleDouble(0), n = 28.0
        while n >= 1 {
            sum = r * (DoubleDouble(1) + sum) / DoubleDouble(n)
            n -= 1
        }
        return (Int(k), sum)
    }

    private static func log1p(_ x: DoubleDouble) -> DoubleDouble {
        let u = DoubleDouble(1) + x
        let k = nearestPower(u.high)
        guard k != 0 else { return log(exponent: 0, fraction: x) }
        // Beyond 2^100 the 1 is far below the last of 106 bits.
        if k > 100 { return log(exponent: k, fraction: DoubleDouble(u.high.scaled(-k)) - DoubleDouble(1)) }
        return log(exponent: k, fraction: u.scaled(-k) - DoubleDouble(1))
    }

    /// The k for which x / 2^k lies about 1.
    private static func nearestPower(_ x: Double) -> Int { Int(x.exponent) + (x.significand > 1.4142135623730951 ? 1 : 0) }

    /// k ln 2 + log(1 + f) by the series of 2 atanh(f / (2 + f)).
    private static func log(exponent k: Int, fraction f: DoubleDouble) -> DoubleDouble {
        let s = f / (DoubleDouble(2) + f), square = s * s
        var sum = DoubleDouble(0), n = 45.0
        while n >= 3 {
            sum = square * (sum + DoubleDouble(1) / DoubleDouble(n))
            n -= 2
        }
        return DoubleDouble(Double(k)) * DoubleDouble.ln2 + (s + s * sum).scaled(1)
    }
}
