import CZlib

/// Gzip (RFC 1952) by the system's zlib.
enum Gzip {
    static func isCompressed(_ bytes: ByteView) -> Bool {
        bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
    }

    /// Unpacks all members of a gzip file, one after another as `gzip -dc` does.
    /// - Throws: `DataError` for a truncated file, a wrong checksum, broken data, or bytes behind the last member.
    static func inflated(_ bytes: ByteView, source: String, progress: ProgressHandler?) throws -> SourceBytes {
        let step = 1 << 20
        var output = try GrowingBytes(capacity: bytes.count * 4, source: source)
        var position = 0
        while position < bytes.count {
            guard position == 0 || (bytes.count - position >= 2 && bytes[position] == 0x1F && bytes[position + 1] == 0x8B) else {
                throw DataError(source: source, reason: "\(bytes.count - position) bytes that are not gzip follow the gzip data; expected its end at byte \(position)")
            }
            var stream = z_stream()
            // 15 bits of window, + 16: a gzip header and trailer, checked.
            guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                throw DataError(source: source, reason: "zlib could not be started")
            }
            defer { inflateEnd(&stream) }
            var status = Z_OK
            while status != Z_STREAM_END {
                let given = min(step, bytes.count - position)
                stream.next_in = UnsafeMutablePointer(mutating: bytes.pointer(at: position).assumingMemoryBound(to: UInt8.self))
                stream.avail_in = UInt32(given)
                let (pointer, room) = try output.spare(atLeast: step)
                let offered = min(room, 1 << 30)
                stream.next_out = pointer.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = UInt32(offered)
                status = inflate(&stream, Z_NO_FLUSH)
                position += given - Int(stream.avail_in)
                output.advance(by: offered - Int(stream.avail_out))
                if status == Z_BUF_ERROR || (status == Z_OK && given == 0) {
                    throw DataError(source: source, reason: "the gzip data ends too early, after \(output.count) unpacked bytes: the file is truncated")
                }
                guard status == Z_OK || status == Z_STREAM_END else {
                    let detail = stream.msg.map { String(cString: $0) } ?? "error \(status)"
                    throw DataError(source: source, reason: "broken gzip data after \(output.count) unpacked bytes: \(detail)")
                }
                progress?(position, bytes.count)
            }
        }
        return output.finish()
    }
}

/// Gzip unpacked as it comes, for readers that hold a piece of a file at a time. The same data and the same faults as `Gzip.inflated`.
final class GzipStream {
    private let stream: UnsafeMutablePointer<z_stream>
    private let source: String
    private var isInMember = false
    private var taken = 0, given = 0

    init(source: String) {
        self.source = source
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
    }

    deinit {
        if isInMember { inflateEnd(stream) }
        stream.deallocate()
    }

    /// What the next bytes of the file unpack to.
    func inflated(_ bytes: [UInt8]) throws -> [UInt8] {
        var output: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if !isInMember { try begin(bytes[position]) }
            var status = Z_OK
            let room = 1 << 18
            let piece = bytes.withUnsafeBufferPointer { input in
                [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress! + position)
                    stream.pointee.avail_in = UInt32(input.count - position)
                    stream.pointee.next_out = buffer.baseAddress!
                    stream.pointee.avail_out = UInt32(room)
                    status = inflate(stream, Z_NO_FLUSH)
                    count = room - Int(stream.pointee.avail_out)
                }
            }
            let used = bytes.count - position - Int(stream.pointee.avail_in)
            position += used
            taken += used
            given += piece.count
            output += piece
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                let detail = stream.pointee.msg.map { String(cString: $0) } ?? "error \(status)"
                throw DataError(source: source, reason: "broken gzip data after \(given) unpacked bytes: \(detail)")
            }
            if status == Z_STREAM_END {
                inflateEnd(stream)
                isInMember = false
            }
        }
        return output
    }

    private func begin(_ first: UInt8) throws {
        guard first == 0x1F else { throw DataError(source: source, reason: "bytes that are not gzip follow the gzip data; expected its end at byte \(taken)") }
        stream.pointee = z_stream()
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw DataError(source: source, reason: "zlib could not be started")
        }
        isInMember = true
    }

    /// To be called behind the last bytes.
    func finish() throws {
        if isInMember { throw DataError(source: source, reason: "the gzip data ends too early, after \(given) unpacked bytes: the file is truncated") }
    }
}
