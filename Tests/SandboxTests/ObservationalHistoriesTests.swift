import Datasets
import Documents
import OffPolicy
import Sandbox
import TestSupport
import Testing

/// Real histories that nobody randomised, with the project's own learners: what they can tell, and what they cannot.
@Suite(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"))
struct ObservationalHistoriesTests {
    private func compare(_ definition: String, _ table: Table, _ strategies: [String], champion: String = Strategy.asLogged) throws -> ComparisonResult {
        let history = try History(try HistoryDefinition.parse(definition, source: "history"), table: table)
        return try Comparison.run(history, strategies: try strategies.map { try Strategy.parse($0, source: "strategy") }, champion: champion,
                                  learners: Learners(outcome: BoostedTreesLearner(threads: 2)))
    }

    private func text(_ path: String) throws -> String { try TextFile.read(try #require(SharedData.path(path)), limit: 1 << 24) }

    /// The trained of the experiment beside a survey of people who never were: the plain difference is -8,498 dollars, the
    /// experiment's 1,794 (LaLonde, American Economic Review 76(4), 1986; Dehejia and Wahba, JASA 94, 1999).
    @Test func `job training against a survey`() throws {
        let experiment = try text("data/job-training-nsw-experiment.csv").split(separator: "\n")
        let survey = try text("data/job-training-cps-comparison.csv").split(separator: "\n").dropFirst()
        let trained = experiment.dropFirst().filter { $0.split(separator: ",")[1] == "1" }
        #expect(trained.count == 185 && survey.count == 15_992)
        let text = ([experiment[0]] + trained + survey).joined(separator: "\n") + "\n"
        let table = try CSVReader.read(bytes: Array(text.utf8), source: "job-training")
        let result = try compare(
            "history: training\ndata: d\naction: treat\npropensity: estimate\noutcomes: {earnings: {column: re78}}\nfeatures: {exclude: [data_id]}", table,
            ["strategy: nobody\notherwise: \"0\"", "strategy: everybody\notherwise: \"1\""], champion: "nobody")
        let logged = try #require(result[Strategy.asLogged]?.versusChampion)
        let scale = Double(table.rowCount) / 185
        let effect = logged.difference * scale, error = logged.standardError * scale
        Study.record("observational", "effect on the trained \(NumberText.rounded(effect, significantDigits: 4)), standard error \(NumberText.rounded(error, significantDigits: 3)); the experiment's 1794")
        #expect((effect - 1_794).magnitude <= 2 * error)
        let everybody = try #require(result["everybody"])
        #expect(everybody.verdict == .cannotTell, "\(everybody.reasons)")
        #expect(everybody.overlap.supportGap > 0.5)
    }

    /// Renewal offers that were not randomised; Offer4 never succeeded.
    @Test func `insurance offers are weak at most`() throws {
        let path = try #require(SharedData.path("data/insurance-offers-customer-value.csv"))
        let table = try CSVReader.read(path: path)
        let offers = (1 ... 4).map { "strategy: offer\($0)\notherwise: Offer\($0)" }
        let result = try compare(
            "history: offers\ndata: d\naction: Renew Offer Type\npropensity: estimate\noutcomes: {renewed: {column: Response, positive: \"Yes\"}}", table, offers)
        for index in 1 ... 4 { #expect(try #require(result["offer\(index)"]).verdict <= .weak) }
        let never = try #require(result["offer4"])
        let primary = try #require(never.primary), lower = try #require(primary.lower), upper = try #require(primary.upper)
        #expect(upper > lower && upper > 0)
        #expect(never.reasons.contains(.outcomeNeverVaries(actions: ["Offer4"])))
    }
}
