import Datasets
import Glibc
import LinearAlgebra
import Testing

/// Every accepted text gives the bits that `strtod` gives.
@Suite struct NumberParserTests {
    private func expectSameAsStrtod(_ texts: [String]) throws {
        let bytes = Array(("x\n" + texts.joined(separator: "\n") + "\n").utf8)
        var options = CSVOptions()
        options.kinds = ["x": .numeric]
        guard case .numeric(let numbers)? = try CSVReader.read(bytes: bytes, source: "numbers", options: options)["x"]?.values else {
            Issue.record("no numbers")
            return
        }
        try #require(numbers.count == texts.count)
        for (number, text) in zip(numbers, texts) where number.bitPattern != strtod(text, nil).bitPattern {
            Issue.record("\(text): \(number), not \(strtod(text, nil))")
        }
    }

    @Test func shortDecimals() throws {
        // Every text of up to five characters over these, where it is a number.
        let alphabet = Array("019.-"), isNumber: (String) -> Bool = { text in
            let body = text.hasPrefix("-") ? text.dropFirst() : text[...]
            return body.contains { $0.isNumber } && !body.contains("-") && body.count { $0 == "." } <= 1
        }
        var texts = [""], all: [String] = []
        for _ in 1 ... 5 {
            texts = texts.flatMap { text in alphabet.map { text + String($0) } }
            all += texts.filter(isNumber)
        }
        #expect(all.count > 1_000)
        try expectSameAsStrtod(all)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func randomDecimals(seed: UInt64) throws {
        let random = CounterRandom(seed: seed)
        var texts: [String] = []
        for index in 0 ..< UInt64(50_000) {
            func draw(_ bound: UInt64, _ place: UInt64) -> UInt64 { random.bits(at: index * 64 + place) % bound }
            let digits = Int(1 + draw(seed == 1 ? 17 : 30, 0))
            var text = draw(3, 1) == 0 ? "-" : ""
            let point = Int(draw(UInt64(digits) + 1, 2))
            for place in 0 ..< digits {
                if place == point { text += "." }
                text += String(draw(10, 3 + UInt64(place)))
            }
            if seed > 2 {
                let span: UInt64 = seed == 3 ? 40 : 640
                let exponent = Int(draw(span, 40)) - Int(span) / 2
                // Beyond 1e308 a text is no finite number.
                if exponent + point < 308 { text += "e\(exponent)" }
            }
            texts.append(text)
        }
        try expectSameAsStrtod(texts)
    }

    /// Shortest texts of random doubles, subnormals among them, read back as themselves.
    @Test func randomBits() throws {
        let random = CounterRandom(seed: 5)
        var values = (0 ..< UInt64(50_000)).map { Double(bitPattern: random.bits(at: $0)) }.filter(\.isFinite)
        values += (0 ..< 1_000).map { Double(bitPattern: random.bits(at: $0 + 60_000) >> 12) }
        values += (0 ..< 50_000).map { random.uniform(at: $0 + 70_000) }
        try expectSameAsStrtod(values.map(\.description))
    }

    /// Decimals at and beside the middle between two doubles, where rounding is hardest.
    @Test func halfwayCases() throws {
        let random = CounterRandom(seed: 6)
        var texts = ["9007199254740993", "9007199254740993.0", "9007199254740992.9999999999999", "18446744073709551615", "18446744073709551616",
                     "1.00000000000000011102230246251565404", "1.00000000000000011102230246251565405", "4.9e-324", "2.4703282292062327e-324",
                     "2.4703282292062328e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "0.000e999", "-0", "-0.0", "00000000000000000000001",
                     "1e22", "1e23", "123456789012345678e-19", "0.1", "0.3", "1e-7", "5e-324", "1e-400"]
        for index in 0 ..< UInt64(20_000) {
            // An odd number of 54 bits lies halfway between two doubles; written over a power of two with few decimals.
            let odd = (random.bits(at: index) >> 10) | (1 << 53) | 1
            texts.append("\(odd)")
            texts.append("\(odd / 10).\(odd % 10)")
            texts.append("\(odd >> 3).\(["125", "375", "625", "875"][Int(index % 4)])")
        }
        try expectSameAsStrtod(texts)
    }

    @Test(arguments: ["+", "-", ".", "e5", "1e", "1e+", "--1", "+-1", "1.2.3", "1,5", "1 2", "0x10", "1e5.0", "inf", "-inf", "infinity", "nan", "1d5", "1_000", "１",
                      "1e309", "12345678a", "a12345678", "1234567.a", "123456789.12345a7", "..........1", "1........."])
    func refuses(_ text: String) throws {
        let table = try CSVReader.read(bytes: Array("x,y\n\"\(text)\",1\n".utf8), source: "numbers")
        #expect(table["x"]?.kind == .categorical)
        #expect(table["x"]?.text(at: 0) == text)
    }
}
