import Documents
import Sandbox
import TraceStore

/// What `assay log verify` found, for a terminal and as JSON.
enum LogCheckText {
    /// Said wherever nothing from outside the log was compared with it.
    private static let caveat = "nothing kept outside of this log was compared with it: whoever holds its keys could have written all of it anew, and no check "
        + "of the log alone can detect that. Give a checkpoint kept elsewhere (--checkpoint) or a witness's key (--witness)"

    static func text(_ result: LogCheck.Result) -> String {
        var lines: [(String, String)] = [("log", result.log + (result.origin.map { " (\($0))" } ?? ""))]
        if let audit = result.audit {
            lines.append(("entries", "\(audit.entries), \(audit.published.map { "\($0) of them under the published checkpoint" } ?? "none published")"))
            lines.append(("signatures", audit.checkedSignatures ? "\(audit.signedStates) signed states of the log compared" : "not checked: give the log's verifier key (--key)"))
            lines.append(("sections", result.hasMaster
                ? "of \(audit.openedBodies) entries opened and compared with their commitments; \(audit.subjectKeys) keys unwrapped; \(audit.erasedBodies) entries erased on record"
                : "not opened: the master key is not at hand"))
            lines.append(("files", "\(audit.files) tiles, bundles and documents compared"))
        } else {
            lines.append(("database", result.isSound ? "none in this folder; its published files were checked" : "not readable, or none in this folder"))
        }
        lines.append(("second check", result.verified.map { "checkpoint, tiles and \($0) entries verified by code that the writer does not share" } ?? "did not come to an end"))
        if let anchored = result.anchored { lines.append(("kept checkpoint", "the log continues it: its first \(anchored) entries cannot have been written anew")) }
        if let witnessed = result.witnessed { lines.append(("witness", "has signed the published checkpoint of \(witnessed) entries")) }
        let width = lines.map(\.0.count).max() ?? 0
        var text = lines.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 + "\n" }.joined()
        if result.isSound {
            text += "\nsound\n"
            if result.anchored == nil, result.witnessed == nil { text += "note: \(caveat).\n" }
        } else {
            let count = result.faultCount
            text += "\nALTERED: \(count) \(count == 1 ? "spot is" : "spots are") not what \(count == 1 ? "it" : "they") should be\n"
            for fault in result.faults { text += "  \(place(fault)): \(fault.reason)\n" }
            if result.furtherFaults > 0 { text += "  and \(result.furtherFaults) more\n" }
        }
        return text
    }

    private static func place(_ fault: LogCheck.Fault) -> String {
        guard let entries = fault.entries else { return fault.place }
        return fault.place + (entries.count == 1 ? ", entry \(entries.lowerBound)" : ", entries \(entries.lowerBound) to \(entries.upperBound - 1)")
    }

    static func json(_ result: LogCheck.Result) -> JSON {
        func number(_ value: Int?) -> JSON { value.map { .int($0) } ?? .null }
        let faults = result.faults.map { fault in
            JSON.members(["place": .string(fault.place), "first_entry": number(fault.entries?.lowerBound), "last_entry": number(fault.entries.map { $0.upperBound - 1 }),
                          "reason": .string(fault.reason)])
        }
        let isAnchored = result.anchored != nil || result.witnessed != nil
        return .members([
            "log": .string(result.log), "origin": result.origin.map { .string($0) } ?? .null, "verdict": .string(result.isSound ? "sound" : "altered"),
            "entries": number(result.audit?.entries ?? result.verified), "published_entries": number(result.audit?.published ?? result.verified),
            "signatures_checked": .bool(result.audit?.checkedSignatures ?? (result.verified != nil)), "signed_states": number(result.audit?.signedStates),
            "sections_opened": .bool(result.hasMaster && result.audit != nil), "opened_entries": number(result.audit?.openedBodies),
            "erased_entries": number(result.audit?.erasedBodies), "subject_keys": number(result.audit?.subjectKeys), "files": number(result.audit?.files),
            "independently_verified_entries": number(result.verified), "continues_kept_checkpoint_of": number(result.anchored),
            "witnessed_entries": number(result.witnessed), "full_rewrite_would_show": .bool(isAnchored),
            "note": isAnchored ? .null : .string(caveat), "fault_count": .int(result.faultCount), "faults": .array(faults),
        ])
    }
}
