// swift-tools-version:6.2
// The layers of Assay, one target each. Arrows point one way: a layer imports only what stands above it
// in this file; Tests/ArchitectureTests holds the table and fails on any other import.
import PackageDescription

/// One list of settings for every target: Swift 6 mode brings complete concurrency checking.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "assay",
    products: [
        .executable(name: "assay", targets: ["AssayCommand"]),
        .library(name: "Assay", targets: ["Datasets", "Models", "Training", "Attribution", "OffPolicy", "Sandbox", "Reports"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CLinearAlgebra"),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "COpenSSL"),
        .systemLibrary(name: "CFileSystem"),
        .target(name: "CDemoData"),
        layer("LinearAlgebra", ["CLinearAlgebra"]),
        layer("Documents", ["CFileSystem", .product(name: "Yams", package: "Yams")]),
        layer("TraceLog", ["Documents", "COpenSSL", .product(name: "Crypto", package: "swift-crypto")]),
        // Shares no code with the writer, so that a fault of the one is no fault of the other.
        layer("TraceVerifier", [.product(name: "Crypto", package: "swift-crypto")]),
        layer("TraceStore", ["LinearAlgebra", "Documents", "TraceLog", .product(name: "GRDB", package: "GRDB.swift"),
                             .product(name: "GRDBSQLite", package: "GRDB.swift")]),
        layer("Datasets", ["LinearAlgebra", "Documents", "CZlib"]),
        layer("Models", ["LinearAlgebra", "Documents", "Datasets"]),
        layer("Training", ["LinearAlgebra", "Datasets", "Models"]),
        layer("Attribution", ["LinearAlgebra", "Models"]),
        layer("OffPolicy", ["LinearAlgebra", "Documents", "Datasets", "Models"]),
        layer("Sandbox", ["LinearAlgebra", "Documents", "Datasets", "Models", "Training", "Attribution", "OffPolicy", "TraceLog", "TraceVerifier", "TraceStore",
                          .product(name: "Crypto", package: "swift-crypto")]),
        layer("Reports", ["LinearAlgebra", "Documents", "Datasets", "Models", "Attribution", "OffPolicy", "TraceStore", "Sandbox"]),
        .executableTarget(name: "AssayCommand",
                          dependencies: ["Documents", "Datasets", "Models", "Training", "Attribution", "OffPolicy", "Sandbox", "Reports", "CDemoData",
                                         "TraceLog", "TraceStore", "TraceVerifier",
                                         .product(name: "ArgumentParser", package: "swift-argument-parser")],
                          swiftSettings: strict),
        .executableTarget(name: "AssayBenchmarks",
                          dependencies: ["LinearAlgebra", "Documents", "TraceLog", "TraceVerifier", "TraceStore", "Datasets", "Models", "Training",
                                         "Attribution", "OffPolicy", "Sandbox", "Reports"],
                          swiftSettings: strict),
        .target(name: "TestSupport", dependencies: ["LinearAlgebra", "Documents", "Datasets", "Models", "Training", "Attribution"],
                path: "Tests/TestSupport", swiftSettings: strict),
        tests("ArchitectureTests", []),
        tests("LinearAlgebraTests", ["LinearAlgebra"]),
        tests("DocumentsTests", ["Documents"]),
        tests("TraceLogTests", ["LinearAlgebra", "Documents", "TraceLog"]),
        tests("TraceVerifierTests", ["LinearAlgebra", "TraceLog", "TraceVerifier"]),
        // A writer of its own, for the tests that kill it.
        .executableTarget(name: "TraceStoreDriver", dependencies: ["TraceLog", "TraceStore"], path: "Tests/TraceStoreDriver", swiftSettings: strict),
        tests("TraceStoreTests", ["LinearAlgebra", "Documents", "TraceLog", "TraceVerifier", "TraceStore", "TraceStoreDriver",
                                  .product(name: "GRDB", package: "GRDB.swift")], exclude: ["Recorder"]),
        tests("DatasetsTests", ["LinearAlgebra", "Datasets"]),
        tests("ModelsTests", ["LinearAlgebra", "Documents", "Datasets", "Models"]),
        tests("TrainingTests", ["LinearAlgebra", "Datasets", "Models", "Training"]),
        tests("AttributionTests", ["LinearAlgebra", "Models", "Training", "Attribution"]),
        tests("OffPolicyTests", ["LinearAlgebra", "Documents", "Datasets", "Models", "OffPolicy"]),
        tests("SandboxTests", ["LinearAlgebra", "Documents", "Datasets", "Models", "Training", "Attribution", "OffPolicy", "TraceLog", "TraceStore", "Sandbox",
                               .product(name: "GRDB", package: "GRDB.swift")], exclude: ["Specifications"]),
        tests("ReportsTests", ["LinearAlgebra", "Documents", "Datasets", "Models", "Attribution", "OffPolicy", "Sandbox", "Reports"]),
        // Runs the command as users do, as a process.
        tests("CommandTests", ["Documents", "TraceLog", "TraceStore", "AssayCommand"]),
    ]
)
