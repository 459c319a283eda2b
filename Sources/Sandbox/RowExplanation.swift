import Attribution
import Datasets
import LinearAlgebra
import Models

/// One row explained in every way that was asked for.
public struct RowExplanation: Sendable {
    /// What two features (or groups) do together in this row.
    public struct Pair: Sendable, Equatable {
        public let first: Int
        public let second: Int
        /// Both halves.
        public let interaction: Double
    }

    public let explanation: Explanation
    /// nil: contributions to the margin; else the convention by which they are ones to the probability.
    public let convention: String?
    /// One for each feature or group, in their order; nil: not asked for.
    public let stability: [ReasonStability]?
    /// What each does by itself, and the pairs that act together, strongest first; nil: not asked for.
    public let mainEffects: [Double]?
    public let pairs: [Pair]

    /// - Parameters:
    ///   - row: counted from 0.
    ///   - interactions: only of path-dependent contributions to the margin.
    /// - Throws: `AttributionError` where the model has no contributions of that kind.
    public init(_ document: ModelDocument, table: Table, encoded: EncodedFeatures, row: Int, request: AttributionRequest = AttributionRequest(), inProbability: Bool = false,
                interactions: Bool = false, stability run: StabilityRun? = nil, threads: Int = 1) throws {
        precondition(!interactions || (request.method == .path && !inProbability), "interactions are path-dependent and of the margin")
        let model = document.model, single = encoded.matrix.selecting(rows: [row])
        let own = try model.attributor(request).attribute(single)
        var shown = own
        if inProbability, request.method == .interventional, let background = request.background {
            shown = try model.probabilityAttributions(of: single, background: background, players: request.players, threads: threads).asAttributions
        } else if inProbability {
            shown = try own.inProbability(of: model).asAttributions
        }
        convention = !inProbability ? nil : request.method == .interventional ? ProbabilityAttributions.convention : Attributions.probabilityConvention
        explanation = Explanation(model, table: table, row: row, players: request.players, attribution: shown[0],
                                  probability: model.probability(fromRaw: model.rawMargins(of: single)[0]))
        stability = run?.stability(single, row: 0, own: own[0].contributions)
        guard interactions else {
            (mainEffects, pairs) = (nil, [])
            return
        }
        let together = model.interactor(players: request.players).interactions(of: single)
        mainEffects = together.mainEffects.storage
        let found = together.pairs.enumerated().map { Pair(first: $1.first, second: $1.second, interaction: 2 * together.values[0, $0]) }
        pairs = found.filter { $0.interaction != 0 }.sorted { a, b in
            let (x, y) = (abs(a.interaction), abs(b.interaction))
            return x != y ? x > y : (a.first, a.second) < (b.first, b.second)
        }
    }
}
