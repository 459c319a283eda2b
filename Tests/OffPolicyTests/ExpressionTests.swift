import Datasets
import LinearAlgebra
import OffPolicy
import Testing

/// Few rows that hold every kind of column and missing values in each.
private let table = Table(source: "deals", columns: [
    Column(name: "history", values: .numeric([142, 600, .nan, 500, 900])),
    Column(name: "mens", values: .numeric([1, 0, 1, .nan, 1])),
    Column(name: "zero", values: .numeric([0, 0, 0, 0, 0])),
    Column(name: "channel", values: .categorical(codes: [2, 1, -1, 0, 2], dictionary: ["Multi", "Phone", "Web"])),
    Column(name: "second", values: .categorical(codes: [1, 0, 1, -1, 0], dictionary: ["Phone", "Web"])),
    Column(name: "Renew Offer Type", values: .categorical(codes: [0, 1, 0, 1, -1], dictionary: ["Offer1", "Offer2"])),
    Column(name: "odd`name", values: .numeric([1, 2, 3, 4, 5])),
    Column(name: "客户等级", values: .categorical(codes: [0, 1, 1, -1, 0], dictionary: ["普通", "重要"])),
    Column(name: "lead_id", values: .identifier(TextStorage(["L1", "L2", "", "Web", "L5"]))),
    Column(name: "seen", values: .time([0, 86_400, .nan, 5, 6])),
    Column(name: "min", values: .numeric([7, 7, 7, 7, 7])),
])
private let scores: ModelScores = ["lead": ModelScore(margin: [-1, 0, 1, 2, 3], probability: [0.1, 0.5, 0.7, 0.9, .nan])]

private func conditions(_ text: String) throws -> [Bool] {
    Evaluator(table: table, scores: scores).conditions(try Expression(text).condition(in: ExpressionSchema(table)))
}

private func numbers(_ text: String) throws -> [Double] {
    Evaluator(table: table, scores: scores).numbers(try Expression(text).number(in: ExpressionSchema(table)))
}

private func same(_ a: Double, _ b: Double) -> Bool { a == b || (a.isNaN && b.isNaN) }

@Test(arguments: [
    ("history > 500", "01001"), ("history >= 500", "01011"), ("history != 500", "11001"), ("history == 500", "00010"),
    ("history <= 142", "10000"), ("500 < history", "01001"),
    ("not (history > 500)", "10110"), ("not not (history > 500)", "01001"),
    ("history > 500 and mens == 1", "00001"), ("history > 500 or mens == 1", "11101"),
    // and binds tighter than or
    ("mens == 1 or history > 500 and mens == 0", "11101"), ("(mens == 1 or history > 500) and mens == 0", "01000"),
    ("channel == \"Web\"", "10001"), ("channel != \"Web\"", "01010"), ("\"Web\" == channel", "10001"),
    ("channel in [\"Web\", \"Phone\"]", "11001"), ("channel in [\"Fax\"]", "00000"), ("channel != \"Fax\"", "11011"),
    ("not (channel in [\"Web\"])", "01110"), ("mens in [0, 1]", "11101"), ("mens in [-1, 0]", "01000"),
    ("channel == second", "11000"), ("channel != second", "00001"), ("channel == lead_id", "00000"), ("lead_id != channel", "11011"),
    ("`Renew Offer Type` == \"Offer1\"", "10100"), ("`odd``name` >= 4", "00011"), ("客户等级 == \"重要\"", "01100"),
    ("lead_id == \"L2\"", "01000"), ("lead_id in [\"L1\", \"L5\"]", "10001"), ("missing(lead_id)", "00100"),
    ("missing(history)", "00100"), ("missing(channel)", "00100"), ("missing(seen)", "00100"), ("missing(history + mens)", "00110"),
    ("missing(history / zero)", "11111"), ("missing(\"text\")", "00000"), ("seen >= 86400", "01000"),
    ("model(\"lead\").probability >= 0.5", "01110"), ("model( \"lead\" ) . margin < 1", "11000"),
    ("1 + 1 == 2", "11111"), ("\"a\" == \"a\"", "11111"), ("\"a\" != \"a\"", "00000"), ("\"a\" in [\"b\"]", "00000"), ("2 in [1, 2]", "11111"),
    ("\"a \\\"b\\\\\" == \"a \\\"b\\\\\"", "11111"), ("missing(min(history, 1))", "00100"),
])
func `conditions follow the rules of precedence and missing values`(text: String, expected: String) throws {
    #expect(try conditions(text).map { $0 ? "1" : "0" }.joined() == expected)
}

@Test(arguments: [
    ("1 + 2 * 3", 7.0), ("(1 + 2) * 3", 9), ("8 - 4 - 2", 2), ("8 / 4 / 2", 1), ("2 * 3 / 4 * 2", 3), ("8 - 4 + 2", 6),
    ("-2 * 3", -6), ("- -2", 2), ("2 - -3", 5), ("-(1 + 2)", -3), (".5 + 1.", 1.5), ("1e3", 1000), ("2.5E-1", 0.25),
    ("min(3, 1, 2)", 1), ("max(3, 1, 2)", 3), ("abs(-4)", 4), ("abs(2 - 5) * min(2, 7)", 6), ("1 / 0", .nan), ("0 / 0", .nan),
    ("min(1, 1 / 0)", .nan), ("max(1 / 0, 1)", .nan), ("abs(1 / 0)", .nan),
])
func `arithmetic`(text: String, expected: Double) throws {
    #expect(try numbers(text).allSatisfy { same($0, expected) })
}

@Test func `a bare name is a column unless a parenthesis follows`() throws {
    #expect(try numbers("min + min(min, 2)") == [9, 9, 9, 9, 9])
}

@Test func `an expression names its columns and models`() throws {
    let expression = try Expression("model(\"b\").margin > history or `Renew Offer Type` in [\"x\"] and not missing(min(mens, model(\"a\").probability))")
    #expect(expression.modelNames == ["a", "b"])
    #expect(expression.columnNames == ["Renew Offer Type", "history", "mens"])
}

// MARK: errors

/// Text, the character of the error counted from 1, and a part of its reason.
private let errors: [(text: String, character: Int, reason: String)] = [
    ("", 1, "expected an expression"), ("   ", 4, "expected an expression"),
    ("histry > 500", 1, "no column 'histry'; did you mean 'history'?"), ("mens == 1 and histry > 5", 15, "did you mean 'history'"),
    ("客户等機 == \"x\"", 1, "did you mean '客户等级'"),
    ("history >", 10, "found the end"), ("history > 500 mens", 15, "expected an operator or the end, found 'mens'"),
    ("history = 500", 9, "write '=='"), ("history > 5 && mens == 1", 13, "write 'and'"), ("mens == 1 || mens == 0", 11, "write 'or'"),
    ("! mens", 1, "write 'not'"), ("history <> 5", 9, "write '!='"), ("history ≥ 5", 9, "write '>='"), ("history > 30%", 13, "fraction such as 0.3"),
    ("channel == 'Web'", 12, "write double quotes"), ("channel == “Web”", 12, "straight double quotes"), ("（history > 5)", 1, "write '('"),
    ("history # 5", 9, "'#' has no meaning here"), ("channel == \"Web", 12, "not closed"), ("`Renew Offer", 1, "not closed"), ("`` == 1", 1, "empty column name"),
    ("channel == \"W\\n\"", 14, "after a backslash"), ("3days > 1", 1, "backquotes"), ("1e999 > 1", 1, "too large"),
    ("(history > 5", 13, "')' for the '(' at character 1"), ("history > 5)", 12, "expected an operator or the end"),
    ("1 < history < 5", 13, "do not chain"), ("mens in [1] == 1", 13, "do not chain"), ("history == 1 in [1]", 14, "do not chain"),
    ("channel in [Web]", 13, "number or a text in double quotes"), ("channel in []", 13, "number or a text"), ("channel in \"Web\"", 12, "a list such as"),
    ("channel in [\"Web\" \"Phone\"]", 19, "',' or ']'"), ("mens in [-\"a\"]", 11, "a number"),
    ("channel not in [\"Web\"]", 9, "not (… in […])"),
    ("mens == \"1\"", 9, "holds numbers; compare it with a number, without quotes: 1"), ("channel == 1", 12, "holds texts; put the value in quotes: \"1\""),
    ("channel in [1, 2]", 13, "holds texts; put the value in quotes"), ("mens in [1, \"x\"]", 13, "holds numbers"), ("channel == mens", 12, "cannot be compared"),
    ("channel > \"Web\"", 1, "texts have no order"), ("channel + 1 > 2", 1, "which holds texts"), ("abs(channel) > 1", 5, "which holds texts"),
    ("1 + \"a\" > 2", 5, "expected a number, found a text"),
    ("mens", 1, "expected a condition that is true or false, found a number; write mens == 1"), ("channel", 1, "found a text; write channel == \"…\""),
    ("mens and history > 5", 1, "expected a condition"), ("history > 5 or 1", 16, "expected a condition"), ("not mens == 1", 5, "'not' binds tightest"),
    ("(mens == 1) == (mens == 0)", 1, "found a condition"), ("1 + (mens == 1) > 1", 5, "expected a number, found a condition"), ("mens == true", 9, "no 'true' here"),
    ("missing(mens == 1)", 9, "never missing"), ("(mens == 1) in [1]", 1, "found a condition"),
    ("sqrt(history) > 1", 1, "no function 'sqrt'; there are min, max, abs, missing, model"), ("mising(history)", 1, "did you mean 'missing'"),
    ("abs(1, 2) > 1", 1, "takes one value, found 2"), ("min(1) > 1", 1, "takes two values or more, found 1"), ("missing()", 1, "found 0"),
    ("model(lead).margin > 1", 7, "model's name in double quotes"), ("model(\"lead\") > 1", 15, "'.probability' or '.margin'"),
    ("model(\"lead\").score > 1", 15, "'probability' or 'margin'"), ("model > 1", 1, "no column 'model'"),
]

@Test(arguments: errors)
func `an error names the character`(text: String, character: Int, reason: String) throws {
    let error = try #require(throws: ExpressionError.self) { try conditions(text) }
    #expect(error.offset + 1 == character, "\(error)")
    #expect(error.reason.contains(reason), "\(error)")
}

@Test func `the caret stands below the character`() throws {
    let error = try #require(throws: ExpressionError.self) { try conditions("mens == 1\n  and 客户等级 > 5") }
    #expect(error.description == "character 17: column '客户等级' holds texts; put the value in quotes: \"5\"\n    and 客户等级 > 5\n        \u{3000}\u{3000}\u{3000}\u{3000}   ^".replacing("character 17", with: "character \(error.offset + 1)"))
    let plain = ExpressionError(text: "a == \u{1F600}", offset: 2, reason: "no")
    #expect(plain.description == "character 3: no\n  a == \u{1F600}\n    ^")
}

@Test func `models have no place in an objective`() throws {
    let error = try #require(throws: ExpressionError.self) {
        try Expression("1 + model(\"lead\").margin").number(in: ExpressionSchema(table, noun: "outcome", allowsModels: false))
    }
    #expect(error.offset == 4)
}

@Test(arguments: [("(", ")"), ("-", ""), ("abs(", ")"), ("not (", ")"), ("min(1,", ")")])
func `hostile nesting is refused before the stack suffers`(open: String, close: String) throws {
    let deepest = { (levels: Int) in
        String(repeating: open, count: levels) + (open == "not (" ? "mens == 1" : "mens") + String(repeating: close, count: levels)
    }
    // `not (` nests twice a level.
    let limit = open == "not (" ? Expression.depthLimit / 2 : Expression.depthLimit
    _ = try Expression(deepest(limit))
    let error = try #require(throws: ExpressionError.self) { try Expression(deepest(limit + 1)) }
    #expect(error.reason.contains("levels deep"))
    #expect(throws: ExpressionError.self) { try Expression(deepest(900)) }
}

@Test func `long expressions run in one level and too long ones are refused`() throws {
    let sum = Array(repeating: "1", count: 2000).joined(separator: "+")
    #expect(try numbers(sum) == [2000, 2000, 2000, 2000, 2000])
    let any = Array(repeating: "mens==1", count: 600).joined(separator: " or ")
    #expect(try conditions(any) == [true, false, true, false, true])
    let error = try #require(throws: ExpressionError.self) { try Expression(String(repeating: "1+", count: 5000) + "1") }
    #expect(error.reason.contains("at most 10000 characters"))
}

// MARK: the fast evaluator against one that reads like the definition

/// A row at a time, by the book.
private struct RowEvaluator {
    let table: Table
    let row: Int

    private func number(_ name: String) -> Double? {
        switch table[name]!.values {
        case .numeric(let values), .time(let values): values[row].isNaN ? nil : values[row]
        default: nil
        }
    }

    private func text(_ name: String) -> String? {
        switch table[name]!.values {
        case .categorical(let codes, let dictionary): codes[row] < 0 ? nil : dictionary[Int(codes[row])]
        case .identifier(let texts): texts.isMissing(row) ? nil : texts[row]
        default: nil
        }
    }

    func number(_ node: ExpressionNode) -> Double? {
        switch node.kind {
        case .number(let value): return value
        case .column(let name): return number(name)
        case .negated(let operand): return number(operand).map { -$0 }
        case .sum(let terms): return fold(terms, { $0 + $1 }, { $0 - $1 })
        case .product(let terms): return fold(terms, { $0 * $1 }, { $1 == 0 ? nil : $0 / $1 })
        case .call(let function, let arguments):
            let values = arguments.map(number)
            if values.contains(where: { $0 == nil }) { return nil }
            switch function {
            case .abs: return abs(values[0]!)
            case .min: return values.map { $0! }.min()
            case .max: return values.map { $0! }.max()
            case .missing: return nil
            }
        default: return nil
        }
    }

    private func fold(_ terms: [ExpressionNode.Term], _ plain: (Double, Double) -> Double?, _ inverse: (Double, Double) -> Double?) -> Double? {
        var result = number(terms[0].node)
        for term in terms.dropFirst() {
            guard let a = result, let b = number(term.node) else { return nil }
            result = term.isInverse ? inverse(a, b) : plain(a, b)
        }
        return result
    }

    private func isText(_ node: ExpressionNode) -> Bool {
        switch node.kind {
        case .text: true
        case .column(let name): [.categorical, .identifier].contains(table[name]!.kind)
        default: false
        }
    }

    private func text(_ node: ExpressionNode) -> String? {
        switch node.kind {
        case .text(let text): text
        case .column(let name): text(name)
        default: nil
        }
    }

    func condition(_ node: ExpressionNode) -> Bool {
        switch node.kind {
        case .not(let operand): return !condition(operand)
        case .all(let operands): return operands.allSatisfy(condition)
        case .any(let operands): return operands.contains(where: condition)
        case .call(_, let arguments): return isText(arguments[0]) ? text(arguments[0]) == nil : number(arguments[0]) == nil
        case .member(let operand, let literals):
            if isText(operand) { return text(operand).map { value in literals.contains { text($0) == value } } ?? false }
            return number(operand).map { value in literals.contains { number($0) == value } } ?? false
        case .comparison(let comparison, let left, let right):
            if isText(left) {
                guard let a = text(left), let b = text(right) else { return false }
                return comparison == .equal ? a == b : a != b
            }
            guard let a = number(left), let b = number(right) else { return false }
            switch comparison {
            case .equal: return a == b
            case .notEqual: return a != b
            case .less: return a < b
            case .lessOrEqual: return a <= b
            case .greater: return a > b
            case .greaterOrEqual: return a >= b
            }
        default: return false
        }
    }
}

/// Random expressions that are well typed by construction.
private struct ExpressionMaker {
    let random: CounterRandom
    var drawn: UInt64 = 0

    init(seed: UInt64) { random = CounterRandom(seed: seed, stream: 7) }

    mutating func below(_ count: Int) -> Int {
        drawn += 1
        return Int(random.uniform(at: drawn) * Double(count))
    }

    mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }

    mutating func number(_ depth: Int) -> String {
        switch depth == 0 ? below(3) : below(8) {
        case 0: String(below(5))
        case 1, 2: pick(["a", "b", "t"])
        case 3: "(\(number(depth - 1)) \(pick(["+", "-", "*", "/"])) \(number(depth - 1)))"
        case 4: "\(number(depth - 1)) \(pick(["*", "/"])) \(number(0))"
        case 5: "-\(number(0))"
        case 6: "\(pick(["min", "max"]))(\(number(depth - 1)), \(number(depth - 1)))"
        default: "abs(\(number(depth - 1)))"
        }
    }

    mutating func condition(_ depth: Int) -> String {
        switch depth == 0 ? below(5) : below(9) {
        case 0, 1: "\(number(max(depth, 1))) \(pick(["==", "!=", "<", "<=", ">", ">="])) \(number(max(depth, 1)))"
        case 2: "\(pick(["c", "d", "i"])) \(pick(["==", "!="])) \(pick(["c", "d", "i", "\"x\"", "\"y\""]))"
        case 3: "\(pick(["c", "i"])) in [\"x\", \"nowhere\"]"
        case 4: "missing(\(pick(["a", "c", "i", "a / b"])))"
        case 5: "not (\(condition(depth - 1)))"
        case 6: "(\(condition(depth - 1)) \(pick(["and", "or"])) \(condition(depth - 1)))"
        case 7: "\(condition(depth - 1)) \(pick(["and", "or"])) \(condition(depth - 1))"
        default: "a in [0, -1, 2]"
        }
    }
}

private func randomTable(rows: Int, seed: UInt64) -> Table {
    let random = CounterRandom(seed: seed, stream: 11)
    func draw(_ row: Int, _ column: UInt64, _ count: Int) -> Int { Int(random.uniform(at: UInt64(row) * 8 + column) * Double(count)) }
    func small(_ column: UInt64) -> [Double] { (0 ..< rows).map { let k = draw($0, column, 6); return k == 5 ? .nan : Double(k - 1) } }
    let texts = ["", "x", "y", "z"]
    return Table(source: "random", columns: [
        Column(name: "a", values: .numeric(small(0))), Column(name: "b", values: .numeric(small(1))), Column(name: "t", values: .time(small(2))),
        Column(name: "c", values: .categorical(codes: (0 ..< rows).map { Int32(draw($0, 3, 4) - 1) }, dictionary: ["x", "y", "z"])),
        Column(name: "d", values: .categorical(codes: (0 ..< rows).map { Int32(draw($0, 4, 3) - 1) }, dictionary: ["w", "x"])),
        Column(name: "i", values: .identifier(TextStorage((0 ..< rows).map { texts[draw($0, 5, 4)] }))),
    ])
}

@Test func `blocks of rows give what one row at a time gives`() throws {
    let rows = Evaluator.blockSize + 123
    let table = randomTable(rows: rows, seed: 1)
    let schema = ExpressionSchema(table)
    let sampled = Array(stride(from: 0, to: rows, by: 37)) + [Evaluator.blockSize - 1, Evaluator.blockSize, rows - 1]
    for seed in 0 ..< 300 as Range<UInt64> {
        var maker = ExpressionMaker(seed: seed)
        let text = maker.condition(4)
        let expression = try Expression(text)
        let fast = Evaluator(table: table, threads: Int(seed % 3) + 1).conditions(try expression.condition(in: schema))
        #expect(fast.count == rows)
        for row in sampled where fast[row] != RowEvaluator(table: table, row: row).condition(expression.root) {
            Issue.record("seed \(seed), row \(row): \(text)")
        }
        let numberText = maker.number(4)
        let number = try Expression(numberText)
        let values = Evaluator(table: table, threads: 2).numbers(try number.number(in: schema))
        for row in sampled where !same(values[row], RowEvaluator(table: table, row: row).number(number.root) ?? .nan) {
            Issue.record("seed \(seed), row \(row): \(numberText)")
        }
    }
}
