import Glibc

/// Elementary functions (first cut over libm; replaced by the portable ones).
public enum Portable {
    public static func exp(_ x: Double) -> Double { Glibc.exp(x) }
    public static func log(_ x: Double) -> Double { Glibc.log(x) }
    public static func log1p(_ x: Double) -> Double { Glibc.log1p(x) }
    public static func expm1(_ x: Double) -> Double { Glibc.expm1(x) }
    /// 1 / (1 + exp(-x))
    public static func sigmoid(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : { let e = exp(x); return e / (1 + e) }() }
    /// log(1 + exp(x))
    public static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
}
