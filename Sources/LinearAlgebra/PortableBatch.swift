/// The portable functions over eight lanes and over arrays; the bits are those of the scalar forms.
extension Portable {
    public static func exp(_ x: SIMD8<Double>) -> SIMD8<Double> { Kernel.exp(x) }
    public static func expm1(_ x: SIMD8<Double>) -> SIMD8<Double> { Kernel.expm1(x) }
    public static func log(_ x: SIMD8<Double>) -> SIMD8<Double> { Kernel.log(x) }
    public static func log1p(_ x: SIMD8<Double>) -> SIMD8<Double> { Kernel.log1p(x) }
    public static func sigmoid(_ x: SIMD8<Double>) -> SIMD8<Double> { Kernel.sigmoid(x) }
    public static func softplus(_ x: SIMD8<Double>) -> SIMD8<Double> { Kernel.softplus(x) }

    public static func exp(_ values: [Double]) -> [Double] { mapped(values) { exp(inPlace: &$0) } }
    public static func expm1(_ values: [Double]) -> [Double] { mapped(values) { expm1(inPlace: &$0) } }
    public static func log(_ values: [Double]) -> [Double] { mapped(values) { log(inPlace: &$0) } }
    public static func log1p(_ values: [Double]) -> [Double] { mapped(values) { log1p(inPlace: &$0) } }
    public static func sigmoid(_ values: [Double]) -> [Double] { mapped(values) { sigmoid(inPlace: &$0) } }
    public static func softplus(_ values: [Double]) -> [Double] { mapped(values) { softplus(inPlace: &$0) } }

    public static func exp(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.exp($0) }, { Kernel.exp($0) }) }
    public static func expm1(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.expm1($0) }, { Kernel.expm1($0) }) }
    public static func log(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.log($0) }, { Kernel.log($0) }) }
    public static func log1p(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.log1p($0) }, { Kernel.log1p($0) }) }
    public static func sigmoid(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.sigmoid($0) }, { Kernel.sigmoid($0) }) }
    public static func softplus(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.softplus($0) }, { Kernel.softplus($0) }) }

    private static func mapped(_ values: [Double], _ body: (inout MutableSpan<Double>) -> Void) -> [Double] {
        var result = values
        var span = result.mutableSpan
        body(&span)
        return result
    }

    /// Whole eights by `eight`, the rest by `one`.
    @inline(__always)
    private static func map(_ values: inout MutableSpan<Double>, _ eight: (SIMD8<Double>) -> SIMD8<Double>, _ one: (Double) -> Double) {
        var i = 0
        while i + 8 <= values.count {
            let x = SIMD8<Double>(values[i], values[i + 1], values[i + 2], values[i + 3], values[i + 4], values[i + 5], values[i + 6], values[i + 7])
            let y = eight(x)
            for lane in 0 ..< 8 { values[i + lane] = y[lane] }
            i += 8
        }
        while i < values.count {
            values[i] = one(values[i])
            i += 1
        }
    }
}
