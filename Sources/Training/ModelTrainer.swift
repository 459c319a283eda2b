import Datasets
import LinearAlgebra
import Models

/// From a specification and a table to a model document: split, encode, fit, calibrate, evaluate.
///
/// Training rows alone decide features, levels and coefficients. Validation rows serve early stopping, calibration rows
/// the calibrator, test rows the evaluation, and none of them anything else. The document depends on the specification
/// and the table only: not on the time, the host or the number of threads (for a linear model: on one kind of machine
/// and BLAS).
public enum ModelTrainer {
    /// What training is at; `fit` counts iterations, `calibrate` folds.
    public enum Stage: String, Sendable, CaseIterable { case prepare, fit, calibrate, evaluate }

    public typealias StageHandler = @Sendable (_ stage: Stage, _ done: Int, _ total: Int) -> Void

    /// - Parameters:
    ///   - table: with the target and all columns that the specification names. Rows without a target are left out.
    ///   - dataDigest: of the table's cells, stored in the document.
    ///   - engineVersion: stored in the document.
    /// - Throws: `DataError` for a table that does not suit the specification, or that leaves nothing to learn from.
    public static func train(specification: ModelSpecification, table: Table, dataDigest: String, engineVersion: String, threads: Int = 1,
                             progress: StageHandler? = nil) throws -> ModelDocument {
        progress?(.prepare, 0, 1)
        let target = try TargetReader.read(specification, table)
        let parts = try RowParts(specification, table, target: target)
        let (features, leftOut) = try FeatureList.build(specification: specification, table: table, trainingRows: parts.train)
        let encoded = try features.encode(table)
        let data = try TrainingData(features: features, matrix: encoded.matrix, target: target, rows: parts.train)
        progress?(.prepare, 1, 1)

        let learner = Learner(specification: specification, threads: threads)
        let fit = try learner.fit(data, validationRows: parts.validation) { done, total in progress?(.fit, done, total) }
        var model = Model(features: features, predictor: fit.predictor, link: specification.objective == .binary ? .logit : .identity)
        try requireUsable(model, table)
        var notes = parts.notes + [TargetReader.othersNote(specification, table)].compactMap(\.self) + fit.notes + unseenNotes(encoded.unseen)

        let calibration = try calibrate(model, specification, data, rows: parts.calibration, refit: fit.refit) { progress?(.calibrate, $0, $1) }
        model.calibrator = calibration.calibrator
        notes += calibration.notes
        try requireUsable(model, table)

        progress?(.evaluate, 0, 1)
        var card = ModelCard(parts: parts.counts)
        card.evaluation = parts.test.isEmpty ? nil : try ModelEvaluation.evaluation(
            of: model, on: encoded.matrix, rows: parts.test, target: target, table: table, by: specification.segments, threads: threads)
        if specification.objective == .binary {
            card.leakWarnings = try LeakCheck.warnings(specification, table, features: features, rows: parts.train, target: target, threads: threads)
        }
        card.leftOut = leftOut
        card.notes = notes
        progress?(.evaluate, 1, 1)
        return ModelDocument(specification: specification, model: model, card: card, dataDigest: dataDigest, engineVersion: engineVersion,
                             arithmeticProfile: ArithmeticProfile.current)
    }

    /// Huge targets, weights or steps can grow beyond what a double holds.
    private static func requireUsable(_ model: Model, _ table: Table) throws {
        guard let reason = model.faultReason else { return }
        throw DataError(source: table.source, reason: "the fit gave no usable model (\(reason)); expected parameters and a target of ordinary size")
    }

    private static func unseenNotes(_ unseen: [UnseenCategories]) -> [String] {
        unseen.map { unseen in
            let examples = unseen.examples.map { "'\($0)'" }.joined(separator: ", ")
            return "column '\(unseen.feature)': \(unseen.rows) rows outside the training part hold categories that training never saw (\(examples)); scored as missing"
        }
    }

    // MARK: Calibration

    static let folds = 5

    /// On the calibration rows; without any, on out-of-fold margins of the training rows.
    private static func calibrate(_ model: Model, _ specification: ModelSpecification, _ data: TrainingData, rows: [Int],
                                  refit: Learner.Refit, progress: ProgressHandler) throws -> (calibrator: Calibrator, notes: [String]) {
        guard specification.calibration != .none, specification.objective == .binary else { return (.none, []) }
        let method = specification.calibration
        var notes: [String] = []
        let fit: CalibrationFit
        if rows.isEmpty {
            notes.append("the split has no calibration rows: calibrated (\(method.rawValue)) on \(folds)-fold out-of-fold margins of the training rows")
            if let margins = try outOfFoldMargins(data, seed: specification.split.seed, refit: refit, progress: progress) {
                fit = CalibrationFitting.fit(method: method, rawMargins: margins, labels: data.targetsInPlay, weights: data.weightsInPlay)
            } else {
                fit = .failure("a class has fewer than two training rows, too few for folds")
            }
        } else {
            let margins = model.rawMargins(of: data.matrix.selecting(rows: rows))
            fit = CalibrationFitting.fit(method: method, rawMargins: margins, labels: rows.map { data.target[$0] })
            progress(1, 1)
        }
        if let reason = fit.failed { notes.append("the calibration (\(method.rawValue)) failed and is not applied: \(reason)") }
        return (fit.calibrator, notes)
    }

    /// Each training row's margin by a model that did not see it, in the order of the rows in play; nil if a class has
    /// fewer than two rows. Folds hold each class in proportion, so that every refit sees both.
    private static func outOfFoldMargins(_ data: TrainingData, seed: UInt64, refit: Learner.Refit, progress: ProgressHandler) throws -> [Double]? {
        let labels = data.targetsInPlay
        var fold = [Int](repeating: 0, count: labels.count)
        for label in [0.0, 1.0] {
            let positions = labels.indices.filter { labels[$0] == label }
            guard positions.count >= 2 else { return nil }
            let own = Folds.random(rowCount: positions.count, folds: folds, seed: seed &+ UInt64(label))
            for (position, number) in zip(positions, own) { fold[position] = number }
        }
        var margins = [Double](repeating: 0, count: labels.count)
        for number in 0 ..< folds {
            let held = fold.indices.filter { fold[$0] == number }
            let others = fold.indices.filter { fold[$0] != number }.map { data.row(at: $0) }
            let predictor = try refit(data.selecting(rows: others))
            let model = Model(features: data.features, predictor: predictor, link: .logit)
            for (position, margin) in zip(held, model.rawMargins(of: data.matrix.selecting(rows: held.map { data.row(at: $0) }))) { margins[position] = margin }
            progress(number + 1, folds)
        }
        return margins
    }
}
