import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

private func codes(_ contributions: [Double], limit: Int? = nil) -> ReasonCodes {
    let margin = contributions.reduce(0.5, +)
    return ReasonCodes(FixedPointAttribution(RowAttribution(baseValue: 0.5, contributions: contributions, margin: margin)), limit: limit)
}

struct `Reason codes` {
    @Test func `come largest first on each side, ties by the order of the features`() {
        let reasons = codes([0.25, -0.5, 0, 1, 0.25, -0.5])
        #expect(reasons.raising.map(\.feature) == [3, 0, 4])
        #expect(reasons.lowering.map(\.feature) == [1, 5])
        #expect(reasons.all.map(\.feature) == [3, 1, 5, 0, 4])
        #expect(reasons.raising[0].share == 1 / 2.5)
        #expect(reasons.raising[0].units == 1 << 40)
        #expect(reasons.lowering[0].units == -(1 << 39))
        #expect(reasons.lowering.allSatisfy { $0.direction == .lowers } && reasons.raising.allSatisfy { $0.direction == .raises })
    }

    @Test func `a limit cuts each side and changes no share`() {
        let contributions = [0.25, -0.5, 0, 1, 0.125, -0.75]
        let (all, two) = (codes(contributions), codes(contributions, limit: 2))
        #expect(two.raising == Array(all.raising.prefix(2)) && two.lowering == Array(all.lowering.prefix(2)))
        var draws = RandomDraws(seed: 4)
        for _ in 0 ..< 200 {
            // Few values, so that there are ties.
            let many = (0 ..< 12).map { _ in Double(draws.below(7) - 3) / 8 }, limit = draws.below(14)
            let (all, few) = (codes(many), codes(many, limit: limit))
            #expect(few.raising == Array(all.raising.prefix(limit)) && few.lowering == Array(all.lowering.prefix(limit)))
        }
    }

    @Test func `there are none where nothing contributes, nor for less than half a unit`() {
        #expect(codes([0, 0]).all.isEmpty)
        #expect(codes([1, 0x1p-60, -0x1p-60]).all.map(\.feature) == [0])
    }

    /// Law: over random models and rows the reasons are exactly the contributions that are not 0, with their signs, and shares make 1.
    @Test(arguments: 1 ... 10)
    func `hold what the attribution holds and nothing else`(seed: Int) {
        let features = RandomEnsembles.features(numeric: 6, categorical: 3)
        let model = Model(features: features, predictor: .trees(RandomEnsembles.make(seed: UInt64(seed), features: features, trees: 3, depth: 3)),
                          link: .logit, calibrator: .platt(slope: 1.3, intercept: -0.2))
        let rows = RandomEnsembles.rows(seed: UInt64(seed), features: features, count: 50)
        let attributor = model.attributor()
        for row in 0 ..< rows.rows {
            let attribution = FixedPointAttribution(attributor.explain(rows, row: row), exponent: model.attributionUnitExponent)
            let reasons = ReasonCodes(attribution)
            var units = [Int64](repeating: 0, count: features.count)
            for reason in reasons.all { units[reason.feature] = reason.units }
            #expect(units == attribution.contributions)
            #expect(reasons.all.allSatisfy { $0.units != 0 && ($0.units > 0) == ($0.direction == .raises) })
            #expect(reasons.all.isEmpty || abs(reasons.all.reduce(0) { $0 + $1.share } - 1) < 1e-14)
        }
    }
}
