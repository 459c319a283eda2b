import LinearAlgebra

/// What a look at a table shows before anything is trained: each column's kind, range and gaps, what is suspicious,
/// and which columns may give a target away.
public struct Inspection: Sendable {
    public var source: String
    public var rowCount: Int
    /// In the table's order.
    public var columns: [ColumnInspection]
    /// Rows equal to an earlier row in every column.
    public var duplicateRows: Int
    /// Names that differ in case, blanks or punctuation only.
    public var similarNames: [[String]]
    /// `nil` without a target.
    public var target: TargetInspection?

    /// - Parameter target: the column to be predicted, for the search for leaks; without one, nothing is guessed.
    /// - Throws: `DataError` if the target is not in the table or has not two classes.
    public init(_ table: Table, target: Target? = nil, threads: Int = 1, progress: ProgressHandler? = nil) throws {
        let labels = try target.map { try Labels($0, in: table) }
        source = table.source
        rowCount = table.rowCount
        columns = []
        var leaks: [Leak] = []
        let work = table.columns.count + 1
        // A few columns at a time, so that progress is told from one thread.
        var done = 0
        while done < table.columns.count {
            let batch = done ..< min(done + max(threads, 1) * 2, table.columns.count)
            let results = Parallel.map(batch.count, threads: threads) { index in
                let column = table.columns[batch.lowerBound + index]
                let other = column.name == target?.column ? nil : labels
                let profile = ColumnProfile(column, labels: other)
                return (profile.inspection(of: column), other.flatMap { profile.leak(in: column, labels: $0) })
            }
            columns += results.map(\.0)
            leaks += results.compactMap(\.1)
            done = batch.upperBound
            progress?(done, work)
        }
        duplicateRows = DuplicateRows.count(in: table)
        similarNames = SimilarNames.groups(table.columnNames)
        if let target, let labels {
            let byStrength = leaks.sorted { ($0.auc, $1.column) > ($1.auc, $0.column) }
            self.target = TargetInspection(column: target.column, rows: labels.positives + labels.negatives, positives: labels.positives,
                                           positive: labels.positiveText, leaks: byStrength)
        }
        progress?(work, work)
    }

    /// A yes-or-no question about each row.
    public struct Target: Sendable, Equatable {
        public var column: String
        /// The value that counts as yes, as a text or as a number in a numeric column. It may be left out of a column with
        /// just two values: then the greater is taken, and nothing that `Inspection` says depends on which.
        public var positive: String?

        public init(column: String, positive: String? = nil) {
            self.column = column
            self.positive = positive
        }
    }
}

/// One column's summary.
public struct ColumnInspection: Sendable {
    public var name: String
    public var kind: ColumnKind
    public var missing: Int
    /// Different values, missing not counted.
    public var distinct: Int
    /// Of numbers, and of times in seconds since 1970; `nil` without a value.
    public var minimum: Double?
    public var maximum: Double?
    public var mean: Double?
    /// The most frequent values, at most five, with their rows; frequent first, ties in order of value.
    public var frequent: [(text: String, rows: Int)]
    public var suspicions: [Suspicion]
}

/// Something about a column that a person should look at.
public enum Suspicion: Sendable, Equatable {
    /// One value in every row that has any.
    case constant
    case allMissing
    /// Texts, or whole numbers, of which (almost) no two are alike: it names a row and says nothing about the next.
    case identifierLike
    /// A text that often stands for "missing", though it is read as it stands unless listed.
    case looksMissing(text: String, rows: Int)
    /// A number far outside all others, in many rows, of the kind that stands for "missing" or "never": 999, -1.
    case sentinel(value: Double, rows: Int)
    /// A text column whose values are numbers but for some: these.
    case mostlyNumbers(numbers: Int, others: [String])
    /// Texts that differ in case, blanks or punctuation only.
    case similarTexts([String])
}

/// What single columns say about the target.
public struct TargetInspection: Sendable {
    public var column: String
    /// Rows with a target.
    public var rows: Int
    public var positives: Int
    /// The value counted as positive.
    public var positive: String
    /// Columns that predict too well, the strongest first.
    public var leaks: [Leak]
}

/// A column that predicts the target suspiciously well on its own: was it known when the decision had to be made?
public struct Leak: Sendable, Equatable {
    public enum Strength: String, Sendable {
        /// AUC at least 0.8: few honest single features of a sales decision get there.
        case likely
        /// AUC at least 2/3, or a telling gap, or rows that it decides: a good feature, or one written after the fact.
        case possible
    }

    public static let likelyAUC = 0.8
    public static let possibleAUC = 2.0 / 3.0
    public static let missingAUC = 0.6

    public var column: String
    public var strength: Strength
    /// The chance that the column alone ranks a positive row above a negative one, at least 0.5 (direction does not matter).
    public var auc: Double
    /// The same for whether the value is missing.
    public var aucOfMissing: Double
    /// Rows that the column decides: at least 99 % of them share the outcome, and chance would do that less than once in a million.
    public var decided: [DecidedRows]
}

/// Rows with one value, or beyond one value, that almost all have one outcome.
public struct DecidedRows: Sendable, Equatable {
    public enum Condition: Sendable, Equatable {
        case equals(String)
        case atLeast(Double)
        case atMost(Double)
        case missing
    }

    public var condition: Condition
    public var rows: Int
    public var positives: Int
}
