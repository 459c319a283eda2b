import Datasets
import Models

extension ModelTrainer {
    /// Fits what the specification asks for.
    struct Learner {
        /// Fits other rows the way the first fit ended: for trees, as many iterations as early stopping kept.
        typealias Refit = (TrainingData) throws -> Model.Predictor

        let specification: ModelSpecification
        let threads: Int

        func fit(_ data: TrainingData, validationRows: [Int], progress: @escaping ProgressHandler) throws
            -> (predictor: Model.Predictor, notes: [String], refit: Refit) {
            switch specification.parameters {
            case .boostedTrees(let parameters): try fitTrees(data, validationRows, parameters, progress)
            case .logistic(let parameters): try fitLinear(data, validationRows, parameters, progress)
            }
        }

        private func fitTrees(_ data: TrainingData, _ validationRows: [Int], _ parameters: BoostedTreesParameters, _ progress: @escaping ProgressHandler) throws
            -> (Model.Predictor, [String], Refit) {
            let loss = specification.objective.loss(parameters)
            let validation = validationRows.isEmpty ? nil : try data.selecting(rows: validationRows)
            let fit = try BoostedTrees.fit(data, validation: validation, loss: loss, parameters: parameters, threads: threads, progress: progress)
            var notes: [String] = []
            switch fit.stop {
            case .earlyStopping:
                notes.append("early stopping kept \(fit.bestIteration) of \(fit.evaluations.count) iterations run (at most \(parameters.numIterations))")
            case .iterations where parameters.earlyStoppingRound > 0 && validation != nil:
                notes.append("all \(parameters.numIterations) iterations ran without early stopping; \(fit.bestIteration) kept")
            case .noSplit:
                notes.append("growing ended after \(fit.ensemble.trees.count) trees: no leaf could be split with a gain")
            case .iterations: break
            }
            if parameters.earlyStoppingRound > 0, validation == nil {
                notes.append("early_stopping_round is set and the split has no validation rows: it had no effect")
            }
            var refitted = parameters
            refitted.numIterations = fit.bestIteration
            refitted.earlyStoppingRound = 0
            let (fixed, threads) = (refitted, threads)
            return (.trees(fit.ensemble), notes, { data in
                .trees(try BoostedTrees.fit(data, loss: loss, parameters: fixed, threads: threads).ensemble)
            })
        }

        private func fitLinear(_ data: TrainingData, _ validationRows: [Int], _ parameters: LogisticParameters, _ progress: @escaping ProgressHandler) throws
            -> (Model.Predictor, [String], Refit) {
            let (objective, threads) = (specification.objective, threads)
            func fit(_ data: TrainingData, _ progress: ProgressHandler?) throws -> LinearFit {
                switch objective {
                case .binary: try LogisticRegression.fit(data, parameters: parameters, threads: threads, progress: progress)
                case .regression: try LinearRegression.fit(data, parameters: parameters, threads: threads, progress: progress)
                }
            }
            let first = try fit(data, progress)
            var notes: [String] = []
            if !first.converged {
                notes.append("the fit did not converge: after \(first.iterations) iterations (max_iter \(parameters.maxIter)) the gradient was \(first.relativeGradient) of the first one, tol is \(parameters.tol)")
            }
            if !validationRows.isEmpty {
                notes.append("\(validationRows.count) validation rows were not used: they serve early stopping, which a linear model does not have")
            }
            return (.linear(first.model), notes, { .linear(try fit($0, nil).model) })
        }
    }
}
