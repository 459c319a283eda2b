import Documents

/// The lines of a LightGBM text model: `key=value` in a header and in one section a tree, then other sections.
struct LightGBMText {
    struct Section {
        var line: Int
        var values: [String: (text: Substring, line: Int)] = [:]
    }

    let source: String
    private(set) var header = Section(line: 1)
    private(set) var trees: [Section] = []
    /// From the section `parameters:`, as `[key: value]` lines.
    private(set) var parameters: [String: String] = [:]
    /// The texts of pandas categories, a list for each categorical column of the training frame.
    private(set) var pandasCategories: [[JSON]]?

    private static let headerKeys: Set<String> = [
        "version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective", "average_output", "feature_names",
        "feature_infos", "monotone_constraints", "tree_sizes",
    ]
    private static let treeKeys: Set<String> = [
        "num_leaves", "num_cat", "split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child", "leaf_value",
        "leaf_weight", "leaf_count", "internal_value", "internal_weight", "internal_count", "cat_boundaries", "cat_threshold", "is_linear",
        "leaf_const", "num_features", "leaf_features", "leaf_coeff", "shrinkage",
    ]

    /// - Throws: `DocumentError` with the line of what is no such model, or a key that may change what it means.
    init(_ text: String, source: String) throws {
        self.source = source
        var hasEnd = false
        var number = 0
        for raw in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let line = raw.last == "\r" ? raw.dropLast() : raw
            if number == 1 {
                guard line == "tree" else { throw error("expected a LightGBM text model, whose first line is 'tree'", number) }
                continue
            }
            if hasEnd {
                try readEnd(line, number)
                continue
            }
            if line.isEmpty { continue }
            if line == "end of trees" {
                hasEnd = true
                continue
            }
            let equals = line.firstIndex(of: "=")
            let key = String(line[..<(equals ?? line.endIndex)])
            let value = equals.map { line[line.index(after: $0)...] } ?? ""
            guard equals != nil || key == "average_output" else { throw error("expected key=value", number) }
            if key == "Tree" {
                guard value == "\(trees.count)" else { throw error("expected Tree=\(trees.count), found '\(value)'", number) }
                guard trees.count < TreeEnsemble.treeLimit else { throw error("more than \(TreeEnsemble.treeLimit) trees", number) }
                trees.append(Section(line: number))
            } else if trees.isEmpty {
                guard Self.headerKeys.contains(key) else { throw error("unknown key '\(key)'", number) }
                guard header.values.updateValue((value, number), forKey: key) == nil else { throw error("'\(key)' a second time", number) }
            } else {
                guard Self.treeKeys.contains(key) else { throw error("tree \(trees.count - 1): unknown key '\(key)'", number) }
                guard trees[trees.count - 1].values.updateValue((value, number), forKey: key) == nil else {
                    throw error("tree \(trees.count - 1): '\(key)' a second time", number)
                }
            }
        }
        guard hasEnd else { throw error("the file is cut off: no line 'end of trees'", number) }
    }

    private mutating func readEnd(_ line: Substring, _ number: Int) throws {
        if line.hasPrefix("["), line.hasSuffix("]"), let colon = line.firstIndex(of: ":") {
            parameters[String(line[line.index(after: line.startIndex) ..< colon])] = String(line[line.index(after: colon)...].dropLast().drop { $0 == " " })
        }
        let mark = "pandas_categorical:"
        guard line.hasPrefix(mark) else { return }
        let value = try JSON.parse(Array(line.dropFirst(mark.count).utf8), source: "\(source):\(number)", limit: 1 << 24)
        if case .null = value { return }
        let lists = value.elements.map { $0.compactMap(\.elements) }
        guard let lists, lists.count == value.elements?.count else { throw error("pandas_categorical: expected a list of lists", number) }
        pandasCategories = lists
    }

    func error(_ reason: String, _ line: Int?) -> DocumentError { DocumentError(source: source, line: line, reason: reason) }

    // MARK: values

    func text(_ key: String, _ section: Section) throws -> Substring {
        guard let value = section.values[key] else { throw error("'\(key)' is missing", section.line) }
        return value.text
    }

    func integer(_ key: String, _ section: Section) throws -> Int {
        let text = try text(key, section)
        guard let number = Int(text) else { throw error("\(key): expected a whole number, found '\(text.prefix(40))'", section.values[key]?.line) }
        return number
    }

    /// Numbers between blanks. - Parameter count: how many there must be.
    func numbers(_ key: String, _ section: Section, count: Int) throws -> [Double] {
        let words = try words(key, section, count: count)
        return try words.enumerated().map { place, word in
            if let number = NumberText.decimal(String(word)) { return number }
            if word == "inf" || word == "-inf" { return word == "inf" ? .infinity : -.infinity }
            throw error("\(key)[\(place)]: expected a number, found '\(word.prefix(40))'", section.values[key]?.line)
        }
    }

    func integers(_ key: String, _ section: Section, count: Int, in range: ClosedRange<Int>) throws -> [Int] {
        try words(key, section, count: count).enumerated().map { place, word in
            guard let number = Int(word), range.contains(number) else {
                throw error("\(key)[\(place)]: expected a whole number from \(range.lowerBound) to \(range.upperBound), found '\(word.prefix(40))'",
                            section.values[key]?.line)
            }
            return number
        }
    }

    private func words(_ key: String, _ section: Section, count: Int) throws -> [Substring] {
        let words = try text(key, section).split(separator: " ")
        guard words.count == count else { throw error("\(key): expected \(count) numbers, found \(words.count)", section.values[key]?.line) }
        return words
    }
}
