import LinearAlgebra
import Models

extension Model {
    /// Standard errors of interventional contributions that come from the background being a sample: how far they would move with
    /// another draw of as many rows. Nothing of what the training data leaves open is in them.
    ///
    /// Contributions are means over the background, so batch means estimate their error: the background is dealt into batches, row
    /// i to batch i mod `batches`; with wᵦ a batch's share of the rows, φᵦ its contributions and φ theirs over the whole background,
    ///
    ///     error² = batches / (batches − 1) · Σᵦ wᵦ² (φᵦ − φ)².
    ///
    /// The background's rows have to be drawn independently, or stand in an order that has nothing to do with them. With as many
    /// batches as rows this is the standard error of the mean; 20 batches leave the error itself uncertain by about a sixth. Costs
    /// as much as explaining the rows `batches` times against smaller backgrounds.
    /// - Parameters:
    ///   - background: at least two rows.
    ///   - batches: 2 to the background's rows; more are taken as that.
    /// - Returns: rows x players, column order, in the units of `attributor(background:players:)`.
    /// - Throws: `AttributionError` for a tree with more than 64 players on one path.
    public func backgroundErrors(of features: Matrix, background: Matrix, players: Players? = nil, batches: Int = 20, threads: Int = 1) throws -> Matrix {
        precondition(background.rows >= 2 && batches >= 2, "an error takes two rows of background and two batches")
        let batches = min(batches, background.rows)
        let parts = try (0 ..< batches).map { batch in
            let rows = Array(stride(from: batch, to: background.rows, by: batches))
            let own = try attributor(background: background.selecting(rows: rows), players: players)
            return (weight: Double(rows.count) / Double(background.rows), values: own.attribute(features, threads: threads).contributions)
        }
        var errors = Matrix(rows: features.rows, columns: parts[0].values.columns, order: .column)
        let correction = Double(batches) / Double(batches - 1)
        for i in errors.storage.indices {
            let mean = parts.reduce(0.0) { $0 + $1.weight * $1.values.storage[i] }
            let squares = parts.reduce(0.0) { sum, part in
                let deviation = part.weight * (part.values.storage[i] - mean)
                return sum + deviation * deviation
            }
            errors.storage[i] = (correction * squares).squareRoot()
        }
        return errors
    }
}
