import Attribution
import Datasets
import Documents
import LinearAlgebra
import Models

/// What-if questions about the rows of a table, answered in the table's own words.
public struct WhatIf: Sendable {
    public struct Change: Sendable, Equatable {
        public let feature: String
        /// nil where the value was missing.
        public let from: Value?
        public let to: Value
    }

    public enum Value: Sendable, Equatable {
        case number(Double)
        case text(String)

        public var text: String {
            switch self {
            case .number(let value): NumberText.shortest(value)
            case .text(let text): text
            }
        }

        var json: JSON {
            switch self {
            case .number(let value): .double(value)
            case .text(let text): .string(text)
            }
        }
    }

    public let model: Model
    public let levers: WhatIfLevers
    public let goal: WhatIfGoal
    public var limits = WhatIfLimits()
    private let solver: WhatIfSolver

    public init(_ model: Model, levers: WhatIfLevers, goal: WhatIfGoal) {
        self.model = model
        self.levers = levers
        self.goal = goal
        solver = WhatIfSolver(model)
    }

    /// - Parameter row: the model's features as encoded.
    public func answer(_ row: [Double], alternatives: Int = 0) -> WhatIfAnswer {
        solver.solve(row: row, levers: levers.choices(row), goal: goal, alternatives: alternatives, limits: limits)
    }

    /// - Parameter row: counted from 0.
    public func answer(_ encoded: EncodedFeatures, row: Int, alternatives: Int = 0) -> WhatIfAnswer {
        answer(encoded.matrix.row(row), alternatives: alternatives)
    }

    public func changes(_ solution: WhatIfSolution) -> [Change] {
        solution.changes.map { change in
            let feature = model.features[change.feature]
            return Change(feature: feature.name, from: change.from.map { value($0, feature) }, to: value(change.to, feature))
        }
    }

    private func value(_ x: Double, _ feature: Feature) -> Value {
        if case .categorical(let levels) = feature.kind { return .text(levels[Int(x)]) }
        return .number(x)
    }

    /// `{status, cost, bound, before, after, changes: [{feature, from, to}]}`, `alternatives` where asked for, `closest` where it is impossible.
    public func json(_ answer: WhatIfAnswer, alternatives: Int) -> JSON {
        var members = JSONObject()
        members.append("status", .string(answer.status.rawValue))
        members.append("cost", answer.best.map { .double($0.cost) } ?? .null)
        members.append("bound", answer.bound.map { .double($0) } ?? .null)
        members.append("before", .double(answer.before))
        members.append("after", answer.best.map { .double($0.probability) } ?? .null)
        members.append("changes", .array(answer.best.map(changes)?.map(Self.json) ?? []))
        if alternatives > 0 {
            members.append("alternatives", .array(answer.alternatives.map(json)))
            members.append("alternatives_complete", .bool(answer.alternativesAreComplete))
        }
        if let closest = answer.closest {
            members.append("closest", json(closest))
            members.append("closest_proven", .bool(answer.closestIsProven))
        }
        return .object(members)
    }

    private func json(_ solution: WhatIfSolution) -> JSON {
        .members(["cost": .double(solution.cost), "after": .double(solution.probability), "changes": .array(changes(solution).map(Self.json))])
    }

    private static func json(_ change: Change) -> JSON {
        .members(["feature": .string(change.feature), "from": change.from?.json ?? .null, "to": change.to.json])
    }

    /// All rows as CSV: the id (if any), `status`, `cost`, `bound`, `before`, `after` and `changes` (`feature: from -> to`, joined by `; `).
    /// - Parameter path: nil = standard output.
    public func writeAll(_ document: ModelDocument, table: Table, encoded: EncodedFeatures, threads: Int, path: String?, progress: ProgressHandler? = nil) throws {
        let id = document.specification.id.flatMap { table[$0] }
        var writer = try path.map { try CSVWriter(path: $0) } ?? CSVWriter.standardOutput()
        try writer.header((id.map { [$0.name] } ?? []) + ["status", "cost", "bound", "before", "after", "changes"])
        let wave = 32 * threads
        for start in stride(from: 0, to: table.rowCount, by: wave) {
            let count = min(wave, table.rowCount - start)
            let answers = Parallel.map(count, threads: threads) { answer(encoded.matrix.row(start + $0)) }
            for (offset, answer) in answers.enumerated() {
                if let id { writer.field(id.text(at: start + offset) ?? "") }
                writer.field(answer.status.rawValue)
                if let best = answer.best { writer.field(best.cost) } else { writer.missingField() }
                if let bound = answer.bound { writer.field(bound) } else { writer.missingField() }
                writer.field(answer.before)
                if let best = answer.best { writer.field(best.probability) } else { writer.missingField() }
                let texts = answer.best.map(changes)?.map { "\($0.feature): \($0.from?.text ?? "(missing)") -> \($0.to.text)" } ?? []
                writer.field(texts.joined(separator: "; "))
                try writer.endRow()
            }
            progress?(start + count, table.rowCount)
        }
        try writer.finish()
    }
}
