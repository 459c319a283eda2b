import Datasets
import TraceLog

/// The columns by which the rows of a batch were decided, in the order of the file. The log keeps it as a document, and
/// every decision names its digest: the order matters to strategies that take their actions from columns.
public struct DecisionSchema: Sendable, Equatable {
    public struct Column: Sendable, Equatable {
        public var name: String
        public var kind: ColumnKind

        public init(name: String, kind: ColumnKind) {
            self.name = name
            self.kind = kind
        }
    }

    public let columns: [Column]

    /// - Precondition: no name twice.
    public init(columns: [Column]) {
        precondition(Set(columns.map(\.name)).count == columns.count, "a column twice")
        self.columns = columns
    }

    static let format = "assay-decision-schema"
    static let version = 1
    /// Larger documents are refused unread.
    static let byteLimit = 1 << 26

    /// Canonical JSON.
    public var bytes: [UInt8] {
        let columns = columns.map { CanonicalJSON.object(("kind", .string($0.kind.rawValue)), ("name", .string($0.name))) }
        return CanonicalJSON.object(("format", .string(Self.format)), ("version", .integer(Self.version)), ("columns", .array(columns))).bytes
    }

    /// - Throws: `FormatError`.
    public init(bytes: [UInt8]) throws {
        let reader = try SectionReader(CanonicalJSON.parse(bytes, limit: Self.byteLimit), "schema", members: ["format", "version", "columns"])
        guard try reader.string("format") == Self.format else { throw reader.fault("not a schema of decisions") }
        guard try reader.integer("version") == Self.version else { throw reader.fault("a version that is not known to this program") }
        var columns: [Column] = []
        var seen: Set<String> = []
        for column in try reader.objects("columns", members: ["kind", "name"]) {
            let name = try column.string("name")
            guard let kind = ColumnKind(rawValue: try column.string("kind")) else { throw column.fault("an unknown kind") }
            guard seen.insert(name).inserted else { throw column.fault("'\(name)' stands here twice") }
            columns.append(Column(name: name, kind: kind))
        }
        self.columns = columns
    }
}
