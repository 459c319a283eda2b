import Foundation
import TestSupport
import Testing
import TraceLog

struct UTCTimeTests {
    @Test func `times in words are Foundation's, and lead back`() {
        var draws = RandomDraws(seed: 70)
        let edges = [0, -1, 951_782_399, 951_782_400, 951_868_800, 1_709_164_800, 4_107_542_399, -62_135_596_800, 253_402_300_799]
        let range = 253_402_300_800 + 62_135_596_800
        for second in edges + (0 ..< 20_000).map({ _ in draws.below(range) - 62_135_596_800 }) {
            let text = UTCTime.text(second)
            // Foundation goes over to the Julian calendar before 1582; Assay stays with the Gregorian, as ISO 8601 has it.
            if second >= -12_219_292_800 { #expect(text == Date(timeIntervalSince1970: Double(second)).ISO8601Format()) }
            #expect(UTCTime.first(text) == second && UTCTime.last(text) == second)
            let day = String(text.prefix(10))
            #expect(UTCTime.first(day)! <= second && UTCTime.last(day)! >= second && UTCTime.last(day)! - UTCTime.first(day)! == 86_399)
        }
        #expect(UTCTime.last("2026-03-01T09:30")! - UTCTime.first("2026-03-01T09:30Z")! == 59)
    }

    @Test(arguments: ["", "2026", "2026-3-01", "2026-13-01", "2026-00-10", "2026-02-29", "2026-04-31", "2026-01-01T", "2026-01-01T24:00", "2026-01-01T10:60", "2026-01-01T10:00:60",
                      "2026-01-01T10:00:00+01:00", "2026-01-01 ", "２０２６-01-01", "-026-01-01", "2026-01-01T1:00"])
    func `what is no time is refused`(text: String) { #expect(UTCTime.first(text) == nil && UTCTime.last(text) == nil) }
}
