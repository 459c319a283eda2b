import Foundation
import LinearAlgebra
import Testing

/// Every wrapper against its slow twin, on random shapes that include 0 and 1, in both storage orders.
struct BLASTests {
    private static let tolerance = 1e-13
    private static let scalars: [Double] = [0, 1, -1, 0.75]

    @Test(arguments: 0 ..< 60)
    func matrixTimesVector(seed: Int) {
        var random = RandomMatrices(seed: UInt64(seed))
        let a = random.matrix(random.integer(below: 9), random.integer(below: 9))
        let first = random.integer(below: a.rows + 1)
        let rows = first ..< first + random.integer(below: a.rows - first + 1)
        let block = a.selecting(rows: Array(rows))
        for operation in [BLAS.Operation.none, .transpose] {
            for alpha in Self.scalars {
                for beta in Self.scalars {
                    let twin = Slow.apply(operation, block)
                    let x = random.vector(twin.columns + 3), y = random.vector(twin.rows + 2)
                    var result = y
                    BLAS.gemv(operation, alpha: alpha, a, rows: rows, x, from: 3, beta: beta, into: &result, at: 1)
                    let product = Slow.product(twin, Array(x[3...]))
                    var expected = y
                    for i in 0 ..< twin.rows { expected[1 + i] = alpha * product[i] + beta * y[1 + i] }
                    #expect(Slow.distance(result, expected) < Self.tolerance)
                }
            }
            let x = random.vector(operation == .none ? a.columns : a.rows)
            #expect(Slow.distance(BLAS.gemv(operation, a, x), Slow.product(Slow.apply(operation, a), x)) < Self.tolerance)
        }
    }

    @Test(arguments: 0 ..< 60)
    func matrixTimesMatrix(seed: Int) {
        var random = RandomMatrices(seed: UInt64(1000 + seed))
        let m = random.integer(below: 7), n = random.integer(below: 7), k = random.integer(below: 7)
        for operationA in [BLAS.Operation.none, .transpose] {
            for operationB in [BLAS.Operation.none, .transpose] {
                for beta in Self.scalars {
                    let a = operationA == .none ? random.matrix(m, k) : random.matrix(k, m)
                    let b = operationB == .none ? random.matrix(k, n) : random.matrix(n, k)
                    let c = random.matrix(m, n)
                    var result = c
                    BLAS.gemm(operationA, operationB, alpha: 0.5, a, b, beta: beta, into: &result)
                    var expected = Slow.product(Slow.apply(operationA, a), Slow.apply(operationB, b))
                    for i in 0 ..< m { for j in 0 ..< n { expected[i, j] = 0.5 * expected[i, j] + beta * c[i, j] } }
                    #expect(Slow.distance(result, expected) < Self.tolerance)
                    #expect(Slow.distance(BLAS.gemm(operationA, operationB, a, b),
                                          Slow.product(Slow.apply(operationA, a), Slow.apply(operationB, b))) < Self.tolerance)
                }
            }
        }
    }

    @Test(arguments: 0 ..< 60)
    func rowsOfAFactor(seed: Int) {
        var random = RandomMatrices(seed: UInt64(2000 + seed))
        let a = random.matrix(1 + random.integer(below: 9), random.integer(below: 6))
        let first = random.integer(below: a.rows)
        let rows = first ..< first + random.integer(below: a.rows - first + 1)
        let block = a.selecting(rows: Array(rows))
        let b = random.matrix(a.columns, 3), tall = random.matrix(rows.count, 2)
        #expect(Slow.distance(BLAS.gemm(.none, .none, a, rows: rows, b), Slow.product(block, b)) < Self.tolerance)
        #expect(Slow.distance(BLAS.gemm(.transpose, .none, a, rows: rows, tall), Slow.product(Slow.transpose(block), tall)) < Self.tolerance)
        for operation in [BLAS.Operation.none, .transpose] {
            let factor = Slow.apply(operation, block)
            let gram = Slow.product(factor, Slow.transpose(factor))
            #expect(Slow.distance(BLAS.syrk(operation, a, rows: rows), gram) < Self.tolerance)
            for beta in Self.scalars {
                let symmetric = random.positiveDefinite(gram.rows)
                var result = symmetric
                BLAS.syrk(operation, alpha: -2, a, rows: rows, beta: beta, into: &result)
                var expected = gram
                for i in 0 ..< gram.rows { for j in 0 ..< gram.rows { expected[i, j] = -2 * gram[i, j] + beta * symmetric[i, j] } }
                #expect(Slow.distance(result, expected) < Self.tolerance)
            }
        }
    }

    @Test(arguments: 0 ..< 20)
    func vectorsAndRankOne(seed: Int) {
        var random = RandomMatrices(seed: UInt64(3000 + seed))
        let a = random.matrix(random.integer(below: 6), random.integer(below: 6))
        let x = random.vector(a.rows), y = random.vector(a.columns)
        var updated = a
        BLAS.ger(alpha: 1.5, x, y, into: &updated)
        for i in 0 ..< a.rows { for j in 0 ..< a.columns { #expect(abs(updated[i, j] - (a[i, j] + 1.5 * x[i] * y[j])) < Self.tolerance) } }

        let z = random.vector(x.count)
        var sum = z
        BLAS.axpy(-0.5, x, into: &sum)
        #expect(Slow.distance(sum, zip(x, z).map { -0.5 * $0.0 + $0.1 }) < Self.tolerance)
        #expect(abs(BLAS.dot(x, z) - zip(x, z).reduce(0) { $0 + $1.0 * $1.1 }) < Self.tolerance)
        #expect(abs(BLAS.nrm2(x) - BLAS.dot(x, x).squareRoot()) < Self.tolerance)
    }

    @Test func normDoesNotOverflow() {
        #expect(abs(BLAS.nrm2([3e300, 4e300]) / 5e300 - 1) < 1e-14)
    }

    @Test func betaOfZeroClearsWhateverStoodThere() {
        for columns in [0, 3] {
            let a = Matrix(rows: 2, columns: columns, repeating: 1)
            var y = [Double.nan, .infinity]
            BLAS.gemv(.none, a, [Double](repeating: 1, count: columns), into: &y)
            #expect(y == [Double(columns), Double(columns)])
            var c = Matrix(rows: 2, columns: 2, repeating: .nan)
            BLAS.syrk(.none, a, into: &c)
            #expect(c.storage == [Double](repeating: Double(columns), count: 4))
            c = Matrix(rows: 2, columns: 2, repeating: .nan)
            BLAS.gemm(.none, .transpose, a, a, into: &c)
            #expect(c.storage == [Double](repeating: Double(columns), count: 4))
        }
    }

    /// A processor with AVX2 gets kernels that use it, known to the library or not.
    @Test func kernelsUseTheProcessorsVectors() throws {
        #expect(BLAS.dot([1, 2], [3, 4]) == 11)
        guard let kernels = BLASRuntime.kernels, getenv("OPENBLAS_CORETYPE") == nil else { return }
        let instructions = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        if instructions.contains(" avx2 "), instructions.contains(" fma ") { #expect(kernels != BLASRuntime.plainKernels) }
    }

    @Test func singleThreadedScopesNestAndRestore() throws {
        let outside = BLASRuntime.threadCount
        let inside = BLASRuntime.singleThreaded { BLASRuntime.singleThreaded { BLASRuntime.threadCount } + BLASRuntime.threadCount }
        #expect(inside == 2)
        #expect(BLASRuntime.threadCount == outside)
        struct Failure: Error {}
        #expect(throws: Failure.self) { try BLASRuntime.singleThreaded { throw Failure() } }
        #expect(BLASRuntime.threadCount == outside)
    }

    /// The form in which fits use BLAS: fixed row blocks on any number of threads, reduced in order.
    @Test func rowBlocksGiveTheSameBitsWithAnyNumberOfThreads() {
        var random = RandomMatrices(seed: 5)
        let a = random.matrix(1000, 17), x = random.vector(1000)
        func gradient(threads: Int) -> [Double] {
            BLASRuntime.singleThreaded {
                let parts = Parallel.map(8, threads: threads) { block in
                    let rows = block * 128 ..< min(1000, (block + 1) * 128)
                    return BLAS.gemv(.transpose, a, rows: rows, Array(x[rows]))
                }
                return parts.dropFirst().reduce(into: parts[0]) { total, part in BLAS.axpy(1, part, into: &total) }
            }
        }
        let one = gradient(threads: 1)
        #expect(gradient(threads: 2) == one)
        #expect(gradient(threads: 5) == one)
        #expect(Slow.distance(one, Slow.product(Slow.transpose(a), x)) < 1e-12)
    }
}
