import TestSupport
import Testing
import TraceLog

@Test(.enabled(if: Oracle.isPresent, "\(Oracle.absent)"))
func `canonical bytes equal those of rfc8785 on ten thousand random documents`() throws {
    var draws = RandomDraws(seed: 8785)
    let pieces: [String] = ["a", "b", "Z", "é", "e\u{301}", "\u{FB33}", "😀", "\u{10000}", "\u{FFFF}", "\u{D7FF}", "\u{E000}", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "\u{7F}", "\u{2028}", "中"]
    func text() -> String { (0 ..< draws.below(6)).map { _ in pieces[draws.below(pieces.count)] }.joined() }
    func value(_ depth: Int) -> CanonicalJSON {
        switch draws.below(depth > 5 ? 4 : 6) {
        case 0: return .string(text())
        case 1: return .integer((draws.chance(0.5) ? 1 : -1) * (Int(draws.next() % UInt64(CanonicalJSON.integerLimit + 1)) >> draws.below(54)))
        case 2: return draws.chance(0.5) ? .bool(draws.chance(0.5)) : .null
        case 3: return .double(Double(bitPattern: draws.next()))
        case 4: return .array((0 ..< draws.below(5)).map { _ in value(depth + 1) })
        default:
            var members: [CanonicalJSON.Member] = []
            for _ in 0 ..< draws.below(6) {
                let name = text()
                if !members.contains(where: { $0.name.utf8.elementsEqual(name.utf8) }) { members.append(CanonicalJSON.Member(name, value(depth + 1))) }
            }
            return .object(members)
        }
    }
    let documents = (0 ..< 10_000).map { _ in value(1).bytes }
    for bytes in documents { #expect(try CanonicalJSON.parse(bytes, limit: 1 << 20).bytes == bytes) }
    let printed = try Oracle.run("canonical_json.py", lines: documents.map { Hex.encode($0) })
    #expect(String(decoding: printed, as: UTF8.self) == "10000\n")
}
