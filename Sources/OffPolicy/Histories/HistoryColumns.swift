import Datasets
import Documents

/// What a definition takes from the columns of its data, checked.
extension HistoryDefinition {
    /// Every column that the file names is there. No row is read.
    func checkColumns(of table: Table) throws {
        func require(_ column: String?, at place: DocumentNode?) throws {
            guard let column, let place, table[column] == nil else { return }
            throw place.error("no column '\(column)' in \(table.source)\(NearestName.hint(column, among: table.columnNames))")
        }
        for column in action.columns { try require(column, at: action.place) }
        for outcome in outcomes { try require(outcome.column, at: outcome.place) }
        if case .column(let column) = propensity { try require(column, at: places.propensity) }
        try require(id, at: places.id)
        try require(time, at: places.time)
        try require(logger, at: places.logger)
        if case .loggers(let columns) = propensity { for (_, column, place) in columns { try require(column, at: place) } }
        try require(cluster, at: places.cluster)
        try require(embedding, at: places.embedding)
        for (columns, place) in [(segments, places.segments), (sensitive, places.sensitive)] {
            for column in columns {
                try require(column, at: place)
                guard let kind = table[column]?.kind, let place, [.identifier, .time].contains(kind) else { continue }
                throw place.error("column '\(column)' \(kind == .time ? "holds times" : "is different in every row"); it makes no segments")
            }
        }
        for column in excludedFeatures { try require(column, at: places.excluded) }
        _ = try rewardModel?.columns(among: table.columnNames)
    }

    func propensities(_ rows: KeptRows, actions: [String], actionOf: [Int32]) throws -> History.Propensities {
        let count = actions.count
        switch propensity {
        case .uniform:
            return .byAction(Array(repeating: 1 / Double(count), count: count), areShares: false)
        case .shares:
            var counts = Array(repeating: 0.0, count: count)
            for action in actionOf { counts[Int(action)] += 1 }
            return .byAction(counts.map { $0 / Double(actionOf.count) }, areShares: true)
        case .estimate:
            guard count > 1 else { throw places.propensity.error("with one action only there is nothing to estimate") }
            return .toEstimate
        case .constant(let given):
            for (action, _, place) in given { try Strategy.require(action, among: actions, at: place) }
            return .byAction(try actions.map { action in
                guard let pair = given.first(where: { $0.action == action }) else {
                    throw places.propensity.error("action '\(action)' occurs in the data and has no probability")
                }
                return pair.probability
            }, areShares: false)
        case .column(let name):
            guard case .numeric(let values)? = rows.table[name]?.values else { throw places.propensity.error("column '\(name)' holds no numbers") }
            if let row = values.firstIndex(where: { !($0 > 0 && $0 <= 1) }) {
                let found = values[row].isNaN ? "a missing value" : NumberText.shortest(values[row])
                throw rows.error(row, name, "expected the probability of the action taken, above 0 and at most 1, found \(found)")
            }
            return .taken(values)
        case .loggers(let columns):
            return .taken(try balanced(columns, rows))
        }
    }

    /// Balanced propensities Σ_k ρ_k π_k(a|x) of the action taken, ρ_k the share of deals that policy k decided: as if every deal had
    /// been decided by a policy drawn anew, whichever it was. Weights by them are never larger than those by the policy's own
    /// probability need be, and vary less. (Agarwal, Basu, Schnabel, Joachims, KDD 2017, balanced inverse propensity; Kallus, Saito,
    /// Uehara, ICML 2021: efficient where all policies saw the same kind of deals.)
    private func balanced(_ columns: [(logger: String, column: String, place: DocumentNode)], _ rows: KeptRows) throws -> [Double] {
        guard let logger, let names = rows.table[logger] else { preconditionFailure("checked before") }
        let own = try (0 ..< rows.table.rowCount).map { row -> Int in
            guard let name = names.text(at: row) else { throw rows.error(row, logger, "no logger") }
            guard let index = columns.firstIndex(where: { $0.logger == name }) else {
                throw rows.error(row, logger, "no column of probabilities is named for logger '\(name)'\(NearestName.hint(name, among: columns.map(\.logger)))")
            }
            return index
        }
        var mixture = Array(repeating: 0.0, count: own.count)
        for (index, (_, column, place)) in columns.enumerated() {
            guard case .numeric(let values)? = rows.table[column]?.values else { throw place.error("column '\(column)' holds no numbers") }
            let share = Double(own.count { $0 == index }) / Double(own.count)
            for row in own.indices {
                // Another policy may have had no chance to do what was done; the one that did it had.
                guard values[row] >= 0, values[row] <= 1, values[row] > 0 || own[row] != index else {
                    let found = values[row].isNaN ? "a missing value" : NumberText.shortest(values[row])
                    throw rows.error(row, column, "expected the probability of the action taken, \(own[row] == index ? "above 0" : "from 0") to 1, found \(found)")
                }
                mixture[row] += share * values[row]
            }
        }
        return mixture
    }

    /// The policy that made each decision, as a code.
    func loggers(_ rows: KeptRows) throws -> Clusters? {
        guard let logger, let column = rows.table[logger] else { return nil }
        let (codes, count) = try Self.codes(of: column, rows, missing: "no logger")
        return Clusters(codes: codes, count: count)
    }

    /// In the order of `actions`; 0 for those that the file does not list.
    func costs(of actions: [String]) throws -> [Double] {
        for (action, _, place) in costs { try Strategy.require(action, among: actions, at: place) }
        return actions.map { action in costs.first { $0.action == action }?.cost ?? 0 }
    }

    /// How many deals have an id that an earlier one has; missing ids are no ids.
    func repeatedIds(_ table: Table) -> Int {
        guard let id, let column = table[id] else { return 0 }
        func count<Key: Hashable>(_ keys: some Sequence<Key?>) -> Int {
            var seen: Set<Key> = []
            return keys.count { $0.map { !seen.insert($0).inserted } ?? false }
        }
        switch column.values {
        // A column of texts that are all different.
        case .identifier: return 0
        case .categorical(let codes, _): return count(codes.lazy.map { $0 < 0 ? nil : $0 })
        case .numeric(let values), .time(let values): return count(values.lazy.map { $0.isNaN ? nil : $0 })
        }
    }

    /// How many rows have an earlier time than the row before them that has one.
    func backwardRows(_ table: Table) throws -> Int {
        guard let time, let column = table[time] else { return 0 }
        let values: [Double]
        switch column.values {
        case .numeric(let numbers), .time(let numbers): values = numbers
        case .categorical, .identifier: throw places.time!.error("column '\(time)' holds texts, not times")
        }
        var latest = -Double.infinity
        var backward = 0
        for value in values where !value.isNaN {
            if value < latest { backward += 1 }
            latest = value
        }
        return backward
    }

    func clusters(_ rows: KeptRows) throws -> Clusters? {
        guard let cluster, let column = rows.table[cluster] else { return nil }
        let (codes, count) = try Self.codes(of: column, rows, missing: "no cluster")
        guard count > 1 else { throw places.cluster!.error("all deals are of one cluster; nothing can be said of others") }
        return Clusters(codes: codes, count: count)
    }

    func actionKinds(_ rows: KeptRows, actions: [String], actionOf: [Int32]) throws -> ActionKinds? {
        guard let embedding, let column = rows.table[embedding] else { return nil }
        let (codes, count) = try Self.codes(of: column, rows, missing: "no value of the action's embedding")
        return ActionKinds(codes: codes, count: count, actionOf: actionOf, actionCount: actions.count)
    }

    /// The values of a column as codes from 0 in the order of their appearance.
    private static func codes(of column: Column, _ rows: KeptRows, missing: String) throws -> (codes: [Int32], count: Int) {
        var codes: [Int32] = []
        codes.reserveCapacity(rows.table.rowCount)
        var count = 0
        func number<Key: Hashable>(_ keys: some Sequence<Key?>) throws {
            var codeByKey: [Key: Int32] = [:]
            for (row, key) in keys.enumerated() {
                guard let key else { throw rows.error(row, column.name, missing) }
                let code = codeByKey[key] ?? Int32(codeByKey.count)
                codeByKey[key] = code
                codes.append(code)
            }
            count = codeByKey.count
        }
        switch column.values {
        case .numeric(let values), .time(let values): try number(values.lazy.map { $0.isNaN ? nil : $0 })
        case .categorical(let values, _): try number(values.lazy.map { $0 < 0 ? nil : $0 })
        case .identifier(let texts): try number((0 ..< texts.count).lazy.map { texts.isMissing($0) ? nil : texts[$0] })
        }
        return (codes, count)
    }

    /// q̂ of the objective from the data's columns, by action; nil for actions without a column.
    func givenRewards(_ rows: KeptRows, actions: [String]) throws -> [[Double]?] {
        var given: [[Double]?] = Array(repeating: nil, count: actions.count)
        for (action, name, place) in try rewardModel?.columns(among: rows.table.columnNames) ?? [] {
            guard let index = actions.firstIndex(of: action) else {
                // A prefix may stand before columns of actions that nobody took.
                if case .named = rewardModel { try Strategy.require(action, among: actions, at: place) }
                continue
            }
            guard case .numeric(let values)? = rows.table[name]?.values else { throw place.error("column '\(name)' holds no numbers") }
            if let row = values.firstIndex(where: { !$0.isFinite }) { throw rows.error(row, name, "expected a predicted reward") }
            given[index] = values
        }
        return given
    }
}
