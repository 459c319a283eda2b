import Datasets
import Testing
import TestSupport

/// Facts of the published tables (data README), read from the files as they stand.
@Suite(.enabled(if: SharedData.isPresent, "skipped: ../shared is not there"))
struct SharedDataTests {
    struct Facts: Sendable, CustomTestStringConvertible {
        var file: String
        var rows: Int
        var columns: Int
        var target: (column: String, positive: String, rate: Double)?
        var testDescription: String { file }
    }

    static let facts: [Facts] = [
        Facts(file: "bank-marketing-additional.csv.gz", rows: 41_188, columns: 21, target: ("y", "yes", 0.1127)),
        Facts(file: "lead-scoring-x-education.csv", rows: 9_240, columns: 37, target: ("Converted", "1", 0.3854)),
        Facts(file: "telco-customer-churn.csv", rows: 7_043, columns: 21, target: ("Churn", "Yes", 0.2654)),
        Facts(file: "mlc-churn.csv", rows: 5_000, columns: 20, target: ("churn", "yes", 0.1414)),
        Facts(file: "hillstrom-email-experiment.csv.gz", rows: 64_000, columns: 12, target: ("visit", "1", 0.1468)),
        Facts(file: "open-bandit-men-random.csv.gz", rows: 10_000, columns: 44, target: ("click", "1", 0.0046)),
        Facts(file: "open-bandit-men-bts.csv.gz", rows: 10_000, columns: 44, target: ("click", "1", 0.0069)),
        Facts(file: "open-bandit-men-item-context.csv", rows: 34, columns: 6),
        Facts(file: "crm-opportunities-sales-pipeline.csv", rows: 8_800, columns: 8),
        Facts(file: "crm-opportunities-accounts.csv", rows: 85, columns: 7),
        Facts(file: "crm-opportunities-products.csv", rows: 7, columns: 3),
        Facts(file: "crm-opportunities-sales-teams.csv", rows: 35, columns: 3),
        Facts(file: "sales-win-loss.csv.gz", rows: 78_025, columns: 19, target: ("Opportunity Result", "Won", 0.2259)),
        Facts(file: "insurance-offers-customer-value.csv", rows: 9_134, columns: 24, target: ("Response", "Yes", 0.1432)),
        Facts(file: "food-campaign-response.csv", rows: 2_240, columns: 29, target: ("Response", "1", 0.1491)),
        Facts(file: "farmer-insurance-offers.csv", rows: 1_410, columns: 13, target: ("takeup_survey", "1", 0.4638)),
        Facts(file: "job-training-nsw-experiment.csv", rows: 445, columns: 11),
        Facts(file: "job-training-cps-comparison.csv", rows: 15_992, columns: 11),
        Facts(file: "flights-2013.csv.gz", rows: 336_776, columns: 19),
    ]

    private func table(_ file: String, threads: Int = 2) throws -> Table {
        var options = CSVOptions()
        options.threads = threads
        return try CSVReader.read(path: #require(SharedData.path("data/" + file)), options: options)
    }

    @Test(arguments: facts)
    func sizes(_ facts: Facts) throws {
        let table = try table(facts.file)
        #expect(table.rowCount == facts.rows && table.columns.count == facts.columns)
        if let (name, positive, rate) = facts.target {
            let column = try #require(table[name])
            let positives = (0 ..< table.rowCount).count { column.text(at: $0) == positive }
            #expect(abs(Double(positives) / Double(table.rowCount) - rate) < 0.00005)
        }
    }

    private func rows(_ file: String, _ column: String, _ text: String?) throws -> Int {
        let column = try #require(table(file)[column])
        return (0 ..< column.count).count { column.text(at: $0) == text }
    }

    @Test func cells() throws {
        #expect(try table("telco-customer-churn.csv")["TotalCharges"]?.kind == .numeric)
        #expect(try rows("telco-customer-churn.csv", "TotalCharges", nil) == 11)
        #expect(try rows("sales-win-loss.csv.gz", "Competitor Type", "None") == 9_257)
        #expect(try rows("lead-scoring-x-education.csv", "Specialization", "Select") == 1_942)
        #expect(try rows("crm-opportunities-sales-pipeline.csv", "account", nil) == 1_425)
        #expect(try rows("food-campaign-response.csv", "Income", nil) == 24)
        #expect(try rows("flights-2013.csv.gz", "arr_delay", nil) == 9_430)
        #expect(try table("crm-opportunities-sales-pipeline.csv")["engage_date"]?.kind == .time)
        #expect(try table("open-bandit-men-random.csv.gz").columns[0].name == "column_1")
        #expect(try table("open-bandit-men-random.csv.gz")["timestamp"]?.text(at: 0) == "2019-11-24T00:03:13.442536Z")
        #expect(try table("telco-customer-churn.csv")["customerID"]?.kind == .identifier)
        let opportunities = try Inspection(table("sales-win-loss.csv.gz"), threads: 2)
        #expect(opportunities.columns[0].distinct == 77_829 && opportunities.duplicateRows == 55)
        let farmers = try table("farmer-insurance-offers.csv")
        #expect(farmers.columns.reduce(0) { $0 + (0 ..< farmers.rowCount).count(where: $1.isMissing) } == 43)
    }

    @Test func inspections() throws {
        let bank = try Inspection(table("bank-marketing-additional.csv.gz"), target: .init(column: "y", positive: "yes"), threads: 2)
        #expect(bank.duplicateRows == 12)
        #expect(bank.columns.first { $0.name == "pdays" }?.suspicions == [.sentinel(value: 999, rows: 39_673)])
        #expect(bank.target?.leaks.filter { $0.strength == .likely }.map(\.column) == ["duration"])
        #expect(try #require(bank.target?.leaks.first).auc.rounded(to: 3) == 0.818)

        let leads = try Inspection(table("lead-scoring-x-education.csv"), target: .init(column: "Converted", positive: "1"), threads: 2)
        let found = Set(try #require(leads.target).leaks.map(\.column))
        #expect(found.isSuperset(of: ["Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity"]), "\(found)")
        #expect(leads.target?.leaks.first?.column == "Tags" && leads.target?.leaks.first?.strength == .likely)

        let mail = try Inspection(table("hillstrom-email-experiment.csv.gz"), target: .init(column: "visit"), threads: 2)
        #expect(mail.duplicateRows == 6_562)
        #expect(Set(try #require(mail.target).leaks.map(\.column)) == ["conversion", "spend"])
    }
}

extension Double {
    fileprivate func rounded(to digits: Int) -> Double {
        let scale = (0 ..< digits).reduce(1.0) { product, _ in product * 10 }
        return (self * scale).rounded() / scale
    }
}
