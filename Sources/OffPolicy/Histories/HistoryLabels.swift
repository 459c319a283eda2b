import Datasets
import Documents
import Models

extension HistoryDefinition {
    /// `{demo: {en: Product demonstration, zh: 产品演示}, male=1: {en: man, zh: 男}}`; a text alone is English.
    static func labels(_ node: DocumentNode) throws -> [String: [String: String]] {
        Dictionary(try node.pairs().map { ($0.key, try ModelSpecification.localized($0.value)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Labels name what is there, and tell actions from actions and outcomes from outcomes.
    func checkLabels(of table: Table, actions: [String]) throws {
        guard let node = places.labels else { return }
        var known = actions + outcomes.map(\.name) + table.columnNames + [Self.cost]
        for column in segments + sensitive {
            if case .categorical(_, let levels)? = table[column]?.values { known += levels }
        }
        for (name, label) in try node.pairs() {
            let column = name.firstIndex(of: "=").map { String(name[..<$0]) }
            guard !known.contains(name), column.flatMap({ table[$0] }) == nil else { continue }
            throw label.error("no action, outcome, column or value is called '\(name)'\(NearestName.hint(name, among: known))")
        }
        for (kind, names) in [("actions", actions), ("outcomes", outcomes.map(\.name))] {
            for language in ["en", "zh"] {
                var named: [String: String] = [:]
                for name in names {
                    let shown = labels[name]?[language] ?? name
                    guard let other = named.updateValue(name, forKey: shown) else { continue }
                    throw node.error("\(kind) '\(other)' and '\(name)' would both be called '\(shown)'")
                }
            }
        }
    }
}
