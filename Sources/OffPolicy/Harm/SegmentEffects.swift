import LinearAlgebra

/// Who gains and who loses: the difference from the champion in every declared segment and every pair of them, for all variants.
///
/// Intervals and p-values hold for the whole search (`SimultaneousTests`). Half of the error is spent on single columns and half on
/// pairs, where there are both: pairs are many, and would otherwise cost the few that people plan by most of their power. P-values
/// are those of their half, doubled, so that they agree with its intervals.
package struct SegmentEffects {
    /// By variant: single columns first.
    package let results: [[ComparisonResult.SegmentDifference]]
    package let search: ComparisonResult.SegmentSearch

    private struct Test {
        let owner: Int
        let cell: SegmentMap.Cell
        let difference: PartDifference
    }

    /// - Parameter variants: the objective's terms against the champion's; a variant of which the history tells nothing has NaN.
    package init(_ variants: [PairedTerms], map: SegmentMap, inference: Inference, bootstrap: MultiplierBootstrap, threads: Int) {
        var results: [[ComparisonResult.SegmentDifference]] = Array(repeating: [], count: variants.count)
        var leftOut = map.leftOut * variants.count
        let families = [map.singles, map.pairs].filter { !$0.isEmpty }
        for cells in families {
            let differences = PartDifference.all(variants, parts: cells.map(\.rows), clusters: inference.clusters, threads: threads)
            var tests: [Test] = []
            for owner in variants.indices {
                for (place, cell) in cells.enumerated() {
                    let difference = differences[place][owner]
                    if difference.isSupported { tests.append(Test(owner: owner, cell: cell, difference: difference)) } else { leftOut += 1 }
                }
            }
            let parts = Double(families.count)
            let own = Inference(deals: map.deals, clusters: inference.clusters, level: 1 - (1 - inference.level) / parts)
            let simultaneous = SimultaneousTests(
                statistics: tests.map { $0.difference.error > 0 ? $0.difference.value.magnitude / $0.difference.error : $0.difference.value.magnitude },
                parts: tests.map { ($0.difference, variants[$0.owner], $0.cell.rows) },
                level: own.level, single: (own.quantile, { own.pValue($0, standardError: 1) }), bootstrap: bootstrap, threads: threads)
            for (index, test) in tests.enumerated() {
                let reach = simultaneous.criticalValue * test.difference.error
                results[test.owner].append(ComparisonResult.SegmentDifference(
                    segment: test.cell.segment, deals: test.cell.rows.count, difference: test.difference.value, lower: test.difference.value - reach,
                    upper: test.difference.value + reach, adjustedP: min(1, parts * simultaneous.pValues[index])))
            }
        }
        self.results = results
        search = ComparisonResult.SegmentSearch(minimumDeals: map.minimumDeals, leftOut: leftOut)
    }
}
