import LinearAlgebra

/// What each row adds to a measure of quality, for comparisons of two sets of scores on the same rows.
public enum RowLosses {
    /// For a positive row the share of negatives scored below it, for a negative one the share of positives scored above it, ties
    /// counted half (DeLong, DeLong, Clarke-Pearson, Biometrics 44, 1988). The mean over either class is the area under the ROC curve.
    /// - Parameter labels: 1 for positive rows, 0 for the others; both occur.
    /// O(rows).
    public static func placements(_ scores: [Double], labels: [Double]) -> [Double] {
        precondition(scores.count == labels.count && labels.contains(1) && labels.contains(0), "a label for each score, and both classes")
        let order = ScoreOrder.ascending(scores)
        let positives = labels.count { $0 == 1 }, negatives = labels.count - positives
        var result = Array(repeating: 0.0, count: scores.count)
        var positivesBelow = 0, negativesBelow = 0, start = 0
        while start < order.count {
            var end = start
            while end < order.count, scores[Int(order[end])] == scores[Int(order[start])] { end += 1 }
            let tied = order[start ..< end], tiedPositives = tied.count { labels[Int($0)] == 1 }, tiedNegatives = tied.count - tiedPositives
            let below = (Double(negativesBelow) + Double(tiedNegatives) / 2) / Double(negatives)
            let above = (Double(positives - positivesBelow - tiedPositives) + Double(tiedPositives) / 2) / Double(positives)
            for row in tied { result[Int(row)] = labels[Int(row)] == 1 ? below : above }
            positivesBelow += tiedPositives
            negativesBelow += tiedNegatives
            start = end
        }
        return result
    }

    /// -ln(probability of what came), probabilities kept within [ε, 1 - ε], ε = 2^-52, as the log-loss of evaluations.
    public static func logLosses(_ probabilities: [Double], labels: [Double]) -> [Double] {
        precondition(probabilities.count == labels.count, "a label for each probability")
        return zip(probabilities, labels).map { probability, label in
            let p = min(max(probability, Double.ulpOfOne), 1 - Double.ulpOfOne)
            return label == 1 ? -Portable.log(p) : -Portable.log1p(-p)
        }
    }
}
