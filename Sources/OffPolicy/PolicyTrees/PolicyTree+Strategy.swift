import Documents

extension PolicyTree.Question {
    /// The question in the language of strategies.
    /// - Parameter isPart: whether other conditions stand beside it, so that an `or` needs parentheses.
    public func text(isPart: Bool = false) -> String {
        func withMissing(_ condition: String, _ column: String, _ missing: Bool) -> String {
            guard missing else { return condition }
            let both = "\(condition) or missing(\(column))"
            return isPart ? "(\(both))" : both
        }
        switch self {
        case .atMost(let feature, let threshold, let missing):
            let column = ExpressionText.column(feature)
            return withMissing("\(column) <= \(NumberText.shortest(threshold))", column, missing)
        case .equals(let feature, let level):
            return "\(ExpressionText.column(feature)) == \(ExpressionText.text(level))"
        case .among(let feature, let levels, let missing):
            let column = ExpressionText.column(feature)
            return withMissing("\(column) in [\(levels.map(ExpressionText.text).joined(separator: ", "))]", column, missing)
        case .missing(let feature):
            return "missing(\(ExpressionText.column(feature)))"
        }
    }
}

extension PolicyTree {
    public struct Rule: Sendable, Equatable {
        /// In the language of strategies.
        public let when: String
        public let action: Int
    }

    /// The tree as rules of which the first that matches decides, and what is done otherwise.
    ///
    /// Leaves come from left to right. A deal that reaches a leaf has said yes to every left turn on the way; that it said no to
    /// the right turns need not be asked: had it said yes, an earlier rule would have caught it.
    public var rules: (rules: [Rule], otherwise: Int) {
        var rules: [(conditions: [Question], action: Int)] = []
        func walk(_ node: Node, _ path: [Question]) {
            switch node {
            case .leaf(let action, _): rules.append((path, action))
            case .split(let question, let left, let right):
                walk(left, path + [question])
                walk(right, path)
            }
        }
        walk(root, [])
        let otherwise = rules.removeLast().action
        // A last rule that does what is done otherwise says nothing.
        while rules.last?.action == otherwise { rules.removeLast() }
        return (rules.map { rule in
            Rule(when: rule.conditions.map { $0.text(isPart: rule.conditions.count > 1) }.joined(separator: " and "), action: rule.action)
        }, otherwise)
    }

    /// The tree as a strategy file.
    /// - Parameters:
    ///   - actions: names by index.
    ///   - explore: share left to chance; 0 is not written.
    ///   - learnedFrom: digest of the history's data, by which comparisons tell that they look at the same deals.
    ///   - comments: lines at the top.
    public func strategyText(name: String, title: [(language: String, text: String)], actions: [String], explore: Double = 0, learnedFrom: String? = nil,
                             comments: [String] = []) -> String {
        var text = comments.map { "# \(StrategyText.line($0))\n" }.joined()
        text += "strategy: \(StrategyText.scalar(name))\n"
        if !title.isEmpty { text += "title:\n" + title.map { "  \($0.language): \(StrategyText.scalar($0.text))\n" }.joined() }
        if let learnedFrom { text += "learned_from: \(StrategyText.scalar(learnedFrom))\n" }
        let (rules, otherwise) = rules
        if !rules.isEmpty {
            text += "rules:\n"
            for rule in rules { text += "  - when: \(StrategyText.expression(rule.when))\n    do: \(StrategyText.scalar(actions[rule.action]))\n" }
        }
        text += "otherwise: \(StrategyText.scalar(actions[otherwise]))\n"
        if explore > 0 {
            text += "actions: [\(actions.map(StrategyText.quoted).joined(separator: ", "))]\nexplore: \(NumberText.shortest(explore))\n"
        }
        return text
    }
}

/// Names and texts as expressions write them.
enum ExpressionText {
    private static let words: Set = Set(["and", "or", "not", "in", "model"] + Function.allCases.map(\.rawValue))

    static func column(_ name: String) -> String {
        let scalars = Array(name.unicodeScalars)
        let isBare = scalars.first.map { $0 == "_" || $0.properties.isAlphabetic } == true
            && scalars.allSatisfy { $0 == "_" || $0.properties.isAlphabetic || ("0" ... "9").contains($0) } && !words.contains(name)
        return isBare ? name : "`" + name.replacing("`", with: "``") + "`"
    }

    static func text(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

/// Scalars of a strategy file.
enum StrategyText {
    /// Plain where that cannot be misread, else quoted.
    static func scalar(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        let isPlain = scalars.first?.properties.isAlphabetic == true && scalars.last != " "
            && scalars.allSatisfy { $0.properties.isAlphabetic || ("0" ... "9").contains($0) || " _-.".unicodeScalars.contains($0) }
        return isPlain ? text : quoted(text)
    }

    /// Expressions hold no colon or number sign outside of quoted texts, so that most stand as they are.
    static func expression(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        let isPlain = scalars.first.map { $0.properties.isAlphabetic || $0 == "(" || $0 == "_" } == true
            && scalars.allSatisfy { $0.properties.isAlphabetic || ("0" ... "9").contains($0) || " _-.<>=()[],\"".unicodeScalars.contains($0) }
        return isPlain ? text : quoted(text)
    }

    /// In single quotes, which escape nothing but themselves; with control characters in double ones.
    static func quoted(_ text: String) -> String {
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) { return JSON.string(text).text() }
        return "'" + text.replacing("'", with: "''") + "'"
    }

    /// A text that stays on its line.
    static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
