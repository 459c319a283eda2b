import OffPolicy
import TestSupport
import Testing

@Suite struct `Strategies on the deals that they were learned from` {
    private static let digest = String(repeating: "a", count: 64)

    /// Gains of good offers around 1.3, of bad ones around 0.2.
    private func past() throws -> History {
        let rows = (0 ..< 2_000).map { "\($0 % 2 == 0 ? "good" : "bad"),\($0 % 2 == 0 ? 1 + Double($0 % 7) / 10 : Double($0 % 5) / 10)" }
        var past = try history("history: h\ndata: d.csv\naction: offer\npropensity: uniform\noutcomes: {gain: {column: gain}}", table("offer,gain\n" + rows.joined(separator: "\n") + "\n"))
        past.digest = Self.digest
        return past
    }

    private func all(_ offer: String, _ name: String, learnedFrom digest: String? = nil) throws -> Strategy {
        try strategy("strategy: \(name)\n" + (digest.map { "learned_from: \($0)\n" } ?? "") + "otherwise: \(offer)")
    }

    @Test func `keep their figures and are not called better`() throws {
        let strategies = [try all("good", "plain"), try all("good", "learned", learnedFrom: Self.digest), try all("good", "elsewhere", learnedFrom: String(repeating: "b", count: 64)),
                          try all("bad", "bad")]
        let result = try Comparison.run(try past(), strategies: strategies, learners: .means)
        let plain = try #require(result["plain"]), learned = try #require(result["learned"]), elsewhere = try #require(result["elsewhere"])
        #expect(plain.conclusion == .better && plain.verdict == .supported && plain.permitsApproval)
        #expect(elsewhere.conclusion == .better && elsewhere.reasons == plain.reasons && elsewhere.permitsApproval)
        #expect(learned.versusChampion == plain.versusChampion && learned.estimates == plain.estimates)
        #expect(learned.conclusion == .notDistinguishable && learned.verdict == .weak && !learned.permitsApproval)
        #expect(learned.reasons == [.learnedFromTheseDeals] + plain.reasons && learned.settling == nil)
        #expect(result.best.map { $0.name != "learned" } == true)
    }

    @Test func `are no fair champions, and are worse where they are even so`() throws {
        let past = try past()
        let beside = try Comparison.run(past, strategies: [try all("good", "learned", learnedFrom: Self.digest), try all("bad", "bad")], champion: "learned", learners: .means)
        let bad = try #require(beside["bad"])
        #expect(bad.versusChampion!.upper < 0 && bad.conclusion == .notDistinguishable && bad.verdict == .weak)
        #expect(bad.reasons.first == .championLearnedFromTheseDeals && beside["learned"]?.conclusion == nil)
        let worse = try Comparison.run(past, strategies: [try all("good", "plain"), try all("bad", "learned", learnedFrom: Self.digest)], champion: "plain", learners: .means)
        #expect(worse["learned"]?.conclusion == .worse && worse["learned"]?.verdict == .weak)
    }

    @Test func `are known by every digest of the same data`() throws {
        var past = try past()
        let learned = try all("good", "learned", learnedFrom: String(repeating: "c", count: 64))
        #expect(!past.taught(learned))
        past.otherDigests = [String(repeating: "c", count: 64)]
        let plain = try all("good", "plain")
        #expect(past.taught(learned) && !past.taught(plain))
    }
}
