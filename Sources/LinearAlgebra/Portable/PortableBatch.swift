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

    public static func exp(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.exp($0) }) }
    public static func expm1(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.expm1($0) }) }
    public static func log(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.log($0) }) }
    public static func log1p(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.log1p($0) }) }
    public static func sigmoid(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.sigmoid($0) }) }
    public static func softplus(inPlace values: inout MutableSpan<Double>) { map(&values, { Kernel.softplus($0) }) }

    private static func mapped(_ values: [Double], _ body: (inout MutableSpan<Double>) -> Void) -> [Double] {
        var result = values
        var span = result.mutableSpan
        body(&span)
        return result
    }

    /// A plain loop: the compiler makes eight lanes of it where the processor has them.
    @inline(__always)
    private static func map(_ values: inout MutableSpan<Double>, _ function: (Double) -> Double) {
        for i in values.indices { values[i] = function(values[i]) }
    }
}
