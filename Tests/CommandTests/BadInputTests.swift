import Foundation
import Testing

/// What a person gets who gives the command something bad: the exit code of the design, and an error that names the place.
struct `Bad input` {
    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        var files: [String: String] = [:]
        let arguments: [String]
        let code: Int32
        /// Texts that standard error must hold.
        let says: [String]
        var testDescription: String { what }
    }

    private static let specification = "name: m\nkind: logistic\ntarget: {column: y, positive: \"1\"}\nsplit: {test: 0, calibration: 0}\n"
    private static let rows = (0 ..< 40).map { "\($0 % 7),\($0 % 3 == 0 ? "a" : "b"),\(($0 * 5 % 11) % 2)\n" }.joined()
    private static let table = "x,c,y\n" + rows
    private static let history = "history: h\ndata: d.csv\naction: offer\npropensity: {column: p}\noutcomes: {win: {column: win}}\nobjective: win\n"
    private static let deals = "x,offer,p,win\n" + (0 ..< 40).map { "\($0),\($0 % 2 == 0 ? "A" : "B"),0.5,\($0 % 5 == 0 ? 1 : 0)\n" }.joined()
    private static let strategy = "strategy: s\notherwise: A\n"

    private static func training(_ what: String, spec: String = specification, data: String, says: [String], code: Int32 = 65) -> Case {
        Case(what: what, files: ["m.yaml": spec, "d.csv": data], arguments: ["train", "m.yaml", "--data", "d.csv"], code: code, says: says)
    }

    private static func comparing(_ what: String, history: String = history, strategy: String = strategy, deals: String = deals, says: [String], code: Int32 = 65) -> Case {
        Case(what: what, files: ["h.yaml": history, "s.yaml": strategy, "d.csv": deals], arguments: ["compare", "h.yaml", "s.yaml"], code: code, says: says)
    }

    static let cases: [Case] = [
        Case(what: "no such command", arguments: ["trane"], code: 64, says: ["trane"]),
        Case(what: "no data option", arguments: ["train", "m.yaml"], code: 64, says: ["--data"]),
        Case(what: "no threads", files: ["d.csv": table], arguments: ["inspect", "d.csv", "--threads", "0"], code: 64, says: ["--threads"]),
        Case(what: "missing table", arguments: ["inspect", "nowhere.csv"], code: 66, says: ["nowhere.csv"]),
        Case(what: "missing specification", files: ["d.csv": table], arguments: ["train", "none.yaml", "--data", "d.csv"], code: 66, says: ["none.yaml"]),
        Case(what: "missing model", files: ["d.csv": table], arguments: ["predict", "none.json", "--data", "d.csv"], code: 66, says: ["none.json"]),
        Case(what: "missing history", files: ["s.yaml": strategy], arguments: ["compare", "none.yaml", "s.yaml"], code: 66, says: ["none.yaml"]),
        comparing("missing model of a strategy", strategy: "strategy: s\nrules: [{when: model(\"lead\").margin > 0, do: A}]\notherwise: B\n",
                  says: ["lead", "--model lead=FILE"], code: 66),
        Case(what: "format that a command does not print", arguments: ["evaluate", "m.json", "--data", "d.csv", "--format", "csv"], code: 64, says: ["'csv'", "'json'"]),
        Case(what: "quote as delimiter", files: ["d.csv": table], arguments: ["inspect", "d.csv", "--delimiter", "\""], code: 64, says: ["--delimiter"]),
        Case(what: "line end as delimiter", files: ["d.csv": table], arguments: ["inspect", "d.csv", "--delimiter", "\n"], code: 64, says: ["--delimiter"]),
        training("step beyond all numbers", spec: specification.replacing("logistic", with: "boosted_trees") + "parameters: {learning_rate: 1e308, min_data_in_leaf: 1}\n", data: table,
                 says: ["d.csv", "no usable model"]),
        training("targets beyond all numbers", spec: "name: m\nkind: logistic\nobjective: regression\ntarget: {column: y}\nsplit: {test: 0, calibration: 0}\n",
                 data: "x,y\n" + (0 ..< 40).map { "\($0 % 7),\($0 % 2 == 0 ? "-" : "")\($0 % 5 + 1)e307\n" }.joined(), says: ["d.csv", "no usable model"]),
        comparing("rule that reads an outcome", strategy: "strategy: s\nrules: [{when: win == 1, do: A}]\notherwise: B\n", says: ["s.yaml:2", "'win'", "after the decision"]),
        comparing("column in backquotes without quotes around", strategy: "strategy: s\nrules:\n  - when: `x` > 1\n    do: A\notherwise: B\n", says: ["s.yaml:3", "quotes"]),
        comparing("path as the name of a model", strategy: "strategy: s\nrules: [{when: model(\"../m\").margin > 0, do: A}]\notherwise: B\n", says: ["../m", "name"]),
        training("misspelt key", spec: specification + "calibraton: platt\n", data: table, says: ["m.yaml:5", "calibraton", "calibration"]),
        training("misspelt parameter", spec: specification + "parameters: {max_itr: 5}\n", data: table, says: ["max_itr", "max_iter"]),
        training("value out of range", spec: specification.replacing("test: 0,", with: "test: 1.5,"), data: table, says: ["m.yaml:4", "test"]),
        training("objective of a later version", spec: specification + "objective: poisson\n", data: table, says: ["poisson", "binary"]),
        training("key twice", spec: specification + "name: again\n", data: table, says: ["name"]),
        training("anchor in YAML", spec: specification.replacing("name: m", with: "name: &a m"), data: table, says: ["m.yaml:1"]),
        training("empty table", data: "", says: ["d.csv"]),
        training("header alone", data: "x,c,y\n", says: ["d.csv"]),
        training("column twice", data: "x,x,y\n1,2,1\n", says: ["d.csv", "'x'"]),
        training("field too many", data: "x,c,y\n1,a,1\n1,a,1,9\n", says: ["d.csv:3", "4", "3"]),
        training("field too few", data: "x,c,y\n1,a,1\n1\n", says: ["d.csv:3"]),
        training("unclosed quote", data: "x,c,y\n1,\"a,1\n2,b,0\n", says: ["d.csv:2", "quote"]),
        training("NUL byte", data: "x,c,y\n1,a\u{0},1\n", says: ["d.csv:2", "NUL"]),
        training("no target column", data: "x,c,z\n" + rows, says: ["'y'"]),
        training("target of one class", data: "x,c,y\n1,a,1\n2,b,1\n3,a,1\n", says: ["'y'"]),
        training("positive value that never occurs", spec: specification.replacing("\"1\"", with: "\"yes\""), data: table, says: ["yes"]),
Case(what: "infinite number in a numeric feature", files: ["d.csv": "age,agpop,ricearea_2010,disaster_prob,male,default,intensive,risk_averse,literacy,pre_takeup_rate\n1,2,3,4,1,0,1,0.2,1,0.1\n1e999,2,3,4,1,0,1,0.2,1,0.1\n"],
             arguments: ["predict", Command.package.path + "/models/lead.json", "--data", "d.csv"], code: 65, says: ["d.csv:3", "'age'"]),
        Case(what: "table without a feature", files: ["d.csv": "age\n1\n"], arguments: ["explain", Command.package.path + "/models/lead.json", "--data", "d.csv"],
             code: 65, says: ["d.csv", "agpop"]),
        comparing("propensity 0", deals: deals.replacing("3,B,0.5,0\n", with: "3,B,0,0\n"), says: ["d.csv", "'p'", "row 4"]),
        comparing("propensity above 1", deals: deals.replacing("3,B,0.5,0\n", with: "3,B,1.5,0\n"), says: ["'p'", "row 4"]),
        comparing("strategy with an unknown action", strategy: "strategy: s\notherwise: C\n", says: ["s.yaml:2", "C"]),
        comparing("shares that miss 1", strategy: "strategy: s\notherwise: {A: 0.5, B: 0.4}\n", says: ["s.yaml:2"]),
        comparing("expression with an unknown column", strategy: "strategy: s\nrules: [{when: xx > 1, do: A}]\notherwise: B\n", says: ["s.yaml:2", "xx"]),
        comparing("expression of the wrong type", strategy: "strategy: s\nrules: [{when: x > \"a\", do: A}]\notherwise: B\n", says: ["s.yaml:2"]),
        comparing("expression that ends too soon", strategy: "strategy: s\nrules: [{when: x > , do: A}]\notherwise: B\n", says: ["s.yaml:2"]),
        comparing("unknown outcome in the objective", history: history.replacing("objective: win", with: "objective: gain"), says: ["h.yaml:6", "gain"]),
        comparing("unknown champion", says: ["boss"], code: 65).adding(["--champion", "boss"]),
        comparing("unknown estimator", says: ["magic"], code: 65).adding(["--estimators", "magic"]),
    ]

    @Test(arguments: cases)
    func `gets its exit code and an error that names the place`(_ bad: Case) throws {
        try Command.inFolder(bad.files) { folder in
            let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            let result = try Command.run(bad.arguments, in: folder)
            #expect(result.code == bad.code, "\(result.errors)")
            for text in bad.says { #expect(result.errors.contains(text), "'\(text)' in: \(result.errors)") }
            #expect(result.output.isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before, "something was left behind")
        }
    }

    /// A model cut short at any place, or with a flipped structure, is refused and never crashes.
    @Test func `a broken model is refused at every place where it may break`() throws {
        let whole = try Data(contentsOf: Command.package.appending(path: "models/lead.json"))
        try Command.inFolder(["d.csv": Self.table]) { folder in
            for part in stride(from: 0, to: whole.count - 2, by: max(1, whole.count / 12)) {
                try whole.prefix(part).write(to: folder.appending(path: "m.json"))
                let result = try Command.run(["predict", "m.json", "--data", "d.csv"], in: folder)
                #expect(result.code == 65, "cut at \(part): \(result.errors)")
                #expect(result.errors.contains("m.json"))
            }
        }
    }

    @Test func `a full disk leaves nothing half written`() throws {
        try Command.inFolder { folder in
            let result = try Command.run(["predict", "models/lead.json", "--data", "fixtures/farmers/farmer-insurance-offers.csv", "--out", "/dev/full"])
            #expect(result.code == 65)
            #expect(result.errors.contains("/dev/full"))
            let nowhere = try Command.run(["predict", "models/lead.json", "--data", "fixtures/farmers/farmer-insurance-offers.csv", "--out", folder.path + "/none/x.csv"])
            #expect(nowhere.code == 65 || nowhere.code == 66)
            #expect(nowhere.errors.contains("none"))
        }
    }
}

extension `Bad input`.Case {
    fileprivate func adding(_ more: [String]) -> Self {
        .init(what: what, files: files, arguments: arguments + more, code: code, says: says + more.suffix(1))
    }
}
