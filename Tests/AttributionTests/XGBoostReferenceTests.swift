import Attribution
import Foundation
import LinearAlgebra
import Models
import Testing
import TestSupport

/// XGBoost's own interactions (`../shared/reference`), in single precision.
@Suite(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"))
struct XGBoostReferenceTests {
    @Test func `interactions reproduce XGBoost's`() throws {
        let model = try XGBoostImport.read(path: #require(SharedData.path("reference/xgb_num.json"))).model
        guard case .trees(let ensemble) = model.predictor else { Issue.record("no trees"); return }
        let expected = try numbers("reference/xgb_num_interactions.csv", skip: 0)
        let count = expected.count, features = ensemble.featureCount, width = features + 1
        #expect(count == 50 && expected.allSatisfy { $0.count == width * width })
        // XGBoost reads the values in single precision.
        let data = try numbers("reference/shap_rows.csv", skip: 1).prefix(count).flatMap { $0.dropFirst().map { Double(Float($0)) } }
        let result = Interactor(ensemble).interactions(of: Matrix(rows: count, columns: features, order: .row, storage: data))
        var worst = 0.0
        for row in 0 ..< count {
            let matrix = result.matrix(row: row)
            for i in 0 ..< features {
                for j in 0 ..< features { worst = max(worst, abs(matrix[i, j] - expected[row][i * width + j])) }
            }
        }
        #expect(worst <= 2e-6)
    }

    /// Plain numbers between commas; an empty cell is missing.
    private func numbers(_ path: String, skip: Int) throws -> [[Double]] {
        let text = try String(contentsOfFile: #require(SharedData.path(path)), encoding: .utf8)
        return try text.split(separator: "\n").dropFirst(skip).map { line in
            try line.split(separator: ",", omittingEmptySubsequences: false).map { $0.isEmpty ? .nan : try #require(Double(String($0))) }
        }
    }
}
