/// Keeps of cross-fitted predictions what they are worth.
///
/// A learner that follows noise adds noise to every estimate that uses it, without any bias that a test would find. So
/// predictions are averaged with the plain mean m of the training rows: m + β·(q̂ − m), with β in 0 ... 1 by least squares
/// of the targets on the out-of-fold predictions. Each fold's β comes from the other folds, so that no deal's own outcome
/// chooses its prediction. A useless learner gets β = 0, and the estimate falls back to the mean; a good one keeps β = 1.
///
/// Short-stacking with two candidates: Ahrens, Hansen, Schaffer, Wiemann, Journal of Applied Econometrics 40(3), 2025.
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
        let products = folds.map { fold in
            var cross = 0.0
            var square = 0.0
            for (row, prediction) in zip(fold.rows, fold.predictions) where isKnown(row) {
                let lift = prediction - fold.mean
                cross += lift * (target[row] - fold.mean)
                square += lift * lift
            }
            return (cross: cross, square: square)
        }
        return folds.indices.map { own in
            var cross = 0.0
            var square = 0.0
            for (index, product) in products.enumerated() where index != own {
                cross += product.cross
                square += product.square
            }
            return square > 0 ? min(max(cross / square, 0), 1) : 0
        }
    }

    /// The predictions of each fold, averaged with its mean.
    package static func averaged(_ folds: [Fold], target: [Double], isKnown: (Int) -> Bool) -> [[Double]] {
        zip(folds, weights(folds, target: target, isKnown: isKnown)).map { fold, weight in
            fold.predictions.map { fold.mean + weight * ($0 - fold.mean) }
        }
    }
}
