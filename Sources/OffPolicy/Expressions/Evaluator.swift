import Datasets
import LinearAlgebra

/// What a model says of each row of a table.
public struct ModelScore: Sendable {
    public var margin: [Double]
    public var probability: [Double]

    public init(margin: [Double], probability: [Double]) {
        self.margin = margin
        self.probability = probability
    }
}

/// Models by the name that expressions use, with their scores for the rows at hand.
public typealias ModelScores = [String: ModelScore]

/// Runs typed expressions over the rows of a table: in blocks of rows, an operation at a time, so that the
/// intermediate columns stay in cache. Results do not depend on blocks or threads.
///
/// - Precondition of all: the expression was checked against this table's columns, and `scores` holds each model
///   that it names, one value a row.
package struct Evaluator: Sendable {
    let table: Table
    let scores: ModelScores
    var threads: Int = 1

    package init(table: Table, scores: ModelScores = [:], threads: Int = 1) {
        self.table = table
        self.scores = scores
        self.threads = threads
    }

    package static let blockSize = 4096

    /// One number a row, NaN = missing. O(rows · operations).
    package func numbers(_ expression: NumberExpression) -> [Double] {
        if case .column(let name) = expression { return column(name) }
        return blocks(kernel(expression).values)
    }

    /// One truth value a row. O(rows · operations).
    package func conditions(_ expression: ConditionExpression) -> [Bool] { blocks(kernel(expression)) }

    private func blocks<T: Sendable>(_ kernel: @Sendable (Range<Int>) -> [T]) -> [T] {
        let count = table.rowCount
        let parts = (count + Self.blockSize - 1) / Self.blockSize
        let results = Parallel.map(parts, threads: threads) { part in
            kernel(part * Self.blockSize ..< min((part + 1) * Self.blockSize, count))
        }
        var all: [T] = []
        all.reserveCapacity(count)
        for block in results { all.append(contentsOf: block) }
        return all
    }

    // MARK: what names stand for

    private func column(_ name: String) -> [Double] {
        switch table[name]?.values {
        case .numeric(let numbers), .time(let numbers): return numbers
        default: preconditionFailure("column '\(name)' holds no numbers")
        }
    }

    private func score(_ name: String, _ output: ModelOutput) -> [Double] {
        guard let score = scores[name] else { preconditionFailure("no scores of model '\(name)'") }
        let values = output == .margin ? score.margin : score.probability
        precondition(values.count == table.rowCount, "\(values.count) scores of '\(name)' for \(table.rowCount) rows")
        return values
    }

    private enum Texts {
        case coded(codes: [Int32], dictionary: [String])
        case stored(TextStorage)
    }

    private func texts(_ name: String) -> Texts {
        switch table[name]?.values {
        case .categorical(let codes, let dictionary): return .coded(codes: codes, dictionary: dictionary)
        case .identifier(let texts): return .stored(texts)
        default: preconditionFailure("column '\(name)' holds no texts")
        }
    }

    // MARK: numbers

    /// A number for each row of a block, or the same for all.
    private enum NumberKernel: Sendable {
        case constant(Double)
        case rows(@Sendable (Range<Int>) -> [Double])

        func values(_ rows: Range<Int>) -> [Double] {
            switch self {
            case .constant(let value): Array(repeating: value, count: rows.count)
            case .rows(let kernel): kernel(rows)
            }
        }
    }

    private func kernel(_ expression: NumberExpression) -> NumberKernel {
        switch expression {
        case .constant(let value):
            return .constant(value)
        case .column(let name):
            let values = column(name)
            return .rows { Array(values[$0]) }
        case .model(let name, let output):
            let values = score(name, output)
            return .rows { Array(values[$0]) }
        case .negated(let operand):
            return map(kernel(operand)) { -$0 }
        case .absolute(let operand):
            return map(kernel(operand)) { $0.magnitude }
        case .sum(let terms):
            return fold(terms.map { (kernel($0.operand), $0.isInverse) }, { $0 + $1 }, { $0 - $1 })
        case .product(let terms):
            return fold(terms.map { (kernel($0.operand), $0.isInverse) }, { $0 * $1 }, { $1 == 0 ? .nan : $0 / $1 })
        case .least(let operands):
            return fold(operands.map { (kernel($0), false) }, Self.least, Self.least)
        case .greatest(let operands):
            return fold(operands.map { (kernel($0), false) }, Self.greatest, Self.greatest)
        }
    }

    /// Unlike the standard library's `min` and `max` of doubles, missing if either operand is.
    private static func least(_ a: Double, _ b: Double) -> Double { a.isNaN || b.isNaN ? .nan : (b < a ? b : a) }
    private static func greatest(_ a: Double, _ b: Double) -> Double { a.isNaN || b.isNaN ? .nan : (b > a ? b : a) }

    @inline(__always)
    private func map(_ operand: NumberKernel, _ operation: @escaping @Sendable (Double) -> Double) -> NumberKernel {
        switch operand {
        case .constant(let value): return .constant(operation(value))
        case .rows(let kernel):
            return .rows { rows in
                var values = kernel(rows)
                for i in values.indices { values[i] = operation(values[i]) }
                return values
            }
        }
    }

    /// From the left, with `inverse` for the operands so marked.
    @inline(__always)
    private func fold(
        _ operands: [(kernel: NumberKernel, isInverse: Bool)],
        _ plain: @escaping @Sendable (Double, Double) -> Double, _ inverse: @escaping @Sendable (Double, Double) -> Double
    ) -> NumberKernel {
        var result = operands[0].kernel
        for (kernel, isInverse) in operands.dropFirst() {
            result = isInverse ? Self.combine(result, kernel, inverse) : Self.combine(result, kernel, plain)
        }
        return result
    }

    @inline(__always)
    private static func combine(_ a: NumberKernel, _ b: NumberKernel, _ operation: @escaping @Sendable (Double, Double) -> Double) -> NumberKernel {
        switch (a, b) {
        case (.constant(let x), .constant(let y)): return .constant(operation(x, y))
        case (.rows(let left), .constant(let y)):
            return .rows { rows in
                var values = left(rows)
                for i in values.indices { values[i] = operation(values[i], y) }
                return values
            }
        case (_, .rows(let right)):
            return .rows { rows in
                var values = a.values(rows)
                let others = right(rows)
                for i in values.indices { values[i] = operation(values[i], others[i]) }
                return values
            }
        }
    }

    // MARK: conditions

    private typealias ConditionKernel = @Sendable (Range<Int>) -> [Bool]

    private func kernel(_ expression: ConditionExpression) -> ConditionKernel {
        switch expression {
        case .compareNumbers(let comparison, let left, let right):
            return compare(comparison, kernel(left), kernel(right))
        case .numberIn(let operand, let numbers):
            let values = kernel(operand)
            return { rows in values.values(rows).map { numbers.contains($0) } }
        case .missingNumber(let operand):
            let values = kernel(operand)
            return { rows in values.values(rows).map(\.isNaN) }
        case .sameText(let left, let right, let isNegated):
            return sameText(left, right, isNegated)
        case .textIn(.constant(let text), let wanted):
            return Self.always(wanted.contains(text))
        case .textIn(.column(let name), let wanted):
            return rows(of: name, where: wanted.contains, missing: false)
        case .missingText(.constant):
            return Self.always(false)
        case .missingText(.column(let name)):
            return rows(of: name, where: { _ in false }, missing: true)
        case .not(let operand):
            let values = kernel(operand)
            return { rows in values(rows).map { !$0 } }
        case .all(let operands):
            return join(operands.map(kernel)) { $0 && $1 }
        case .any(let operands):
            return join(operands.map(kernel)) { $0 || $1 }
        }
    }

    private static func always(_ value: Bool) -> ConditionKernel { { Array(repeating: value, count: $0.count) } }

    @inline(__always)
    private func join(_ kernels: [ConditionKernel], _ operation: @escaping @Sendable (Bool, Bool) -> Bool) -> ConditionKernel {
        { rows in
            var values = kernels[0](rows)
            for kernel in kernels.dropFirst() {
                let others = kernel(rows)
                for i in values.indices { values[i] = operation(values[i], others[i]) }
            }
            return values
        }
    }

    private func compare(_ comparison: ComparisonOperator, _ a: NumberKernel, _ b: NumberKernel) -> ConditionKernel {
        switch comparison {
        case .equal: Self.compare(a, b) { $0 == $1 }
        // IEEE's != is true of NaN; here a missing operand makes every comparison false.
        case .notEqual: Self.compare(a, b) { $0 < $1 || $0 > $1 }
        case .less: Self.compare(a, b) { $0 < $1 }
        case .lessOrEqual: Self.compare(a, b) { $0 <= $1 }
        case .greater: Self.compare(a, b) { $0 > $1 }
        case .greaterOrEqual: Self.compare(a, b) { $0 >= $1 }
        }
    }

    @inline(__always)
    private static func compare(_ a: NumberKernel, _ b: NumberKernel, _ test: @escaping @Sendable (Double, Double) -> Bool) -> ConditionKernel {
        if case .constant(let y) = b {
            return { rows in a.values(rows).map { test($0, y) } }
        }
        return { rows in
            let left = a.values(rows)
            let right = b.values(rows)
            var result = Array(repeating: false, count: left.count)
            for i in left.indices { result[i] = test(left[i], right[i]) }
            return result
        }
    }

    /// Rows of a text column whose value passes `test`; `missing` for missing ones. Dictionaries are tested once an entry.
    private func rows(of name: String, where test: @escaping @Sendable (String) -> Bool, missing: Bool) -> ConditionKernel {
        switch texts(name) {
        case .coded(let codes, let dictionary):
            // Entry 0 stands for the missing code, -1.
            let verdicts = [missing] + dictionary.map(test)
            return { rows in codes[rows].map { verdicts[Int($0) + 1] } }
        case .stored(let texts):
            return { rows in rows.map { texts.isMissing($0) ? missing : test(texts[$0]) } }
        }
    }

    private func sameText(_ a: TextOperand, _ b: TextOperand, _ isNegated: Bool) -> ConditionKernel {
        switch (a, b) {
        case (.constant(let x), .constant(let y)):
            return Self.always((x == y) != isNegated)
        case (.column(let name), .constant(let text)), (.constant(let text), .column(let name)):
            return rows(of: name, where: { ($0 == text) != isNegated }, missing: false)
        case (.column(let left), .column(let right)):
            return sameColumns(texts(left), texts(right), isNegated)
        }
    }

    private func sameColumns(_ a: Texts, _ b: Texts, _ isNegated: Bool) -> ConditionKernel {
        if case .coded(let codes, let dictionary) = a, case .coded(let others, let otherDictionary) = b {
            // The right column's codes in terms of the left dictionary; -2 equals none.
            let codeByText = Dictionary(uniqueKeysWithValues: dictionary.enumerated().map { ($1, Int32($0)) })
            let translated = otherDictionary.map { codeByText[$0] ?? -2 }
            return { rows in
                rows.map { row in
                    let other = others[row]
                    guard codes[row] >= 0, other >= 0 else { return false }
                    return (codes[row] == translated[Int(other)]) != isNegated
                }
            }
        }
        let left = Self.reader(a)
        let right = Self.reader(b)
        return { rows in
            rows.map { row in
                guard let x = left(row), let y = right(row) else { return false }
                return (x == y) != isNegated
            }
        }
    }

    private static func reader(_ texts: Texts) -> @Sendable (Int) -> String? {
        switch texts {
        case .coded(let codes, let dictionary): { codes[$0] < 0 ? nil : dictionary[Int(codes[$0])] }
        case .stored(let storage): { storage.isMissing($0) ? nil : storage[$0] }
        }
    }
}
