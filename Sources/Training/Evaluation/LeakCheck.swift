import LinearAlgebra
import Models

/// Looks for features that predict the target too well by themselves: often they were written after the outcome was known.
public enum LeakCheck {
    /// Features whose own AUC reaches this are reported. In sales data honest single columns stay below some 0.78, and the
    /// length of the closing call (`duration` in bank marketing), known only when the outcome is, lies at 0.82.
    public static let threshold = 0.8

    private static let mostRows = 100_000
    private static let mostBins = 32

    /// Warnings for the training rows of a binary target, in the order of the features.
    public static func warnings(_ data: TrainingData, threads: Int = 1) -> [ModelCard.LeakWarning] {
        let areas = Parallel.map(data.features.count, threads: threads) { area(ofFeature: $0, data) }
        return zip(data.features, areas).compactMap { feature, area in
            guard let area, area >= threshold else { return nil }
            return .init(feature: feature.name, auc: area)
        }
    }

    /// The AUC of one feature alone, whatever the shape of its effect; nil if a class is too rare to tell.
    ///
    /// The feature is cut into its levels, or into up to 32 bins of equal mass, missing being one of its own (a column that
    /// is filled only for winners gives itself away by that). Each row is scored by the share of positives among the rows
    /// of its bin in the other half of the data, shrunk towards the overall share by one row, so that columns with many
    /// levels earn nothing by chance. Of more than 100,000 rows, as many at equal distances take part.
    public static func area(ofFeature feature: Int, _ data: TrainingData) -> Double? {
        let count = min(data.count, mostRows)
        let rows = (0 ..< count).map { data.row(at: $0 * data.count / count) }
        let labels = rows.map { data.target[$0] }
        let column = feature * data.matrix.rows
        let values = rows.map { data.matrix.storage[column + $0] }
        let bins = data.features[feature].isCategorical ? values.map { $0.isNaN ? 0 : Int($0) + 1 } : binned(values)
        let size = (bins.max() ?? 0) + 1

        // Rows take turns between the halves, within each class, so that both halves hold both classes in proportion.
        var seen = [0, 0]
        let half = labels.map { label -> Int in
            seen[Int(label)] += 1
            return seen[Int(label)] & 1
        }
        guard min(seen[0], seen[1]) >= 2 else { return nil }
        let share = Double(seen[1]) / Double(count)
        var positives = [[Double]](repeating: Array(repeating: share, count: size), count: 2)
        var masses = [[Double]](repeating: Array(repeating: 1, count: size), count: 2)
        for i in 0 ..< count {
            positives[half[i]][bins[i]] += labels[i]
            masses[half[i]][bins[i]] += 1
        }
        // Halves are compared within themselves only: their scores come from different rows.
        var won = 0.0
        var pairs = 0.0
        for own in 0 ... 1 {
            let members = (0 ..< count).filter { half[$0] == own }
            let scores = members.map { positives[1 - own][bins[$0]] / masses[1 - own][bins[$0]] }
            let tied = TiedScores(scores: scores, labels: members.map { labels[$0] })
            let weight = Double(tied.positives) * Double(tied.negatives)
            won += weight * RankingMetrics.area(tied)
            pairs += weight
        }
        return won / pairs
    }

    /// Bins of about equal mass, from 1 on; 0 is missing.
    private static func binned(_ values: [Double]) -> [Int] {
        let sorted = values.filter { !$0.isNaN }.sorted()
        var ends: [Double] = []
        for bin in 1 ..< mostBins where !sorted.isEmpty {
            let end = sorted[sorted.count * bin / mostBins]
            if ends.last != end { ends.append(end) }
        }
        return values.map { value in
            if value.isNaN { return 0 }
            var low = 0
            var high = ends.count
            while low < high {
                let middle = (low + high) / 2
                if ends[middle] < value { low = middle + 1 } else { high = middle }
            }
            return low + 1
        }
    }
}
