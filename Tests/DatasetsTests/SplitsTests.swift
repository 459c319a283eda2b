import Datasets
import Testing

@Suite struct SplitsTests {
    @Test(arguments: [0, 1, 2, 3, 10, 1_001])
    func randomSplitsHaveTheirSizes(rows: Int) {
        let parts = Splits.random(rowCount: rows, shares: .init(validation: 0.1, calibration: 0.1, test: 0.2), seed: 7)
        #expect(parts.count == rows)
        if rows >= 10 {
            #expect(parts.rows(of: .test).count == Int((0.2 * Double(rows)).rounded()))
            #expect(parts.rows(of: .validation).count == Int((0.1 * Double(rows)).rounded()))
            #expect(parts.rows(of: .calibration).count == Int((0.1 * Double(rows)).rounded()))
        }
        #expect(rows == 0 || !parts.rows(of: .train).isEmpty)
        #expect(parts == Splits.random(rowCount: rows, shares: .init(validation: 0.1, calibration: 0.1, test: 0.2), seed: 7))
        if rows > 1_000 { #expect(parts != Splits.random(rowCount: rows, shares: .init(validation: 0.1, calibration: 0.1, test: 0.2), seed: 8)) }
    }

    @Test func noSharesTrainOnAll() {
        #expect(Splits.random(rowCount: 5, shares: .init(), seed: 1) == [Part](repeating: .train, count: 5))
    }

    @Test func latestRowsTest() throws {
        let column = Column(name: "t", values: .time([5, 1, 4, 2, 3, 0, 9, 8, 7, 6]))
        let parts = try Splits.byTime(column, shares: .init(validation: 0.1, calibration: 0.2, test: 0.3), source: "s")
        #expect(parts == [.calibration, .train, .validation, .train, .train, .train, .test, .test, .test, .calibration])
    }

    @Test func oneInstantIsNeverSeparated() throws {
        let times: [Double] = [1, 1, 1, 2, 2, 2, 2, 3, 3, 4]
        let parts = try Splits.byTime(Column(name: "t", values: .numeric(times)), shares: .init(calibration: 0.2, test: 0.2), source: "s")
        // Test wants two rows and takes both of instant 3; calibration wants two of the four of instant 2 and takes them all.
        #expect(parts == [.train, .train, .train, .calibration, .calibration, .calibration, .calibration, .test, .test, .test])
        let same = try Splits.byTime(Column(name: "t", values: .time([3, 3, 3])), shares: .init(test: 0.4), source: "s")
        #expect(same == [.test, .test, .test])
    }

    @Test func timeErrors() {
        #expect { try Splits.byTime(Column(name: "t", values: .time([1, .nan])), shares: .init(test: 0.2), source: "s") } throws: {
            ($0 as? DataError)?.description == "s: column 't': no value in data row 2; expected a time in every row to split by"
        }
        #expect(throws: DataError.self) { try Splits.byTime(Column(name: "t", values: .identifier(TextStorage(["x"]))), shares: .init(test: 0.2), source: "s") }
    }

    @Test func namedParts() throws {
        let column = Column(name: "part", values: .categorical(codes: [0, 1, 3, 2, 1], dictionary: ["calibration", "test", "train", "validation"]))
        #expect(try Splits.byColumn(column, source: "s") == [.calibration, .test, .validation, .train, .test])
        let wrong = Column(name: "part", values: .categorical(codes: [1, 0], dictionary: ["Test", "test"]))
        #expect { try Splits.byColumn(wrong, source: "s") } throws: {
            ($0 as? DataError)?.description == "s: column 'part': 'Test' in data row 2; expected one of train, validation, calibration, test"
        }
        #expect(throws: DataError.self) { try Splits.byColumn(Column(name: "part", values: .categorical(codes: [-1], dictionary: [])), source: "s") }
    }

    @Test(arguments: [(10, 3), (1, 4), (1_000, 5), (0, 2), (7, 7)])
    func foldsAreEven(rows: Int, folds: Int) {
        let fold = Folds.random(rowCount: rows, folds: folds, seed: 3)
        let sizes = (0 ..< folds).map { number in fold.count { $0 == number } }
        #expect(fold.count == rows && sizes.reduce(0, +) == rows)
        #expect(sizes.max()! - sizes.min()! <= 1)
    }

    @Test func groupsStayTogether() {
        let groups = (0 ..< 1_410).map { ($0 * $0 + 3 * $0) % 166 * 1_000 }
        let fold = Folds.grouped(groups: groups, folds: 5, seed: 3)
        var foldOf: [Int: Int] = [:]
        for (group, number) in zip(groups, fold) { #expect(foldOf.updateValue(number, forKey: group) ?? number == number) }
        let sizes = (0 ..< 5).map { number in fold.count { $0 == number } }
        let largest = foldOf.keys.map { group in groups.count { $0 == group } }.max()!
        #expect(sizes.max()! - sizes.min()! <= largest && sizes.min()! > 0)
        #expect(fold == Folds.grouped(groups: groups, folds: 5, seed: 3))
        #expect(fold != Folds.grouped(groups: groups, folds: 5, seed: 4))
    }
}
