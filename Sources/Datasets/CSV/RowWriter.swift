import Documents
import Glibc

/// Writes a table row by row: a header, then for each row a field for each name. What is written is in place after `finish`.
public protocol RowWriter: ~Copyable {
    mutating func header(_ names: [String]) throws
    mutating func field(_ text: String)
    /// NaN is missing.
    mutating func field(_ number: Double)
    mutating func missingField()
    mutating func endRow() throws
    consuming func finish() throws
}

/// Where a writer of rows puts its bytes.
enum RowSink {
    case file(AtomicFile)
    case standardOutput
    case memory(Memory)

    /// Where `bytes` are gathered.
    final class Memory {
        var bytes: [UInt8] = []
    }

    func write(_ bytes: [UInt8]) throws {
        switch self {
        case .file(let file): try file.append(bytes)
        case .memory(let memory): memory.bytes.append(contentsOf: bytes)
        case .standardOutput:
            var done = 0
            while done < bytes.count {
                let put = Glibc.write(1, Array(bytes[done...]), bytes.count - done)
                if put < 0, errno == EINTR { continue }
                guard put > 0 else { throw DataError(source: "standard output", reason: "cannot be written: \(String(cString: strerror(errno)))") }
                done += put
            }
        }
    }

    func commit() throws { if case .file(let file) = self { try file.commit() } }
}

/// Writes JSON lines: an object a row, its members in the order of the header; missing is null.
public struct JSONLinesWriter: RowWriter, ~Copyable {
    private let sink: RowSink
    private var buffer: [UInt8] = []
    /// `"name":` of each member, made once.
    private var keys: [[UInt8]] = []
    private var fieldCount = 0

    /// - Parameter path: nil = standard output. A file is written aside and moved into place by `finish`.
    public init(path: String?) throws { sink = try path.map { .file(try AtomicFile($0)) } ?? .standardOutput }

    /// - Throws: `DataError` for a name that appears twice, which an object cannot hold.
    public mutating func header(_ names: [String]) throws {
        var seen: Set<String> = []
        if let twice = names.first(where: { !seen.insert($0).inserted }) {
            throw DataError(source: "the output", column: twice, reason: "two columns would have this name, which JSON lines cannot hold; write CSV")
        }
        keys = names.map { JSON.string($0).bytes() + [UInt8(ascii: ":")] }
    }

    public mutating func field(_ text: String) {
        key()
        buffer += JSON.string(text).bytes()
    }

    public mutating func field(_ number: Double) {
        key()
        buffer += (number.isNaN ? "null" : NumberText.shortest(number)).utf8
    }

    public mutating func missingField() { field(.nan) }

    public mutating func endRow() throws {
        precondition(fieldCount == keys.count, "\(fieldCount) fields for \(keys.count) names")
        buffer += "}\n".utf8
        fieldCount = 0
        if buffer.count >= 1 << 18 { try flush() }
    }

    public consuming func finish() throws {
        try flush()
        try sink.commit()
    }

    private mutating func key() {
        buffer.append(UInt8(ascii: fieldCount == 0 ? "{" : ","))
        buffer += keys[fieldCount]
        fieldCount += 1
    }

    private mutating func flush() throws {
        try sink.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
