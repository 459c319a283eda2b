import Documents
import Models
import Sandbox

/// A reason card for a terminal or a message: lines of at most 78 columns, of which a Chinese character takes two.
public enum CardText {
    private static let width = 78

    public static func text(_ card: ReasonCard, language: Language) -> String {
        let wording = CardWording(language)
        var lines = [wording.heading(card), "\(wording.chance(card)) \(wording.score(card))" + wording.bracketed(wording.usual(card))]
        let risksFirst = card.outcome == .unwanted
        let (supporting, opposing) = (sideLines(card.supporting, more: risksFirst ? card.moreLowering : card.moreRaising, title: wording.supportingTitle(card), wording),
                                      sideLines(card.opposing, more: risksFirst ? card.moreRaising : card.moreLowering, title: wording.opposingTitle(card), wording))
        lines += risksFirst ? opposing + supporting : supporting + opposing
        lines += ["", wording.adviceTitle()] + wording.advice(card).flatMap { wrapped($0, indent: 2) }
        if card.pastDeal != nil { lines += ["", wording.pastTitle(card)] + wording.past(card).flatMap { wrapped($0, indent: 2) } }
        if !card.objections.isEmpty {
            lines += ["", wording.objectionsTitle(card)]
            for (number, objection) in card.objections.enumerated() {
                lines += wrapped("\(number + 1). \(wording.says(objection))", indent: 2, hanging: 5) + wrapped("→ " + wording.answer(objection), indent: 5, hanging: 7)
                lines += wrapped(wording.bracketed(wording.source(objection)), indent: 5)
            }
        }
        lines += ["", wording.weaknessTitle()] + card.weaknesses.flatMap { wrapped("- " + wording.weakness($0), indent: 2, hanging: 4) }
        lines += [""] + wrapped(wording.footnote(card), indent: 0)
        return lines.map(\.visible).joined(separator: "\n") + "\n"
    }

    private static func sideLines(_ reasons: [ReasonCard.Reason], more: Int, title: String, _ wording: CardWording) -> [String] {
        var lines = ["", title]
        if reasons.isEmpty { lines += wrapped(wording.nothing(), indent: 2) }
        for (number, reason) in reasons.enumerated() {
            let name = "  \(number + 1). \(wording.label(reason.words))\(wording.colon)\(wording.value(reason.value, reason.words))".visible, weight = [wording.stability(reason), wording.weight(reason)].compactMap(\.self).joined(separator: "   ")
            lines.append(name + String(repeating: " ", count: max(2, width - columns(name) - columns(weight))) + weight)
            if let reading = wording.reading(reason) { lines += wrapped(reading, indent: 5) }
            if let comparison = wording.comparison(reason) { lines += wrapped(comparison, indent: 5) }
        }
        if let more = wording.more(more) { lines.append("     " + more) }
        return lines
    }

    /// Lines of a text broken at blanks, and between Chinese characters but not before their punctuation.
    static func wrapped(_ text: String, indent: Int, hanging: Int? = nil) -> [String] {
        var lines: [String] = [], line = String(repeating: " ", count: indent), used = indent
        let hanging = hanging ?? indent
        var isFresh = true
        for piece in pieces(text.visible) {
            let size = columns(piece), blank = piece == " "
            if used + size > width, !isFresh {
                lines.append(line.trimmingTrailingBlanks)
                (line, used, isFresh) = (String(repeating: " ", count: hanging), hanging, true)
            }
            if blank, isFresh { continue }
            line += piece
            used += size
            isFresh = false
        }
        lines.append(line.trimmingTrailingBlanks)
        return lines
    }

    private static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var word = ""
        for character in text {
            if character == " " {
                if !word.isEmpty { pieces.append(word) }
                pieces.append(" ")
                word = ""
            } else if isWide(character), !closing.contains(character) {
                // An opening bracket stays with what follows, a closing mark with what stands before.
                if !word.isEmpty, !opening.contains(word.last!) { pieces.append(word); word = "" }
                word.append(character)
            } else if closing.contains(character) {
                word.append(character)
            } else {
                if let last = word.last, isWide(last), !opening.contains(last) { pieces.append(word); word = "" }
                word.append(character)
            }
        }
        if !word.isEmpty { pieces.append(word) }
        return pieces
    }

    private static let closing: Set<Character> = ["，", "。", "；", "：", "、", "）", "」", "？", "！", "”", ".", ",", ";", ":", ")", "%"]
    private static let opening: Set<Character> = ["（", "「", "“", "("]

    private static func isWide(_ character: Character) -> Bool { columns(String(character)) == 2 }

    static func columns(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ((0x1100 ... 0x115F).contains($1.value) || (0x2E80 ... 0xFFEF).contains($1.value) ? 2 : 1) }
    }
}

extension String {
    /// Control characters of the data can neither break the layout nor command the terminal.
    fileprivate var visible: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    fileprivate var trimmingTrailingBlanks: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
