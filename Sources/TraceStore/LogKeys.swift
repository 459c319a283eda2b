import Documents
import Glibc
import TraceLog

/// The secrets of a log, in files outside its folder: who has a copy of the log alone can neither read its sections nor
/// sign in its name.
public struct LogKeys: Sendable {
    /// Signs checkpoints; its name is the log's origin.
    public var signer: NoteSigner
    /// Wraps the keys of the subjects.
    public var master: MasterKey

    public init(signer: NoteSigner, master: MasterKey) {
        self.signer = signer
        self.master = master
    }

    private static func signerPath(_ folder: String) -> String { folder + "/signing.key" }
    private static func masterPath(_ folder: String) -> String { folder + "/master.key" }

    /// Where the keys of the log in folder `log` lie unless told otherwise: beside it.
    public static func defaultFolder(of log: String) -> String {
        var path = log[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        return path + ".keys"
    }

    /// Whether there are keys in the folder.
    public static func exist(in folder: String) -> Bool {
        access(signerPath(folder), F_OK) == 0 || access(masterPath(folder), F_OK) == 0
    }

    /// Reads both. - Throws: `DocumentError` or `FormatError` that names the file.
    public init(folder: String) throws {
        signer = try .read(Self.signerPath(folder))
        master = try .read(Self.masterPath(folder))
    }

    /// Makes new keys in files that only their owner may read.
    /// - Parameter name: of the log, as checkpoints carry it: no blanks, no plus sign.
    /// - Throws: `DocumentError` if there are keys already: keys are never overwritten.
    public static func create(folder: String, name: String) throws -> LogKeys {
        let keys = LogKeys(signer: try NoteSigner(name: name), master: .random())
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw DocumentError(code: .unwritable, source: folder, reason: "the folder of the keys cannot be made: \(String(cString: strerror(errno)))")
        }
        try keys.master.create(masterPath(folder))
        try keys.signer.create(signerPath(folder))
        return keys
    }
}
