import Datasets
import Models

/// Rows sorted into the segments by which an evaluation is broken down.
public struct Segmentation: Sendable, Equatable {
    /// The column's name.
    public var column: String
    /// One index into `values` a row, -1 = in no segment.
    public var codes: [Int32]
    /// A segment's name; the empty text is the segment of rows whose value is missing.
    public var values: [String]

    /// - Precondition: every code is -1 or an index into `values`.
    public init(column: String, codes: [Int32], values: [String]) {
        precondition(codes.allSatisfy { $0 >= -1 && $0 < values.count }, "a code outside the segments")
        self.column = column
        self.codes = codes
        self.values = values
    }

    /// Numbers with more distinct values than this are cut into quarters.
    private static let maximalDistinctNumbers = 12

    /// A categorical column's values; a numeric column's values if they are few, else its quarters, written like `(10, 25]`.
    /// Rows with a missing value form a segment of their own.
    /// - Throws: `DataError` for identifiers and times, which make no segments.
    public init(column: Column, source: String) throws {
        switch column.values {
        case .categorical(let codes, let dictionary):
            self.init(column: column.name, codes: codes.map { $0 < 0 ? Int32(dictionary.count) : $0 }, values: dictionary + [""])
        case .numeric(let numbers):
            self.init(column: column.name, numbers: numbers)
        case .identifier, .time:
            throw DataError(source: source, column: column.name, reason: "segments need a categorical or numeric column, this is one of kind \(column.kind.rawValue)")
        }
    }

    private init(column: String, numbers: [Double]) {
        let sorted = numbers.filter { !$0.isNaN }.sorted()
        var distinct: [Double] = []
        for number in sorted where distinct.last != number {
            distinct.append(number)
            if distinct.count > Self.maximalDistinctNumbers { break }
        }
        /// Upper ends of the segments, ascending.
        var ends = distinct
        var names = distinct.map(Self.text)
        if distinct.count > Self.maximalDistinctNumbers {
            ends = []
            for quarter in 1 ... 4 {
                let end = sorted[sorted.count * quarter / 4 - 1]
                if ends.last != end { ends.append(end) }
            }
            names = ends.indices.map { i in
                i == 0 ? "[\(Self.text(sorted[0])), \(Self.text(ends[0]))]" : "(\(Self.text(ends[i - 1])), \(Self.text(ends[i]))]"
            }
        }
        let codes = numbers.map { number in
            Int32(number.isNaN ? ends.count : ends.firstIndex { number <= $0 } ?? ends.count)
        }
        self.init(column: column, codes: codes, values: names + [""])
    }

    private static func text(_ number: Double) -> String {
        let text = number.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// The rows of each segment, in the order given. O(rows + segments).
    func rows(inOrder order: [Int32]) -> [[Int32]] {
        var rows = [[Int32]](repeating: [], count: values.count)
        for row in order where codes[Int(row)] >= 0 { rows[Int(codes[Int(row)])].append(row) }
        return rows
    }
}
