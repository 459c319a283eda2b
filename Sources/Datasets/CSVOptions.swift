/// How a CSV file is to be read. The defaults infer everything.
public struct CSVOptions: Sendable, Equatable {
    public enum Encoding: String, Sendable, CaseIterable { case utf8 = "utf-8", gb18030 }

    public var delimiter: UInt8 = UInt8(ascii: ",")
    public var encoding: Encoding = .utf8
    /// Kinds that override inference, by column name. A cell that does not parse as its given kind is an error with its place.
    public var kinds: [String: ColumnKind] = [:]
    /// Texts read as missing, by column name, besides empty and blank cells.
    public var missingTexts: [String: Set<String>] = [:]
    /// Columns to keep; `nil` keeps all. Others are checked for structure and not stored.
    public var columns: Set<String>?
    public var threads: Int = 1

    public init() {}
}
