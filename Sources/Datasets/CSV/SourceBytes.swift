import Glibc

/// A view of bytes that someone else keeps alive, for the reader's kernels: eight bytes in one load, and every
/// access inside the bytes or the `padding` zero bytes behind them (checked).
struct ByteView: @unchecked Sendable {
    /// Zero bytes that can be read behind the last one, so that a wide load needs no special end.
    static let padding = 64

    private let base: UnsafeRawPointer
    let count: Int

    fileprivate init(base: UnsafeRawPointer, count: Int) {
        self.base = base
        self.count = count
    }

    @inline(__always) subscript(position: Int) -> UInt8 {
        precondition(UInt(bitPattern: position) < UInt(bitPattern: count &+ Self.padding))
        return base.load(fromByteOffset: position, as: UInt8.self)
    }

    /// The eight bytes from `position` on; the first is the lowest.
    @inline(__always) func word(at position: Int) -> UInt64 {
        precondition(UInt(bitPattern: position) <= UInt(bitPattern: count &+ (Self.padding - 8)))
        return UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// The 64 bytes from `position` on, as eight words.
    @inline(__always) func words(at position: Int) -> SIMD8<UInt64> {
        precondition(UInt(bitPattern: position) <= UInt(bitPattern: count))
        return base.loadUnaligned(fromByteOffset: position, as: SIMD8<UInt64>.self)
    }

    func bytes(_ range: Range<Int>) -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return [UInt8](UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    /// Does `first`, as bytes, come before `second`? For UTF-8 this is the order of Unicode scalars.
    func precedes(_ first: Range<Int>, _ second: Range<Int>) -> Bool {
        let order = compare(first, second, count: min(first.count, second.count))
        return order == 0 ? first.count < second.count : order < 0
    }

    func equal(_ first: Range<Int>, _ second: Range<Int>) -> Bool {
        first.count == second.count && compare(first, second, count: first.count) == 0
    }

    private func compare(_ first: Range<Int>, _ second: Range<Int>, count length: Int) -> Int32 {
        precondition(first.lowerBound >= 0 && first.upperBound <= count && second.lowerBound >= 0 && second.upperBound <= count)
        return memcmp(base + first.lowerBound, base + second.lowerBound, length)
    }

    func pointer(at position: Int) -> UnsafeRawPointer {
        precondition(position >= 0 && position <= count)
        return base + position
    }
}

/// Bytes of a file, mapped, or bytes in memory of its own: immutable once made, padded with zeros.
final class SourceBytes: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    private let count: Int
    private let mappedLength: Int?

    /// Valid only as long as this object lives.
    var view: ByteView { ByteView(base: base, count: count) }

    init(copying bytes: [UInt8]) {
        count = bytes.count
        base = .allocate(byteCount: bytes.count + ByteView.padding, alignment: 64)
        mappedLength = nil
        bytes.withUnsafeBytes { base.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: bytes.count) }
        (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: ByteView.padding)
    }

    /// Takes over memory that `GrowingBytes` filled.
    fileprivate init(adopting base: UnsafeMutableRawPointer, count: Int) {
        self.base = base
        self.count = count
        mappedLength = nil
        (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: ByteView.padding)
    }

    private init(mapping base: UnsafeMutableRawPointer, count: Int, mappedLength: Int) {
        self.base = base
        self.count = count
        self.mappedLength = mappedLength
    }

    deinit {
        if let mappedLength { munmap(base, mappedLength) } else { free(base) }
    }

    /// Opens a file. A regular file is mapped (and must not shrink while it is read); a pipe is read to its end.
    /// - Throws: `DataError` without a place: not there, not readable, a folder.
    static func open(path: String) throws -> SourceBytes {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "cannot be opened", errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, "cannot be opened", errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG where status.st_size > 0: return try map(descriptor, count: Int(status.st_size), path: path)
        case S_IFDIR: throw DataError(source: path, reason: "is a folder; expected a file")
        default: return try readAll(descriptor, path: path)
        }
    }

    /// The file's pages, laid over the beginning of a zeroed region that is one page longer: the padding is always there.
    private static func map(_ descriptor: Int32, count: Int, path: String) throws -> SourceBytes {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let length = (count + page - 1) / page * page + page
        guard let region = mmap(nil, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), region != MAP_FAILED else {
            throw failure(path, "cannot be mapped", errno)
        }
        guard mmap(region, count, PROT_READ, MAP_PRIVATE | MAP_FIXED, descriptor, 0) != MAP_FAILED else {
            let code = errno
            munmap(region, length)
            throw failure(path, "cannot be mapped", code)
        }
        madvise(region, length, MADV_SEQUENTIAL)
        return SourceBytes(mapping: region, count: count, mappedLength: length)
    }

    private static func readAll(_ descriptor: Int32, path: String) throws -> SourceBytes {
        var bytes = try GrowingBytes(capacity: 1 << 20, source: path)
        while true {
            let (pointer, room) = try bytes.spare(atLeast: 1 << 16)
            let got = read(descriptor, pointer, room)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure(path, "cannot be read", errno) }
            guard got > 0 else { return bytes.finish() }
            bytes.advance(by: got)
        }
    }

    private static func failure(_ path: String, _ what: String, _ code: Int32) -> DataError {
        DataError(source: path, reason: "\(what): \(String(cString: strerror(code)))", isMissingFile: code == ENOENT)
    }
}

/// Memory that grows in place (large blocks are moved by the kernel, not copied) until it becomes `SourceBytes`.
package struct GrowingBytes: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0
    private var isFinished = false
    /// The file that is being read, for errors.
    private let source: String

    /// - Throws: `DataError` where memory does not suffice, as `spare` does.
    package init(capacity: Int, source: String) throws {
        let capacity = max(capacity, 4096)
        guard let memory = malloc(capacity + ByteView.padding) else { throw Self.outOfMemory(capacity, source) }
        (base, self.capacity, self.source) = (memory, capacity, source)
    }

    private static func outOfMemory(_ bytes: Int, _ source: String) -> DataError {
        DataError(source: source, reason: "its text takes more than \(bytes) bytes, which this machine has not free")
    }

    deinit { if !isFinished { free(base) } }

    /// Room behind what is there.
    package mutating func spare(atLeast room: Int) throws -> (UnsafeMutableRawPointer, Int) {
        if capacity - count < room {
            let wanted = max(capacity * 2, count + room)
            guard let grown = realloc(base, wanted + ByteView.padding) else { throw Self.outOfMemory(wanted, source) }
            (base, capacity) = (grown, wanted)
        }
        return (base + count, capacity - count)
    }

    mutating func advance(by added: Int) { count += added }

    consuming func finish() -> SourceBytes {
        isFinished = true
        return SourceBytes(adopting: realloc(base, count + ByteView.padding) ?? base, count: count)
    }
}
