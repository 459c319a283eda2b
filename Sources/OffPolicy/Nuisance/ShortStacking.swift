/// Keeps of cross-fitted predictions what they are worth.
///
/// A learner that follows noise adds noise to every estimate that uses it, without any bias that a test would find. So
/// predictions are averaged with the plain mean m of the training rows: m + β·(q̂ − m), with β in 0 ... 1 by least squares
/// of the targets on the out-of-fold predictions, less one standard error of it: what is gained must stand out. Each fold's
/// β comes from the other folds, so that no deal's own outcome chooses its prediction. A useless learner gets β near 0, and
/// the estimate falls back to the mean; a good one keeps β near 1.
///
/// Short-stacking with two candidates: Ahrens, Hansen, Schaffer, Wiemann, Journal of Applied Econometrics 40(3), 2025; one
/// standard error towards the simpler: Breiman, Friedman, Olshen, Stone, Classification and Regression Trees, 1984.
package struct ShortStacking {
    /// One fold: its out-of-fold predictions and what they compete with.
    package struct Fold {
        /// Ascending.
        package var rows: [Int]
        /// The learner's, one a row.
        package var predictions: [Double]
        /// The mean of the training rows.
        package var mean: Double

        package init(rows: [Int], predictions: [Double], mean: Double) {
            self.rows = rows
            self.predictions = predictions
            self.mean = mean
        }
    }

    /// β of each fold.
    /// - Parameters:
    ///   - target: what was to be predicted, by row.
    ///   - isKnown: whether a row's target counts, such as that of deals with the action; by row.
    /// O(rows).
    package static func weights(_ folds: [Fold], target: [Double], isKnown: (Int) -> Bool) -> [Double] {
        let sums = folds.map { fold in
            var sums = Sums()
            for (row, prediction) in zip(fold.rows, fold.predictions) where isKnown(row) {
                sums.add(lift: prediction - fold.mean, target: target[row] - fold.mean)
            }
            return sums
        }
        return folds.indices.map { own in
            var others = Sums()
            for index in sums.indices where index != own { others.add(sums[index]) }
            return others.weight
        }
    }

    /// Of lifts x = q̂ − m and targets y, less m.
    private struct Sums {
        var count = 0.0
        var xx = 0.0
        var xy = 0.0
        var yy = 0.0

        mutating func add(lift: Double, target: Double) {
            count += 1
            xx += lift * lift
            xy += lift * target
            yy += target * target
        }

        mutating func add(_ other: Sums) {
            count += other.count
            xx += other.xx
            xy += other.xy
            yy += other.yy
        }

        var weight: Double {
            guard xx > 0, count > 1 else { return 0 }
            let slope = xy / xx
            let residual = max(0, yy - slope * xy)
            return min(max(slope - (residual / (count - 1) / xx).squareRoot(), 0), 1)
        }
    }

    /// The predictions of each fold, averaged with its mean.
    package static func averaged(_ folds: [Fold], target: [Double], isKnown: (Int) -> Bool) -> [[Double]] {
        zip(folds, weights(folds, target: target, isKnown: isKnown)).map { fold, weight in
            fold.predictions.map { fold.mean + weight * ($0 - fold.mean) }
        }
    }
}
