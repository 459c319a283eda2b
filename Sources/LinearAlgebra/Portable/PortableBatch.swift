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

    /// The derivatives of the logistic loss by the margin m: w (p - y) and w p (1 - p), with p = sigmoid(m) and w = `positiveWeight` where the
    /// target y is 1, else 1. All spans have one length.
    /// - Precondition: targets are 0 or 1.
    public static func logisticDerivatives(targets: Span<Double>, margins: Span<Double>, positiveWeight: Double, gradients: inout MutableSpan<Double>,
                                           hessians: inout MutableSpan<Double>) {
        let eights = targets.count & ~7
        for i in stride(from: 0, to: eights, by: 8) {
            let (g, h) = Kernel.logisticDerivatives(target: targets.eight(at: i), margin: margins.eight(at: i), SIMD8(repeating: positiveWeight))
            gradients.set(g, at: i)
            hessians.set(h, at: i)
        }
        for i in eights ..< targets.count {
            (gradients[i], hessians[i]) = Kernel.logisticDerivatives(target: targets[i], margin: margins[i], positiveWeight)
        }
    }

    private static func mapped(_ values: [Double], _ body: (inout MutableSpan<Double>) -> Void) -> [Double] {
        var result = values
        var span = result.mutableSpan
        body(&span)
        return result
    }

    /// By eights, since the compiler makes only four lanes of a plain loop.
    @inline(__always)
    private static func map(_ values: inout MutableSpan<Double>, _ eight: (SIMD8<Double>) -> SIMD8<Double>, _ one: (Double) -> Double) {
        let eights = values.count & ~7
        for i in stride(from: 0, to: eights, by: 8) { values.set(eight(values.span.eight(at: i)), at: i) }
        for i in eights ..< values.count { values[i] = one(values[i]) }
    }
}
