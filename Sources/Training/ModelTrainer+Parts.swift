import Datasets
import Models

extension ModelTrainer {
    /// The rows of each part of the split, ascending indices into the table; rows without a target are in none.
    struct RowParts {
        let train: [Int]
        let validation: [Int]
        let calibration: [Int]
        let test: [Int]
        private(set) var notes: [String] = []

        /// - Parameter target: NaN where missing.
        /// - Throws: `DataError` for a split column that is missing or unfit, or if no training rows are left.
        init(_ specification: ModelSpecification, _ table: Table, target: [Double]) throws {
            let known = target.indices.filter { !target[$0].isNaN }
            if known.count < target.count {
                notes.append("\(target.count - known.count) of \(target.count) rows have no target and were left out")
            }
            let split = specification.split
            let shares = { Splits.Shares(validation: specification.validationShare, calibration: split.calibration, test: split.test) }
            func column(_ name: String) throws -> Column {
                guard let column = table[name] else { throw DataError(source: table.source, column: name, reason: "the split needs this column and it is missing") }
                return known.count == target.count ? column : column.selecting(rows: known)
            }
            let parts: [Part]
            switch split.method {
            case .random:
                parts = Splits.random(rowCount: known.count, shares: shares(), seed: split.seed)
            case .time:
                guard let time = specification.time else { throw DataError(source: table.source, reason: "a split by time needs the specification to name the time column (time: COLUMN)") }
                parts = try Splits.byTime(column(time), shares: shares(), source: table.source)
            case .column(let name):
                parts = try Splits.byColumn(column(name), source: table.source)
            }
            train = parts.rows(of: .train).map { known[$0] }
            validation = parts.rows(of: .validation).map { known[$0] }
            calibration = parts.rows(of: .calibration).map { known[$0] }
            test = parts.rows(of: .test).map { known[$0] }
            guard !train.isEmpty else { throw DataError(source: table.source, reason: "the split leaves no rows to train on") }
        }

        var counts: ModelCard.Parts { .init(train: train.count, validation: validation.count, calibration: calibration.count, test: test.count) }
    }
}
