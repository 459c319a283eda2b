import Documents
import Sandbox
import TraceLog

/// Verdicts of replays for reading and for programs.
enum ReplayText {
    /// Decisions listed one by one where they match; others always are.
    private static let matchesListed = 20

    static func table(_ replayed: [ReplayedDecision], _ summary: ReplaySummary) -> String {
        let listed = replayed.count <= matchesListed ? replayed : replayed.filter { $0.verdict != .match }
        var text = ""
        if !listed.isEmpty {
            var table = TextTable(["index", "trace", "verdict", "first difference, or what is missing"])
            for decision in listed { table.add(["\(decision.index)", decision.id.description, decision.verdict.name, reason(decision.verdict)]) }
            text += table.text + "\n"
        }
        return text + "\(summary.matches) of \(summary.total) match, \(summary.diverged) diverged, \(summary.unavailable) unavailable\n"
    }

    private static func reason(_ verdict: ReplayVerdict) -> String {
        switch verdict {
        case .match: ""
        case .diverged(let first): "\(first.what): recorded \(first.recorded), recomputed \(first.recomputed)"
        case .unavailable(let missing): missing
        }
    }

    static func json(_ replayed: [ReplayedDecision], _ summary: ReplaySummary) -> String {
        JSON.members([
            "decisions": .int(summary.total), "matches": .int(summary.matches), "diverged": .int(summary.diverged), "unavailable": .int(summary.unavailable),
            "verdicts": .array(replayed.map(\.json)),
        ]).text(.pretty)
    }
}
