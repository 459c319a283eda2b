import LinearAlgebra
import Models

/// A fitted calibrator, or why there is none.
public struct CalibrationFit: Sendable, Equatable {
    /// `.none` where the calibration failed.
    public var calibrator: Calibrator
    /// Why the calibration failed; nil where it did not.
    public var failed: String?

    public init(calibrator: Calibrator, failed: String? = nil) {
        self.calibrator = calibrator
        self.failed = failed
    }

    static func failure(_ reason: String) -> CalibrationFit { CalibrationFit(calibrator: .none, failed: reason) }
}

/// Fits what turns margins into probabilities that hold what they say, on rows that the model was not trained on.
///
/// A calibration that would turn the ranking round or make all rows equal has failed: it is reported and not applied.
public enum CalibrationFitting {
    /// - Parameters:
    ///   - rawMargins: the predictor's margins, one a row.
    ///   - labels: 1 for positive rows, 0 for the others.
    ///   - weights: positive; nil = 1 each.
    /// - Complexity: O(rows log rows) at most.
    public static func fit(method: CalibrationMethod, rawMargins: [Double], labels: [Double], weights: [Double]? = nil) -> CalibrationFit {
        precondition(rawMargins.count == labels.count, "a label for each margin")
        precondition(weights.map { $0.count == labels.count } ?? true, "a weight for each margin")
        precondition(labels.allSatisfy { $0 == 0 || $0 == 1 }, "labels are 0 or 1")
        guard method != .none else { return CalibrationFit(calibrator: .none) }
        guard rawMargins.allSatisfy(\.isFinite) else { return .failure("a margin is not finite") }
        guard labels.contains(0), labels.contains(1) else { return .failure("the \(labels.count) calibration rows do not hold both classes") }
        guard rawMargins.contains(where: { $0 != rawMargins[0] }) else { return .failure("all margins are equal") }
        let weights = weights ?? Array(repeating: 1, count: labels.count)
        return switch method {
        case .none: CalibrationFit(calibrator: .none)
        case .platt: platt(rawMargins, labels, weights)
        case .isotonic: isotonic(rawMargins, labels, weights)
        case .beta: beta(rawMargins, labels, weights)
        }
    }

    /// Platt 1999 with his targets (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2), which keep separated classes from infinite slopes.
    private static func platt(_ margins: [Double], _ labels: [Double], _ weights: [Double]) -> CalibrationFit {
        var positives = 0.0
        var negatives = 0.0
        for (label, weight) in zip(labels, weights) { if label == 1 { positives += weight } else { negatives += weight } }
        let high = (positives + 1) / (positives + 2)
        let low = 1 / (negatives + 2)
        let fit = SigmoidRegression(columns: [margins], targets: labels.map { $0 == 1 ? high : low }, weights: weights)
        let (intercept, slope) = (fit.coefficients[0], fit.coefficients[1])
        guard fit.converged, slope.isFinite, intercept.isFinite else { return .failure("Platt scaling did not converge") }
        guard slope > 0 else { return .failure("Platt's slope is \(slope), not above 0: the margins do not rise with the outcome") }
        return CalibrationFit(calibrator: .platt(slope: slope, intercept: intercept))
    }

    /// Zadrozny and Elkan 2002; rows of equal margin are pooled first.
    private static func isotonic(_ margins: [Double], _ labels: [Double], _ weights: [Double]) -> CalibrationFit {
        var thresholds: [Double] = []
        var masses: [(weight: Double, sum: Double)] = []
        for row in ScoreOrder.ascending(margins) {
            let row = Int(row)
            if thresholds.last != margins[row] {
                thresholds.append(margins[row])
                masses.append((0, 0))
            }
            masses[masses.count - 1].weight += weights[row]
            masses[masses.count - 1].sum += weights[row] * labels[row]
        }
        let blocks = IsotonicRegression.fit(count: masses.count) { masses[$0] }
        guard blocks.count > 1 else { return .failure("isotonic regression found one level: the margins do not rise with the outcome") }
        return CalibrationFit(calibrator: .isotonic(thresholds: blocks.map { thresholds[$0.first] }, values: blocks.map(\.value), count: margins.count))
    }

    /// Kull, Silva Filho, Flach, AISTATS 2017: logistic regression on ln s and -ln(1 - s), s = sigmoid(margin), with a, b >= 0.
    /// Where the free fit breaks a bound, the best fit on the bounds is the constrained optimum, the loss being convex.
    private static func beta(_ margins: [Double], _ labels: [Double], _ weights: [Double]) -> CalibrationFit {
        let highestNegative = zip(margins, labels).reduce(-Double.infinity) { $1.1 == 0 ? max($0, $1.0) : $0 }
        let lowestPositive = zip(margins, labels).reduce(Double.infinity) { $1.1 == 1 ? min($0, $1.0) : $0 }
        guard highestNegative >= lowestPositive else { return .failure("the calibration rows are separated perfectly: beta calibration has no optimum") }
        let logS = margins.map { -Portable.softplus(-$0) }
        let minusLogRest = margins.map { Portable.softplus($0) }
        let free = SigmoidRegression(columns: [logS, minusLogRest], targets: labels, weights: weights)
        if free.converged, free.coefficients[1] >= 0, free.coefficients[2] >= 0 {
            return CalibrationFit(calibrator: .beta(a: free.coefficients[1], b: free.coefficients[2], c: free.coefficients[0]))
        }
        let onlyA = SigmoidRegression(columns: [logS], targets: labels, weights: weights)
        let onlyB = SigmoidRegression(columns: [minusLogRest], targets: labels, weights: weights)
        let candidates: [(fit: SigmoidRegression, calibrator: Calibrator)] = [
            (onlyA, .beta(a: onlyA.coefficients[1], b: 0, c: onlyA.coefficients[0])),
            (onlyB, .beta(a: 0, b: onlyB.coefficients[1], c: onlyB.coefficients[0])),
        ]
        let feasible = candidates.filter { $0.fit.converged && $0.fit.coefficients[1] > 0 }
        guard let best = feasible.min(by: { $0.fit.loss < $1.fit.loss }) else {
            return .failure("beta calibration found no rising curve: the margins do not rise with the outcome")
        }
        return CalibrationFit(calibrator: best.calibrator)
    }
}
