import Datasets
import Documents

/// What a model is to predict, as numbers.
public enum TargetReader {
    /// One double a row, NaN where the target is missing. Binary: 1 where the value is the positive one, else 0.
    /// `positive` matches a cell's text, or its number in a numeric column; without it the values must be 0 and 1.
    /// - Parameter needsVariety: refuse a target that is the same in every row; there is nothing to learn from one.
    /// - Throws: `DataError` naming the column and the values seen.
    public static func read(_ specification: ModelSpecification, _ table: Table, needsVariety: Bool = true) throws -> [Double] {
        let name = specification.target.column
        func failure(_ reason: String) -> DataError { DataError(source: table.source, column: name, reason: reason) }
        guard let column = table[name] else {
            throw failure("is the target and missing from the data\(NearestName.hint(name, among: table.columnNames))")
        }
        switch specification.objective {
        case .binary:
            let (labels, values) = try binary(column, specification.target.positive, failure)
            guard needsVariety else { return labels }
            let positive = specification.target.positive ?? "1"
            if !labels.contains(where: { !$0.isNaN }) { throw failure("the target is missing in every row") }
            if !labels.contains(1) {
                throw failure("the positive value '\(positive)' never occurs\(NearestName.hint(positive, among: values)); seen: \(listed(values))")
            }
            if !labels.contains(0) { throw failure("every row is '\(positive)'; a target needs both classes") }
            return labels
        case .regression:
            guard case .numeric(let numbers) = column.values else { throw failure("objective regression needs numbers, the column holds \(column.kind.rawValue) values") }
            if let row = numbers.firstIndex(where: \.isInfinite) { throw failure("an infinite value in data row \(row + 1)") }
            guard needsVariety else { return numbers }
            guard let first = numbers.first(where: { !$0.isNaN }) else { throw failure("the target is missing in every row") }
            if numbers.allSatisfy({ $0.isNaN || $0 == first }) { throw failure("every row is \(NumberText.shortest(first)); there is nothing to learn") }
            return numbers
        }
    }

    /// What a reader of the model should know of a binary target with more than two values: all but one are negative,
    /// deals that are still open among them. nil where there are only two.
    package static func othersNote(_ specification: ModelSpecification, _ table: Table) -> String? {
        guard specification.objective == .binary, let positive = specification.target.positive, let column = table[specification.target.column] else { return nil }
        let others: [String]
        switch column.values {
        case .numeric(let numbers): others = someValues(numbers).filter { $0 != NumberText.decimal(positive) }.map(NumberText.shortest)
        case .categorical(let codes, let dictionary):
            let occurring = Set(codes)
            others = dictionary.indices.filter { occurring.contains(Int32($0)) && dictionary[$0] != positive }.map { dictionary[$0] }
        case .identifier, .time: return nil
        }
        guard others.count > 1 else { return nil }
        return "target '\(column.name)': every value but '\(positive)' counts as negative (\(listed(others)))"
    }

    private static func binary(_ column: Column, _ positive: String?, _ failure: (String) -> DataError) throws -> (labels: [Double], values: [String]) {
        switch column.values {
        case .numeric(let numbers):
            let seen = someValues(numbers)
            let values = seen.map(NumberText.shortest)
            let wanted: Double
            if let positive {
                guard let number = NumberText.decimal(positive) else {
                    throw failure("holds numbers, and the positive value '\(positive)' is none; seen: \(listed(values))")
                }
                wanted = number
            } else {
                guard seen.allSatisfy({ $0 == 0 || $0 == 1 }) else { throw failure("say which value is positive (target: {column, positive}); seen: \(listed(values))") }
                wanted = 1
            }
            return (numbers.map { $0.isNaN ? .nan : $0 == wanted ? 1 : 0 }, values)
        case .categorical(let codes, let dictionary):
            guard let positive else { throw failure("say which value is positive (target: {column, positive}); seen: \(listed(dictionary))") }
            let wanted = Int32(dictionary.code(of: positive) ?? -2)
            return (codes.map { $0 < 0 ? .nan : $0 == wanted ? 1 : 0 }, dictionary)
        case .identifier: throw failure("cannot be a target: its texts are all different")
        case .time: throw failure("cannot be a target: it holds times")
        }
    }

    /// Up to 10 different values, rising.
    private static func someValues(_ numbers: [Double]) -> [Double] {
        var seen: Set<Double> = []
        for number in numbers where !number.isNaN {
            seen.insert(number)
            if seen.count > 10 { break }
        }
        return seen.sorted()
    }

    private static func listed(_ values: [String]) -> String {
        values.prefix(10).map { "'\($0)'" }.joined(separator: ", ") + (values.count > 10 ? ", …" : "")
    }
}
