import LinearAlgebra
import Models
import Testing
import Training

@Suite struct CalibrationTests {
    /// Margins with an outcome of probability `probability(margin)`.
    static func sample(_ count: Int, seed: UInt64, rounding: Double? = nil, _ probability: (Double) -> Double) -> (margins: [Double], labels: [Double]) {
        let random = CounterRandom(seed: seed)
        var margins: [Double] = []
        var labels: [Double] = []
        for i in 0 ..< count {
            let spread = 8 * random.uniform(at: UInt64(2 * i)) - 4.5
            let margin = rounding.map { (spread / $0).rounded() * $0 } ?? spread
            margins.append(margin)
            labels.append(random.uniform(at: UInt64(2 * i + 1)) < probability(margin) ? 1 : 0)
        }
        return (margins, labels)
    }

    /// Cross-entropy of soft targets, written out.
    static func loss(_ targets: [Double], _ margins: [Double]) -> Double {
        zip(targets, margins).reduce(0) { $0 + Portable.softplus($1.1) - $1.0 * $1.1 }
    }

    /// Whether no small change of any parameter, within its bounds, lowers `loss`.
    static func isMinimum(_ point: [Double], bounded: Set<Int> = [], _ loss: ([Double]) -> Double) -> Bool {
        let least = loss(point)
        return point.indices.allSatisfy { j in
            [-1e-4, 1e-4].allSatisfy { change in
                var moved = point
                moved[j] += change
                return bounded.contains(j) && moved[j] < 0 || loss(moved) >= least
            }
        }
    }

    @Test(arguments: [1, 2, 3])
    func `Platt minimises the cross-entropy of the smoothed targets`(seed: UInt64) throws {
        let (margins, labels) = Self.sample(400, seed: seed) { Portable.sigmoid(0.6 * $0 + 0.4) }
        let fit = CalibrationFitting.fit(method: .platt, rawMargins: margins, labels: labels)
        guard case .platt(let slope, let intercept) = fit.calibrator else { Issue.record("\(fit)"); return }
        let positives = labels.reduce(0, +)
        let negatives = Double(labels.count) - positives
        let targets = labels.map { $0 == 1 ? (positives + 1) / (positives + 2) : 1 / (negatives + 2) }
        #expect(fit.failed == nil)
        #expect(Self.isMinimum([slope, intercept]) { p in Self.loss(targets, margins.map { p[0] * $0 + p[1] }) })
        // At the optimum both derivatives vanish.
        let residuals = zip(margins, targets).map { Portable.sigmoid(slope * $0 + intercept) - $1 }
        #expect(abs(residuals.reduce(0, +)) < 1e-9)
        #expect(abs(BLAS.dot(residuals, margins)) < 1e-9)
    }

    @Test func `Platt finds the truth behind many rows`() {
        let (margins, labels) = Self.sample(100_000, seed: 4) { Portable.sigmoid(0.6 * $0 + 0.4) }
        guard case .platt(let slope, let intercept) = CalibrationFitting.fit(method: .platt, rawMargins: margins, labels: labels).calibrator else {
            Issue.record("no fit")
            return
        }
        // Five standard errors of each: 0.005 and 0.009.
        #expect(abs(slope - 0.6) < 0.025)
        #expect(abs(intercept - 0.4) < 0.045)
    }

    @Test func `Platt stays finite on separated classes and on huge margins`() {
        let margins = (0 ..< 50).map { Double($0) - 25 }
        for scale in [1, 1e-6, 1e6] {
            let fit = CalibrationFitting.fit(method: .platt, rawMargins: margins.map { $0 * scale }, labels: margins.map { $0 < 3 ? 0 : 1 })
            guard case .platt(let slope, _) = fit.calibrator else { Issue.record("\(scale): \(fit)"); continue }
            #expect(slope > 0 && slope.isFinite)
        }
    }

    @Test(arguments: CalibrationMethod.allCases.filter { $0 != .none })
    func `a calibration that turns the ranking round, or has nothing to go by, fails and is not applied`(method: CalibrationMethod) {
        let (margins, labels) = Self.sample(500, seed: 5) { Portable.sigmoid(-2 * $0) }
        let cases: [(margins: [Double], labels: [Double])] = [
            (margins, labels), ([], []), ([1, 2, 3], [1, 1, 1]), ([1, 2, 3], [0, 0, 0]), ([2, 2, 2], [0, 1, 1]), ([1, .infinity, 2], [0, 1, 1]),
        ]
        for (margins, labels) in cases {
            let fit = CalibrationFitting.fit(method: method, rawMargins: margins, labels: labels)
            #expect(fit.calibrator == .none)
            #expect(fit.failed?.isEmpty == false)
        }
    }

    @Test func `no calibration is no failure`() {
        #expect(CalibrationFitting.fit(method: .none, rawMargins: [], labels: []) == CalibrationFit(calibrator: .none))
    }

    /// The isotonic regression by its min-max definition: value_i = max over a <= i of min over b >= i of the mean of a...b.
    static func slowIsotonic(_ weights: [Double], _ sums: [Double]) -> [Double] {
        weights.indices.map { i in
            (0 ... i).map { a in
                (i ..< weights.count).map { b in sums[a ... b].reduce(0, +) / weights[a ... b].reduce(0, +) }.min()!
            }.max()!
        }
    }

    @Test(arguments: [(1, nil), (2, 0.5), (3, 2.0)] as [(UInt64, Double?)])
    func `isotonic is the min-max solution over tied margins`(seed: UInt64, rounding: Double?) throws {
        let (margins, labels) = Self.sample(60, seed: seed, rounding: rounding) { Portable.sigmoid($0) }
        let weights = margins.indices.map { Double($0 % 3) + 0.5 }
        for weights in [nil, weights] {
            let fit = CalibrationFitting.fit(method: .isotonic, rawMargins: margins, labels: labels, weights: weights)
            guard case .isotonic(let thresholds, let values, let count) = fit.calibrator else { Issue.record("\(fit)"); return }
            let distinct = Set(margins).sorted()
            var masses = [Double](repeating: 0, count: distinct.count)
            var sums = masses
            for (i, margin) in margins.enumerated() {
                let group = distinct.firstIndex(of: margin)!
                masses[group] += weights?[i] ?? 1
                sums[group] += (weights?[i] ?? 1) * labels[i]
            }
            let expected = Self.slowIsotonic(masses, sums)
            let fitted = distinct.map { margin in values[max(0, (thresholds.firstIndex { $0 > margin } ?? thresholds.count) - 1)] }
            #expect(agree(fitted, expected, within: 1e-12))
            #expect(count == 60 && thresholds.count == values.count)
            #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
            #expect(zip(thresholds, thresholds.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test(arguments: [0, 1, 2], [1, 2] as [UInt64])
    func `beta minimises the cross-entropy within its bounds`(shape: Int, seed: UInt64) throws {
        // Shape 0 needs both parameters; in the others one of them would fall below 0.
        let truth: @Sendable (Double) -> Double = { margin in
            switch shape {
            case 0: Portable.sigmoid(-0.8 * Portable.softplus(-margin) + 1.5 * Portable.softplus(margin))
            case 1: Portable.sigmoid(-1.2 * Portable.softplus(-margin) - 0.4 * Portable.softplus(margin) + 1)
            default: Portable.sigmoid(0.4 * Portable.softplus(-margin) + 1.2 * Portable.softplus(margin) - 1)
            }
        }
        let (margins, labels) = Self.sample(3000, seed: seed, truth)
        let fit = CalibrationFitting.fit(method: .beta, rawMargins: margins, labels: labels)
        guard case .beta(let a, let b, let c) = fit.calibrator else { Issue.record("\(fit)"); return }
        #expect(a >= 0 && b >= 0)
        #expect((a == 0) == (shape == 2) && (b == 0) == (shape == 1))
        #expect(Self.isMinimum([a, b, c], bounded: [0, 1]) { p in
            Self.loss(labels, margins.map { p[0] * -Portable.softplus(-$0) + p[1] * Portable.softplus($0) + p[2] })
        })
    }

    @Test func `beta refuses classes that are separated, where it has no optimum`() {
        let fit = CalibrationFitting.fit(method: .beta, rawMargins: [-2, -1, 1, 2], labels: [0, 0, 1, 1])
        #expect(fit.calibrator == .none && fit.failed?.contains("separated") == true)
    }

    @Test(arguments: CalibrationMethod.allCases)
    func `a weight of two is the row twice`(method: CalibrationMethod) {
        let (margins, labels) = Self.sample(200, seed: 9) { Portable.sigmoid($0) }
        let weighted = CalibrationFitting.fit(method: method, rawMargins: margins, labels: labels, weights: Array(repeating: 2, count: 200))
        let repeated = CalibrationFitting.fit(method: method, rawMargins: margins + margins, labels: labels + labels)
        switch (weighted.calibrator, repeated.calibrator) {
        case (.none, .none): #expect(method == .none)
        case (.platt(let a, let b), .platt(let c, let d)): #expect(agree([a, b], [c, d], within: 1e-10))
        case (.isotonic(let a, let b, _), .isotonic(let c, let d, _)): #expect(a == c && agree(b, d, within: 1e-12))
        case (.beta(let a, let b, let c), .beta(let d, let e, let f)): #expect(agree([a, b, c], [d, e, f], within: 1e-8))
        default: Issue.record("\(weighted) and \(repeated)")
        }
    }
}
