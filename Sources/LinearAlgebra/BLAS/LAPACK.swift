import CLinearAlgebra

/// The LAPACK routines in use, over column-ordered storage; `Cholesky`, `SymmetricEigen` and
/// `LeastSquares` are the interface. Each returns LAPACK's `info`: 0 for success, positive for a
/// numerical outcome. A negative one names an argument that these functions got wrong.
enum LAPACK {
    /// Cholesky factor of the lower triangle, in place. `info > 0`: that leading minor is not positive.
    static func potrf(_ a: inout [Double], order n: Int) -> Int {
        guard n > 0 else { return 0 }
        BLASRuntime.prepare()
        var size = Int32(n), info: Int32 = 0
        a.withUnsafeMutableBufferPointer { dpotrf_("L", &size, $0.baseAddress!, &size, &info, 1) }
        return checked(info, "dpotrf")
    }

    /// Solves A X = B in place of B, by the factor that `potrf` left.
    static func potrs(_ factor: [Double], order n: Int, _ b: inout [Double], columns: Int) {
        guard n > 0, columns > 0 else { return }
        BLASRuntime.prepare()
        var size = Int32(n), count = Int32(columns), info: Int32 = 0
        factor.withUnsafeBufferPointer { factor in
            b.withUnsafeMutableBufferPointer { b in
                dpotrs_("L", &size, &count, factor.baseAddress!, &size, b.baseAddress!, &size, &info, 1)
            }
        }
        _ = checked(info, "dpotrs")
    }

    /// The lower triangle of A⁻¹ in place of the factor that `potrf` left.
    static func potri(_ factor: inout [Double], order n: Int) -> Int {
        guard n > 0 else { return 0 }
        BLASRuntime.prepare()
        var size = Int32(n), info: Int32 = 0
        factor.withUnsafeMutableBufferPointer { dpotri_("L", &size, $0.baseAddress!, &size, &info, 1) }
        return checked(info, "dpotri")
    }

    /// Eigenvalues, ascending, and orthonormal eigenvectors as columns; reads the lower triangle.
    static func syevr(_ a: [Double], order n: Int) -> (values: [Double], vectors: [Double], info: Int) {
        guard n > 0 else { return ([], [], 0) }
        BLASRuntime.prepare()
        var a = a, size = Int32(n), info: Int32 = 0, found: Int32 = 0
        var low = 0.0, high = 0.0, first: Int32 = 0, last: Int32 = 0, tolerance = 0.0
        var values = [Double](repeating: 0, count: n), vectors = [Double](repeating: 0, count: n * n)
        var support = [Int32](repeating: 0, count: 2 * n)
        var work = [0.0], integers: [Int32] = [0]
        var workCount: Int32 = -1, integerCount: Int32 = -1
        func run() {
            dsyevr_("V", "A", "L", &size, &a, &size, &low, &high, &first, &last, &tolerance, &found, &values, &vectors, &size,
                    &support, &work, &workCount, &integers, &integerCount, &info, 1, 1, 1)
        }
        run() // with counts of -1, LAPACK only tells how much room it wants
        workCount = Int32(work[0])
        integerCount = integers[0]
        work = [Double](repeating: 0, count: Int(workCount))
        integers = [Int32](repeating: 0, count: Int(integerCount))
        run()
        return (values, vectors, checked(info, "dsyevr"))
    }

    /// Least squares by QR: `a` (m x n) becomes its factors, the first n rows of `b` (max(m, n) x columns) the solution.
    static func gels(_ a: inout [Double], rows: Int, columns: Int, _ b: inout [Double], rightHandSides: Int) -> Int {
        guard rows > 0, columns > 0, rightHandSides > 0 else { return 0 }
        BLASRuntime.prepare()
        var m = Int32(rows), n = Int32(columns), count = Int32(rightHandSides), info: Int32 = 0
        var leading = max(m, n), work = [0.0], workCount: Int32 = -1
        dgels_("N", &m, &n, &count, &a, &m, &b, &leading, &work, &workCount, &info, 1)
        workCount = Int32(work[0])
        work = [Double](repeating: 0, count: Int(workCount))
        dgels_("N", &m, &n, &count, &a, &m, &b, &leading, &work, &workCount, &info, 1)
        return checked(info, "dgels")
    }

    private static func checked(_ info: Int32, _ name: StaticString) -> Int {
        precondition(info >= 0, "\(name) refuses its argument \(-info)")
        return Int(info)
    }
}
