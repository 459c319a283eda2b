import LinearAlgebra
import Testing

/// The laws that define each decomposition, on random matrices of order 0, 1, …
struct DecompositionTests {
    @Test(arguments: [0, 1, 2, 3, 5, 8, 20, 50])
    func cholesky(n: Int) throws {
        var random = RandomMatrices(seed: UInt64(n))
        let a = random.positiveDefinite(n)
        let factor = try #require(Cholesky(a))
        let lower = factor.lower
        #expect(Slow.distance(Slow.product(lower, Slow.transpose(lower)), a) < 1e-12)
        #expect(Slow.distance(Slow.product(a, factor.inverse()), Slow.identity(n)) < 1e-11)
        let b = random.matrix(n, 3)
        let x = factor.solve(b)
        #expect(Slow.distance(Slow.product(a, x), b) < 1e-11)
        #expect(Slow.distance(factor.solve(b.column(1)), x.column(1)) < 1e-12)
    }

    @Test func indefiniteAndBrokenMatricesHaveNoCholeskyFactor() {
        #expect(Cholesky(Matrix(rows: 2, columns: 2, order: .row, storage: [1, 2, 2, 1])) == nil)
        #expect(Cholesky(Matrix(rows: 2, columns: 2, order: .row, storage: [1, 1, 1, 1])) == nil)
        #expect(Cholesky(Matrix(rows: 1, columns: 1, order: .row, storage: [0])) == nil)
        for broken in [Double.nan, .infinity, -.infinity] {
            for i in 0 ..< 3 {
                for j in 0 ... i {
                    var a = Slow.identity(3)
                    a[i, j] = broken
                    a[j, i] = broken
                    #expect(Cholesky(a) == nil)
                }
            }
        }
    }

    @Test(arguments: [0, 1, 2, 3, 5, 8, 20, 50])
    func symmetricEigen(n: Int) throws {
        var random = RandomMatrices(seed: UInt64(100 + n))
        let b = random.matrix(n, n)
        var a = Matrix(rows: n, columns: n, order: .row)
        for i in 0 ..< n { for j in 0 ..< n { a[i, j] = b[i, j] + b[j, i] } }
        let eigen = try #require(SymmetricEigen(a))
        var scaled = eigen.vectors
        for i in 0 ..< n { for k in 0 ..< n { scaled[i, k] *= eigen.values[k] } }
        #expect(Slow.distance(Slow.product(scaled, Slow.transpose(eigen.vectors)), a) < 1e-12)
        #expect(Slow.distance(Slow.product(Slow.transpose(eigen.vectors), eigen.vectors), Slow.identity(n)) < 1e-12)
        #expect(eigen.values == eigen.values.sorted())
    }

    @Test func valuesThatAreNotFiniteHaveNoEigenvalues() {
        #expect(SymmetricEigen(Matrix(rows: 1, columns: 1, order: .row, storage: [.nan])) == nil)
        #expect(SymmetricEigen(Matrix(rows: 1, columns: 1, order: .row, storage: [.infinity])) == nil)
    }

    @Test(arguments: [(1, 1), (3, 1), (5, 5), (9, 4), (60, 12), (4, 0)])
    func leastSquares(rows: Int, columns: Int) throws {
        var random = RandomMatrices(seed: UInt64(rows * 100 + columns))
        let a = random.matrix(rows, columns), b = random.vector(rows)
        let fit = try #require(LeastSquares(a, b))
        let residual = zip(Slow.product(a, fit.solution), b).map { $0.0 - $0.1 }
        // The normal equations: the residual is orthogonal to every column.
        #expect(Slow.product(Slow.transpose(a), residual).allSatisfy { abs($0) < 1e-12 })
        #expect(abs(fit.residualSumOfSquares - residual.reduce(0) { $0 + $1 * $1 }) < 1e-12)
    }

    @Test func dependentColumnsHaveNoLeastSquaresSolution() {
        let a = Matrix(rows: 3, columns: 2, order: .column, storage: [0.1, 0.2, 0.3, 0.3, 0.6, 0.9])
        #expect(LeastSquares(a, [1, 2, 3]) == nil)
        #expect(LeastSquares(Matrix(rows: 2, columns: 1, order: .column), [1, 2]) == nil)
        #expect(LeastSquares(Matrix(rows: 1, columns: 1, order: .column, storage: [.nan]), [1]) == nil)
    }

    @Test func reorderingKeepsTheElements() {
        var random = RandomMatrices(seed: 9)
        for (rows, columns) in [(0, 3), (1, 1), (2, 5), (5, 2)] {
            let a = random.matrix(rows, columns)
            for order in [Matrix.Order.row, .column] {
                let b = a.reordered(order)
                #expect(b.order == order)
                #expect((0 ..< rows).allSatisfy { i in (0 ..< columns).allSatisfy { j in a[i, j] == b[i, j] } })
            }
        }
    }
}
