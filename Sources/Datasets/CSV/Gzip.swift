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
        var output = GrowingBytes(capacity: bytes.count * 4)
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
                let (pointer, room) = output.spare(atLeast: step)
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
