import Documents

/// What the codes of categorical features stand for: the texts of pandas categories where the file has them, else the codes
/// themselves (`0`, `1`, …), as they stand in a table of integer codes.
struct LightGBMCategories {
    /// By the feature's index.
    let levels: [Int: ImportedLevels]

    init(_ file: LightGBMText, infos: [Substring], trees: [LightGBMTree]) throws {
        var codes: [Int: Set<Int>] = [:]
        for (feature, info) in infos.enumerated() where info != "none" && !info.hasPrefix("[") {
            codes[feature] = Set(info.split(separator: ":").compactMap { Int($0) }.filter { $0 >= 0 })
        }
        for tree in trees {
            for (feature, asked) in tree.categories { codes[feature, default: []].formUnion(asked) }
        }
        for (number, tree) in trees.enumerated() {
            if let both = tree.numericFeatures.first(where: { codes[$0] != nil }) {
                throw file.error("tree \(number): asks the categorical feature \(both) for a threshold", nil)
            }
        }
        let texts = try Self.pandasTexts(file, categorical: Set(codes.keys))
        var levels: [Int: ImportedLevels] = [:]
        for (feature, used) in codes {
            if let texts {
                guard let list = texts[feature] else { throw file.error("no pandas_categorical for the categorical feature \(feature)", nil) }
                levels[feature] = ImportedLevels(Dictionary(uniqueKeysWithValues: list.enumerated().map { ($0, $1) }))
            } else {
                levels[feature] = ImportedLevels(Dictionary(uniqueKeysWithValues: used.map { ($0, "\($0)") }))
            }
        }
        self.levels = levels
    }

    /// The lists belong, in their order, to the columns of `categorical_feature`. Ordered categories stand among the lists and
    /// not among the columns, so that lists and columns must be as many.
    private static func pandasTexts(_ file: LightGBMText, categorical: Set<Int>) throws -> [Int: [String]]? {
        guard let lists = file.pandasCategories, !lists.isEmpty else { return nil }
        let listed = file.parameters["categorical_feature"]?.split(separator: ",").compactMap { Int($0) }.sorted() ?? []
        let columns = listed.isEmpty ? categorical.sorted() : listed
        guard columns.count == lists.count else {
            throw file.error("pandas_categorical: \(lists.count) lists for \(columns.count) categorical features (ordered categories have no counterpart)", nil)
        }
        var texts: [Int: [String]] = [:]
        for (column, list) in zip(columns, lists) {
            let words = try list.map { try text($0, file) }
            guard Set(words.map(Exact.init)).count == words.count else { throw file.error("pandas_categorical: a category of feature \(column) twice", nil) }
            texts[column] = words
        }
        return texts
    }

    /// A category as pandas writes it into a table.
    private static func text(_ value: JSON, _ file: LightGBMText) throws -> String {
        switch value {
        case .string(let text) where !text.isEmpty: return text
        case .int(let number): return "\(number)"
        case .double(let number): return number.description
        case .bool(let flag): return flag ? "True" : "False"
        default: throw file.error("pandas_categorical: a category that is neither text nor number", nil)
        }
    }
}
