import Documents
import TestSupport
import Testing

struct JSONTests {
    private func parse(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8), source: "t", limit: 1 << 26) }

    @Test(arguments: ["null", "true", "[]", "{}", "\"\"", "0", "-0", "[0,1,-1]", "[1.5,null]", "{\"b\":1,\"a\":[{}]}", "\"é\\\"\\\\\\n\\u0001/\"",
                      "9223372036854775807", "-9223372036854775808", "1e+300", "5e-324", "[9007199254740993]", "0.1", "[[1,2],[3.25]]"])
    func compactTextRoundTrips(text: String) throws { #expect(try parse(text).text() == text) }

    @Test func values() throws {
        let value = try parse(" {\"a\" : [1, 2.5, -0.0] , \"b\":\"\\u00e9\\ud83d\\ude00\\/\", \"c\": {\"d\": false} } ")
        #expect(value["a"] == .numbers([1, 2.5, 0]))
        #expect(value["a"]?.elements?[2].number?.sign == .minus)
        #expect(value["b"] == .string("é😀/"))
        #expect(value["c"]?["d"] == .bool(false))
        #expect(try parse("[1,2.0]") == .array([.int(1), .double(2)]))
        #expect(try parse("9007199254740993") == .int(9_007_199_254_740_993))
        #expect(try parse("9007199254740993") != .double(9_007_199_254_740_992))
    }

    @Test(arguments: [
        ("", "t:1:1: expected a JSON value, found the end of the text"),
        ("[1,]", "t:1:4: expected a JSON value, found ']'"),
        ("{\"a\":1,}", "t:1:8: expected a name in double quotes, found '}'"),
        ("{\"a\":1,\n \"a\":2}", "t:2:2: the name 'a' stands in this object twice"),
        ("{a:1}", "t:1:2: expected a name in double quotes"),
        ("{\"a\" 1}", "expected ':' after the name 'a'"),
        ("[1 2]", "t:1:4: expected ',' or ']'"),
        ("\u{FEFF}1", "byte-order mark"),
        ("01", "leading zero"), ("+1", "expected a JSON value"), (".5", "expected a JSON value"), ("1.", "after the decimal point"),
        ("1e", "in the exponent"), ("-", "expected a digit"), ("1e999", "beyond the range"), ("-1e400", "beyond the range"),
        ("NaN", "expected a JSON value"), ("Infinity", "expected a JSON value"), ("nul", "expected a JSON value"), ("0x10", "after the end"),
        ("\"a", "a string that does not end"), ("\"\u{1}\"", "control character"), ("\"\\x\"", "an escape"), ("\"\\u12g4\"", "hexadecimal"),
        ("\"\\ud83d\"", "surrogate"), ("\"\\ude00\"", "surrogate"), ("\"\\ud83d\\u0041\"", "surrogate"), ("\"\\", "escape"),
        ("1 1", "after the end"), ("[1]x", "after the end"), ("\u{0}", "expected a JSON value"), ("'a'", "expected a JSON value"),
        (String(repeating: "[", count: 65), "more than 64 levels"), (String(repeating: "{\"a\":", count: 100_000), "more than 64 levels"),
    ])
    func refuses(text: String, expected: String) {
        let error = #expect(throws: DocumentError.self) { try parse(text) }
        #expect(error?.code == .malformed)
        #expect(error?.description.contains(expected) ?? false, "\(String(describing: error))")
    }

    @Test func refusesWhatIsNotUTF8() {
        #expect(throws: DocumentError.self) { try JSON.parse([0x22, 0xC3, 0x28, 0x22], source: "t", limit: 100) }
        #expect(throws: DocumentError.self) { try JSON.parse([0x22, 0xED, 0xA0, 0x80, 0x22], source: "t", limit: 100) }
    }

    @Test func refusesMoreThanItsLimit() {
        let error = #expect(throws: DocumentError.self) { try JSON.parse(Array("[1,2,3]".utf8), source: "t", limit: 6) }
        #expect(error?.reason == "larger than the limit of 6 bytes (7)")
    }

    @Test func refusesMoreValuesThanItsLimit() throws {
        #expect(throws: DocumentError.self) { try JSON.parse(Array("[{},{},{}]".utf8), source: "t", limit: 100, valueLimit: 3) }
        #expect(try JSON.parse(Array("[{},{},{}]".utf8), source: "t", limit: 100, valueLimit: 4).elements?.count == 3)
        #expect(try JSON.parse(Array("[1,2,3,4,5]".utf8), source: "t", limit: 100, valueLimit: 1).elements?.count == 5)
    }

    @Test func largeObjectsFindTheirMembers() throws {
        let object = JSONObject((0 ..< 5_000).map { ("k\($0)", JSON.int($0)) })
        let back = try parse(JSON.object(object).text())
        #expect(back == .object(object))
        #expect((0 ..< 5_000).allSatisfy { back["k\($0)"] == .int($0) })
        #expect(back["k5000"] == nil)
        #expect(throws: DocumentError.self) { try parse("{" + (0 ..< 20).map { "\"k\($0 % 19)\":1" }.joined(separator: ",") + "}") }
    }

    /// Every double comes back with the same bits: random bit patterns, short decimals, the corners.
    @Test func doublesRoundTripExactly() throws {
        var draws = RandomDraws(seed: 11)
        var numbers: [Double] = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .leastNormalMagnitude, 1e22, 1e23, 123_456_789_012_345_680, 0x1p53, 0x1p63, 0x1p64]
        while numbers.count < 200_000 {
            let bits = Double(bitPattern: draws.next())
            if bits.isFinite { numbers.append(bits) }
            numbers.append(Double(draws.below(2_000_001) - 1_000_000) / 1_000)
        }
        let back = try parse(JSON.numbers(numbers).text())
        guard case .numbers(let read) = back else { Issue.record("not packed"); return }
        #expect(zip(read, numbers).allSatisfy { $0.bitPattern == $1.bitPattern } && read.count == numbers.count)
    }

    @Test func prettyKeepsPlainArraysOnOneLine() throws {
        let value = JSON.members(["a": .numbers([1, 2.5]), "b": .array([.string("x"), .null]), "c": .array([.members(["d": .array([])])]), "e": .members([:])])
        #expect(value.text(.pretty) == """
            {
              "a": [1, 2.5],
              "b": ["x", null],
              "c": [
                {
                  "d": []
                }
              ],
              "e": {}
            }

            """)
        #expect(try parse(value.text(.pretty)) == value)
    }

    /// Nothing that stands in a file may crash the reader: mutations of good documents end in a value or an error,
    /// and a value reads back as itself.
    @Test func mutationsNeverCrash() throws {
        let seeds = ["{\"a\":[1,2.5e-3,-0],\"b\":{\"c\":\"x\\u00e9\\ud83d\\ude00\\n\",\"d\":[true,false,null]},\"é\":\"\u{1F600}\"}",
                     "[[[],{}],[9223372036854775807,1e308],\"\\\"\\\\\"]", " [ 1 , 22 , 333 ] "].map { Array($0.utf8) }
        let interesting = Array("{}[]\",:\\u0eE+-.tfn19 \u{0}".utf8) + [0x80, 0xC3, 0xFF]
        var draws = RandomDraws(seed: 5)
        var accepted = 0
        for _ in 0 ..< 100_000 {
            var bytes = seeds[draws.below(seeds.count)]
            for _ in 0 ... draws.below(3) {
                let place = draws.below(bytes.count)
                switch draws.below(4) {
                case 0: bytes[place] = interesting[draws.below(interesting.count)]
                case 1: bytes.insert(interesting[draws.below(interesting.count)], at: place)
                case 2: bytes.remove(at: place)
                default: bytes.removeLast(draws.below(bytes.count))
                }
                if bytes.isEmpty { bytes = [UInt8(ascii: "1")] }
            }
            if let value = try? JSON.parse(bytes, source: "t", limit: 1_000) {
                accepted += 1
                #expect(try JSON.parse(value.bytes(), source: "t", limit: 10_000) == value)
            }
        }
        #expect(accepted > 1_000)
    }

    @Test func mutatedYAMLNeverCrashes() {
        let seed = Array("name: lead\ntarget: {column: y, positive: \"yes\"}\nfeatures:\n  exclude: [a, 'b']\n  labels: {x: {zh: 员工}}\nnote: |\n  long\n  text\n".utf8)
        let interesting = Array("{}[]\",:'\\&*!|>%@-?# \n\t".utf8)
        var draws = RandomDraws(seed: 6)
        var accepted = 0
        for _ in 0 ..< 20_000 {
            var bytes = seed
            for _ in 0 ... draws.below(4) {
                let place = draws.below(bytes.count)
                if draws.chance(0.5) { bytes[place] = interesting[draws.below(interesting.count)] } else { bytes.remove(at: place) }
            }
            guard let text = String(validating: bytes, as: UTF8.self) else { continue }
            if (try? YAML.parse(text, source: "t")) != nil { accepted += 1 }
        }
        #expect(accepted > 1_000)
    }
}
