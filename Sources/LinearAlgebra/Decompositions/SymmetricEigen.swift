/// Eigenvalues and eigenvectors of a real symmetric matrix (LAPACK `dsyevr`).
public struct SymmetricEigen: Sendable {
    /// Ascending.
    public let values: [Double]
    /// Orthonormal; column k belongs to `values[k]`. The sign of a column is the library's choice.
    public let vectors: Matrix

    /// Decomposes `matrix`, of which only one triangle is read. O(n³).
    ///
    /// - Returns: nil if `matrix` holds a value that is not finite, or LAPACK does not converge.
    /// - Precondition: `matrix` is square.
    public init?(_ matrix: Matrix) {
        precondition(matrix.rows == matrix.columns, "eigenvalues of \(matrix.rows) x \(matrix.columns)")
        guard matrix.storage.allSatisfy(\.isFinite) else { return nil }
        let (values, vectors, info) = LAPACK.syevr(matrix.storage, order: matrix.rows)
        guard info == 0 else { return nil }
        self.values = values
        self.vectors = Matrix(rows: matrix.rows, columns: matrix.rows, order: .column, storage: vectors)
    }
}
