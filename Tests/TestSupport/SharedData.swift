import Glibc

/// The folder of published tables and reference values that lies beside the repository on our machines and
/// not on users': tests that need it are skipped, by name, where it is absent.
///
///     @Test(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"))
///     func bankMarketing() throws { … SharedData.path("data/bank-marketing-additional.csv.gz") … }
public enum SharedData {
    /// The environment's `ASSAY_SHARED`, or `../shared` beside the package's folder; `nil` where there is neither.
    public static let root: String? = {
        if let named = getenv("ASSAY_SHARED") {
            let path = String(cString: named)
            return exists(path) ? path : nil
        }
        // This file is <package>/Tests/TestSupport/SharedData.swift.
        let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let beside = package.dropLast().joined(separator: "/") + "/shared"
        return exists(beside) ? beside : nil
    }()

    public static var isPresent: Bool { root != nil }

    /// The comment of a skipped test.
    public static let absent = "skipped: ../shared is not there"

    /// A file of the shared folder; `nil` where folder or file is absent.
    public static func path(_ relative: String) -> String? {
        guard let root else { return nil }
        let path = root + "/" + relative
        return exists(path) ? path : nil
    }

    private static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
