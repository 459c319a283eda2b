import Datasets
import Models

/// Looks for features that predict the target too well by themselves: often they were written after the outcome was known.
enum LeakCheck {
    /// Rows of each class that are looked at. An AUC does not depend on the classes' shares; from as many rows its standard
    /// error is below 0.002.
    private static let rowsPerClass = 50_000

    /// The features that `Inspection` holds for likely leaks (an AUC of their own of at least 0.8), in their order.
    /// Of a larger class, 50,000 of its rows at equal distances take part.
    /// - Parameters:
    ///   - rows: the training rows.
    ///   - target: 0 or 1 in these rows, both of them.
    static func warnings(_ specification: ModelSpecification, _ table: Table, features: [Feature], rows: [Int], target: [Double],
                         threads: Int) throws -> [ModelCard.LeakWarning] {
        let sample = [0.0, 1.0].flatMap { label in
            let own = rows.filter { target[$0] == label }
            let count = min(own.count, rowsPerClass)
            return (0 ..< count).map { own[$0 * own.count / count] }
        }
        let names = features.map(\.name) + [specification.target.column]
        let columns = Table(source: table.source, columns: names.compactMap { table[$0]?.selecting(rows: sample) })
        let inspected = Inspection.Target(column: specification.target.column, positive: specification.target.positive)
        let leaks = try Inspection(columns, target: inspected, threads: threads).target?.leaks ?? []
        let areas = Dictionary(uniqueKeysWithValues: leaks.filter { $0.strength == .likely }.map { ($0.column, $0.auc) })
        return features.compactMap { feature in areas[feature.name].map { .init(feature: feature.name, auc: $0) } }
    }
}
