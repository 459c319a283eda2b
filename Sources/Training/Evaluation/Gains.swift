import Models

/// What the best-scored part of the rows holds.
enum Gains {
    static let shares = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]

    /// Gains and lift at each share q of the rows. Rows tied at the boundary count with the fraction that is taken of
    /// them, the expectation over a random order of ties.
    ///
    /// Interval: with w = 1 above the boundary, the fraction taken at it and 0 below, m the rate of positives at the
    /// boundary (there from the isotonic regression of the outcomes, since one row tells nothing) and π their share overall,
    /// row i moves the gain G by (y_i (w_i - G) - m (w_i - q)) / π: the second term because the boundary itself is
    /// estimated. The mean square of that gives the variance v, and Wilson's interval for G (1 - G) / v observations,
    /// or for the number of positives where v is 0, the interval.
    /// - Precondition: positive rows occur.
    static func points(_ scores: TiedScores) -> [Evaluation.GainsPoint] {
        precondition(scores.positives > 0)
        let rows = Double(scores.rows)
        let positives = Double(scores.positives)
        let blocks = IsotonicRegression.fit(count: scores.groups.count) { g in
            (weight: Double(scores.groups[g].rows), sum: Double(scores.groups[g].positives))
        }
        var points: [Evaluation.GainsPoint] = []
        var g = scores.groups.count - 1
        var block = blocks.count - 1
        var rowsAbove = 0
        var positivesAbove = 0
        for share in shares {
            let wanted = share * rows
            while g > 0, Double(rowsAbove + scores.groups[g].rows) < wanted {
                rowsAbove += scores.groups[g].rows
                positivesAbove += scores.groups[g].positives
                g -= 1
            }
            while blocks[block].first > g { block -= 1 }
            let boundary = scores.groups[g]
            let fraction = min(1, (wanted - Double(rowsAbove)) / Double(boundary.rows))
            let gain = (Double(positivesAbove) + fraction * Double(boundary.positives)) / positives
            let rate = blocks[block].value
            /// Sum over the rows of one weight of the squared influences, times π².
            func squares(weight: Double, positives: Int, negatives: Int) -> Double {
                let ofNegative = rate * (weight - share)
                let ofPositive = weight - gain - ofNegative
                return Double(positives) * ofPositive * ofPositive + Double(negatives) * ofNegative * ofNegative
            }
            let positivesBelow = scores.positives - positivesAbove - boundary.positives
            let rowsBelow = scores.rows - rowsAbove - boundary.rows
            let variance = (squares(weight: 1, positives: positivesAbove, negatives: rowsAbove - positivesAbove)
                + squares(weight: fraction, positives: boundary.positives, negatives: boundary.negatives)
                + squares(weight: 0, positives: positivesBelow, negatives: rowsBelow - positivesBelow)) / (positives * positives)
            points.append(point(share: share, gain: gain, variance: variance, positives: positives))
        }
        return points
    }

    private static func point(share: Double, gain: Double, variance: Double, positives: Double) -> Evaluation.GainsPoint {
        // All rows hold all positives by definition.
        guard share < 1 else {
            let certain = Evaluation.Metric(value: 1, lower: 1, upper: 1)
            return .init(share: share, gain: certain, lift: certain)
        }
        let inside = gain > 0 && gain < 1 && variance > 0
        let interval = Intervals.wilson(gain, count: inside ? gain * (1 - gain) / variance : positives)
        return .init(share: share, gain: interval,
                     lift: .init(value: gain / share, lower: interval.lower / share, upper: interval.upper / share))
    }
}
