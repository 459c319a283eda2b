import Attribution
import Datasets
import LinearAlgebra
import Models
import Training

/// What a model goes by over a whole table: every global view of its document, ready to be printed or drawn.
///
/// Mean |contribution|, segments and permutation importance take every row (permutation importance every row with a target);
/// interactions, points and effects take `sample`, and whoever shows them says so.
public struct GlobalViews: Sendable {
    public struct Options: Sendable {
        /// Columns of the table by whose values attributions are broken down.
        public var segments: [String] = []
        public var permutations = true
        public var interactions = true
        /// Effects are computed for as many of the leading features.
        public var effects = 6
        /// Rows that views of single rows are drawn from.
        public var sampleLimit = 2_000
        public var repeats = 5
        public var seed: UInt64 = 1
        public var threads = 1
        public init() {}
    }

    public struct Effect: Sendable {
        public let feature: Int
        public let accumulated: AccumulatedLocalEffects
        public let partial: PartialDependence
    }

    public struct Segments: Sendable {
        public let column: String
        /// A segment's name; the empty text is the segment of rows whose value is missing.
        public let values: [String]
        public let attributions: SegmentAttributions
    }

    public let document: ModelDocument
    public let rows: Int
    /// In the order of the features.
    public let importance: [FeatureImportance]
    /// nil: not asked for, or the table has no target (then `permutationNote` says so).
    public let permutation: PermutationImportance?
    public let permutationNote: String?
    public let segments: [Segments]
    public let sample: RowSample
    /// The sampled rows as the model reads them, and their interactions; without pairs if not asked for.
    public let sampleFeatures: Matrix
    public let sampleInteractions: Interactions
    /// nil: not asked for.
    public let graph: InteractionGraph?
    /// Of the leading features, most important first.
    public let effects: [Effect]

    /// Features by falling mean |contribution|, equal ones in their order.
    public var ranking: [Int] { Self.ranked(importance) }

    private static func ranked(_ importance: [FeatureImportance]) -> [Int] {
        let sizes: [Double] = importance.map(\.meanAbsolute)
        return sizes.indices.sorted { (a: Int, b: Int) in sizes[a] != sizes[b] ? sizes[a] > sizes[b] : a < b }
    }

    /// - Throws: `DataError` for a table without rows, a segment column that is missing or unfit, or a broken target.
    public init(_ document: ModelDocument, table: Table, encoded: EncodedFeatures, options: Options = Options(), progress: (@Sendable (String) -> ProgressHandler?)? = nil) throws {
        guard table.rowCount > 0 else { throw DataError(source: table.source, reason: "has no rows to look at") }
        self.document = document
        rows = table.rowCount
        let model = document.model, matrix = encoded.matrix
        let segmentations = try options.segments.map { name in
            guard let column = table[name] else { throw DataError(source: table.source, column: name, reason: "segments are asked for by this column and it is missing") }
            return try Segmentation(column: column, source: table.source)
        }
        var importance = Importance(featureCount: model.features.count)
        var segmented = segmentations.map { SegmentAttributions(segmentCount: $0.values.count, featureCount: model.features.count) }
        model.attributor().attributeBlocks(matrix, threads: options.threads, progress: progress?("Explaining")) { rows, part in
            importance.add(part)
            for index in segmentations.indices { segmented[index].add(part, codes: segmentations[index].codes[rows]) }
        }
        self.importance = importance.result()
        segments = zip(segmentations, segmented).map { Segments(column: $0.column, values: $0.values, attributions: $1) }
        (permutation, permutationNote) = options.permutations
            ? try Self.permutation(document, table, matrix, options, progress?("Permuting")) : (nil, nil)

        sample = RowSample(of: matrix.rows, limit: options.sampleLimit, seed: options.seed)
        sampleFeatures = sample.isWhole ? matrix : matrix.selecting(rows: sample.rows)
        if options.interactions {
            let interactor = model.interactor()
            sampleInteractions = interactor.interactions(of: sampleFeatures, threads: options.threads)
            var gathered = InteractionGraph.Accumulator(interactor)
            gathered.add(sampleInteractions)
            graph = gathered.graph()
        } else {
            let attributions = model.attributor().attribute(sampleFeatures, threads: options.threads)
            sampleInteractions = Interactions(attributions: attributions, pairs: [], values: Matrix(rows: attributions.margins.count, columns: 0))
            graph = nil
        }
        effects = Self.effects(model, self.importance, sampleFeatures, sampleInteractions.attributions, options)
    }

    private static func effects(_ model: Model, _ importance: [FeatureImportance], _ rows: Matrix, _ attributions: Attributions, _ options: Options) -> [Effect] {
        let scorer = ModelScorer(model)
        let leading = Self.ranked(importance).filter { importance[$0].meanAbsolute > 0 }
        return leading.prefix(options.effects).map { feature in
            Effect(feature: feature, accumulated: AccumulatedLocalEffects(scorer, rows, feature: feature, attributions: attributions, threads: options.threads),
                   partial: PartialDependence(scorer, rows, feature: feature, threads: options.threads))
        }
    }

    private static func permutation(_ document: ModelDocument, _ table: Table, _ matrix: Matrix, _ options: Options,
                                    _ progress: ProgressHandler?) throws -> (PermutationImportance?, String?) {
        let name = document.specification.target.column
        guard table[name] != nil else { return (nil, "no permutation importance: the table has no column '\(name)', the target") }
        let target = try TargetReader.read(document.specification, table, needsVariety: false)
        let known = target.indices.filter { !target[$0].isNaN }
        guard !known.isEmpty else { return (nil, "no permutation importance: the target is missing in every row") }
        let whole = known.count == target.count
        let result = PermutationImportance(document.model, whole ? matrix : matrix.selecting(rows: known), target: whole ? target : known.map { target[$0] },
                                           repeats: options.repeats, seed: options.seed, threads: options.threads, progress: progress)
        return (result, whole ? nil : "permutation importance over the \(known.count) of \(target.count) rows that have a target")
    }
}
