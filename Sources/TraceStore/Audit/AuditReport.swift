/// A spot at which a log is not what it should be.
public struct AuditFault: Sendable, Hashable, CustomStringConvertible {
    /// `log.sqlite`, `leaf`, `body`, `section inputs`, `subject key 12`, `index of ids`, `index of links`, `facts`, `head`,
    /// `signed state of 200 entries`, `checkpoint`, `kept checkpoint of 100 entries`, the path of a tile or document.
    public var place: String
    /// The numbers of the entries that it concerns, where it concerns only some.
    public var entries: Range<Int>?
    public var reason: String

    init(_ place: String, entry: Int, _ reason: String) { self.init(place, entries: entry ..< entry + 1, reason) }

    init(_ place: String, entries: Range<Int>? = nil, _ reason: String) {
        self.place = place
        self.entries = entries
        self.reason = reason
    }

    public var description: String {
        let numbers = entries.map { $0.count == 1 ? ", entry \($0.lowerBound)" : ", entries \($0.lowerBound) to \($0.upperBound - 1)" }
        return "\(place)\(numbers ?? ""): \(reason)"
    }
}

/// What an audit of a log looked at, and all that it found.
public struct AuditReport: Sendable {
    /// Entries in the database.
    public internal(set) var entries = 0
    /// Bodies whose sections were opened and compared with the entry's commitments; 0 without the master key.
    public internal(set) var openedBodies = 0
    /// Bodies that are gone, with an erasure record that says so.
    public internal(set) var erasedBodies = 0
    /// Keys of subjects, unwrapped if the master key was given.
    public internal(set) var subjectKeys = 0
    /// States that the log's key signed, all compared with the entries.
    public internal(set) var signedStates = 0
    /// Entries under the published checkpoint, nil if there is none that can be read.
    public internal(set) var published: Int?
    /// Files of tiles, bundles and documents that were compared.
    public internal(set) var files = 0
    /// Entries under the largest checkpoint that was kept elsewhere and agrees with the log. Without one, an audit cannot
    /// tell the log from one that the holder of its keys has written anew from the first entry on.
    public internal(set) var anchored: Int?
    /// Whether signatures were checked, which needs the log's verifier key.
    public internal(set) var checkedSignatures = false
    /// The first `faultLimit` faults, in the order in which they were met.
    public private(set) var faults: [AuditFault] = []
    /// All of them.
    public private(set) var faultCount = 0

    public static let faultLimit = 10_000

    public var isSound: Bool { faultCount == 0 }

    mutating func add(_ fault: AuditFault) {
        faultCount += 1
        if faults.count < Self.faultLimit { faults.append(fault) }
    }
}
