import Datasets

/// What boosting makes small: the sum over rows of weight · loss(target, margin).
///
/// The life of a loss in a fit:
/// 1. `baseMargin` once, over all training rows: the constant model, and the check that the targets suit the loss.
/// 2. In each iteration `derivatives` for blocks of rows: the next tree fits them by one Newton step.
/// 3. `values` for blocks of validation rows after each iteration: early stopping takes the iteration of the least
///    weighted mean.
///
/// Rows are weighted by the caller; a loss sees weights only in `baseMargin`. Implementations use IEEE basic operations
/// and `Portable` functions only, element by element, so that a fit gives the same bytes on every machine.
/// To add one: copy `Tests/TestSupport/ExampleLoss.swift`, and let `LossChecker` run over it.
public protocol Loss: Sendable {
    /// The constant margin of least total loss.
    /// - Throws: `DataError` for a target outside the loss's domain, or targets for which no finite constant is best.
    func baseMargin(targets: [Double], weights: [Double]?) throws -> Double

    /// First and second derivative of each row's loss by its margin. All spans have one length; hessians are never negative.
    func derivatives(targets: Span<Double>, margins: Span<Double>, gradients: inout MutableSpan<Double>, hessians: inout MutableSpan<Double>)

    /// Each row's loss. All spans have one length.
    func values(targets: Span<Double>, margins: Span<Double>, into values: inout MutableSpan<Double>)
}

extension Loss {
    /// Throws for the first target that `accepts` refuses, naming its place among the rows in play.
    public func require(_ targets: [Double], toBe expected: String, where accepts: (Double) -> Bool) throws {
        guard let row = targets.firstIndex(where: { !accepts($0) }) else { return }
        throw DataError(source: "training data", reason: "training row \(row + 1): the target is \(targets[row]); expected \(expected)")
    }
}
