import Documents
import Testing

struct YAMLTests {
    @Test func scalarsKeepTheirText() throws {
        let reader = try YAML.parse("a: Yes\nb: 007\nc: 1e3\nd: 'null'\ne: ~\nf:\ng: null\nh: \"~\"\ni: 2024-01-05\n客户: 值", source: "t").mapping()
        #expect(try reader.required("a").string() == "Yes")
        #expect(try reader.required("b").string() == "007")
        #expect(try reader.required("c").double() == 1000)
        #expect(try reader.required("d").string() == "null")
        #expect(reader["e"] == nil && reader["f"] == nil && reader["g"] == nil)
        #expect(try reader.required("h").string() == "~")
        #expect(try reader.required("i").string() == "2024-01-05")
        #expect(try reader.required("客户").string() == "值")
        try reader.finish()
    }

    @Test func jsonIsYAML() throws {
        let node = try YAML.parse("{\"a\": [1, true, null, \"x\\u00e9\\n\"],\n\t\"b\": {\"c\": \"no\"}}", source: "t")
        let reader = try node.mapping()
        let list = try reader.required("a").list()
        #expect(try list[0].int() == 1)
        #expect(try list[1].bool())
        #expect(list[2].isNull)
        #expect(try list[3].string() == "xé\n")
        let inner = try reader.required("b").mapping().required("c")
        #expect(try inner.string() == "no")
        #expect(inner.path == "b.c" && inner.line == 2 && inner.column == 13)
    }

    @Test(arguments: [
        ("a: &x 1\nb: *x", "t:1:4: anchors (&name) and aliases (*name) are not supported"),
        ("a: [1, 2]\nb: *x", "t:2:4: aliases (*name) are not supported"),
        ("&k a: 1", "anchors"),
        ("a: !!int 1", "t:1:4: tags (tag:yaml.org,2002:int)"),
        ("a: !custom {b: 1}", "tags (!custom)"),
        ("a: {b: 1}\nc:\n  <<: {d: 1}", "t:3:3: merge keys (<<)"),
        ("a: 1\nb: 2\na: 3", "the key 'a' stands in this mapping twice"),
        ("a: 1\n'a': 3", "the key 'a' stands in this mapping twice"),
        ("a: 1\n---\nb: 2", "t:2:1: a second document begins here"),
        ("? [a, b]\n: 1", "t:1:3: a key must be a text"),
        ("a: [1", "did not find expected ',' or ']'"),
        ("a: b: c", "t:1:5: mapping values are not allowed"),
        ("", "t: the document is empty"),
        ("# only a comment\n", "t: the document is empty"),
        ("a: 1\nb: x\u{0}y", "t:2:5: control character U+0000"),
        ("a: \u{7F}", "t:1:4: control character U+007F"),
        (String(repeating: "[", count: 65) + String(repeating: "]", count: 65), "t:1:65: more than 64 levels deep"),
        (String(repeating: "[", count: 200_000), "t:1:"),
        (String(repeating: "- ", count: 5_000) + "a", "t:1:"),
        ("a: \"" + String(repeating: "x", count: 1 << 20) + "\"", "t: larger than 1 MB"),
    ])
    func refuses(text: String, expected: String) {
        let error = #expect(throws: DocumentError.self) { try YAML.parse(text, source: "t") }
        #expect(error?.code == .malformed)
        #expect(error?.description.contains(expected) ?? false, "\(String(describing: error))")
    }

    @Test func acceptsUpToItsLimits() throws {
        _ = try YAML.parse(String(repeating: "[", count: 64) + String(repeating: "]", count: 64), source: "t")
        _ = try YAML.parse("\u{FEFF}a: \"" + String(repeating: "x", count: (1 << 20) - 8) + "\"", source: "t")
    }

    @Test(arguments: [
        ("n: 1.5", "n: expected a whole number from 2 to 255, found '1.5'"),
        ("n: 1", "n: expected a whole number from 2 to 255, found '1'"),
        ("n: 0x10", "found '0x10'"),
        ("n: 1_000", "found '1_000'"),
        ("n: [3]", "found a list"),
        ("n: {a: 3}", "found a mapping"),
        ("n: 99999999999999999999", "found '99999999999999999999'"),
        ("m: 3", "t:1:1: 'n' is missing"),
        ("n: ~", "t:1:1: 'n' is missing"),
    ])
    func whole(text: String, expected: String) throws {
        let reader = try YAML.parse(text, source: "t").mapping()
        let error = #expect(throws: DocumentError.self) { try reader.required("n").int(2 ... 255) }
        #expect(error?.description.contains(expected) ?? false, "\(String(describing: error))")
    }

    @Test(arguments: [("nan", false), ("inf", false), (".inf", false), ("1e999", false), ("0x1p3", false), ("1.", true), (".5", true),
                      ("+3e-2", true), ("1e", false), ("", false), (" 1", false), ("1,5", false), ("١", false), ("-", false), ("5e-324", true)])
    func decimals(text: String, isNumber: Bool) {
        #expect((NumberText.decimal(text) != nil) == isNumber)
    }

    @Test func choicesAndTruthValues() throws {
        enum Colour: String, CaseIterable { case red, darkBlue = "dark_blue" }
        let reader = try YAML.parse("a: dark_blue\nb: darkblue\nc: yes\nd: true\ne: 'true'\nf: [x, x]", source: "t").mapping()
        #expect(try reader.required("a").choice(Colour.self) == .darkBlue)
        let wrong = #expect(throws: DocumentError.self) { try reader.required("b").choice(Colour.self) }
        #expect(wrong?.description == "t:2:4: b: expected red, dark_blue; found 'darkblue'; did you mean 'dark_blue'?")
        #expect(throws: DocumentError.self) { try reader.required("c").bool() }
        #expect(try reader.required("d").bool())
        #expect(throws: DocumentError.self) { try reader.required("e").bool() }
        #expect(throws: DocumentError.self) { try reader.required("f").strings() }
    }

    @Test func unknownKeysNameTheNearest() throws {
        let reader = try YAML.parse("parameters:\n  lerning_rate: 0.1", source: "t").mapping()
        let inner = try reader.required("parameters").mapping()
        _ = inner["learning_rate"]
        _ = inner["num_leaves"]
        let error = #expect(throws: DocumentError.self) { try inner.finish() }
        #expect(error?.description == "t:2:17: parameters: unknown key 'lerning_rate'; did you mean 'learning_rate'?")
        try reader.finish()
    }

    @Test func twoNamesOfOneSetting() throws {
        let reader = try YAML.parse("n_estimators: 3\nnum_iterations: 4", source: "t").mapping()
        #expect(throws: DocumentError.self) { try reader.value("num_iterations", orAliases: ["n_estimators"]) }
    }

    @Test(arguments: [("lerning_rate", "learning_rate"), ("max-bin", "max_bin"), ("numleaves", "num_leaves"), ("Num_Leaves", "num_leaves"),
                      ("laerning_rate", "learning_rate"), ("qqqqqq", nil), ("", nil), ("x", nil)] as [(String, String?)])
    func nearest(word: String, expected: String?) {
        #expect(NearestName.suggest(word, among: ["learning_rate", "num_leaves", "max_bin", "seed"]) == expected)
    }
}
