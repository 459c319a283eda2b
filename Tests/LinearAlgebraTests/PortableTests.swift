import Glibc
import LinearAlgebra
import Testing

/// One function of `Portable` in all its forms, with what it is held against.
struct PortableFunction: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let scalar: @Sendable (Double) -> Double
    let eight: @Sendable (SIMD8<Double>) -> SIMD8<Double>
    let batch: @Sendable ([Double]) -> [Double]
    let precise: @Sendable (Double) -> HighPrecision
    /// The bound on the error in units of the last place.
    let bound: Double
    /// Intervals from which arguments are drawn uniformly.
    let intervals: [ClosedRange<Double>]

    static let all: [PortableFunction] = [
        .init(testDescription: "exp", scalar: { Portable.exp($0) }, eight: { Portable.exp($0) }, batch: { Portable.exp($0) },
              precise: HighPrecision.exp, bound: 1,
              intervals: [-1 ... 1, -0.35 ... -0.34, 0.34 ... 0.36, -40 ... 40, -708 ... 709.8, -745.2 ... -708]),
        .init(testDescription: "expm1", scalar: { Portable.expm1($0) }, eight: { Portable.expm1($0) }, batch: { Portable.expm1($0) },
              precise: HighPrecision.expm1, bound: 1,
              intervals: [-1 ... 1, -0.36 ... -0.33, 0.33 ... 0.42, -1e-3 ... 1e-3, -1e-9 ... 1e-9, -40 ... 40, 500 ... 709.8]),
        .init(testDescription: "log", scalar: { Portable.log($0) }, eight: { Portable.log($0) }, batch: { Portable.log($0) },
              precise: HighPrecision.log, bound: 1,
              intervals: [0.5 ... 2, 0.7 ... 0.72, 1.4 ... 1.43, 0.999 ... 1.001, 0 ... 1, 0 ... 100, 0 ... 1e300, 0 ... 1e-307]),
        .init(testDescription: "log1p", scalar: { Portable.log1p($0) }, eight: { Portable.log1p($0) }, batch: { Portable.log1p($0) },
              precise: HighPrecision.log1p, bound: 1,
              intervals: [-1 ... 1, -0.31 ... -0.28, 0.4 ... 0.43, -1e-3 ... 1e-3, -1e-9 ... 1e-9, -1 ... -0.99, 0 ... 100, 0 ... 1e20]),
        .init(testDescription: "sigmoid", scalar: { Portable.sigmoid($0) }, eight: { Portable.sigmoid($0) }, batch: { Portable.sigmoid($0) },
              precise: HighPrecision.sigmoid, bound: 3,
              intervals: [-1 ... 1, -8 ... 8, -40 ... 40, -745.2 ... 40]),
        .init(testDescription: "softplus", scalar: { Portable.softplus($0) }, eight: { Portable.softplus($0) }, batch: { Portable.softplus($0) },
              precise: HighPrecision.softplus, bound: 3,
              intervals: [-1 ... 1, -8 ... 8, -40 ... 40, -745.2 ... 40, 0 ... 1e10]),
    ]

    /// Argument number i: a third from any double, the rest from the intervals.
    func argument(_ i: Int) -> Double {
        let random = CounterRandom(seed: 2, stream: UInt64(testDescription.count))
        guard i % 3 != 0 else { return Double(bitPattern: random.bits(at: UInt64(i))) }
        let interval = intervals[i % intervals.count]
        return interval.lowerBound + random.uniform(at: UInt64(i)) * (interval.upperBound - interval.lowerBound)
    }

    /// Where the true value is finite and above the range of underflow, so that an error in ulps has a meaning.
    func isMeasured(_ x: Double) -> Bool {
        switch testDescription {
        case "exp": x > -745 && x < 709.782
        case "expm1": x < 709.782
        case "log": x > 0 && x.isFinite
        case "log1p": x > -1 && x.isFinite
        case "sigmoid", "softplus": x > -745 && x.isFinite
        default: preconditionFailure("unknown function")
        }
    }
}

struct PortableTests {
    /// Over 2 million arguments in the domain of each function, against 64-bit mantissas where the processor has them.
    @Test(arguments: PortableFunction.all)
    func errorInUnitsOfTheLastPlace(_ function: PortableFunction) {
        let worst = Parallel.map(25, threads: Parallel.processorCount) { part in
            var worst = (ulps: 0.0, at: 0.0), measured = 0
            for i in part * 100_000 ..< (part + 1) * 100_000 {
                let x = function.argument(i)
                guard function.isMeasured(x) else { continue }
                measured += 1
                let ulps = Self.ulpsOff(function, x)
                if !(ulps <= worst.ulps) { worst = (ulps, x) }
            }
            return (worst.ulps, worst.at, measured)
        }
        let (ulps, at, _) = worst.max { $0.0 < $1.0 }!
        let measured = worst.reduce(0) { $0 + $1.2 }
        print("\(function.testDescription): at most \(ulps) ulp off, at \(at), over \(measured) arguments")
        #expect(ulps <= function.bound, "at \(at)")
        #expect(measured >= 2_000_000)
    }

    private static func ulpsOff(_ function: PortableFunction, _ x: Double) -> Double {
        #if arch(x86_64)
        let expected = extended(function.testDescription, Float80(x))
        let unit = Double(expected).isFinite ? Double(expected).ulp : Double.greatestFiniteMagnitude.ulp
        return Double(abs(Float80(function.scalar(x)) - expected) / Float80(unit))
        #else
        return function.precise(x).ulps(from: function.scalar(x))
        #endif
    }

    #if arch(x86_64)
    private static func extended(_ name: String, _ x: Float80) -> Float80 {
        switch name {
        case "exp": Glibc.exp(x)
        case "expm1": Glibc.expm1(x)
        case "log": Glibc.log(x)
        case "log1p": Glibc.log1p(x)
        case "sigmoid": x >= 0 ? 1 / (1 + Glibc.exp(-x)) : Glibc.exp(x) / (1 + Glibc.exp(x))
        case "softplus": max(x, 0) + Glibc.log1p(Glibc.exp(-abs(x)))
        default: preconditionFailure("unknown function")
        }
    }
    #endif

    /// The series in double-double arithmetic, on every processor.
    @Test(arguments: PortableFunction.all)
    func errorAgainstSeries(_ function: PortableFunction) {
        var worst = (ulps: 0.0, at: 0.0)
        for i in 0 ..< 20_000 {
            let x = function.argument(i)
            guard function.isMeasured(x) else { continue }
            let ulps = function.precise(x).ulps(from: function.scalar(x))
            if !(ulps <= worst.ulps) { worst = (ulps, x) }
        }
        #expect(worst.ulps <= function.bound, "at \(worst.at)")
        #expect(worst.ulps > 0.4, "a twin that always agrees measures nothing")
    }

    /// Every form gives the bits of the scalar one, on any double, for every length of the rest.
    @Test(arguments: PortableFunction.all)
    func batchesGiveTheSameBits(_ function: PortableFunction) {
        let special: [Double] = [0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
                                 .leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 709.78, -745.13, -746, 0x1p-54, -0x1p-54]
        let values = special + (0 ..< 200_000).map { function.argument($0) }
        let expected = values.map { function.scalar($0).bitPattern }
        #expect(function.batch(values).map(\.bitPattern) == expected)
        for start in stride(from: 0, to: values.count - 8, by: 7) {
            let x = SIMD8(values[start ..< start + 8]), y = function.eight(x)
            #expect((0 ..< 8).allSatisfy { y[$0].bitPattern == expected[start + $0] })
        }
        for count in 0 ..< 24 {
            #expect(function.batch(Array(values[..<count])).map(\.bitPattern) == Array(expected[..<count]))
        }
    }

    @Test func logisticDerivativesAreTheirFormulas() {
        let random = CounterRandom(seed: 9)
        let count = 2_003
        let special: [Double] = [800, -800, 0, .nan]
        let margins = (0 ..< count).map { i -> Double in i % 50 == 0 ? special[i / 50 % 4] : 20 * random.normal(at: UInt64(i)) }
        let targets = (0 ..< count).map { i -> Double in Double(random.bits(at: UInt64(i)) % 2) }
        let cases: [(count: Int, weight: Double)] = [(0, 1), (1, 3.5), (7, 1), (8, 0.3), (9, 3.5), (count, 1), (count, 0.3)]
        for (count, weight) in cases {
            var first = [Double](repeating: 0, count: count)
            var second = first
            var firstSpan = first.mutableSpan
            var secondSpan = second.mutableSpan
            Portable.logisticDerivatives(targets: targets.span.extracting(0 ..< count), margins: margins.span.extracting(0 ..< count), positiveWeight: weight,
                                         gradients: &firstSpan, hessians: &secondSpan)
            for i in 0 ..< count {
                let (p, w) = (Portable.sigmoid(margins[i]), targets[i] == 1 ? weight : 1)
                if p.isNaN { #expect(first[i].isNaN && second[i].isNaN) } else {
                    #expect(first[i] == w * (p - targets[i]) && second[i] == w * (p * (1 - p)))
                }
            }
        }
    }

    /// C99 Annex F, and exact results.
    @Test func specialValues() {
        let least = Double.leastNonzeroMagnitude, greatest = Double.greatestFiniteMagnitude
        let table: [(String, (Double) -> Double, [(Double, Double)])] = [
            ("exp", { Portable.exp($0) },
             [(0, 1), (-0.0, 1), (.infinity, .infinity), (-.infinity, 0), (710, .infinity), (greatest, .infinity), (-746, 0), (-greatest, 0),
              (least, 1), (-least, 1), (709.782712893384, 0x1.fffffffffff2ap1023), (-745.1332191019411, least)]),
            ("expm1", { Portable.expm1($0) },
             [(0, 0), (-0.0, -0.0), (.infinity, .infinity), (-.infinity, -1), (710, .infinity), (-38, -1), (-greatest, -1),
              (least, least), (-least, -least), (0x1p-60, 0x1p-60)]),
            ("log", { Portable.log($0) },
             [(1, 0), (0, -.infinity), (-0.0, -.infinity), (.infinity, .infinity), (-1, .nan), (-.infinity, .nan), (-least, .nan),
              (least, -744.4400719213812), (greatest, 709.782712893384)]),
            ("log1p", { Portable.log1p($0) },
             [(0, 0), (-0.0, -0.0), (-1, -.infinity), (.infinity, .infinity), (-1.0000000000000002, .nan), (-.infinity, .nan), (-greatest, .nan),
              (least, least), (-least, -least), (greatest, 709.782712893384)]),
            ("sigmoid", { Portable.sigmoid($0) },
             [(0, 0.5), (-0.0, 0.5), (.infinity, 1), (-.infinity, 0), (40, 1), (greatest, 1), (-746, 0), (-greatest, 0), (-745.1332191019411, least)]),
            ("softplus", { Portable.softplus($0) },
             [(0, 0.6931471805599453), (.infinity, .infinity), (-.infinity, 0), (greatest, greatest), (-greatest, 0), (-745.1332191019411, least), (40, 40)]),
        ]
        for (name, function, cases) in table {
            for (x, y) in cases {
                let result = function(x)
                #expect(result == y && result.sign == y.sign || result.isNaN && y.isNaN, "\(name)(\(x)) is \(result), not \(y)")
            }
            #expect(function(.nan).isNaN && function(-.nan).isNaN)
        }
    }
}
