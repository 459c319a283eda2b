import ArgumentParser
import Documents
import Glibc
import TraceLog
import TraceStore

extension TraceKind: ExpressibleByArgument {}
extension TraceMode: ExpressibleByArgument {}

struct LogFind: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, csv, jsonl }

    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Records of the log by person, kind, time, model or strategy, newest first.",
        discussion: """
            All conditions must hold. Finding by --subject needs the log's keys, and finds nobody who was erased. --model and --strategy
            take the SHA-256 that records carry, or the file itself.

            Examples:
              assay log find --log decisions --subject C-1042
              assay log find --log decisions --kind decision --from 2026-03-01 --to 2026-03-31 --model lead.json
              assay log find --log decisions --kind erasure --format csv
            """)

    @OptionGroup var log: LogOption
    @Option(help: ArgumentHelp("Whose records, in clear.", valueName: "person")) var subject: String?
    @Option(help: ArgumentHelp("Kind of record: \(TraceKind.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "kind")) var kind: TraceKind?
    @Option(help: ArgumentHelp("Mode: \(TraceMode.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "mode")) var mode: TraceMode?
    @Option(help: ArgumentHelp("First time, UTC: 2026-03-01, 2026-03-01T09:30 or 2026-03-01T09:30:00Z.", valueName: "time")) var from: String?
    @Option(help: ArgumentHelp("Last time, UTC; a day means its end.", valueName: "time")) var to: String?
    @Option(help: ArgumentHelp("Model document, or its SHA-256.", valueName: "file")) var model: String?
    @Option(help: ArgumentHelp("Strategy, or its SHA-256.", valueName: "file")) var strategy: String?
    @Option(help: ArgumentHelp("Show at most so many; 0 = all.", valueName: "count")) var limit = 100
    @Option(help: "table, csv or jsonl.") var format = Format.table
    @OptionGroup var output: OutputOption

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit must not be negative.") }
        if let from, UTCTime.first(from) == nil { throw ValidationError("--from '\(from)' is no time; write 2026-03-01 or 2026-03-01T09:30:00Z.") }
        if let to, UTCTime.last(to) == nil { throw ValidationError("--to '\(to)' is no time; write 2026-03-01 or 2026-03-01T09:30:00Z.") }
    }

    func run() throws {
        let reader = subject == nil && !LogKeys.exist(in: log.keyFolder) ? try TraceReader(log.log) : try log.reader()
        let first = from.flatMap(UTCTime.first) ?? .min, last = to.flatMap(UTCTime.last) ?? .max
        guard first <= last else { throw ValidationError("--from lies after --to.") }
        // One more than is shown, to say so.
        let query = TraceQuery(kind: kind, mode: mode, subject: subject, times: from == nil && to == nil ? nil : first ... last,
                               model: try model.map(digest), strategy: try strategy.map(digest), limit: limit == 0 ? nil : limit + 1)
        var found = try reader.find(query)
        if limit > 0, found.count > limit {
            found.removeLast()
            Console.note("note: the newest \(limit) records; --limit 0 shows all")
        }
        switch format {
        case .table: try output.write(table(found))
        case .csv: try output.write(Self.columns.joined(separator: ",") + "\n" + found.map { cells($0).map(Self.quoted).joined(separator: ",") + "\n" }.joined())
        case .jsonl: try output.write(found.map { line($0).text() + "\n" }.joined())
        }
    }

    /// Records name files by their SHA-256.
    private func digest(_ given: String) throws -> String {
        guard TreeHash(hex: given) == nil, access(given, F_OK) == 0 else { return given }
        return TreeHash(of: try TextFile.readBytes(given, limit: 1 << 30)).hex
    }

    private static let columns = ["number", "id", "kind", "mode", "time", "model", "strategy", "subject_tag"]

    private func cells(_ match: TraceMatch) -> [String] {
        let record = match.record
        return [String(match.number), "\(record.id)", record.kind.rawValue, record.mode.rawValue, UTCTime.text(record.time), record.model ?? "", record.strategy ?? "", record.subject ?? ""]
    }

    private static func quoted(_ cell: String) -> String {
        cell.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) } ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
    }

    /// Digests shortened, for a terminal.
    private func table(_ found: [TraceMatch]) -> String {
        var table = TextTable(Self.columns)
        for match in found {
            let cells = cells(match)
            table.add(Array(cells.prefix(5)) + cells.dropFirst(5).map { TreeHash(hex: $0) == nil ? $0 : $0.prefix(12) + "…" })
        }
        return table.text
    }

    private func line(_ match: TraceMatch) -> JSON {
        .object(JSONObject(zip(Self.columns, cells(match)).map { name, cell in (name, name == "number" ? .int(match.number) : cell.isEmpty ? .null : .string(cell)) }))
    }
}
