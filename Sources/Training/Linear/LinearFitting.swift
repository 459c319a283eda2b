import Datasets
import LinearAlgebra
import Models

/// A fitted linear model and how the fit went.
public struct LinearFit: Sendable, Equatable {
    public var model: LinearModel
    public var iterations: Int
    /// Whether the gradient fell to `tol`, or to what rounding lets be told from 0.
    public var converged: Bool
    /// Norm of the gradient (with an L1 part: of the smallest subgradient) relative to that of the best constant model, before
    /// the last step, which needs no pass and so is not measured.
    public var relativeGradient: Double

    public init(model: LinearModel, iterations: Int, converged: Bool, relativeGradient: Double) {
        self.model = model
        self.iterations = iterations
        self.converged = converged
        self.relativeGradient = relativeGradient
    }
}

/// Penalised logistic regression over the standardised design of `LinearModel`.
///
/// Minimises Σ weight · log-loss + ((1 - ρ)/2 ‖β‖² + ρ ‖β‖₁) / C with ρ = `l1Ratio`, the intercept free: scikit-learn's
/// `LogisticRegression` on the same design. Standard errors come from the inverse of the penalised Hessian at the
/// optimum (none with an L1 part). The penalty keeps separable data, collinear indicators and more columns than rows
/// well posed.
public enum LogisticRegression {
    /// - Parameter progress: iterations done and the most that are allowed; called after each.
    /// - Throws: `DataError` for targets other than 0 and 1, or of one class.
    /// - Complexity: with few rows or columns O(rows · columns²) an iteration, usually 5 to 10 of them; with many a sample of the rows
    ///   makes it O(rows · features) for most passes and O(rows · columns²) for one. Beside the data sixteen columns² doubles and the
    ///   sample, at most a quarter of the rows.
    public static func fit(_ data: TrainingData, parameters: LogisticParameters = .init(), threads: Int = 1,
                           progress: ProgressHandler? = nil) throws -> LinearFit {
        try fitLinear(data, loss: BinaryLogLoss(), parameters, threads: threads, progress: progress).fit
    }
}

/// Penalised least squares over the same design: Σ weight · (y - η)²/2 + the penalty of `LogisticRegression`, so pure L2 is
/// scikit-learn's `Ridge` with `alpha` = 1/C.
///
/// Standard errors are those of the inverse penalised Hessian times the residual variance, RSS / (weight - effective
/// number of parameters).
public enum LinearRegression {
    /// - Throws: `DataError` if no row has a positive weight.
    /// - Complexity: O(rows · columns²).
    public static func fit(_ data: TrainingData, parameters: LogisticParameters = .init(), threads: Int = 1,
                           progress: ProgressHandler? = nil) throws -> LinearFit {
        var (fit, solution) = try fitLinear(data, loss: SquaredLoss(), parameters, threads: threads, progress: progress)
        guard parameters.l1Ratio == 0 else { return fit }
        let penalty = 1 / parameters.c
        let squaredNorm = fit.model.terms.reduce(0) { $0 + $1.coefficient * $1.coefficient }
        let squaredErrors = 2 * solution.objective.value - penalty * squaredNorm
        let effective = fit.model.terms.reduce(1) { $0 + 1 - penalty * ($1.standardError ?? 0) * ($1.standardError ?? 0) }
        let weight = data.weightsInPlay.map { $0.reduce(0, +) } ?? Double(data.count)
        for j in fit.model.terms.indices {
            fit.model.terms[j].standardError = weight > effective
                ? fit.model.terms[j].standardError.map { $0 * (max(0, squaredErrors) / (weight - effective)).squareRoot() } : nil
        }
        return fit
    }
}

/// Standard errors in the result are roots of the inverse Hessian's diagonal.
private func fitLinear(_ data: TrainingData, loss: any Loss, _ parameters: LogisticParameters, threads: Int,
                       progress: ProgressHandler?) throws -> (fit: LinearFit, solution: NewtonSolver.Solution) {
    precondition(parameters.c > 0 && parameters.c.isFinite, "C is above 0")
    precondition((0 ... 1).contains(parameters.l1Ratio), "l1_ratio lies between 0 and 1")
    let design = LinearDesign(data, threads: threads)
    let l2 = (1 - parameters.l1Ratio) / parameters.c
    let objective = try LinearObjective(design: design, loss: loss, penalty: l2, threads: threads)
    var start = [Double](repeating: 0, count: design.columns)
    start[design.columns - 1] = objective.baseMargin
    let l1 = parameters.l1Ratio / parameters.c
    let solver = NewtonSolver(tolerance: parameters.tol, maximalIterations: parameters.maxIter, l1: l1)
    let solution = try BLASRuntime.singleThreaded {
        // Least squares take one step of Newton's method, and the L1 norm has corners: a sample helps neither.
        if l1 > 0 || loss is SquaredLoss { return solver.minimise(objective, from: start, progress: progress) }
        return try SampledSolver(newton: solver).minimise(objective, from: start, progress: progress).solution
    }
    let inverse = parameters.l1Ratio == 0 ? BLASRuntime.singleThreaded { Cholesky(solution.objective.hessian)?.inverse() } : nil
    var terms = design.terms
    for j in terms.indices {
        terms[j].coefficient = solution.point[j]
        terms[j].standardError = inverse.map { $0[j, j].squareRoot() }
    }
    let model = LinearModel(featureCount: data.features.count, intercept: solution.point[terms.count], terms: terms)
    let fit = LinearFit(model: model, iterations: solution.iterations, converged: solution.converged, relativeGradient: solution.relativeGradient)
    return (fit, solution)
}
