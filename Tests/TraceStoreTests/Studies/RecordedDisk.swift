import Foundation
import Testing

/// What a process did to the files of a folder, in order, as `Recorder/recorder.c` writes it.
struct RecordedOperation {
    enum Kind: UInt8 {
        case write = 0x57 // W
        case truncate = 0x54 // T
        case sync = 0x53 // S
        case syncAll = 0x46 // F
        case create = 0x43 // C
        case rename = 0x52 // R
        case unlink = 0x55 // U
        case acknowledge = 0x41 // A
    }

    let kind: Kind
    let path: String
    /// The size for a truncation.
    let offset: Int
    /// The new path for a renaming.
    let data: [UInt8]

    static func read(_ file: URL) throws -> [RecordedOperation] {
        let bytes = [UInt8](try Data(contentsOf: file))
        var operations: [RecordedOperation] = [], place = 0
        func number(_ count: Int) -> Int {
            defer { place += count }
            return bytes[place ..< place + count].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        func take(_ count: Int) -> [UInt8] {
            defer { place += count }
            return Array(bytes[place ..< place + count])
        }
        while place < bytes.count {
            let kind = try #require(Kind(rawValue: bytes[place]))
            place += 1
            let path = String(decoding: take(number(2)), as: UTF8.self), offset = number(8)
            operations.append(RecordedOperation(kind: kind, path: path, offset: offset, data: take(number(4))))
        }
        return operations
    }
}

/// A disk that has carried out recorded operations, of which a loss of power keeps what was synchronised and whatever
/// part of the rest it pleases. Names change in their order, as journals of file systems have it.
struct RecordedDisk {
    private enum Change {
        case write(Int, [UInt8])
        case truncate(Int)

        func apply(to bytes: inout [UInt8]) {
            switch self {
            case .write(let offset, let data):
                if bytes.count < offset + data.count { bytes += [UInt8](repeating: 0, count: offset + data.count - bytes.count) }
                bytes.replaceSubrange(offset ..< offset + data.count, with: data)
            case .truncate(let size):
                bytes = bytes.count > size ? Array(bytes.prefix(size)) : bytes + [UInt8](repeating: 0, count: size - bytes.count)
            }
        }
    }

    private struct File {
        var durable: [UInt8] = []
        var pending: [Change] = []
    }

    private enum NameChange {
        case link(String, Int)
        case unlink(String)
        case rename(String, String)

        func apply(to names: inout [String: Int]) {
            switch self {
            case .link(let path, let file): names[path] = file
            case .unlink(let path): names[path] = nil
            case .rename(let from, let to): names[to] = names.removeValue(forKey: from)
            }
        }

        var path: String {
            switch self {
            case .link(let path, _), .unlink(let path), .rename(_, let path): path
            }
        }
    }

    private var files: [File] = []
    private var durableNames: [String: Int] = [:]
    private var pendingNames: [NameChange] = []
    /// As the process sees them.
    private var names: [String: Int] = [:]
    private let root: String
    private(set) var acknowledged: [UInt8] = []

    /// All files under `root`, as they stand on the disk before the first operation.
    init(_ root: String) throws {
        self.root = root
        for case let path as String in FileManager.default.enumerator(atPath: root) ?? .init() where !path.hasSuffix("-shm") {
            let url = URL(filePath: root + "/" + path)
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            names[url.path] = files.count
            files.append(File(durable: [UInt8](try Data(contentsOf: url))))
        }
        durableNames = names
    }

    mutating func apply(_ operation: RecordedOperation) {
        let path = operation.path
        switch operation.kind {
        case .create where names[path] == nil:
            names[path] = files.count
            pendingNames.append(.link(path, files.count))
            files.append(File())
        case .create: break
        case .write: names[path].map { files[$0].pending.append(.write(operation.offset, operation.data)) }
        case .truncate: names[path].map { files[$0].pending.append(.truncate(operation.offset)) }
        case .sync:
            if let file = names[path] {
                settle(file)
            } else {
                // A folder: its names are on the disk, and with them all that the journal had before.
                guard let last = pendingNames.lastIndex(where: { URL(filePath: $0.path).deletingLastPathComponent().path == path }) else { return }
                for change in pendingNames[...last] { change.apply(to: &durableNames) }
                pendingNames.removeSubrange(...last)
            }
        case .syncAll:
            for file in files.indices { settle(file) }
            for change in pendingNames { change.apply(to: &durableNames) }
            pendingNames = []
        case .rename:
            let change = NameChange.rename(path, String(decoding: operation.data, as: UTF8.self))
            change.apply(to: &names)
            pendingNames.append(change)
        case .unlink:
            names[path] = nil
            pendingNames.append(.unlink(path))
        case .acknowledge: acknowledged += operation.data
        }
    }

    private mutating func settle(_ file: Int) {
        for change in files[file].pending { change.apply(to: &files[file].durable) }
        files[file].pending = []
    }

    static let sector = 512

    /// What the disk may hold after a loss of power now, written into `folder`.
    /// - Parameters:
    ///   - share: of the sectors that were written and not synchronised, how many are there.
    func loseByPowerCut(keeping share: Double, into folder: String, draw: () -> Double) throws {
        var names = durableNames
        for change in pendingNames.prefix(Int(draw() * Double(pendingNames.count + 1))) where share > 0 { change.apply(to: &names) }
        for (path, number) in names {
            var bytes = files[number].durable
            for change in files[number].pending {
                switch change {
                case .write(let offset, let data):
                    var start = 0
                    while start < data.count {
                        let end = min(data.count, ((offset + start) / Self.sector + 1) * Self.sector - offset)
                        if draw() < share { Change.write(offset + start, Array(data[start ..< end])).apply(to: &bytes) }
                        start = end
                    }
                case .truncate: if draw() < share { change.apply(to: &bytes) }
                }
            }
            let url = URL(filePath: folder + path.dropFirst(root.count))
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }
    }
}
