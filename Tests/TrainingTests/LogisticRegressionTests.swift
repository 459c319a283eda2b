import Datasets
import LinearAlgebra
import Models
import Testing
import Training

@Suite struct LogisticRegressionTests {
    static func parameters(c: Double = 1, l1Ratio: Double = 0) -> LogisticParameters {
        var parameters = LogisticParameters()
        parameters.c = c
        parameters.l1Ratio = l1Ratio
        return parameters
    }

    /// Intercept and coefficients by `fixtures/expected/training.py` (scikit-learn 1.9.1).
    @Test(arguments: [
        (1.0, [0.4064713945086253, 2.1949982474251724, -0.18678051003360785, 0.004224598836579225, -0.22568439397673465, -0.2864696288104904,
               0.5437032552902574, 0.002592137909564487, -0.04860410539311565]),
        (0.01, [0.2157149915372516, 0.519351088240302, -0.027813992589334955, -0.031227960071177223, -0.06820610557212033, -0.05635357041962068,
                0.1176275211512063, 0.012731383099952455, -0.004146124206322451]),
        (1e4, [0.4346886427984957, 2.380020378304563, -0.20423895138802456, 0.017394069885894883, -0.24292805091144268, -0.3180508722331515,
               0.5980032407383021, 0.0011415321098909043, -0.055516831388321405]),
    ])
    func `coefficients are scikit-learn's`(c: Double, expected: [Double]) throws {
        let fit = try LogisticRegression.fit(LogisticData.expected().binary, parameters: Self.parameters(c: c))
        #expect(fit.converged)
        // Of a categorical's levels and the intercept one is too many: only the penalty 1 / C tells them apart, so rounding, which
        // differs with the processor's BLAS, grows with C.
        #expect(agree([fit.model.intercept] + fit.model.terms.map(\.coefficient), expected, within: 1e-12 * max(1, c / 100)))
        #expect(fit.model.terms.map(\.design) == [.value, .value, .missing, .level(0), .level(1), .level(2), .level(3), .missing])
    }

    @Test func `elastic net is scikit-learn's, zeros included`() throws {
        let expected = [0.27007205475596663, 1.2198529104475293, 0, 0, 0, 0, 0.17094118447398712, 0, 0]
        let fit = try LogisticRegression.fit(LogisticData.expected().binary, parameters: Self.parameters(c: 0.05, l1Ratio: 0.6))
        #expect(fit.converged)
        #expect(agree([fit.model.intercept] + fit.model.terms.map(\.coefficient), expected, within: 1e-7))
        #expect(fit.model.terms.filter { $0.coefficient == 0 }.count == 6)
        #expect(fit.model.terms.allSatisfy { $0.standardError == nil })
    }

    @Test func `ridge is scikit-learn's with alpha 1 over C`() throws {
        let expected = [20.482261904761902, 8.375391199938083, -3.49731814129579, 0.720798481438848, -0.8966292121321761, 1.6252264587266454,
                        -0.20816504105596131, -0.4427103131425808, -0.028779201345110427]
        let fit = try LinearRegression.fit(LogisticData.expected().amount, parameters: Self.parameters(c: 0.1))
        #expect(fit.converged)
        #expect(agree([fit.model.intercept] + fit.model.terms.map(\.coefficient), expected, within: 1e-10))
    }

    @Test(arguments: [0.0, 0.5, 1.0])
    func `the optimum has no descent direction`(l1Ratio: Double) throws {
        let data = try LogisticData.random(rows: 300, numeric: 4, levels: 5, seed: 3)
        let c = 0.1
        let fit = try LogisticRegression.fit(data, parameters: Self.parameters(c: c, l1Ratio: l1Ratio))
        #expect(fit.converged)
        let smooth = SlowLinearObjective(data: data, model: fit.model, loss: BinaryLogLoss(), l2: (1 - l1Ratio) / c)
        let gradient = smooth.gradient(fit.point)
        let l1 = l1Ratio / c
        for (j, slope) in gradient.enumerated() {
            let b = fit.point[j]
            if j == fit.model.terms.count { #expect(abs(slope) < 1e-5) }
            else if b != 0 { #expect(abs(slope + (b > 0 ? l1 : -l1)) < 1e-5) }
            else { #expect(abs(slope) <= l1 + 1e-5) }
        }
        if l1Ratio == 1 { #expect(fit.model.terms.contains { $0.coefficient == 0 }) }
    }

    @Test func `standard errors come from the inverse penalised Hessian`() throws {
        let data = try LogisticData.random(rows: 400, numeric: 3, levels: 3, seed: 5)
        let fit = try LogisticRegression.fit(data, parameters: Self.parameters(c: 2))
        let slow = SlowLinearObjective(data: data, model: fit.model, loss: BinaryLogLoss(), l2: 0.5)
        let inverse = try #require(Cholesky(slow.hessian(fit.point))).inverse()
        let expected = fit.model.terms.indices.map { inverse[$0, $0].squareRoot() }
        #expect(agree(fit.model.terms.map { $0.standardError ?? .nan }, expected, within: 1e-5))
    }

    @Test func `standard errors of a nearly free linear fit are those of least squares`() throws {
        let data = try LogisticData.random(rows: 200, numeric: 2, levels: 0, seed: 6)
        let target = (0 ..< 200).map { i -> Double in
            let x = data.matrix[i, 0]
            return (x.isNaN ? 0 : x) + Double(i * 7 % 13)
        }
        let amounts = try TrainingData(features: data.features, matrix: data.matrix, target: target)
        let fit = try LinearRegression.fit(amounts, parameters: Self.parameters(c: 1e9))
        var design = Matrix(rows: 200, columns: fit.model.terms.count + 1, repeating: 1)
        for i in 0 ..< 200 { for (j, term) in fit.model.terms.enumerated() { design[i, j] = term.standardised(data.matrix[i, term.feature]) } }
        let inverse = try #require(Cholesky(BLAS.syrk(.transpose, design))).inverse()
        let margins = fit.model.margins(of: data.matrix)
        let squares = zip(margins, target).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let variance = squares / Double(200 - fit.model.terms.count - 1)
        #expect(agree(fit.model.terms.map { $0.standardError ?? .nan }, fit.model.terms.indices.map { (variance * inverse[$0, $0]).squareRoot() }, within: 1e-6))
    }

    @Test func `a weight of k is the row k times, a weight of 0 no row`() throws {
        let data = try LogisticData.random(rows: 150, numeric: 3, levels: 4, seed: 8)
        let counts = (0 ..< 150).map { $0 % 4 }
        let weighted = try TrainingData(features: data.features, matrix: data.matrix, target: data.target, weights: counts.map(Double.init))
        let repeated = try data.selecting(rows: counts.indices.flatMap { Array(repeating: $0, count: counts[$0]) })
        let a = try LogisticRegression.fit(weighted)
        let b = try LogisticRegression.fit(repeated)
        #expect(a.model.terms.map(\.design) == b.model.terms.map(\.design))
        #expect(agree(a.point, b.point, within: 1e-9))
        #expect(agree(a.model.terms.map(\.mean), b.model.terms.map(\.mean), within: 1e-12))
        #expect(agree(a.model.terms.map { $0.standardError! }, b.model.terms.map { $0.standardError! }, within: 1e-9))
    }

    @Test func `the same bytes from any number of threads, and twice`() throws {
        let data = try LogisticData.random(rows: 30_000, numeric: 6, levels: 9, seed: 11)
        let first = try LogisticRegression.fit(data, threads: 1)
        #expect(first.converged)
        for threads in [1, 2, 5] { #expect(try LogisticRegression.fit(data, threads: threads) == first) }
    }

    @Test func `the order of the rows does not matter`() throws {
        let data = try LogisticData.random(rows: 9000, numeric: 4, levels: 3, seed: 12)
        let a = try LogisticRegression.fit(data)
        let b = try LogisticRegression.fit(data.selecting(rows: (0 ..< 9000).map { $0 * 7919 % 9000 }))
        #expect(agree(a.point, b.point, within: 1e-9))
    }

    @Test func `separable data, more columns than rows, collinear columns and constants are all well posed`() throws {
        let x = (0 ..< 20).map(Double.init)
        let separable = try TrainingData(features: [Feature(name: "x", kind: .numeric)],
                                         matrix: Matrix(rows: 20, columns: 1, order: .column, storage: x), target: x.map { $0 < 9 ? 0 : 1 })
        for c in [1, 1e3, 1e6] { #expect(try LogisticRegression.fit(separable, parameters: Self.parameters(c: c)).converged) }

        let wide = try LogisticData.random(rows: 30, numeric: 60, levels: 10, seed: 13)
        let wideFit = try LogisticRegression.fit(wide)
        #expect(wideFit.converged && wideFit.model.terms.count > 60)

        // The same column twice shares its coefficient; a constant column and one that is never there have none.
        let base = try LogisticData.random(rows: 100, numeric: 1, levels: 0, seed: 14)
        let column = base.matrix.column(0)
        let storage = column + column + Array(repeating: 0.1, count: 100) + Array(repeating: .nan, count: 100)
        let features = ["a", "b", "constant", "absent"].map { Feature(name: $0, kind: .numeric) }
        let collinear = try TrainingData(features: features, matrix: Matrix(rows: 100, columns: 4, order: .column, storage: storage), target: base.target)
        let fit = try LogisticRegression.fit(collinear)
        let values = fit.model.terms.filter { $0.design == .value }
        #expect(fit.converged)
        #expect(values.map(\.feature) == [0, 1])
        #expect(abs(values[0].coefficient - values[1].coefficient) < 1e-9)
    }

    @Test func `without terms the intercept is the log-odds of the share`() throws {
        let data = try TrainingData(features: [], matrix: Matrix(rows: 8, columns: 0), target: [1, 0, 0, 0, 1, 0, 0, 0])
        let fit = try LogisticRegression.fit(data)
        #expect(fit.converged && fit.model.terms.isEmpty)
        #expect(abs(fit.model.intercept - Portable.log(2.0 / 6)) < 1e-12)
    }

    @Test func `the model's margins are those that were fitted`() throws {
        let data = try LogisticData.expected().binary
        let fit = try LogisticRegression.fit(data)
        // At the optimum residuals sum to nothing over the rows, and over the rows of a level against its penalty.
        let residuals = zip(fit.model.margins(of: data.matrix), data.target).map { Portable.sigmoid($0) - $1 }
        #expect(abs(residuals.reduce(0, +)) < 1e-8)
        for term in fit.model.terms {
            let slope = residuals.indices.reduce(0) { $0 + residuals[$1] * term.standardised(data.matrix[$1, term.feature]) }
            #expect(abs(slope + term.coefficient) < 1e-7)
        }
    }

    @Test func `one class is refused`() throws {
        let data = try TrainingData(features: [], matrix: Matrix(rows: 3, columns: 0), target: [1, 1, 1])
        #expect(throws: DataError.self) { try LogisticRegression.fit(data) }
    }

    @Test func `iterations that run out are reported`() throws {
        var parameters = LogisticParameters()
        parameters.maxIter = 1
        let fit = try LogisticRegression.fit(LogisticData.random(rows: 300, numeric: 3, levels: 3, seed: 20), parameters: parameters)
        #expect(!fit.converged && fit.iterations == 1 && fit.relativeGradient > 1e-10)
    }
}
