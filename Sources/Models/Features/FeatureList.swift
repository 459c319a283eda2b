import Datasets
import Documents

/// Which columns of a training table become features, and why the others do not.
public enum FeatureList {
    /// More levels than this are no category; also the most that a question's set can hold.
    public static let levelLimit = 65_536

    /// Levels and ranges come from the training rows alone: what only held-out rows hold is unseen, as it would be in use.
    /// - Returns: features in the order of the table's columns; the reason for each column left out.
    /// - Throws: `DataError` for a column that the specification names and the table does not have, a column of the
    ///   wrong kind, an infinite value, or no feature at all.
    public static func build(specification: ModelSpecification, table: Table, trainingRows: [Int]) throws -> (features: [Feature], leftOut: [String: String]) {
        try checkNames(specification, table)
        let roles = roles(specification)
        let excluded = Set(specification.features.exclude)
        var features: [Feature] = []
        var leftOut: [String: String] = [:]
        for column in table.columns {
            if let role = roles[column.name] {
                leftOut[column.name] = role
            } else if excluded.contains(column.name) {
                leftOut[column.name] = "excluded by the specification"
            } else {
                switch try candidate(column, specification.features, table, trainingRows) {
                case .feature(let feature): features.append(feature)
                case .leftOut(let reason): leftOut[column.name] = reason
                }
            }
        }
        guard !features.isEmpty else {
            let reasons = leftOut.sorted { $0.key < $1.key }.prefix(10).map { "'\($0.key)': \($0.value)" }
            throw DataError(source: table.source, reason: "no column is left to be a feature (\(reasons.joined(separator: "; ")))")
        }
        try checkRules(specification.features, features, leftOut, table)
        return (features, leftOut)
    }

    private static func roles(_ specification: ModelSpecification) -> [String: String] {
        var roles: [String: String] = [:]
        if case .column(let column) = specification.split.method { roles[column] = "names the parts of the split" }
        if let column = specification.time { roles[column] = "time of the row" }
        if let column = specification.subject { roles[column] = "subject" }
        if let column = specification.id { roles[column] = "id" }
        roles[specification.target.column] = "target"
        return roles
    }

    private enum Candidate {
        case feature(Feature)
        case leftOut(String)
    }

    private static func candidate(_ column: Column, _ rules: ModelSpecification.FeatureRules, _ table: Table, _ rows: [Int]) throws -> Candidate {
        var feature = Feature(name: column.name, kind: .numeric, missingTexts: (rules.missingTexts[column.name] ?? []).sortedByBytes,
                              monotonicity: rules.monotone[column.name] ?? .none)
        switch column.values {
        case .numeric(let numbers):
            if rules.categorical.contains(column.name) {
                throw DataError(source: table.source, column: column.name, reason: "is to be categorical, and was read as numbers")
            }
            var low = Double.infinity
            var high = -Double.infinity
            var missing = false
            for row in rows {
                let value = numbers[row]
                if value.isNaN { missing = true } else { (low, high) = (min(low, value), max(high, value)) }
            }
            if low > high { return .leftOut("missing in every training row") }
            guard low > -.infinity, high < .infinity else {
                throw DataError(source: table.source, column: column.name, reason: "holds an infinite value")
            }
            if low == high, !missing { return .leftOut("the same value (\(NumberText.shortest(low))) in every training row") }
            feature.range = low ... high
            return .feature(feature)
        case .categorical(let codes, let dictionary):
            var isSeen = [Bool](repeating: false, count: dictionary.count)
            var missing = false
            for row in rows {
                let code = Int(codes[row])
                if code < 0 { missing = true } else { isSeen[code] = true }
            }
            let levels = dictionary.indices.filter { isSeen[$0] }.map { dictionary[$0] }
            if levels.isEmpty { return .leftOut("missing in every training row") }
            if levels.count == 1, !missing { return .leftOut("the same value ('\(levels[0])') in every training row") }
            if levels.count > levelLimit { return .leftOut("\(levels.count) different texts, more than \(levelLimit)") }
            guard feature.monotonicity == .none else {
                throw DataError(source: table.source, column: column.name, reason: "is to be monotone, and holds texts such as '\(levels[0])'")
            }
            feature.kind = .categorical(levels: levels)
            return .feature(feature)
        case .identifier: return .leftOut("an identifier: texts that are all different")
        case .time: return .leftOut("a time; derive a feature from it, such as the age in days")
        }
    }

    /// Every column that the specification names is there.
    private static func checkNames(_ specification: ModelSpecification, _ table: Table) throws {
        let rules = specification.features
        var named: [(column: String?, use: String)] = [(specification.target.column, "target"), (specification.id, "id"),
                                                       (specification.subject, "subject"), (specification.time, "time")]
        if case .column(let column) = specification.split.method { named.append((column, "split")) }
        named += specification.segments.map { ($0, "segments") }
        named += rules.exclude.map { ($0, "features.exclude") }
        named += rules.categorical.map { ($0, "features.categorical") }
        named += rules.missingTexts.keys.sorted().map { ($0, "features.missing_values") }
        named += rules.monotone.keys.sorted().map { ($0, "features.monotone") }
        named += rules.levers.keys.sorted().map { ($0, "features.levers") }
        named += rules.labels.keys.sorted().map { ($0, "features.labels") }
        named += rules.groups.values.flatMap { $0 }.sorted().map { ($0, "features.groups") }
        for (column, use) in named {
            guard let column, table[column] == nil else { continue }
            throw DataError(source: table.source, column: column,
                            reason: "named in \(use) and missing from the data\(NearestName.hint(column, among: table.columnNames))")
        }
    }

    /// What is said of a feature must be of a feature: a constraint on a column left out would be kept by nobody.
    private static func checkRules(_ rules: ModelSpecification.FeatureRules, _ features: [Feature], _ leftOut: [String: String], _ table: Table) throws {
        let featureByName = Dictionary(features.map { ($0.name, $0) }) { first, _ in first }
        for (columns, use) in [(Array(rules.monotone.keys), "monotone"), (Array(rules.levers.keys), "levers")] {
            for column in columns.sorted() where featureByName[column] == nil {
                throw DataError(source: table.source, column: column,
                                reason: "named in features.\(use) and not a feature of the model: \(leftOut[column] ?? "left out")")
            }
        }
        for (column, lever) in rules.levers.sorted(by: { $0.key < $1.key }) {
            switch (lever.domain, featureByName[column]!.kind) {
            case (.numeric, .categorical(let levels)):
                throw DataError(source: table.source, column: column, reason: "a lever from min to max, and the column holds texts such as '\(levels[0])'")
            case (.values, .numeric):
                throw DataError(source: table.source, column: column, reason: "a lever with a list of values, and the column holds numbers; give min, max and step")
            case (.values(let values), .categorical(let levels)):
                if let value = values.first(where: { levels.code(of: $0) == nil }) {
                    throw DataError(source: table.source, column: column,
                                    reason: "the lever's value '\(value)' never occurs in the training rows\(NearestName.hint(value, among: levels))")
                }
            case (.numeric, .numeric): break
            }
        }
    }
}
