/// Labels beside bars and marks: how much room they need, and how they break where it is not enough.
enum Labels {
    private static let widest = 290.0

    /// Room for the longest label, within bounds that leave the picture its own.
    static func room(_ labels: [String]) -> Double { min(widest, max(60, labels.map(width).max() ?? 60)) + 8 }

    /// One line, or two of about one length where one does not fit `room`; a third would collide with its neighbours, so
    /// what is still too long ends in an ellipsis.
    static func lines(_ label: String, room: Double) -> [String] {
        guard width(label) > room else { return [label] }
        let breaks = label.indices.filter { label[$0] == " " || isChinese(label[$0]) }
        let middle = width(label) / 2
        guard let cut = breaks.min(by: { abs(width(label[..<$0]) - middle) < abs(width(label[..<$1]) - middle) }) else { return [fitted(label, room)] }
        let second = label[cut] == " " ? label[label.index(after: cut)...] : label[cut...]
        // Two lines are set in 12 units.
        return [fitted(String(label[..<cut]), room * 13 / 12), fitted(String(second), room * 13 / 12)]
    }

    /// As many lines as needed, up to `most`: broken where a line is full, what is still too long ends in an ellipsis.
    static func wrapped(_ label: String, room: Double, most: Int) -> [String] {
        var lines: [String] = [], line = ""
        var rest = label[...]
        while let first = rest.first {
            // Chinese breaks anywhere, other texts at blanks.
            let word = isChinese(first) || first == " " ? rest.prefix(1) : rest.prefix { !isChinese($0) && $0 != " " }
            rest = rest.dropFirst(word.count)
            if !line.isEmpty, width(line) + width(word) > room, lines.count < most - 1 {
                lines.append(line)
                line = word == " " ? "" : String(word)
            } else if !(line.isEmpty && word == " ") {
                line += word
            }
        }
        return lines + [fitted(line, room)]
    }

    /// One line, an ellipsis at its end where it does not fit.
    static func fitted(_ text: String, _ room: Double) -> String {
        guard width(text) > room else { return text }
        var text = text
        while !text.isEmpty, width(text) + 13 > room { text.removeLast() }
        return text + "…"
    }

    /// At 13 units; Chinese characters take a full em, Latin ones somewhat more than half of one on average.
    static func width(_ text: some StringProtocol) -> Double {
        text.reduce(0) { $0 + (isChinese($1) ? 13 : 7) }
    }

    private static func isChinese(_ character: Character) -> Bool { character.unicodeScalars.first!.value >= 0x2E80 }
}

extension SVG {
    /// A label that ends at `x`, in one line around `y` or in two about it.
    mutating func label(_ text: String, x: Double, y: Double, room: Double) {
        let lines = Labels.lines(text, room: room)
        for (index, line) in lines.enumerated() {
            self.text(line, x: x, y: lines.count == 1 ? y : y - 7 + 14 * Double(index), anchor: .end, size: lines.count == 1 ? 13 : 12)
        }
    }
}
