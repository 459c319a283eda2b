/// A JSON value. Numbers are exact: whole numbers that fit are `int`, all others `double`.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    case int(Int)
    /// Finite; JSON has no other.
    case double(Double)
    case string(String)
    case array([JSON])
    /// An array of numbers alone, packed: what the parser makes of a non-empty array whose numbers are all exact as
    /// doubles. 8 bytes a number, where `array` needs 17; a model of a million nodes is mostly these.
    case numbers([Double])
    case object(JSONObject)

    /// Members in the order given. - Precondition: names differ.
    public static func members(_ members: KeyValuePairs<String, JSON>) -> JSON {
        .object(JSONObject(members.map { ($0.key, $0.value) }))
    }

    public static func strings(_ texts: some Sequence<String>) -> JSON { .array(texts.map { .string($0) }) }

    /// The elements of an array of either form; nil for anything else.
    public var elements: [JSON]? {
        switch self {
        case .array(let values): values
        case .numbers(let numbers): numbers.map(Self.number)
        default: nil
        }
    }

    /// A number as a double; whole ones beyond 2^53 that a double would change give nil.
    public var number: Double? {
        switch self {
        case .int(let value): Double(exactly: value)
        case .double(let value): value
        default: nil
        }
    }

    /// The value with this name, if this is an object that has it.
    public subscript(name: String) -> JSON? {
        if case .object(let object) = self { object[name] } else { nil }
    }

    static func number(_ value: Double) -> JSON {
        if let whole = Int(exactly: value), value != 0 || value.sign == .plus { .int(whole) } else { .double(value) }
    }
}

extension JSON: Equatable {
    /// Same structure and same numbers: `1` equals `1.0`, packed arrays equal the others.
    public static func == (a: JSON, b: JSON) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.string(let x), .string(let y)): x == y
        case (.int(let x), .int(let y)): x == y
        case (.double(let x), .double(let y)): x == y
        case (.int, .double), (.double, .int): a.number == b.number && a.number != nil
        case (.object(let x), .object(let y)): x == y
        case (.numbers(let x), .numbers(let y)): x == y
        case (.array, .array), (.array, .numbers), (.numbers, .array): a.elements! == b.elements!
        default: false
        }
    }
}

/// The members of a JSON object: names in order, none twice.
public struct JSONObject: Sendable, Equatable {
    public private(set) var names: [String] = []
    public private(set) var values: [JSON] = []
    /// Kept from the ninth member on; below that looking is faster than hashing.
    private var indexByName: [String: Int] = [:]
    private static let scanned = 8

    public init() {}

    /// - Precondition: names differ.
    public init(_ members: some Sequence<(String, JSON)>) {
        for (name, value) in members {
            let added = append(name, value)
            precondition(added, "'\(name)' twice in one object")
        }
    }

    public var count: Int { names.count }

    public subscript(name: String) -> JSON? { index(of: name).map { values[$0] } }

    /// Adds a member at the end. False, and nothing done, if the name is there already.
    @discardableResult
    public mutating func append(_ name: String, _ value: JSON) -> Bool {
        guard index(of: name) == nil else { return false }
        names.append(name)
        values.append(value)
        if names.count == Self.scanned + 1 {
            for (index, name) in names.enumerated() { indexByName[name] = index }
        } else if names.count > Self.scanned {
            indexByName[name] = names.count - 1
        }
        return true
    }

    private func index(of name: String) -> Int? {
        names.count > Self.scanned ? indexByName[name] : names.firstIndex(of: name)
    }

    public static func == (a: JSONObject, b: JSONObject) -> Bool { a.names == b.names && a.values == b.values }
}
