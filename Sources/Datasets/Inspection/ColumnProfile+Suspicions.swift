extension ColumnProfile {
    func suspicions(of column: Column) -> [Suspicion] {
        if distinct == 0 { return missing.all > 0 ? [.allMissing] : [] }
        var found: [Suspicion] = []
        if distinct == 1 { found.append(.constant) }
        switch values {
        case .numbers(let numbers):
            if column.kind == .numeric {
                if isAlmostAllDifferent, numbers.allSatisfy({ $0 == $0.rounded() }) { found.append(.identifierLike) }
                found += sentinels(numbers)
            }
        case .texts(let texts):
            if column.kind == .identifier || isAlmostAllDifferent { found.append(.identifierLike) }
            for (index, text) in texts.enumerated() where Self.looksMissing(text) {
                found.append(.looksMissing(text: text, rows: rows[index].all))
            }
            if let mixed = mostlyNumbers(texts) { found.append(mixed) }
            if column.kind == .categorical { found += SimilarNames.groups(texts.filter { NumberParser.number($0) == nil }).map { .similarTexts($0) } }
        }
        return found
    }

    /// At least 95 % of 20 or more values.
    private var isAlmostAllDifferent: Bool {
        let present = self.present
        return present >= 20 && distinct * 20 >= present * 19
    }

    // MARK: Texts for "missing"

    private static let missingWords: Set<String> = [
        "na", "n/a", "#n/a", "n.a.", "nan", "null", "(null)", "none", "nil", "-", "--", "---", ".", "..", "?", "??", "unknown", "unk", "select",
        "missing", "not available", "not applicable", "not specified", "not known", "undefined", "unspecified", "undisclosed", "tbd", "no data",
        "blank", "(blank)", "empty", "未知", "无", "空", "不详", "暂无", "未填", "未填写", "请选择", "待定", "缺失",
    ]

    private static func looksMissing(_ text: String) -> Bool {
        guard text.utf8.count <= 24 else { return false }
        let trimmed = text.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        return missingWords.contains(trimmed.lowercased())
    }

    // MARK: Numbers for "missing"

    /// 999, -99, -1 and the like as the smallest or greatest value of at least 0.5 % of rows (and five), farther from the
    /// nearest other value than all others lie apart. For -1 it is enough to be the only negative among three or more others.
    private func sentinels(_ numbers: [Double]) -> [Suspicion] {
        guard numbers.count >= 4 else { return [] }
        let frequent = max(5, present / 200)
        let last = numbers.count - 1
        var found: [Suspicion] = []
        func check(_ index: Int, gap: Double, spread: Double) {
            let value = numbers[index]
            guard rows[index].all >= frequent else { return }
            let isOnlyNegative = index == 0 && value == -1 && numbers[1] >= 0
            if isOnlyNegative || (Self.isCode(value) && gap > spread) { found.append(.sentinel(value: value, rows: rows[index].all)) }
        }
        check(0, gap: numbers[1] - numbers[0], spread: numbers[last] - numbers[1])
        check(last, gap: numbers[last] - numbers[last - 1], spread: numbers[last - 1] - numbers[0])
        return found
    }

    /// ±9, ±99, ±999 …, -1, -8, -88, … and round ones such as 1e6 or -1000.
    private static func isCode(_ value: Double) -> Bool {
        let magnitude = abs(value)
        guard magnitude >= 1, magnitude <= 1e15, magnitude == magnitude.rounded() else { return false }
        let digits = Set(String(Int(magnitude)))
        return digits == ["9"] || (digits == ["8"] && magnitude > 8) || (value == -1) || (magnitude >= 1000 && digits == ["1", "0"])
    }

    // MARK: Numbers among texts

    /// At least half of the rows are numbers.
    private func mostlyNumbers(_ texts: [String]) -> Suspicion? {
        var numbers = 0, others: [String] = []
        for (index, text) in texts.enumerated() {
            if NumberParser.number(text) != nil { numbers += rows[index].all } else if others.count < 5 { others.append(text) }
        }
        return numbers * 2 >= present && !others.isEmpty ? .mostlyNumbers(numbers: numbers, others: others) : nil
    }
}

/// Names that a hurried reader would take for one another.
enum SimilarNames {
    /// Groups of names whose letters and digits are the same but for case; names in their order.
    static func groups(_ names: [String]) -> [[String]] {
        var groups: [String: [String]] = [:], order: [String] = []
        for name in names {
            let bare = name.lowercased().filter { $0.isLetter || $0.isNumber }
            guard !bare.isEmpty else { continue }
            if groups[bare] == nil { order.append(bare) }
            groups[bare, default: []].append(name)
        }
        return order.compactMap { groups[$0]!.count > 1 ? groups[$0] : nil }
    }
}
