import Datasets
import LinearAlgebra
import OffPolicy
import TestSupport
import Testing

/// Does a condition hold for a cell? The slow twin of the codes.
private func holds(_ condition: SegmentCondition, _ column: Column, _ row: Int) -> Bool {
    let text = column.text(at: row)
    guard let text else { return condition.values == .missing }
    switch condition.values {
    case .level(let name): return text == name
    case .missing: return false
    case .equal(let number): return Double(text) == number
    case .below(let number): return Double(text)! < number
    case .between(let from, let to): return Double(text)! >= from && Double(text)! < to
    case .atLeast(let number): return Double(text)! >= number
    }
}

struct `Segments` {
    @Test func `cut numbers at round places near the quartiles`() {
        var random = RandomDraws(seed: 1)
        let ages = Column(name: "age", values: .numeric((0 ..< 5_000).map { _ in Double(18 + random.below(63)) }))
        // Quartiles of 18 ... 80 are near 34, 49 and 65.
        #expect(SegmentColumn(ages).conditions.map(\.value) == ["under 35", "35 to under 50", "50 to under 65", "65 or more"])
        #expect(SegmentColumn.roundest(above: 24, to: 27) == 25)
        #expect(SegmentColumn.roundest(above: 0.241, to: 0.263) == 0.25)
        #expect(SegmentColumn.roundest(above: -27, to: -24) == -25)
        #expect(SegmentColumn.roundest(above: 980, to: 1_040) == 1_000)
        #expect(SegmentColumn.roundest(above: -3, to: 4) == 0)
    }

    @Test func `hold for the deals that they name, each deal in one`() {
        var random = RandomDraws(seed: 2)
        let rows = 3_000
        let columns = [
            Column(name: "skewed", values: .numeric((0 ..< rows).map { _ in random.chance(0.6) ? 0 : 10 * random.uniform() * random.uniform() })),
            Column(name: "few", values: .numeric((0 ..< rows).map { _ in random.chance(0.1) ? .nan : Double(random.below(3)) })),
            Column(name: "top", values: .numeric((0 ..< rows).map { _ in random.chance(0.7) ? 99 : Double(random.below(99)) })),
            Column(name: "level", values: .categorical(codes: (0 ..< rows).map { _ in Int32(random.below(4)) - 1 }, dictionary: ["a", "b", "c"])),
            Column(name: "none", values: .numeric(Array(repeating: .nan, count: rows))),
        ]
        for column in columns {
            let cut = SegmentColumn(column)
            for row in 0 ..< rows {
                #expect(cut.conditions.indices.filter { holds(cut.conditions[$0], column, row) } == [Int(cut.codes[row])], "\(column.name) \(row)")
            }
        }
        let map = SegmentMap(columns)
        #expect(map.minimumDeals == SegmentMap.fewestDeals && map.singles.allSatisfy { $0.rows.count >= 100 })
        for cell in map.singles + map.pairs {
            let own = (0 ..< rows).filter { row in cell.segment.conditions.allSatisfy { condition in
                holds(condition, columns.first { $0.name == condition.column }!, row)
            } }
            #expect(cell.rows.map(Int.init) == own)
        }
        #expect(map.pairs.allSatisfy { $0.segment.conditions.count == 2 } && !map.pairs.isEmpty && map.leftOut > 0)
    }

    @Test func `of too many, the largest are looked at, and the rest is counted`() {
        let rows = 120_000
        let columns = (0 ..< 3).map { column in
            Column(name: "c\(column)", values: .categorical(codes: (0 ..< rows).map { Int32(($0 * [1, 7, 31][column] / [1, 13, 113][column]) % 24) }, dictionary: (0 ..< 24).map { "v\($0 + 10)" }))
        }
        let map = SegmentMap(columns)
        #expect(map.singles.count + map.pairs.count <= SegmentMap.mostCells && map.minimumDeals > 100 && map.leftOut > 0)
        #expect(map.singles.count == 72)
    }
}

struct `Differences in parts` {
    private struct Draw {
        let terms: PairedTerms
        let clusters: Clusters
        let rows: [Int32]

        init(seed: UInt64, deals: Int = 800) {
            var random = RandomDraws(seed: seed)
            terms = PairedTerms(difference: (0 ..< deals).map { _ in random.uniform() - 0.4 }, weightChange: (0 ..< deals).map { _ in random.uniform() })
            clusters = Clusters(codes: (0 ..< deals).map { _ in Int32(random.below(90)) }, count: 90)
            rows = (0 ..< Int32(deals)).filter { _ in random.chance(0.3) }
        }
    }

    @Test func `are means with errors as defined`() {
        let draw = Draw(seed: 3)
        let values = draw.rows.map { draw.terms.difference[Int($0)] }
        let count = Double(values.count), mean = values.reduce(0, +) / count
        var scratch: [Double] = []
        let alone = PartDifference(draw.terms, rows: draw.rows, clusters: nil, scratch: &scratch)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        #expect((alone.value - mean).magnitude < 1e-15)
        #expect((alone.error - (squares / (count - 1) / count).squareRoot()).magnitude < 1e-15)
        #expect(alone.isSupported && !alone.isUnchanged && alone.deals == values.count)

        var byCluster: [Int32: Double] = [:]
        for row in draw.rows { byCluster[draw.clusters.codes[Int(row)], default: 0] += draw.terms.difference[Int(row)] - mean }
        let groups = Double(byCluster.count)
        let clustered = (byCluster.values.reduce(0) { $0 + $1 * $1 } * groups / (groups - 1)).squareRoot() / count
        scratch = Array(repeating: 0, count: 90)
        let together = PartDifference(draw.terms, rows: draw.rows, clusters: draw.clusters, scratch: &scratch)
        #expect((together.error - clustered).magnitude < 1e-15 && together.value == alone.value)
        #expect(scratch.allSatisfy { $0 == 0 })
    }

    @Test func `need deals that tell`() {
        var scratch: [Double] = []
        let rows = (0 ..< 500).map(Int32.init)
        // Twenty of 500 deals change, with much noise.
        let few = PairedTerms(difference: rows.map { $0 < 20 ? Double($0 % 2) - 0.4 : 0 }, weightChange: rows.map { $0 < 20 ? 2 : 0 })
        #expect(!PartDifference(few, rows: rows, clusters: nil, scratch: &scratch).isSupported)
        let same = PairedTerms(difference: rows.map { _ in 0 }, weightChange: rows.map { _ in 0 })
        let unchanged = PartDifference(same, rows: rows, clusters: nil, scratch: &scratch)
        #expect(unchanged.isSupported && unchanged.isUnchanged && unchanged.value == 0 && unchanged.error == 0)
        let unknown = PairedTerms(difference: rows.map { _ in .nan }, weightChange: rows.map { _ in 1 })
        #expect(!PartDifference(unknown, rows: rows, clusters: nil, scratch: &scratch).isSupported)
        // One success in 500 is no basis for a normal interval.
        let skewed = PairedTerms(difference: rows.map { $0 == 7 ? 1 : 0 }, weightChange: rows.map { _ in 1 })
        #expect(!PartDifference(skewed, rows: rows, clusters: nil, scratch: &scratch).isSupported)
    }

    /// Three columns, of which one goes with the difference; as many deals as make several units of the bootstrap.
    private func search(_ deals: Int, effect: Double, seed: UInt64, threads: Int = 1) -> SegmentEffects {
        var random = RandomDraws(seed: seed)
        let codes = (0 ..< 3).map { _ in (0 ..< deals).map { _ in Int32(random.below(5)) } }
        let columns = (0 ..< 3).map { Column(name: "c\($0)", values: .categorical(codes: codes[$0], dictionary: ["p", "q", "r", "s", "t"])) }
        let terms = PairedTerms(difference: (0 ..< deals).map { (random.uniform() - 0.5) + (codes[1][$0] == 2 ? -effect : 0) },
                                weightChange: (0 ..< deals).map { _ in 2 })
        let inference = Inference(deals: deals, clusters: nil, level: 0.95)
        return SegmentEffects([terms, terms], map: SegmentMap(columns), inference: inference,
                              bootstrap: MultiplierBootstrap(deals: deals, clusters: nil, draws: 400, seed: 5), threads: threads)
    }

    @Test func `find who loses, with intervals that agree with their p-values`() {
        for seed in 1 ... 6 as ClosedRange<UInt64> {
            let found = search(4_000, effect: seed % 2 == 0 ? 0.1 : 0.06, seed: seed).results
            // Twice the same variant costs nothing and gives the same twice.
            #expect(found[0] == found[1] && found[0].count == 15 + 75)
            for segment in found[0] {
                #expect((segment.adjustedP <= 0.05) == (segment.conclusion != .notDistinguishable), "\(segment)")
                #expect(segment.lower <= segment.difference && segment.difference <= segment.upper)
            }
            // Others lose by the share of such deals that they hold.
            let worst = found[0].filter { $0.segment.conditions.count == 1 }.min { $0.difference < $1.difference }!
            #expect(worst.segment.text == "c1 r" && worst.conclusion == .worse, "\(worst)")
        }
    }

    @Test func `do not depend on threads`() {
        #expect(search(25_000, effect: 0.1, seed: 9, threads: 1).results == search(25_000, effect: 0.1, seed: 9, threads: 3).results)
    }
}

struct `Guardrail tests` {
    private func status(mean: Double, spread: Double, _ bound: String, allowance: Double = 0) throws -> ComparisonResult.Guardrail {
        var random = RandomDraws(seed: 11)
        let deals = 4_000
        let terms = PairedTerms(difference: (0 ..< deals).map { _ in mean + spread * (random.uniform() - 0.5) }, weightChange: (0 ..< deals).map { _ in 1 })
        let definition = try HistoryDefinition.parse(
            "history: h\ndata: d\naction: a\npropensity: uniform\noutcomes: {r: {column: r}}\nguardrails: [{outcome: r, \(bound)}]", source: "h")
        let guarded = GuardrailTests.Guarded(guardrail: definition.guardrails[0], terms: terms) { _ in (allowance, allowance) }
        let tests = GuardrailTests([guarded], cells: [], inference: Inference(deals: deals, clusters: nil, level: 0.95),
                                   bootstrap: MultiplierBootstrap(deals: deals, clusters: nil, draws: 300, seed: 1), threads: 1)
        return tests.results[0][0]
    }

    @Test func `say held, broken or unclear by where the interval lies`() throws {
        for (mean, bound, expected) in [(0.0, "may_rise_by: 0.02", "held"), (0.05, "may_rise_by: 0.02", "broken"), (0.02, "may_rise_by: 0.02", "unclear"),
                                        (-0.05, "may_rise_by: 0.02", "held"), (0.0, "may_fall_by: 0.02", "held"), (-0.05, "may_fall_by: 0.02", "broken"),
                                        (-0.02, "may_fall_by: 0.02", "unclear"), (0.05, "may_fall_by: 0.02", "held")] {
            let found = try status(mean: mean, spread: 1, bound)
            #expect(found.status.rawValue == expected, "\(mean) \(bound): \(found)")
            #expect((found.adjustedP! <= 0.05) == (found.status == .broken))
        }
    }

    @Test func `do not hold what the history cannot know`() throws {
        #expect(try status(mean: 0, spread: 1, "may_rise_by: 0.02").status == .held)
        #expect(try status(mean: 0, spread: 1, "may_rise_by: 0.02", allowance: 0.05).status == .unclear)
        let broken = try status(mean: 0.05, spread: 1, "may_rise_by: 0.02", allowance: 0.05)
        #expect(broken.status == .unclear && broken.adjustedP == 1)
        // A strategy that is the champion changes nothing: held at a bound of 0.
        let same = try status(mean: 0, spread: 0, "may_rise_by: 0")
        #expect(same.status == .held && same.lower == 0 && same.upper == 0 && same.adjustedP == 1)
    }
}
