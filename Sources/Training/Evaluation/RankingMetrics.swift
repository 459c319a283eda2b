import LinearAlgebra
import Models

/// Metrics of the order in which scores put the rows.
enum RankingMetrics {
    /// Area under the ROC curve: the share of pairs of a positive and a negative row that the scores order rightly, ties
    /// counted half; exact in integers before the one division.
    ///
    /// Interval: DeLong's variance (DeLong, DeLong, Clarke-Pearson, Biometrics 44, 1988; in the O(rows) form over ranks of
    /// Sun and Xu 2014) on the logit scale; where that has no footing (an area of 0 or 1, fewer than `fewRows` rows in a
    /// class) Newcombe's method 5.
    /// - Precondition: both classes occur.
    static func areaUnderROC(_ scores: TiedScores) -> Evaluation.Metric {
        precondition(scores.hasBothClasses)
        let positives = Double(scores.positives)
        let negatives = Double(scores.negatives)
        let area = area(scores)
        guard area > 0, area < 1, min(scores.positives, scores.negatives) >= fewRows else {
            return newcombe(area: area, positives: positives, negatives: negatives)
        }
        // For a positive row the share of negatives below it, and for a negative row the share of positives above it.
        var negativesBelow = 0
        var positivesAbove = scores.positives
        var spreadOfPositives = 0.0
        var spreadOfNegatives = 0.0
        for group in scores.groups {
            positivesAbove -= group.positives
            let below = (Double(negativesBelow) + Double(group.negatives) / 2) / negatives - area
            let above = (Double(positivesAbove) + Double(group.positives) / 2) / positives - area
            spreadOfPositives += Double(group.positives) * below * below
            spreadOfNegatives += Double(group.negatives) * above * above
            negativesBelow += group.negatives
        }
        let variance = spreadOfPositives / (positives - 1) / positives + spreadOfNegatives / (negatives - 1) / negatives
        return Intervals.logit(area, standardError: variance.squareRoot())
    }

    /// The area alone.
    static func area(_ scores: TiedScores) -> Double {
        var negativesBelow = 0
        var twiceWon = 0
        for group in scores.groups {
            twiceWon += group.positives * (2 * negativesBelow + group.negatives)
            negativesBelow += group.negatives
        }
        return Double(twiceWon) / (2 * Double(scores.positives) * Double(scores.negatives))
    }

    /// Below this many rows of a class DeLong's variance is too noisy to be used.
    private static let fewRows = 10

    /// Newcombe, Statistics in Medicine 25 (2006) 559, method 5: all areas that lie within z of their own standard errors,
    /// those of Hanley and McNeil with both class sizes replaced by their mean. Defined for areas of 0 and 1 and for one row.
    private static func newcombe(area: Double, positives: Double, negatives: Double) -> Evaluation.Metric {
        func excess(_ theta: Double) -> Double {
            let size = (positives + negatives) / 2
            let clustering = (1 - theta) / (2 - theta) + theta / (1 + theta)
            let variance = theta * (1 - theta) * (1 + (size - 1) * clustering) / (positives * negatives)
            return (theta - area) * (theta - area) - Intervals.z * Intervals.z * variance
        }
        /// Where `excess` changes sign between the estimate (below 0) and an end of the unit interval (above 0).
        func crossing(towards end: Double) -> Double {
            var inside = area
            var outside = end
            while true {
                let middle = (inside + outside) / 2
                if middle == inside || middle == outside { return middle }
                if excess(middle) < 0 { inside = middle } else { outside = middle }
            }
        }
        return .init(value: area, lower: area <= 0 ? 0 : crossing(towards: 0), upper: area >= 1 ? 1 : crossing(towards: 1))
    }

    /// Average precision, Σ (R_k - R_(k-1)) P_k over the distinct scores from the highest down: scikit-learn's `average_precision_score`.
    ///
    /// Interval on the logit scale from the influence function of the estimate as a function of the rows' distribution.
    /// With N(s) and P(s) the share of rows scored s or higher and the share of positives among them, and π the share of
    /// positives, AP = E[y P(s)] / π, and row i moves it by
    ///
    ///     ψ_i = ( y_i (P(s_i) - AP) + mean over positives j with s_j <= s_i of (y_i - P(s_j)) / N(s_j) ) / π,
    ///
    /// the mean taken over all rows' number. Its mean square over the rows, divided by their number, is the variance
    /// (Hampel 1974; the infinitesimal jackknife). Mostly the positives carry it: hence Student's t with their number
    /// less one. Where all positives stand first (AP = 1), or there is but one, Wilson's interval on their number.
    /// - Precondition: both classes occur.
    static func averagePrecision(_ scores: TiedScores) -> Evaluation.Metric {
        precondition(scores.hasBothClasses)
        let rows = Double(scores.rows)
        let positives = Double(scores.positives)
        let groups = scores.groups
        // rowsFrom[g], precision[g]: of the rows scored like group g or higher.
        var rowsFrom = [Double](repeating: 0, count: groups.count)
        var precision = rowsFrom
        var value = 0.0
        var rowsSeen = 0
        var positivesSeen = 0
        for g in groups.indices.reversed() {
            rowsSeen += groups[g].rows
            positivesSeen += groups[g].positives
            rowsFrom[g] = Double(rowsSeen)
            precision[g] = Double(positivesSeen) / Double(rowsSeen)
            value += Double(groups[g].positives) / positives * precision[g]
        }
        guard value < 1, positives > 1 else { return Intervals.wilson(value, count: positives) }

        var inverseRows = 0.0
        var precisionOverRows = 0.0
        var squares = 0.0
        for g in groups.indices {
            inverseRows += Double(groups[g].positives) / rowsFrom[g]
            precisionOverRows += Double(groups[g].positives) * precision[g] / rowsFrom[g]
            let ofNegative = -precisionOverRows
            let ofPositive = precision[g] - value + inverseRows - precisionOverRows
            squares += Double(groups[g].positives) * ofPositive * ofPositive + Double(groups[g].negatives) * ofNegative * ofNegative
        }
        let share = positives / rows
        return Intervals.logit(value, standardError: squares.squareRoot() / (rows * share), degrees: positives - 1)
    }
}
