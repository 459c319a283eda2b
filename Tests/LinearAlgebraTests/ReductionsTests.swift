import LinearAlgebra
import Testing

struct ReductionsTests {
    /// Twins of high precision, and the documented bound on the error.
    @Test(arguments: [0, 1, 2, 31, 32, 33, 100, 2047, 2048, 2049, 5000, 100_000])
    func sums(count: Int) {
        let random = CounterRandom(seed: UInt64(count))
        let x = random.normals(count), y = random.normals(count, from: 1 << 40)
        let terms = Double(64 + 5 + count / 2048 + 1) * 0x1p-53
        check(Reductions.sum(x), twin: total(x), within: terms * x.reduce(0) { $0 + abs($1) })
        check(Reductions.dot(x, y), twin: zip(x, y).reduce(DoubleDouble(0)) { $0 + DoubleDouble($1.0) * DoubleDouble($1.1) },
              within: (terms + 0x1p-53) * zip(x, y).reduce(0) { $0 + abs($1.0 * $1.1) })
        #expect(Reductions.sum(x, 0 ..< count) == Reductions.sum(x))
        #expect(Reductions.sum(x, count / 3 ..< count) == Reductions.sum(Array(x[(count / 3)...])))
        let exact = total(x)
        #expect(abs((DoubleDouble(Reductions.compensatedSum(x)) - exact).high) <= exact.high.magnitude.ulp)
        guard count > 1 else { return }
        let mean = exact / DoubleDouble(Double(count))
        let squares = x.reduce(DoubleDouble(0)) { $0 + (DoubleDouble($1) - mean) * (DoubleDouble($1) - mean) }
        let variance = (squares / DoubleDouble(Double(count - 1))).high
        #expect(abs(Reductions.variance(x) - variance) <= 1e-14 * variance)
        #expect(abs(Reductions.mean(x) - mean.high) <= 1e-14)
        let weighted = Reductions.mean(x, weights: y.map { $0 * $0 + 1 })
        let slow = zip(x, y).reduce(0) { $0 + $1.0 * ($1.1 * $1.1 + 1) } / y.reduce(0) { $0 + $1 * $1 + 1 }
        #expect(abs(weighted - slow) < 1e-13)
    }

    private func total(_ x: [Double]) -> DoubleDouble { x.reduce(DoubleDouble(0)) { $0 + DoubleDouble($1) } }

    private func check(_ value: Double, twin: DoubleDouble, within bound: Double) {
        #expect(abs((DoubleDouble(value) - twin).high) <= bound)
    }

    /// The order that the documentation states, written out.
    @Test(arguments: [5, 40, 2048, 5000])
    func orderIsAsDocumented(count: Int) {
        let x = CounterRandom(seed: 3).normals(count)
        var total = 0.0
        for start in stride(from: 0, to: count, by: 2048) {
            let block = x[start ..< min(count, start + 2048)]
            var lanes = [Double](repeating: 0, count: 32)
            for (i, value) in block.enumerated() { lanes[i % 32] += value }
            while lanes.count > 1 {
                let half = lanes.count / 2
                lanes = (0 ..< half).map { lanes[$0] + lanes[$0 + half] }
            }
            total += lanes[0]
        }
        #expect(Reductions.sum(x) == total)
    }

    @Test func compensationSurvivesCancellation() {
        #expect(Reductions.compensatedSum([1, 1e100, 1, -1e100]) == 2)
        #expect(Reductions.compensatedSum([Double](repeating: 0.1, count: 1_000_000)) == 100_000)
    }

    @Test func infinitiesAndEmptiness() {
        #expect(Reductions.compensatedSum([1, .infinity, 2]) == .infinity)
        #expect(Reductions.compensatedSum([.infinity, -.infinity]).isNaN)
        #expect(Reductions.sum([]) == 0)
        #expect(Reductions.compensatedSum([]) == 0)
        #expect(Reductions.mean([]).isNaN)
        #expect(Reductions.variance([1]).isNaN)
        #expect(Reductions.mean([1, 2], weights: [0, 0]).isNaN)
    }
}
