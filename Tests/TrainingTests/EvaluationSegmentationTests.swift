import Datasets
import Testing
import Training

@Suite struct EvaluationSegmentationTests {
    @Test func `few numbers are segments of their own, many are cut into quarters`() throws {
        let few = try Segmentation(column: Column(name: "plan", values: .numeric([2, 1, .nan, 2, 0.5])), source: "t")
        #expect(few.values == ["0.5", "1", "2", ""] && few.codes == [2, 1, 3, 2, 0])
        let many = try Segmentation(column: Column(name: "age", values: .numeric((1 ... 40).map(Double.init) + [.nan])), source: "t")
        #expect(many.values == ["[1, 10]", "(10, 20]", "(20, 30]", "(30, 40]", ""])
        #expect(many.codes == (0 ..< 40).map { Int32($0 / 10) } + [4])
        // Quarters that hold one value only fall together.
        let skewed = try Segmentation(column: Column(name: "debt", values: .numeric(Array(repeating: 0, count: 60) + (1 ... 40).map(Double.init))), source: "t")
        #expect(skewed.values == ["[0, 0]", "(0, 15]", "(15, 40]", ""])
        let absent = try Segmentation(column: Column(name: "x", values: .numeric([.nan, .nan])), source: "t")
        #expect(absent.values == [""] && absent.codes == [0, 0])
    }

    @Test func `categories keep their dictionary, missing is a segment`() throws {
        let column = Column(name: "channel", values: .categorical(codes: [1, -1, 0], dictionary: ["Mail", "Web"]))
        #expect(try Segmentation(column: column, source: "t") == Segmentation(column: "channel", codes: [1, 2, 0], values: ["Mail", "Web", ""]))
    }

    @Test func `identifiers and times are refused by name`() {
        let columns = [Column(name: "id", values: .identifier(TextStorage(["a"]))), Column(name: "at", values: .time([0]))]
        for column in columns {
            let error = #expect(throws: DataError.self) { try Segmentation(column: column, source: "t") }
            #expect(error?.column == column.name)
        }
    }
}
