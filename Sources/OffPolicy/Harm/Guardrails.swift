import LinearAlgebra

/// Tests of guardrails: of every variant, every guardrail, over all deals and in every declared segment, all together.
///
/// The interval of the change in the outcome is difference ± (c · standard error + allowances), c from the maximum of all tests
/// (`SimultaneousTests`); allowances are what actions whose outcome never varied may hide, and what the strategy does beyond the
/// history's reach, at worst. The p-value is that of a change within the bound: the statistic is how far the change, less its
/// allowance, lies beyond the bound, in standard errors. So it is at most 1 − level where the interval lies wholly outside.
package struct GuardrailTests {
    /// One variant's change of one guarded outcome.
    package struct Guarded {
        package let guardrail: HistoryDefinition.Guardrail
        package let terms: PairedTerms
        /// How far the interval must reach beyond chance, below and above, for some deals.
        package let allowance: ([Int32]) -> (below: Double, above: Double)

        package init(guardrail: HistoryDefinition.Guardrail, terms: PairedTerms, allowance: @escaping ([Int32]) -> (below: Double, above: Double)) {
            self.guardrail = guardrail
            self.terms = terms
            self.allowance = allowance
        }
    }

    private struct Test {
        let owner: Int
        let segment: Segment?
        let difference: PartDifference
        let allowance: (below: Double, above: Double)
        let rows: [Int32]
    }

    /// By guarded outcome, in the order given: all deals first, then the segments.
    package let results: [[ComparisonResult.Guardrail]]

    /// - Parameter cells: the declared segments.
    package init(_ guarded: [Guarded], cells: [SegmentMap.Cell], inference: Inference, bootstrap: MultiplierBootstrap, threads: Int) {
        guard let deals = guarded.first?.terms.difference.count else {
            results = []
            return
        }
        let everyone = (0 ..< deals).map(Int32.init)
        let parts = [(segment: nil, rows: everyone)] + cells.map { (segment: Optional($0.segment), rows: $0.rows) }
        let differences = PartDifference.all(guarded.map(\.terms), parts: parts.map(\.rows), clusters: inference.clusters, threads: threads)
        var tests: [Test] = []
        for (owner, own) in guarded.enumerated() {
            for (place, (segment, rows)) in parts.enumerated() {
                let difference = differences[place][owner]
                tests.append(Test(owner: owner, segment: segment, difference: difference,
                                  allowance: difference.isSupported ? own.allowance(rows) : (0, 0), rows: rows))
            }
        }
        let told = tests.indices.filter { tests[$0].difference.isSupported }
        let statistics = told.map { Self.excess(tests[$0], guarded[tests[$0].owner].guardrail) }
        let simultaneous = SimultaneousTests(
            statistics: statistics, parts: told.map { (tests[$0].difference, guarded[tests[$0].owner].terms, tests[$0].rows) },
            level: inference.level, single: (inference.quantile, { inference.pValue($0, standardError: 1) }), bootstrap: bootstrap, threads: threads)
        var pValues: [Int: Double] = [:]
        for (place, index) in told.enumerated() { pValues[index] = simultaneous.pValues[place] }
        var results: [[ComparisonResult.Guardrail]] = Array(repeating: [], count: guarded.count)
        for (index, test) in tests.enumerated() {
            results[test.owner].append(Self.result(test, guarded[test.owner].guardrail, critical: simultaneous.criticalValue, p: pValues[index]))
        }
        self.results = results
    }

    /// How far the change lies beyond the bound, in standard errors; 0 inside.
    private static func excess(_ test: Test, _ guardrail: HistoryDefinition.Guardrail) -> Double {
        let value = test.difference.value
        let beyond = switch guardrail.bound {
        case .mayFallBy(let bound): -value - test.allowance.above - bound
        case .mayRiseBy(let bound): value - test.allowance.below - bound
        }
        let size = max(0, beyond)
        return test.difference.error > 0 ? size / test.difference.error : size
    }

    private static func result(_ test: Test, _ guardrail: HistoryDefinition.Guardrail, critical: Double, p: Double?) -> ComparisonResult.Guardrail {
        var result = ComparisonResult.Guardrail(
            outcome: guardrail.outcome, bound: guardrail.bound, segment: test.segment, deals: test.difference.deals,
            difference: test.difference.value.isFinite ? test.difference.value : nil, lower: nil, upper: nil, adjustedP: p, status: .unclear)
        guard test.difference.isSupported else { return result }
        let reach = critical * test.difference.error
        let lower = test.difference.value - reach - test.allowance.below, upper = test.difference.value + reach + test.allowance.above
        result.lower = lower
        result.upper = upper
        result.status = switch guardrail.bound {
        case .mayFallBy(let bound): lower >= -bound ? .held : upper < -bound ? .broken : .unclear
        case .mayRiseBy(let bound): upper <= bound ? .held : lower > bound ? .broken : .unclear
        }
        return result
    }
}

extension HistoryDefinition.Guardrail {
    /// As the file gives it: one of the two.
    var bound: ComparisonResult.Guardrail.Bound { mayFallBy.map { .mayFallBy($0) } ?? .mayRiseBy(mayRiseBy ?? 0) }
}
