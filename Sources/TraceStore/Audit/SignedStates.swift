import Foundation
import GRDB
import TraceLog

/// All that somebody signed for this log, to be compared with the tree when it has grown to the size.
struct SignedStates {
    private struct State {
        let place: String
        let root: TreeHash
        /// nil for a checkpoint, which has only the root.
        let frontier: TreeFrontier?
        let isKept: Bool
    }

    private let options: AuditOptions
    private let size: Int
    private var states: [Int: [State]] = [:]
    /// The text of the published checkpoint, which must be one of the stored ones.
    private var publishedText: String?

    init(_ options: AuditOptions, size: Int) {
        self.options = options
        self.size = size
    }

    private mutating func add(_ place: String, _ note: SignedNote, frontier: TreeFrontier? = nil, isKept: Bool = false, _ report: inout AuditReport) throws -> Checkpoint? {
        let checkpoint = try options.key.map { try Checkpoint(note, signedBy: $0) } ?? Checkpoint(text: note.text)
        guard checkpoint.size <= size else {
            report.add(AuditFault(place, entries: size ..< checkpoint.size, "the database has only \(size) entries: those after were lost or cut off"))
            return nil
        }
        states[checkpoint.size, default: []].append(State(place: place, root: checkpoint.root, frontier: frontier, isKept: isKept))
        return checkpoint
    }

    mutating func take(published bytes: [UInt8], _ report: inout AuditReport) throws {
        let note = try SignedNote(encoded: bytes)
        publishedText = note.text
        report.published = try Checkpoint(text: note.text).size
        for witness in options.witnesses where note.signature(of: witness) == nil {
            report.add(AuditFault("checkpoint", "not cosigned by \(witness.name)"))
        }
        _ = try add("checkpoint", note, &report)
    }

    mutating func take(kept notes: [SignedNote], _ report: inout AuditReport) throws {
        for note in notes {
            let size = try Checkpoint(text: note.text).size
            _ = try add("kept checkpoint of \(size) entries", note, isKept: true, &report)
        }
    }

    mutating func take(stored db: Database, _ report: inout AuditReport) throws {
        var texts: Set<String> = []
        for row in try Row.fetchAll(db, sql: "SELECT size, frontier, note FROM signed ORDER BY size") {
            let number = try row.integer(0), place = "signed state of \(number) entries"
            do {
                let note = try SignedNote(encoded: Array(try row.text(2).utf8))
                let frontier = try TreeFrontier(encoded: try row.bytes(1))
                guard let checkpoint = try add(place, note, frontier: frontier, &report) else { continue }
                guard checkpoint.size == number, frontier.size == number else { throw FormatError("signed state", "its note or its tree is of another size") }
                guard note.signatures.count == 1 else { throw FormatError("signed state", "has \(note.signatures.count) signatures, not the log's alone") }
                texts.insert(note.text)
                report.signedStates += 1
            } catch {
                report.add(AuditFault(place, "\(error)"))
            }
        }
        if let publishedText, !texts.contains(publishedText) { report.add(AuditFault("checkpoint", "the database does not know that it was signed")) }
    }

    /// - Parameter tree: over the first entries of the log.
    func compare(_ tree: TreeFrontier, _ report: inout AuditReport) {
        guard let states = states[tree.size] else { return }
        let root = tree.root
        for state in states {
            if state.root != root {
                report.add(AuditFault(state.place, entries: state.frontier?.firstDifference(tree), "the first \(tree.size) entries are not those that were signed"))
            } else if let frontier = state.frontier, frontier != tree {
                report.add(AuditFault(state.place, entries: frontier.firstDifference(tree), "the stored tree is not that of the entries"))
            } else if state.isKept {
                report.anchored = max(report.anchored ?? 0, tree.size)
            }
        }
    }
}
