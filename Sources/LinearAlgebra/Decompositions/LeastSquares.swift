/// The x that minimises ‖Ax - b‖², by QR (LAPACK `dgels`).
public struct LeastSquares: Sendable {
    /// One value for each column of A.
    public let solution: [Double]
    /// ‖Ax - b‖² at the solution.
    public let residualSumOfSquares: Double

    /// O(rows · columns²).
    ///
    /// - Returns: nil if A has not full column rank in double precision, or a value is not finite.
    /// - Precondition: A has at least as many rows as columns, and `b` one value for each row.
    public init?(_ a: Matrix, _ b: [Double]) {
        precondition(a.rows >= a.columns, "least squares of \(a.rows) x \(a.columns): more columns than rows")
        precondition(b.count == a.rows, "a right-hand side of \(b.count) for \(a.rows) rows")
        guard a.storage.allSatisfy(\.isFinite), b.allSatisfy(\.isFinite) else { return nil }
        var factor = a.reordered(.column).storage, right = b
        guard LAPACK.gels(&factor, rows: a.rows, columns: a.columns, &right, rightHandSides: 1) == 0 else { return nil }
        // LAPACK reports exact zeros on R's diagonal only; rounding leaves small ones.
        let diagonal = (0 ..< a.columns).map { abs(factor[$0 * a.rows + $0]) }
        if let largest = diagonal.max(), let smallest = diagonal.min() {
            guard smallest > largest * Double(a.rows) * Double.ulpOfOne else { return nil }
        }
        solution = Array(right[..<a.columns])
        residualSumOfSquares = right[a.columns...].reduce(0) { $0 + $1 * $1 }
    }
}
