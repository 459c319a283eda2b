import LinearAlgebra
import Models
import Testing
import Training

/// Values against definitions written out, and against scikit-learn's.
@Suite struct EvaluationTests {
    static func random(_ count: Int, seed: UInt64, decimals: Double? = nil) -> (probabilities: [Double], labels: [Double]) {
        let random = CounterRandom(seed: seed)
        var probabilities: [Double] = []
        var labels: [Double] = []
        for i in 0 ..< count {
            let p = random.uniform(at: UInt64(2 * i))
            probabilities.append(decimals.map { (p * $0).rounded() / $0 } ?? p)
            labels.append(random.uniform(at: UInt64(2 * i + 1)) < 0.1 + 0.6 * p * p ? 1 : 0)
        }
        return (probabilities, labels)
    }

    /// The inputs of `fixtures/expected/training.py`.
    static func expectedInputs() -> (scores: [Double], edge: [Double], labels: [Double]) {
        var scores: [Double] = []
        var edge: [Double] = []
        var labels: [Double] = []
        for i in 0 ..< 240 {
            let level = i % 23 == 5 ? -1 : (i * 29 % 17) % 4
            let number: Double = Double(i * 37 % 101) / 10
            let margin: Double = number - 5 + (level == 2 ? 2 : 0) + Double(i * 71 % 19) / 3 - 3
            let y = margin > 0 ? 1.0 : 0
            let raw: Double = Double(i * 67 % 101) / 101 * 0.7 + y * 0.25 + 0.01
            let score = (raw * 100).rounded(.toNearestOrEven) / 100
            scores.append(score)
            edge.append(i % 5 == 0 ? Double(i % 2) : score)
            labels.append(y)
        }
        return (scores, edge, labels)
    }

    @Test func `values are scikit-learn's`() {
        let (scores, edge, labels) = Self.expectedInputs()
        let evaluation = Evaluator.evaluate(probabilities: scores, labels: labels)
        let values = ["auc", "pr_auc", "log_loss", "brier"].map { evaluation.metrics[$0]!.value }
        #expect(agree(values, [0.7805485409652078, 0.8234193335601064, 0.5429320370633998, 0.18777249999999998], within: 1e-12))
        let hard = Evaluator.evaluate(probabilities: edge, labels: labels)
        #expect(agree([hard.metrics["log_loss"]!.value, hard.metrics["brier"]!.value], [4.616260824302858, 0.2565975], within: 1e-12))
    }

    @Test(arguments: [(10, nil), (60, 5), (200, 20), (300, nil), (40, 1)] as [(Int, Double?)])
    func `rank metrics follow their definitions`(count: Int, decimals: Double?) throws {
        let (p, y) = Self.random(count, seed: UInt64(count), decimals: decimals)
        let metrics = Evaluator.evaluate(probabilities: p, labels: y).metrics
        let positives = p.indices.filter { y[$0] == 1 }
        let negatives = p.indices.filter { y[$0] == 0 }
        var won = 0.0
        for i in positives { for j in negatives { won += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0 } }
        #expect(metrics["auc"]?.value == won / Double(positives.count * negatives.count))
        var precision = 0.0
        for i in positives {
            let ahead = p.indices.filter { p[$0] >= p[i] }
            precision += Double(ahead.filter { y[$0] == 1 }.count) / Double(ahead.count)
        }
        #expect(abs(metrics["pr_auc"]!.value - precision / Double(positives.count)) < 1e-14)
    }

    /// An estimate's standard error by leaving out one row at a time: for smooth estimates that of the influence function.
    static func jackknife(_ count: Int, _ estimate: ([Int]) -> Double) -> Double {
        let values = (0 ..< count).map { left in estimate((0 ..< count).filter { $0 != left }) }
        let mean = values.reduce(0, +) / Double(count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares * Double(count - 1) / Double(count)).squareRoot()
    }

    @Test(arguments: [nil, 10] as [Double?])
    func `standard errors of AUC and average precision are the jackknife's`(decimals: Double?) {
        let (p, y) = Self.random(600, seed: 77, decimals: decimals)
        let metrics = Evaluator.evaluate(probabilities: p, labels: y).metrics
        for name in ["auc", "pr_auc"] {
            let metric = metrics[name]!
            let expected = Self.jackknife(600) { rows in
                Evaluator.evaluate(probabilities: rows.map { p[$0] }, labels: rows.map { y[$0] }).metrics[name]!.value
            }
            // On the logit scale the interval is the estimate ± 1.96 standard errors, or for precision Student's quantile of them.
            func logit(_ x: Double) -> Double { Portable.log(x / (1 - x)) }
            let reach = (logit(metric.upper) - logit(metric.lower)) / 2
            let quantile = name == "auc" ? 1.959963984540054 : StudentT.quantile(0.975, degrees: y.reduce(-1, +))
            let standardError = reach / quantile * metric.value * (1 - metric.value)
            #expect(abs(standardError / expected - 1) < 0.02, "\(name): \(standardError) and \(expected)")
        }
    }

    @Test(arguments: [nil, 4, 50] as [Double?])
    func `the Brier score is miscalibration - discrimination + uncertainty`(decimals: Double?) throws {
        let (p, y) = Self.random(500, seed: 8, decimals: decimals)
        let evaluation = Evaluator.evaluate(probabilities: p, labels: y)
        let parts = try #require(evaluation.brierDecomposition)
        #expect(abs(evaluation.metrics["brier"]!.value - (parts.miscalibration - parts.discrimination + parts.uncertainty)) < 1e-14)
        #expect(parts.miscalibration > 0 && parts.discrimination > 0)
        // The recalibrated score is that of the isotonic regression by its min-max definition.
        let distinct = Set(p).sorted()
        let masses = distinct.map { value in Double(p.filter { $0 == value }.count) }
        let sums = distinct.map { value in zip(p, y).reduce(0) { $0 + ($1.0 == value ? $1.1 : 0) } }
        if distinct.count <= 60 {
            let fitted = CalibrationTests.slowIsotonic(masses, sums)
            let recalibrated = zip(p, y).reduce(0) { sum, row in
                let miss = fitted[distinct.firstIndex(of: row.0)!] - row.1
                return sum + miss * miss
            } / 500
            #expect(abs(evaluation.metrics["brier"]!.value - recalibrated - parts.miscalibration) < 1e-14)
        }
        // Probabilities that are the regression already have no miscalibration.
        let flat = Evaluator.evaluate(probabilities: Array(repeating: 0.25, count: 8), labels: [1, 0, 0, 0, 1, 0, 0, 0]).brierDecomposition!
        #expect(flat == .init(miscalibration: 0, discrimination: 0, uncertainty: 0.1875))
    }

    @Test func `the calibration table has bins of equal mass, and ties share one`() {
        let (p, y) = Self.random(1000, seed: 3)
        let table = Evaluator.evaluate(probabilities: p, labels: y).calibration
        #expect(table.map(\.rows) == Array(repeating: 100, count: 10))
        let sorted = p.indices.sorted { p[$0] < p[$1] }
        for (b, bin) in table.enumerated() {
            let rows = sorted[b * 100 ..< (b + 1) * 100]
            #expect(abs(bin.meanPredicted - rows.reduce(0) { $0 + p[$1] } / 100) < 1e-12)
            #expect(bin.observed.value == rows.reduce(0) { $0 + y[$1] } / 100)
            #expect(bin.observed.lower <= bin.observed.value && bin.observed.value <= bin.observed.upper)
        }
        let tied = Evaluator.evaluate(probabilities: [0.1, 0.1, 0.1, 0.9], labels: [0, 1, 0, 1]).calibration
        #expect(tied.map(\.rows) == [3, 1])
        // Wilson's interval of 1 in 3 (Newcombe 1998 gives 0.061 to 0.792).
        #expect(abs(tied[0].observed.lower - 0.0615) < 1e-4 && abs(tied[0].observed.upper - 0.7923) < 1e-4)
    }

    @Test func `gains count ties in expectation`() {
        // The best 20 % of ten rows are one row at 0.9 and half of the two at 0.8, one of which is positive.
        let p = [0.9, 0.8, 0.8, 0.5, 0.4, 0.3, 0.3, 0.2, 0.1, 0]
        let y: [Double] = [1, 1, 0, 0, 1, 0, 0, 1, 0, 0]
        let gains = Evaluator.evaluate(probabilities: p, labels: y).gains
        #expect(gains.map(\.share) == [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
        let expected = [0.025, 0.05, 0.125, 0.25, 0.375, 0.5, 0.5, 0.75, 0.75, 0.75, 1, 1, 1]
        #expect(agree(gains.map(\.gain.value), expected, within: 1e-12))
        #expect(agree(gains.map(\.lift.value), zip(expected, gains).map { $0 / $1.share }, within: 1e-12))
        #expect(gains.allSatisfy { $0.gain.lower <= $0.gain.value && $0.gain.value <= $0.gain.upper && $0.gain.lower >= 0 && $0.gain.upper <= 1 })
        #expect(gains.last!.gain == .init(value: 1, lower: 1, upper: 1))
        // All tied: chance.
        let chance = Evaluator.evaluate(probabilities: Array(repeating: 0.5, count: 10), labels: y).gains
        #expect(agree(chance.map(\.gain.value), chance.map(\.share), within: 1e-12))
    }

    @Test func `segments are evaluated like tables of their own`() throws {
        let (p, y) = Self.random(900, seed: 15, decimals: 40)
        let codes = (0 ..< 900).map { Int32($0 * 7 % 4) - 1 }
        let segmentation = Segmentation(column: "part", codes: codes, values: ["a", "b", "c", "unused"])
        let segments = Evaluator.evaluate(probabilities: p, labels: y, segments: [segmentation]).segments
        #expect(segments.map(\.value) == ["a", "b", "c"])
        for (code, segment) in segments.enumerated() {
            let rows = codes.indices.filter { codes[$0] == Int32(code) }
            let own = Evaluator.evaluate(probabilities: rows.map { p[$0] }, labels: rows.map { y[$0] })
            #expect(segment.rows == own.rows && segment.positives == own.positives && segment.column == "part")
            for (name, metric) in own.metrics {
                let other = try #require(segment.metrics[name])
                #expect(agree([other.value, other.lower, other.upper], [metric.value, metric.lower, metric.upper], within: 1e-12))
            }
        }
        let oneClass = Evaluator.evaluate(probabilities: [0.1, 0.2, 0.3], labels: [0, 0, 1],
                                          segments: [Segmentation(column: "s", codes: [0, 0, 1], values: ["x", "y"])])
        #expect(oneClass.segments.allSatisfy { $0.metrics.isEmpty } && oneClass.segments.map(\.rows) == [2, 1])
    }

    @Test func `one class leaves out what has no meaning, one row everything`() {
        let negatives = Evaluator.evaluate(probabilities: [0.1, 0.3], labels: [0, 0])
        #expect(Set(negatives.metrics.keys) == ["log_loss", "brier"] && negatives.gains.isEmpty)
        #expect(Evaluator.evaluate(probabilities: [0.1], labels: [1]).metrics.isEmpty)
        #expect(Evaluator.evaluate(probabilities: [], labels: []).rows == 0)
    }

    @Test func `an area of 1 or 0, or a class of one row, still has an interval`() throws {
        let perfect = try #require(Evaluator.evaluate(probabilities: (0 ..< 40).map { Double($0) / 40 }, labels: (0 ..< 40).map { $0 < 20 ? 0 : 1 }).metrics["auc"])
        #expect(perfect.value == 1 && perfect.upper == 1 && perfect.lower > 0.8 && perfect.lower < 0.98)
        let wrong = try #require(Evaluator.evaluate(probabilities: (0 ..< 40).map { Double($0) / 40 }, labels: (0 ..< 40).map { $0 < 20 ? 1 : 0 }).metrics["auc"])
        #expect(agree([wrong.value, wrong.lower, wrong.upper], [0, 0, 1 - perfect.lower], within: 1e-12))
        let single = try #require(Evaluator.evaluate(probabilities: [0.2, 0.4, 0.6, 0.8], labels: [0, 0, 1, 0]).metrics["auc"])
        #expect(single.lower > 0 && single.lower < 0.4 && single.upper > 0.9 && single.upper < 1)
    }

    @Test func `regression metrics follow their definitions`() throws {
        let random = CounterRandom(seed: 44)
        let targets = (0 ..< 400).map { 10 * random.uniform(at: $0) }
        let predictions = targets.enumerated().map { $1 + 3 * random.uniform(at: UInt64(1000 + $0)) - 1 }
        let metrics = Evaluator.evaluate(predictions: predictions, targets: targets).metrics
        let errors = zip(predictions, targets).map { $0 - $1 }
        let meanSquare = errors.reduce(0) { $0 + $1 * $1 } / 400
        let mean = targets.reduce(0, +) / 400
        let variance = targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 400
        #expect(agree([metrics["rmse"]!.value, metrics["mae"]!.value, metrics["r2"]!.value],
                      [meanSquare.squareRoot(), errors.reduce(0) { $0 + abs($1) } / 400, 1 - meanSquare / variance], within: 1e-12))
        let expected = Self.jackknife(400) { rows in
            Evaluator.evaluate(predictions: rows.map { predictions[$0] }, targets: rows.map { targets[$0] }).metrics["r2"]!.value
        }
        let r2 = metrics["r2"]!
        #expect(abs((r2.upper - r2.lower) / (2 * 1.959963984540054) / expected - 1) < 0.02)
        #expect(Evaluator.evaluate(predictions: [1, 2], targets: [3, 3]).metrics["r2"] == nil)
    }
}
