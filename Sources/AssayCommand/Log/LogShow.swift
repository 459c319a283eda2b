import ArgumentParser
import Documents
import Models
import OffPolicy
import Sandbox
import TraceLog
import TraceStore

struct LogShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "One record of the log for reading, section by section.",
        discussion: """
            Shows what the entry says, what speaks of it later (outcomes, replays), and each section that the log's keys open, checked
            against the entry's commitment. Doubles are kept as 16 hexadecimal digits, their bits, which stand behind the number.

            Examples:
              assay log show 12 --log decisions
              assay log show 0f3a5c7e9b1d2f4a6c8e0b2d4f6a8c1e --log decisions --section decision --section explanation
              assay log show 12 --log decisions --format json
            """)

    @OptionGroup var record: RecordArgument
    @OptionGroup var log: LogOption
    @Option(name: .customLong("section"), help: ArgumentHelp("Show this section alone; may be given several times.", valueName: "name")) var sections: [String] = []
    @Option(help: "table or json.") var format = OutputFormat.table
    @OptionGroup var output: OutputOption

    func run() throws {
        let reader = try log.readerWithKeysAtHand()
        let number = try record.number(in: reader)
        let view = try RecordView(reader, number: number, isOpen: LogKeys.exist(in: log.keyFolder))
        for name in sections where view.record.commitments[name] == nil {
            throw StoreError(.missing, "entry \(number)", "has no section '\(name)'; it has: \(view.record.commitments.names.joined(separator: ", "))")
        }
        switch format {
        case .table: try output.write(RecordText.text(view, only: sections))
        case .json: try output.write(RecordText.json(view, only: sections).text(.pretty))
        }
    }
}

/// A record with all that the log knows of it.
struct RecordView {
    let number: Int
    let record: TraceRecord
    /// nil where no keys are at hand.
    let opened: OpenedSections?
    /// The records that it names, with their numbers where they are there.
    let links: [(link: TraceLink, number: Int?)]
    /// The records that name it.
    let linkedBy: [(number: Int, record: TraceRecord)]
    let documents: NamedDocuments

    init(_ reader: TraceReader, number: Int, isOpen: Bool) throws {
        self.number = number
        let record = try reader.record(number)
        self.record = record
        opened = isOpen ? try reader.sections(number) : nil
        links = try record.links.map { ($0, try reader.number(of: $0.id)) }
        linkedBy = try reader.linked(to: record.id).map { ($0, try reader.record($0)) }
        documents = NamedDocuments(of: record, kept: LogDocuments(log: reader.path))
    }
}

/// What the documents that a record names by their digests say of themselves; nil for those that the log does not keep, or
/// not as the digest says.
struct NamedDocuments {
    let model: String?
    let strategy: String?
    /// The strategy's rules, what it does otherwise last.
    let rules: [String]?

    init(of record: TraceRecord, kept: LogDocuments) {
        func bytes(_ digest: String?) -> [UInt8]? {
            guard let digest, let bytes = try? kept.load(digest), TreeHash(of: bytes).hex == digest else { return nil }
            return bytes
        }
        model = bytes(record.model).flatMap { try? ModelFile(bytes: $0, path: "model").document.specification.name }
        let strategy = bytes(record.strategy).flatMap { try? Strategy.read($0, source: "strategy") }
        self.strategy = strategy?.name
        rules = strategy?.form.ruleTexts
    }

    /// The rule that a decision names, in words. - Parameter rule: its number from 1, or "otherwise".
    func text(ofRule rule: CanonicalJSON?) -> String? {
        guard let rules, let last = rules.last else { return nil }
        if rule?.string == "otherwise" { return last }
        return rule?.integer.flatMap { (1 ..< rules.count).contains($0) ? "\($0): \(rules[$0 - 1])" : nil }
    }
}
