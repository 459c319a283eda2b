import Attribution
import Foundation
import LinearAlgebra
import Models
import Testing
import TestSupport

/// LightGBM's own model, scores and contributions (`../shared/reference`, made by its `bench/make_reference_shap.py`).
@Suite(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"))
struct LightGBMReferenceTests {
    @Test func `contributions reproduce LightGBM's`() throws {
        let model = try LightGBMImport.parse(text("reference/lgb_num.txt"), source: "lgb_num.txt").model
        guard case .trees(let ensemble) = model.predictor else { return #expect(Bool(false), "no trees") }
        let data = try table("reference/shap_rows.csv")
        let raw = try table("reference/lgb_num_raw.csv")
        let expected = try table("reference/lgb_num_contrib.csv")
        #expect(data.header.dropFirst() == model.features.map(\.name)[...])
        let features = model.features.count, count = expected.rows.count
        #expect(count > 0 && data.rows.count >= count && raw.rows.count >= count)
        let rows = Matrix(rows: count, columns: features, order: .row, storage: data.rows[..<count].flatMap { $0.dropFirst() })

        let result = TreeAttributor(ensemble).attribute(rows, threads: 2)
        var worst = 0.0
        for row in 0 ..< count {
            worst = max(worst, abs(result.margins[row] - raw.rows[row][0]), abs(result.baseValue - expected.rows[row][features]))
            for feature in 0 ..< features { worst = max(worst, abs(result.contributions[row, feature] - expected.rows[row][feature])) }
        }
        #expect(worst <= 1e-9)
        #expect(result.additivityError <= 1e-12)
    }

    /// All 4,096 coalitions against 100 background rows, in double precision (last column: the base value).
    @Test func `interventional contributions reproduce brute force over LightGBM's model`() throws {
        let model = try LightGBMImport.parse(text("reference/lgb_num.txt"), source: "lgb_num.txt").model
        guard case .trees(let ensemble) = model.predictor else { return #expect(Bool(false), "no trees") }
        let data = try table("reference/shap_rows.csv")
        let expected = try text("reference/lgb_num_interventional_bruteforce_rows100_109.csv").split(separator: "\n")
            .map { line in try line.split(separator: ",").map { try #require(Double(String($0))) } }
        let features = model.features.count
        #expect(expected.count == 10)
        func rows(_ range: Range<Int>) -> Matrix {
            Matrix(rows: range.count, columns: features, order: .row, storage: data.rows[range].flatMap { $0.dropFirst() })
        }
        let result = try InterventionalTreeAttributor(ensemble, background: rows(0 ..< 100)).attribute(rows(100 ..< 110))
        for row in 0 ..< 10 {
            #expect((result.baseValue - expected[row][features]).magnitude <= 1e-12)
            for feature in 0 ..< features { #expect((result.contributions[row, feature] - expected[row][feature]).magnitude <= 1e-12) }
        }
        #expect(result.additivityError <= 1e-12)
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: #require(SharedData.path(path)), encoding: .utf8)
    }

    /// Plain numbers between commas; an empty cell is missing.
    private func table(_ path: String) throws -> (header: [String], rows: [[Double]]) {
        let lines = try text(path).split(separator: "\n")
        let header = try #require(lines.first).split(separator: ",").map(String.init)
        return try (header, lines.dropFirst().map { line in
            try line.split(separator: ",", omittingEmptySubsequences: false).map { $0.isEmpty ? .nan : try #require(Double(String($0))) }
        })
    }
}
