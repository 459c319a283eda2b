/// Canonical JSON written straight into bytes, for documents that are written by the thousand: no tree, no sorting.
/// The caller answers for what `CanonicalJSON` sees to: names in their order, none twice, integers within the limit.
///
///     var writer = CanonicalWriter()
///     writer.open("{")
///     writer.key("age")
///     writer.integer(37)
///     writer.close("}")
///     let bytes = writer.take()
///
/// The file is on the list of those that may hold unsafe code: memory of its own, since an array is asked at every append whether it is
/// shared and has room, which took longer than the writing. `reserve` sees to the room before anything is written.
package struct CanonicalWriter: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var count = 0
    /// Whether a value stands before, in the same object or array.
    private var follows = false

    package init(capacity: Int = 4096) {
        self.capacity = max(capacity, 64)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    /// What was written; the next document begins in the same memory.
    package mutating func take() -> [UInt8] {
        defer {
            count = 0
            follows = false
        }
        return Array(UnsafeBufferPointer(start: start, count: count))
    }

    /// Texts as they stand in documents, in one piece: names of columns and the like, made once for many documents.
    package struct Texts: Sendable {
        fileprivate var bytes: [UInt8] = []
        fileprivate var ends: [Int] = [0]

        package init(_ texts: [String]) {
            for text in texts {
                bytes += CanonicalJSON.string(text).bytes
                ends.append(bytes.count)
            }
        }
    }

    /// `{` or `[`
    package mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        follows = false
        append(UInt8(ascii: bracket))
    }

    /// `}` or `]`
    package mutating func close(_ bracket: Unicode.Scalar) {
        follows = true
        append(UInt8(ascii: bracket))
    }

    /// A name before its value.
    /// - Precondition: letters, digits and underscores.
    package mutating func key(_ name: StaticString) {
        separate()
        follows = false
        reserve(name.utf8CodeUnitCount + 3)
        put(UInt8(ascii: "\""))
        put(name.utf8Start, name.utf8CodeUnitCount)
        put(UInt8(ascii: "\""))
        put(UInt8(ascii: ":"))
    }

    /// A name of any kind before its value.
    package mutating func key(text name: String) {
        string(name)
        follows = false
        append(UInt8(ascii: ":"))
    }

    /// The name in a place of a list.
    package mutating func key(_ place: Int, of names: Texts) {
        text(place, of: names)
        follows = false
        append(UInt8(ascii: ":"))
    }

    /// The text in a place of a list.
    package mutating func text(_ place: Int, of texts: Texts) {
        separate()
        let first = texts.ends[place], length = texts.ends[place + 1] - first
        reserve(length)
        texts.bytes.withUnsafeBufferPointer { put($0.baseAddress! + first, length) }
    }

    package mutating func integer(_ number: Int64) {
        separate()
        reserve(2 * Self.mostDigits)
        if number < 0 { put(UInt8(ascii: "-")) }
        // From the right, two digits at a time, then moved to their place.
        let end = start + count + 2 * Self.mostDigits - 1
        var place = end, rest = number.magnitude
        while rest >= 10 {
            let pair = UInt32(truncatingIfNeeded: rest % 100), tens = (pair &* 103) &>> 10
            place -= 2
            place[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: tens)
            place[1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: pair &- 10 &* tens)
            rest /= 100
        }
        if rest > 0 || place == end {
            place -= 1
            place[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest)
        }
        put(place, end - place)
    }

    /// Of 64 bits.
    private static let mostDigits = 20
    private static let nullText: StaticString = "null"

    /// A double's bits as 16 hexadecimal digits; null for a missing value.
    package mutating func number(_ value: Double) { if value.isNaN { null() } else { bits(value.bitPattern) } }

    /// 64 bits as 16 hexadecimal digits in quotes.
    package mutating func bits(_ value: UInt64) {
        separate()
        reserve(18)
        put(UInt8(ascii: "\""))
        putDigits(of: value)
        put(UInt8(ascii: "\""))
    }

    /// The 64 hexadecimal digits of a hash.
    package mutating func hash(_ hash: TreeHash) {
        separate()
        reserve(66)
        put(UInt8(ascii: "\""))
        putDigits(of: hash.words.0)
        putDigits(of: hash.words.1)
        putDigits(of: hash.words.2)
        putDigits(of: hash.words.3)
        put(UInt8(ascii: "\""))
    }

    /// The 32 hexadecimal digits of an id.
    package mutating func id(_ id: RecordID) {
        separate()
        reserve(34)
        put(UInt8(ascii: "\""))
        putDigits(of: id.high)
        putDigits(of: id.low)
        put(UInt8(ascii: "\""))
    }

    package mutating func string(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { characters in
            var escapes = false
            for byte in characters { escapes = escapes || byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }
            if escapes {
                let bytes = CanonicalJSON.string(String(decoding: characters, as: UTF8.self)).bytes
                reserve(bytes.count)
                bytes.withUnsafeBufferPointer { put($0.baseAddress!, $0.count) }
            } else {
                reserve(characters.count + 2)
                put(UInt8(ascii: "\""))
                if let first = characters.baseAddress { put(first, characters.count) }
                put(UInt8(ascii: "\""))
            }
        }
    }

    package mutating func null() {
        separate()
        reserve(4)
        put(Self.nullText.utf8Start, 4)
    }

    /// A comma, except at the beginning of an object or array and between a name and its value.
    private mutating func separate() {
        if follows { append(UInt8(ascii: ",")) }
        follows = true
    }

    private mutating func append(_ byte: UInt8) {
        reserve(1)
        put(byte)
    }

    // Below, there is room.

    private mutating func put(_ byte: UInt8) {
        start[count] = byte
        count += 1
    }

    private mutating func put(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
        (start + count).update(from: bytes, count: length)
        count += length
    }

    private mutating func putDigits(of value: UInt64) {
        let place = UnsafeMutableRawPointer(start + count)
        place.storeBytes(of: Hex.digits(UInt32(truncatingIfNeeded: value >> 32)).bigEndian, as: UInt64.self)
        (place + 8).storeBytes(of: Hex.digits(UInt32(truncatingIfNeeded: value)).bigEndian, as: UInt64.self)
        count += 16
    }

    private mutating func reserve(_ length: Int) {
        if count + length > capacity { grow(length) }
    }

    @inline(never)
    private mutating func grow(_ length: Int) {
        let larger = max(2 * capacity, count + length), moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: start, count: count)
        start.deallocate()
        (start, capacity) = (moved, larger)
    }
}
