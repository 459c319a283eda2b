import Models

/// Holds predictions against what came.
public enum Evaluator {
    /// Metrics of a binary outcome's probabilities, overall and for each segment, each with a 95 % interval:
    /// `auc`, `pr_auc`, `log_loss` and `brier` with its decomposition, the calibration table, gains and lift.
    ///
    /// Values are scikit-learn's (`roc_auc_score`, `average_precision_score`, `log_loss`, `brier_score_loss`). Where one
    /// class is absent, `auc`, `pr_auc` and the gains have no meaning and are left out; a single row, which gives no interval,
    /// has no metrics at all. The intervals take the rows as independent.
    /// - Parameters:
    ///   - probabilities: in [0, 1], one a row.
    ///   - labels: 1 for positive rows, 0 for the others.
    ///   - segments: one code a row each.
    /// - Complexity: O(rows · (1 + segmentations)).
    public static func evaluate(probabilities: [Double], labels: [Double], segments: [Segmentation] = []) -> Evaluation {
        precondition(probabilities.count == labels.count, "a label for each probability")
        precondition(segments.allSatisfy { $0.codes.count == labels.count }, "a segment for each row")
        precondition(probabilities.allSatisfy { $0 >= 0 && $0 <= 1 }, "probabilities lie between 0 and 1")
        precondition(labels.allSatisfy { $0 == 0 || $0 == 1 }, "labels are 0 or 1")
        let order = ScoreOrder.ascending(probabilities)
        let all = TiedScores(scores: probabilities, labels: labels, order: order)
        guard all.rows > 1 else { return Evaluation(rows: all.rows, positives: all.positives, metrics: [:]) }

        func metrics(_ scores: TiedScores, rows: [Int32]) -> [String: Evaluation.Metric] {
            var metrics = [
                "log_loss": ProbabilityMetrics.logLoss(probabilities, labels, rows: rows),
                "brier": ProbabilityMetrics.brier(probabilities, labels, rows: rows),
            ]
            if scores.hasBothClasses {
                metrics["auc"] = RankingMetrics.areaUnderROC(scores)
                metrics["pr_auc"] = RankingMetrics.averagePrecision(scores)
            }
            return metrics
        }

        let parts = segments.flatMap { segmentation in
            zip(segmentation.values, segmentation.rows(inOrder: order)).compactMap { value, rows -> Evaluation.Segment? in
                guard !rows.isEmpty else { return nil }
                let scores = TiedScores(scores: probabilities, labels: labels, order: rows)
                return .init(column: segmentation.column, value: value, rows: scores.rows, positives: scores.positives,
                             metrics: scores.hasBothClasses ? metrics(scores, rows: rows) : [:])
            }
        }
        // Sums run in the order of the rows, not of the scores: that is what a reader would add up.
        let overall = metrics(all, rows: (0 ..< Int32(all.rows)).map { $0 })
        return Evaluation(rows: all.rows, positives: all.positives, metrics: overall,
                          brierDecomposition: ProbabilityMetrics.decomposition(all, brier: overall["brier"]!.value),
                          calibration: ProbabilityMetrics.calibrationTable(all),
                          gains: all.positives > 0 ? Gains.points(all) : [],
                          segments: parts)
    }

    /// `rmse`, `mae` and `r2` of predicted numbers, overall and for each segment, each with a 95 % interval.
    /// `r2` is left out where the targets do not vary.
    public static func evaluate(predictions: [Double], targets: [Double], segments: [Segmentation] = []) -> Evaluation {
        precondition(predictions.count == targets.count, "a target for each prediction")
        precondition(segments.allSatisfy { $0.codes.count == targets.count }, "a segment for each row")
        guard targets.count > 1 else { return Evaluation(rows: targets.count, positives: 0, metrics: [:]) }
        let order = (0 ..< Int32(targets.count)).map { $0 }
        let parts = segments.flatMap { segmentation in
            zip(segmentation.values, segmentation.rows(inOrder: order)).compactMap { value, rows -> Evaluation.Segment? in
                guard !rows.isEmpty else { return nil }
                return .init(column: segmentation.column, value: value, rows: rows.count, positives: 0,
                             metrics: rows.count > 1 ? RegressionMetrics.metrics(predictions, targets, rows: rows) : [:])
            }
        }
        return Evaluation(rows: targets.count, positives: 0, metrics: RegressionMetrics.metrics(predictions, targets, rows: order), segments: parts)
    }
}
