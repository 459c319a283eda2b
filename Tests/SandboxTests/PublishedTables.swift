import Datasets
import Foundation
import Models
import TestSupport
import Testing

/// The five published tables that models are held against other tools on; mlc-churn is part of the repository, the others
/// lie in the shared folder.
enum PublishedTable: String, CaseIterable, CustomTestStringConvertible {
    case bankMarketing = "bank-marketing"
    case xEducation = "x-education"
    case telco
    case mlcChurn = "mlc-churn"
    case winLoss = "win-loss"

    var testDescription: String { rawValue }

    static let shared: [PublishedTable] = [.bankMarketing, .xEducation, .telco, .winLoss]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private var dataPath: String? {
        switch self {
        case .bankMarketing: SharedData.path("data/bank-marketing-additional.csv.gz")
        case .xEducation: SharedData.path("data/lead-scoring-x-education.csv")
        case .telco: SharedData.path("data/telco-customer-churn.csv")
        case .mlcChurn: Self.root + "/fixtures/churn/mlc-churn.csv.gz"
        case .winLoss: SharedData.path("data/sales-win-loss.csv.gz")
        }
    }

    func specification(_ overrides: [String] = []) throws -> ModelSpecification {
        try ModelSpecification.read(path: Self.root + "/Tests/SandboxTests/Specifications/\(rawValue).yaml").applying(overrides: overrides)
    }

    func table() throws -> Table {
        guard let dataPath else { throw DataError(source: rawValue, reason: SharedData.absent) }
        var options = try specification().csvOptions
        options.threads = 2
        return try CSVReader.read(path: dataPath, options: options)
    }
}
