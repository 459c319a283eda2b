import Datasets
import Documents
import Foundation
import Models
import Sandbox
import Testing

/// The trained models that lie in `models/` are what their specifications give, to the byte.
@Suite(.serialized) struct `Models of the demonstration` {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    private static let data = ["lead": "fixtures/farmers/farmer-insurance-offers.csv", "churn": "fixtures/churn/mlc-churn.csv.gz"]

    private func trained(_ name: String, threads: Int) throws -> [UInt8] {
        let specification = try ModelSpecification.read(path: Self.root + "/models/\(name).yaml")
        var options = specification.csvOptions
        options.threads = threads
        let path = Self.root + "/" + (try #require(Self.data[name]))
        let table = try CSVReader.read(path: path, options: options)
        return try TrainingRun.run(specification, table: table, dataPath: path, path: "\(name).json", threads: threads).file.document.bytes()
    }

    @Test(arguments: ["lead", "churn"], [1, 2, 5])
    func `training again gives the same bytes, with any number of threads`(name: String, threads: Int) throws {
        let kept = try TextFile.readBytes(Self.root + "/models/\(name).json", limit: ModelDocument.byteLimit)
        #expect(try trained(name, threads: threads) == kept)
    }

    @Test(arguments: ["lead", "churn"])
    func `a document read and written again is the same, and its id the digest of its bytes`(name: String) throws {
        let path = Self.root + "/models/\(name).json"
        let bytes = try TextFile.readBytes(path, limit: ModelDocument.byteLimit)
        let file = try ModelFile(reading: path)
        #expect(file.document.bytes() == bytes)
        #expect(file.id == Digest.sha256(bytes))
        #expect(file.id.count == 64)
    }
}

struct `Digests` {
    /// FIPS 180-4 example and the empty message.
    @Test func `SHA-256 gives the standard's values`() {
        #expect(Digest.sha256(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Digest.sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
