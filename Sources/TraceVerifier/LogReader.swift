/// All that the verifier asks of a log: three reads of published bytes (C2SP tlog-tiles), from a folder or a server.
public protocol LogReader {
    /// The signed note at `checkpoint`.
    func checkpoint() throws -> [UInt8]
    /// The hashes at `tile/<level>/<number>[.p/<width>]`.
    func tile(_ path: String) throws -> [UInt8]
    /// The bundle at `tile/entries/<number>[.p/<width>]`.
    func entries(_ path: String) throws -> [UInt8]
}

/// The first spot at which a log is not what it claims to be.
public struct Difference: Error, Sendable, Equatable, CustomStringConvertible {
    /// `checkpoint`, `witness checkpoint`, or the path of a tile or bundle.
    public var place: String
    /// In the file's bytes, from 0, where that says more than the place.
    public var offset: Int?
    /// The number of the entry in the log.
    public var entry: Int?
    public var reason: String

    init(_ place: String, _ reason: String, offset: Int? = nil, entry: Int? = nil) {
        self.place = place
        self.offset = offset
        self.entry = entry
        self.reason = reason
    }

    public var description: String {
        place + (entry.map { ", entry \($0)" } ?? "") + (offset.map { ", byte \($0)" } ?? "") + ": " + reason
    }
}
