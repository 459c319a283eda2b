import Attribution
import LinearAlgebra
import Testing
import TestSupport

@Suite struct ImportanceTests {
    private func random(rows: Int) -> Attributions {
        var draws = RandomDraws(seed: 41)
        let values = (0 ..< rows * 3).map { _ in draws.uniform() - 0.4 }
        return Attributions(baseValue: 0, contributions: Matrix(rows: rows, columns: 3, order: .column, storage: values), margins: Array(repeating: 0, count: rows))
    }

    @Test func `mean and interval follow their definitions`() {
        let attributions = random(rows: 1000)
        for one in Importance.meanAbsolute(attributions) {
            let values = attributions.contributions.column(one.feature).map(abs)
            let mean = values.reduce(0, +) / 1000
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 999
            #expect(abs(one.meanAbsolute - mean) <= 1e-14)
            #expect(abs(one.standardError - (variance / 1000).squareRoot()) <= 1e-14)
            #expect(abs(one.upper - (mean + 1.959963984540054 * one.standardError)) <= 1e-12)
            #expect(one.lower > 0 && one.lower < mean)
        }
    }

    @Test func `blocks give what the whole gives`() {
        let whole = random(rows: 1000)
        var importance = Importance(featureCount: 3)
        for start in stride(from: 0, to: 1000, by: 170) {
            let rows = Array(start ..< min(start + 170, 1000))
            importance.add(Attributions(baseValue: 0, contributions: whole.contributions.selecting(rows: rows), margins: rows.map { _ in 0 }))
        }
        for (one, other) in zip(importance.result(), Importance.meanAbsolute(whole)) {
            #expect(abs(one.meanAbsolute - other.meanAbsolute) <= 1e-14 && abs(one.standardError - other.standardError) <= 1e-14)
        }
    }

    @Test func `one row has no error, none no importance`() {
        #expect(Importance.meanAbsolute(random(rows: 1)).allSatisfy { $0.standardError == 0 && $0.lower == $0.meanAbsolute })
        #expect(Importance(featureCount: 2).result().map(\.meanAbsolute) == [0, 0])
    }
}
