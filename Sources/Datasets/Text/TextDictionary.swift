/// Numbers the different texts of a column in the order of their first sight, without making a string of any:
/// an open hash table whose keys are up to 16 bytes of text, or a hash of longer ones.
///
/// Texts are ranges of the file's bytes, raw: a quote inside a quoted field stays doubled. Equal raw bytes mean equal
/// texts, since only quoted fields can hold quotes, and both have the same order.
struct TextDictionary {
    private struct Slot {
        var first: UInt64 = 0
        var second: UInt64 = 0
        /// -1 where the slot is free.
        var code: Int32 = -1
        var length: Int32 = 0
    }

    /// Where each text was first seen, by code.
    private(set) var texts: [Range<Int>] = []
    private var slots = [Slot](repeating: Slot(), count: 32)
    private var shift: UInt64 = 64 - 5

    var count: Int { texts.count }

    /// The text's code, a new one if it was not seen before.
    @inline(__always) mutating func code(_ bytes: ByteView, _ range: Range<Int>) -> Int32 {
        let length = range.upperBound &- range.lowerBound
        guard length <= 16 else { return longCode(bytes, range) }
        var first = bytes.word(at: range.lowerBound), second: UInt64 = 0
        if length > 8 {
            second = bytes.word(at: range.upperBound &- 8) &>> UInt64(128 &- 8 &* length)
        } else {
            first &= ~0 &>> UInt64(64 &- 8 &* max(length, 1))
        }
        var index = Self.hash(first, second) &>> shift
        while true {
            let slot = slots[Int(truncatingIfNeeded: index)]
            if slot.first == first, slot.second == second, slot.length == Int32(truncatingIfNeeded: length) { return slot.code }
            if slot.code < 0 { return insert(Slot(first: first, second: second, code: -1, length: Int32(length)), range) }
            index = (index &+ 1) & UInt64(slots.count &- 1)
        }
    }

    @inline(__always) private static func hash(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let (high, low) = (first ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: second ^ 0xD1B5_4A32_D192_ED03 ^ (first &<< 32 | first &>> 32))
        return (high ^ low) &* 0x9E37_79B9_7F4A_7C15
    }

    private mutating func longCode(_ bytes: ByteView, _ range: Range<Int>) -> Int32 {
        var first: UInt64 = UInt64(range.count), second: UInt64 = 0x2545_F491_4F6C_DD1D
        var position = range.lowerBound
        while position + 8 < range.upperBound {
            first = Self.hash(first ^ bytes.word(at: position), second)
            second = second &* 0xD134_2543_DE82_EF95 ^ first
            position += 8
        }
        first = Self.hash(first ^ bytes.word(at: range.upperBound - 8), second)
        // The sign bit keeps hashes of long texts apart from the bytes of short ones.
        let length = Int32(truncatingIfNeeded: range.count) | Int32.min
        var index = Self.hash(first, second) &>> shift
        while true {
            let slot = slots[Int(index)]
            if slot.code < 0 { return insert(Slot(first: first, second: second, code: -1, length: length), range) }
            if slot.first == first, slot.second == second, slot.length == length, bytes.equal(texts[Int(slot.code)], range) { return slot.code }
            index = (index &+ 1) & UInt64(slots.count &- 1)
        }
    }

    private mutating func insert(_ slot: Slot, _ range: Range<Int>) -> Int32 {
        if texts.count * 2 >= slots.count { grow() }
        let code = Int32(texts.count)
        texts.append(range)
        place(Slot(first: slot.first, second: slot.second, code: code, length: slot.length))
        return code
    }

    private mutating func place(_ slot: Slot) {
        var index = Int(Self.hash(slot.first, slot.second) &>> shift)
        while slots[index].code >= 0 { index = (index + 1) & (slots.count - 1) }
        slots[index] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: old.count * 2)
        shift -= 1
        for slot in old where slot.code >= 0 { place(slot) }
    }
}
