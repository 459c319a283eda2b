import LinearAlgebra

/// Which features act together: features as nodes, interactions as edges.
///
/// An edge's strength is the mean over rows of |φᵢⱼ + φⱼᵢ|, what the pair does beyond both by themselves; a node's size is the mean of
/// |φᵢ| (as `Importance`), and beside it the mean of |φᵢᵢ|. Of all pairs the strongest are kept until they hold `coverage` of the sum
/// of all strengths, but no more than `limit` and none below 1 % of the largest node: `shownShare` says what they hold.
public struct InteractionGraph: Sendable, Equatable {
    public struct Node: Sendable, Equatable {
        public var feature: Int
        /// Mean |contribution|, and mean |main effect|.
        public var importance: Double
        public var mainEffect: Double
    }

    public struct Edge: Sendable, Equatable {
        public var pair: FeaturePair
        public var strength: Double
        /// Of the mean over rows drawn independently; 0 for fewer than two rows.
        public var standardError: Double
    }

    /// Every feature, in its order.
    public let nodes: [Node]
    /// Every pair that interacts in some row, strongest first; equal ones by pair.
    public let edges: [Edge]
    /// How many of `edges`, from the front, are kept.
    public let keptCount: Int
    public let rows: Int

    public var kept: ArraySlice<Edge> { edges[..<keptCount] }

    /// Part of the sum of all strengths that the kept edges hold; 1 without interactions.
    public var shownShare: Double {
        let all = edges.reduce(0) { $0 + $1.strength }
        return all > 0 ? kept.reduce(0) { $0 + $1.strength } / all : 1
    }

    /// The feature that interacts most with `feature`; nil if none does.
    public func partner(of feature: Int) -> Int? {
        edges.first { $0.pair.first == feature || $0.pair.second == feature }
            .map { $0.pair.first == feature ? $0.pair.second : $0.pair.first }
    }

    /// Gathers the graph block by block.
    public struct Accumulator: Sendable {
        private let pairs: [FeaturePair]
        private var importance: Importance
        private var mainEffects: Importance
        private var strengths: Importance

        public init(_ interactor: Interactor) {
            pairs = interactor.pairs
            importance = Importance(featureCount: interactor.attributor.playerCount)
            mainEffects = importance
            strengths = Importance(featureCount: pairs.count)
        }

        public mutating func add(_ block: Interactions) {
            importance.add(block.attributions)
            mainEffects.add(block.mainEffects)
            strengths.add(block.values)
        }

        public func graph(coverage: Double = 0.9, limit: Int = 20) -> InteractionGraph {
            let whole = importance.result(), main = mainEffects.result()
            let nodes = whole.map { Node(feature: $0.feature, importance: $0.meanAbsolute, mainEffect: main[$0.feature].meanAbsolute) }
            // Values hold half of a pair's interaction.
            var edges: [Edge] = []
            for one in strengths.result() where one.meanAbsolute > 0 {
                edges.append(Edge(pair: pairs[one.feature], strength: 2 * one.meanAbsolute, standardError: 2 * one.standardError))
            }
            edges.sort { (a: Edge, b: Edge) in a.strength != b.strength ? a.strength > b.strength : a.pair < b.pair }
            let all = edges.reduce(0) { $0 + $1.strength }, least = 0.01 * (nodes.map(\.importance).max() ?? 0)
            var kept = 0, held = 0.0
            while kept < min(limit, edges.count), held < coverage * all, edges[kept].strength >= least {
                held += edges[kept].strength
                kept += 1
            }
            return InteractionGraph(nodes: nodes, edges: edges, keptCount: kept, rows: importance.rowCount)
        }
    }
}
