import Crypto
import Datasets
import Documents

/// Tables that are read again and again are kept as snapshots: the second reading of a million rows takes a fraction of the first.
///
/// A snapshot's name holds the digest of the data file's bytes and of how they are to be read, so that a changed file or another
/// delimiter asks for another one. A snapshot that does not hold what its digests say, is of another version or is no table is
/// refused, and made anew. Old ones stay until somebody removes them: the folder holds nothing else.
public struct SnapshotCache: Sendable {
    public enum Place: Sendable, Equatable {
        /// `.assay-cache` in the folder of the data, for files of `leastBytes` and more, where it can be written.
        case besideData
        case folder(String)
    }

    /// Smaller files are read as fast as their snapshots are checked.
    public static let leastBytes = 16 << 20
    private static let version = "assay-snapshot-1"

    public let place: Place
    /// How the file is read, beyond the options that `table` gets: part of a snapshot's name.
    public let variant: String

    public init(_ place: Place, variant: String = "") {
        self.place = place
        self.variant = variant
    }

    /// The table of a file, with its digest (`Digest.sha256(of:)`).
    /// - Parameter read: reads the file where there is no snapshot.
    /// - Throws: what `read` throws; `DocumentError` where a folder was named and cannot be written.
    public func table(at path: String, options: CSVOptions, read: (String, CSVOptions) throws -> Table) throws -> (table: Table, digest: String) {
        guard let file = FileContent(path), place != .besideData || file.size >= Self.leastBytes else {
            let table = try read(path, options)
            return (table, Digest.sha256(of: table))
        }
        let source = try digest(of: file, options)
        let snapshot = snapshotPath(of: path, digest: source)
        if let found = checked(snapshot, source: source, path: path) { return found }
        let table = try read(path, options)
        do {
            return (table, try write(table, to: snapshot, source: source))
        } catch let error as DocumentError where place == .besideData && error.code == .unwritable {
            return (table, Digest.sha256(of: table))
        }
    }

    /// Where the snapshot of a file lies.
    func snapshotPath(of path: String, digest: String) -> String {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let folder = switch place {
        case .besideData: (slash.map { String(path[...$0]) } ?? "") + ".assay-cache"
        case .folder(let folder): folder
        }
        return "\(folder)/\(name)-\(digest.prefix(32)).snapshot"
    }

    private func digest(of file: FileContent, _ options: CSVOptions) throws -> String {
        var hash = SHA256()
        try file.forEachChunk { hash.update(data: $0) }
        var how = "\(Self.version)\n\(variant)\n\(options.delimiter) \(options.encoding.rawValue)\n"
        for (name, kind) in options.kinds.sorted(by: { $0.key < $1.key }) { how += "kind \(name) \(kind.rawValue)\n" }
        for (name, texts) in options.missingTexts.sorted(by: { $0.key < $1.key }) { how += "missing \(name) \(texts.sorted())\n" }
        if let columns = options.columns { how += "columns \(columns.sorted())\n" }
        hash.update(data: Array(how.utf8))
        return Digest.hexadecimal(hash.finalize())
    }

    private func checked(_ snapshot: String, source: String, path: String) -> (table: Table, digest: String)? {
        guard let found = TableSnapshot(path: snapshot), found.sourceDigest == source else { return nil }
        var hash = SHA256()
        found.forEachContentChunk { hash.update(data: $0) }
        let digest = Digest.hexadecimal(hash.finalize())
        guard digest == found.contentDigest, let table = try? found.table(source: path) else { return nil }
        return (table, digest)
    }

    private func write(_ table: Table, to path: String, source: String) throws -> String {
        try Folder.make(for: path)
        let file = try AtomicFile(path)
        try file.append(TableSnapshot.prefix(sourceDigest: source))
        var hash = SHA256()
        try table.forEachCanonicalChunk { chunk in
            hash.update(data: chunk)
            try file.append(chunk)
        }
        let digest = Digest.hexadecimal(hash.finalize())
        try file.append(TableSnapshot.suffix(contentDigest: digest))
        try file.commit()
        return digest
    }
}
