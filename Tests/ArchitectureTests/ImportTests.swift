import Foundation
import Testing
import TestSupport

/// The layers, and what each may import of the others. Arrows point one way: nothing here may name a layer below itself.
private let layers: [(name: String, mayImport: Set<String>)] = [
    ("LinearAlgebra", ["CLinearAlgebra"]),
    ("Documents", ["CFileSystem"]),
    ("TraceLog", ["Documents", "COpenSSL"]),
    ("TraceVerifier", []),
    ("TraceStore", ["LinearAlgebra", "Documents", "TraceLog"]),
    ("Datasets", ["LinearAlgebra", "Documents", "CZlib"]),
    ("Models", ["LinearAlgebra", "Documents", "Datasets"]),
    ("Training", ["LinearAlgebra", "Datasets", "Models"]),
    ("Attribution", ["LinearAlgebra", "Models"]),
    ("OffPolicy", ["LinearAlgebra", "Documents", "Datasets", "Models"]),
    ("Sandbox", ["LinearAlgebra", "Documents", "Datasets", "Models", "Training", "Attribution", "OffPolicy", "TraceLog", "TraceVerifier", "TraceStore"]),
    ("Reports", ["LinearAlgebra", "Documents", "Datasets", "Models", "Attribution", "OffPolicy", "TraceStore", "Sandbox"]),
    ("AssayCommand", ["Documents", "Datasets", "Models", "Training", "Attribution", "OffPolicy", "Sandbox", "Reports", "CDemoData",
                      "TraceLog", "TraceStore", "TraceVerifier"]),
    ("AssayBenchmarks", ["LinearAlgebra", "Documents", "TraceLog", "TraceVerifier", "TraceStore", "Datasets", "Models", "Training", "Attribution", "OffPolicy",
                         "Sandbox", "Reports"]),
]

/// Modules from outside, and the layers that may import them.
private let outside: [String: Set<String>] = [
    "Glibc": ["LinearAlgebra", "Documents", "TraceLog", "TraceStore", "Datasets", "Reports", "AssayCommand", "AssayBenchmarks"],
    "Dispatch": ["LinearAlgebra", "TraceStore"],
    "Synchronization": ["LinearAlgebra", "TraceStore", "Datasets", "Training", "AssayCommand"],
    // Dates and folders, and `Data`, which GRDB takes bytes as; never for parsing.
    "Foundation": ["Sandbox", "TraceStore"],
    "GRDB": ["TraceStore"],
    "GRDBSQLite": ["TraceStore"],
    "Yams": ["Documents"],
    "Crypto": ["TraceLog", "TraceVerifier", "Sandbox"],
    "ArgumentParser": ["AssayCommand"],
]

/// Files that may hold unsafe code.
private let unsafeFiles: Set<String> = [
    // Calls of the system and of C libraries, whose interfaces are pointers.
    "AssayCommand/EmbeddedFiles.swift",
    "Datasets/CSV/Gzip.swift",
    "Datasets/CSV/SourceBytes.swift",
    "Datasets/CSV/TextEncoding.swift",
    "Documents/FileDescriptor.swift",
    "LinearAlgebra/BLAS/BLAS.swift",
    "LinearAlgebra/BLAS/BLASRuntime.swift",
    "LinearAlgebra/BLAS/LAPACK.swift",
    "TraceLog/Bodies/SealingCipher.swift",
    "TraceLog/Tree/SHA256State.swift",
    "TraceStore/RowInsert.swift",
    "TraceStore/RowLookup.swift",
    // Bytes written without an array that is asked at every append whether it has room.
    "TraceLog/Records/CanonicalWriter.swift",
    "TraceLog/Tree/TreeHash.swift",
    // A closure that other threads call while its caller waits.
    "LinearAlgebra/Crew.swift",
    // Threads that write disjoint places of one array.
    "Datasets/CSV/ColumnSlots.swift",
    "LinearAlgebra/Parallel.swift",
    "Training/BoostedTrees/SharedStorage.swift",
    // Loads and stores of whole vectors.
    "Attribution/Interactions/InteractionKernel.swift",
    "Attribution/Interventional/PathKernel.swift",
    "Attribution/RowKernel.swift",
    "Attribution/TreeKernel.swift",
    "LinearAlgebra/AlignedBuffer.swift",
    "LinearAlgebra/Portable/PortableLanes.swift",
    "Models/Scoring/RankColumns.swift",
    "Models/Scoring/ScoringBlock.swift",
    "Models/Scoring/TreeScorer+Rows.swift",
]

private let unsafeMarks = ["Unsafe", "withUnsafe", "nonisolated(unsafe)", "unsafeBitCast", "@unchecked", "[unchecked:", "import CLinearAlgebra", "Unmanaged"]

@Test(arguments: layers.map(\.name))
func `a layer imports only what stands above it`(name: String) throws {
    let allowed = try #require(layers.first { $0.name == name }).mayImport
    let ours = Set(layers.map(\.name)).union(["CLinearAlgebra", "CZlib", "COpenSSL", "CFileSystem", "CDemoData"])
    for file in try SourceTree.swiftFiles(under: "Sources/\(name)") {
        for module in try SourceTree.imports(of: file) {
            if ours.contains(module) {
                #expect(allowed.contains(module), "\(file.path) imports \(module)")
            } else {
                #expect(outside[module]?.contains(name) == true, "\(file.path) imports \(module) from outside")
            }
        }
    }
}

@Test func `every folder of Sources is a layer or a C module`() throws {
    let known = Set(layers.map(\.name)).union(["CLinearAlgebra", "CZlib", "COpenSSL", "CFileSystem", "CDemoData"])
    #expect(try SourceTree.folders(of: "Sources") == known)
}

@Test func `unsafe code stands only in the files on the list`() throws {
    var found: Set<String> = []
    for file in try SourceTree.swiftFiles(under: "Sources") {
        let text = try SourceTree.codeWithoutComments(of: file)
        if unsafeMarks.contains(where: text.contains) { found.insert(file.path) }
    }
    #expect(found == unsafeFiles, "not allowed: \(found.subtracting(unsafeFiles).sorted()); no longer needed: \(unsafeFiles.subtracting(found).sorted())")
}

@Test func `no file outgrows one story`() throws {
    for file in try SourceTree.swiftFiles(under: "Sources") + SourceTree.swiftFiles(under: "Tests") {
        let lines = try file.text().split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(lines <= 450, "\(file.path) has \(lines) lines")
    }
}
