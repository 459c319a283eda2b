import Glibc

/// The C library's functions, as an independent measure.
enum PlainMath {
    static func exp(_ x: Double) -> Double { Glibc.exp(x) }
    static func log(_ x: Double) -> Double { Glibc.log(x) }
}
