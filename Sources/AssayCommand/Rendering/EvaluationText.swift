import Documents
import Models
import Sandbox

/// Evaluations and model cards as text for a terminal.
enum EvaluationText {
    private static let metricOrder = ["auc", "pr_auc", "log_loss", "brier", "rmse", "mae", "r2"]

    static func evaluation(_ evaluation: Evaluation) -> String {
        var parts = ["\(evaluation.rows) rows" + (evaluation.positives > 0 ? ", \(evaluation.positives) positive" : "") + "\n"]
        parts.append(metrics(evaluation))
        if let brier = evaluation.brierDecomposition {
            parts.append("Brier = miscalibration \(short(brier.miscalibration)) - discrimination \(short(brier.discrimination)) + uncertainty \(short(brier.uncertainty))\n")
        }
        if !evaluation.calibration.isEmpty { parts.append(calibration(evaluation.calibration)) }
        if !evaluation.gains.isEmpty { parts.append(gains(evaluation.gains)) }
        if !evaluation.segments.isEmpty { parts.append(segments(evaluation.segments)) }
        return parts.joined(separator: "\n")
    }

    static func card(_ file: ModelFile) -> String {
        let document = file.document
        let parts = document.card.parts
        var text = "\(document.specification.name): \(document.specification.kind.rawValue), id \(file.id)\n"
        text += "rows: \(parts.train) train, \(parts.validation) validation, \(parts.calibration) calibration, \(parts.test) test; \(document.model.features.count) features\n"
        for (column, reason) in document.card.leftOut.sorted(by: { $0.key < $1.key }) { text += "left out: \(column) (\(reason))\n" }
        for warning in document.card.leakWarnings {
            text += "LEAK? \(warning.feature) alone has an AUC of \(short(warning.auc)): is it known when the score is needed?\n"
        }
        for note in document.card.notes { text += "note: \(note)\n" }
        if let evaluation = document.card.evaluation { text += "\nOn the test rows: " + self.evaluation(evaluation) }
        return text
    }

    private static func metrics(_ evaluation: Evaluation) -> String {
        var table = TextTable(["metric", "value", "95 % from", "to"])
        for name in metricOrder {
            guard let metric = evaluation.metrics[name] else { continue }
            table.add([name, short(metric.value), short(metric.lower), short(metric.upper)])
        }
        return table.text
    }

    private static func calibration(_ bins: [Evaluation.CalibrationBin]) -> String {
        var table = TextTable(["rows", "mean predicted", "observed", "95 % from", "to"])
        for bin in bins {
            table.add([String(bin.rows), short(bin.meanPredicted), short(bin.observed.value), short(bin.observed.lower), short(bin.observed.upper)])
        }
        return table.text
    }

    private static func gains(_ points: [Evaluation.GainsPoint]) -> String {
        var table = TextTable(["best share", "of positives", "95 % from", "to", "lift"])
        for point in points {
            table.add([short(point.share), short(point.gain.value), short(point.gain.lower), short(point.gain.upper), short(point.lift.value)])
        }
        return table.text
    }

    private static func segments(_ segments: [Evaluation.Segment]) -> String {
        var table = TextTable(["column", "value", "rows", "positives", "metric", "estimate", "95 % from", "to"])
        for segment in segments {
            for name in metricOrder {
                guard let metric = segment.metrics[name] else { continue }
                table.add([segment.column, segment.value, String(segment.rows), String(segment.positives), name,
                           short(metric.value), short(metric.lower), short(metric.upper)])
            }
            if segment.metrics.isEmpty {
                table.add([segment.column, segment.value, String(segment.rows), String(segment.positives), "one class only", "-", "-", "-"])
            }
        }
        return table.text
    }

    /// Four significant digits, for people; files carry every digit.
    static func short(_ value: Double) -> String { NumberText.rounded(value, significantDigits: 4) }
}
