import Documents

/// Writes JSON values as UBJSON in the forms that XGBoost uses: counted lists, packed lists of numbers in one type, single numbers in the
/// smallest type that holds them.
public enum UBJSONWriter {
    public static func bytes(_ value: JSON) -> [UInt8] {
        switch value {
        case .null: return marker("Z")
        case .bool(let flag): return marker(flag ? "T" : "F")
        case .int(let number):
            if let byte = UInt8(exactly: number) { return marker("U") + [byte] }
            if let byte = Int8(exactly: number) { return marker("i") + bigEndian(byte) }
            if let word = Int16(exactly: number) { return marker("I") + bigEndian(word) }
            if let word = Int32(exactly: number) { return marker("l") + bigEndian(word) }
            return marker("L") + bigEndian(Int64(number))
        case .double(let number): return marker("D") + bigEndian(number.bitPattern)
        case .string(let text): return marker("S") + length(text.utf8.count) + Array(text.utf8)
        case .array(let values): return marker("[#") + length(values.count) + values.flatMap(bytes)
        case .numbers(let numbers):
            // XGBoost writes its version so.
            if numbers.count == 3, numbers.allSatisfy({ Int(exactly: $0) != nil }) { return bytes(.array(numbers.map { .int(Int($0)) })) }
            let isFloat = numbers.allSatisfy { Double(Float($0)) == $0 }
            let content = numbers.flatMap { isFloat ? bigEndian(Float($0).bitPattern) : bigEndian($0.bitPattern) }
            return marker(isFloat ? "[$d#" : "[$D#") + length(numbers.count) + content
        case .object(let object):
            return marker("{") + zip(object.names, object.values).flatMap { length($0.utf8.count) + Array($0.utf8) + bytes($1) } + marker("}")
        }
    }

    private static func marker(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static func length(_ count: Int) -> [UInt8] { marker("L") + bigEndian(Int64(count)) }

    private static func bigEndian<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
        (0 ..< Word.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: word >> Word($0 * 8)) }
    }
}
