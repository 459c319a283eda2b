/// A table for people: columns aligned, numbers to the right. Chinese characters count as two cells. A line end or another
/// control character of the data shows as `␤` or `�`: it can neither break the table nor command the terminal.
struct TextTable {
    private var rows: [[String]] = []
    private let titles: [String]

    init(_ titles: [String]) { self.titles = titles.map(Self.visible) }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == titles.count)
        rows.append(cells.map(Self.visible))
    }

    static func visible(_ text: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars { shown.unicodeScalars.append(isControl(scalar) ? scalar == "\n" ? "␤" : "\u{FFFD}" : scalar) }
        return shown
    }

    var text: String {
        let widths = titles.indices.map { column in ([titles] + rows).map { Self.width($0[column]) }.max() ?? 0 }
        let numeric = titles.indices.map { column in
            rows.allSatisfy { row in row[column].isEmpty || row[column] == "-" || row[column].first.map { $0.isNumber || "+-".contains($0) } == true }
        }
        func line(_ cells: [String]) -> String {
            var result = ""
            for (column, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - Self.width(cell))
                result += (column == 0 ? "" : "  ") + (numeric[column] && !rows.isEmpty ? padding + cell : cell + padding)
            }
            while result.last == " " { result.removeLast() }
            return result + "\n"
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ") + "\n"
        return line(titles) + rule + rows.map(line).joined()
    }

    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ((0x1100 ... 0x115F).contains($1.value) || (0x2E80 ... 0xFFDC).contains($1.value) ? 2 : 1) }
    }
}
