import Glibc

/// Other encodings to UTF-8, by the C library's iconv.
enum TextEncoding {
    /// How far a conversion came: everything, or the text before the first bytes that are not of the encoding.
    struct Converted {
        var text: SourceBytes
        var invalid: [UInt8]?
    }

    static func utf8(from encoding: CSVOptions.Encoding, _ bytes: ByteView, source: String) throws -> Converted {
        guard let converter = iconv_open("UTF-8", encoding.rawValue), Int(bitPattern: converter) != -1 else {
            throw DataError(source: source, reason: "this system's C library cannot read the encoding \(encoding.rawValue)")
        }
        defer { iconv_close(converter) }
        var output = try GrowingBytes(capacity: bytes.count + bytes.count / 2, source: source)
        var input: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(mutating: bytes.pointer(at: 0)).assumingMemoryBound(to: CChar.self)
        var left = bytes.count
        while left > 0 {
            let (pointer, room) = try output.spare(atLeast: 1 << 16)
            var free = room
            var target: UnsafeMutablePointer<CChar>? = pointer.assumingMemoryBound(to: CChar.self)
            let status = iconv(converter, &input, &left, &target, &free)
            let reason = errno
            output.advance(by: room - free)
            if status == -1, reason != E2BIG {
                let position = bytes.count - left
                return Converted(text: output.finish(), invalid: bytes.bytes(position ..< min(position + 4, bytes.count)))
            }
        }
        return Converted(text: output.finish(), invalid: nil)
    }
}
