import Datasets
import LinearAlgebra
import Testing

@Suite struct InspectionTests {
    private func inspect(_ text: String, target: Inspection.Target? = nil) throws -> Inspection {
        try Inspection(CSVReader.read(bytes: Array(text.utf8), source: "leads.csv"), target: target)
    }

    @Test func summaries() throws {
        let found = try inspect("n,t,w\n1,x,2020-01-01\n,y,\n3,x,2020-01-03\n3,x,2020-01-03\n")
        let number = found.columns[0], text = found.columns[1], time = found.columns[2]
        #expect((number.missing, number.distinct, number.minimum, number.maximum, number.mean) == (1, 2, 1, 3, 7 / 3))
        #expect(number.frequent.map(\.text) == ["3", "1"] && number.frequent.map(\.rows) == [2, 1])
        #expect((text.missing, text.distinct, text.minimum == nil) == (0, 2, true) && text.frequent.map(\.rows) == [3, 1])
        #expect(time.frequent.first?.text == "2020-01-03T00:00:00Z" && time.kind == .time)
        #expect(found.duplicateRows == 1 && found.target == nil && found.rowCount == 4)
    }

    @Test func suspicions() throws {
        var text = "constant,gap,row,Lead Source,lead_source,code,days,level,sign\n"
        for row in 0 ..< 200 {
            let source = row % 5 == 0 ? "Select" : row % 7 == 0 ? "web" : row % 3 == 0 ? "Web" : "Phone"
            text += "x,,\(1_000 + row),\(source),\(row % 11 == 0 ? "N/A" : "A\(row % 4)"),"
            text += "\(row % 50 == 0 ? "unknown" : String(row % 9)),\(row % 4 == 0 ? 999 : row % 28),\(row % 3 - 1),\(row % 10 == 0 ? -1 : row % 6)\n"
        }
        let found = try inspect(text)
        func suspicions(_ name: String) -> [Suspicion] { found.columns.first { $0.name == name }!.suspicions }
        #expect(suspicions("constant") == [.constant])
        #expect(suspicions("gap") == [.allMissing])
        #expect(suspicions("row") == [.identifierLike])
        #expect(suspicions("Lead Source") == [.looksMissing(text: "Select", rows: 40), .similarTexts(["Web", "web"])])
        #expect(suspicions("lead_source") == [.looksMissing(text: "N/A", rows: 19)])
        #expect(suspicions("code") == [.looksMissing(text: "unknown", rows: 4), .mostlyNumbers(numbers: 196, others: ["unknown"])])
        #expect(suspicions("days") == [.sentinel(value: 999, rows: 50)])
        #expect(suspicions("level") == [])
        #expect(suspicions("sign") == [.sentinel(value: -1, rows: 20)])
        #expect(found.similarNames == [["Lead Source", "lead_source"]])
        #expect(found.duplicateRows == 0)
    }

    /// AUC by its definition: all pairs of a positive and a negative row.
    private func pairwiseAUC(_ scores: [Double], _ labels: [Bool]) -> Double {
        var wins = 0.0, pairs = 0.0
        for (score, isPositive) in zip(scores, labels) where isPositive {
            for (other, isOther) in zip(scores, labels) where !isOther {
                wins += score > other ? 1 : score == other ? 0.5 : 0
                pairs += 1
            }
        }
        return wins / pairs
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func aucOfNumbersIsExact(seed: UInt64) throws {
        let random = CounterRandom(seed: seed)
        let labels = (0 ..< 300).map { random.uniform(at: $0) < 0.3 }
        let scores = (0 ..< 300).map { row -> Double in
            random.uniform(at: UInt64(row) + 1_000) < 0.1 ? .nan : (random.uniform(at: UInt64(row) + 2_000) * 20 + (labels[row] ? 14 : 0)).rounded()
        }
        let table = Table(source: "s", columns: [Column(name: "x", values: .numeric(scores)), Column(name: "y", values: .numeric(labels.map { $0 ? 1 : 0 }))])
        let leak = try #require(Inspection(table, target: .init(column: "y")).target?.leaks.first)
        let ends = [-1.0, 100].map { end in pairwiseAUC(scores.map { $0.isNaN ? end : $0 }, labels) }
        #expect(leak.auc == ends.map { max($0, 1 - $0) }.max())
        let missing = pairwiseAUC(scores.map { $0.isNaN ? 1 : 0 }, labels)
        #expect(abs(leak.aucOfMissing - max(missing, 1 - missing)) < 1e-15)
        #expect(leak.strength == .likely)
    }

    /// Columns of many categories that say nothing look like nothing; one that says much is found; so is a telling gap.
    @Test func categoriesAreNotJudgedByMemory() throws {
        let random = CounterRandom(seed: 4), rows = 4_000
        let labels = (0 ..< rows).map { random.uniform(at: UInt64($0)) < 0.2 }
        let noise = Column(name: "noise", values: .categorical(codes: (0 ..< rows).map { Int32(random.bits(at: UInt64($0) + 10_000) % 1_000) }, dictionary: (0 ..< 1_000).map { String(10_000 + $0) }))
        let tag = Column(name: "tag", values: .categorical(codes: (0 ..< rows).map { row in
            labels[row] ? Int32(random.bits(at: UInt64(row) + 20_000) % 3) : Int32(random.bits(at: UInt64(row) + 20_000) % 8)
        }, dictionary: ["a", "b", "c", "d", "e", "f", "g", "h"]))
        let gap = Column(name: "gap", values: .numeric((0 ..< rows).map { row in
            random.uniform(at: UInt64(row) + 30_000) < (labels[row] ? 0.2 : 0.7) ? .nan : random.uniform(at: UInt64(row) + 40_000)
        }))
        let decision = Column(name: "spend", values: .numeric((0 ..< rows).map { labels[$0] && $0 % 5 == 0 ? Double(1 + $0) : 0 }))
        let target = Column(name: "won", values: .categorical(codes: labels.map { $0 ? 1 : 0 }, dictionary: ["No", "Yes"]))
        let table = Table(source: "s", columns: [noise, tag, gap, decision, target])
        let found = try #require(Inspection(table, target: .init(column: "won", positive: "Yes"), threads: 2).target)
        #expect(found.positives == labels.count { $0 } && found.positive == "Yes" && found.rows == rows)
        #expect(Set(found.leaks.map(\.column)) == ["tag", "gap", "spend"])
        let byColumn = Dictionary(uniqueKeysWithValues: found.leaks.map { ($0.column, $0) })
        #expect(byColumn["tag"]?.strength == .likely && byColumn["tag"]?.decided.count == 5)
        #expect(byColumn["gap"]!.aucOfMissing > 0.7)
        let spenders = try #require(byColumn["spend"]?.decided.first)
        #expect(spenders.positives == spenders.rows && spenders.rows == labels.enumerated().count { $1 && $0 % 5 == 0 })
        if case .atLeast(let least) = spenders.condition { #expect(least >= 1) } else { Issue.record("\(spenders)") }
        // Nothing depends on which of two classes counts as positive.
        let other = try #require(Inspection(table, target: .init(column: "won", positive: "No")).target)
        #expect(other.leaks.map(\.column) == found.leaks.map(\.column))
        for (first, second) in zip(found.leaks, other.leaks) { #expect(abs(first.auc - second.auc) < 0.01) }
    }

    @Test(arguments: [
        (Inspection.Target(column: "z"), "no such column"), (.init(column: "three"), "to be named"), (.init(column: "y", positive: "2"), "no row has the positive value '2'"),
        (.init(column: "y", positive: "yes"), "is no number"), (.init(column: "one", positive: "a"), "every row has the positive value"),
    ])
    func targetErrors(target: Inspection.Target, reason: String) {
        #expect { try inspect("y,three,one\n1,1,a\n0,2,a\n1,3,a\n", target: target) } throws: { ($0 as? DataError)?.reason.contains(reason) == true }
    }
}
