import Attribution
import LinearAlgebra
import Models
import Testing
import TestSupport

/// The global views against models whose shape is known.
@Suite struct ViewTests {
    /// Two numeric features and a category of three levels, correlated; a few missing.
    let features = [Feature(name: "a", kind: .numeric), Feature(name: "b", kind: .numeric), Feature(name: "c", kind: .categorical(levels: ["p", "q", "r"]))]
    let rows: Matrix
    /// margin = 1 + 0.5 · a - 2 · b + (0, 3, 1)[c], standardised.
    let linear: Model
    /// A sum of stumps: additive, not linear.
    let additive: Model

    init() {
        var draws = RandomDraws(seed: 5)
        var rows = Matrix(rows: 900, columns: 3)
        for row in 0 ..< 900 {
            let a = draws.uniform() * 4
            rows[row, 0] = a
            rows[row, 1] = draws.chance(0.05) ? .nan : a / 2 + draws.uniform()
            rows[row, 2] = Double(draws.below(3))
        }
        self.rows = rows
        linear = Model(features: features, predictor: .linear(LinearModel(featureCount: 3, intercept: 1, terms: [
            .init(feature: 0, design: .value, mean: 0, scale: 1, coefficient: 0.5), .init(feature: 1, design: .value, mean: 0, scale: 1, coefficient: -2),
            .init(feature: 2, design: .level(1), mean: 0, scale: 1, coefficient: 3), .init(feature: 2, design: .level(2), mean: 0, scale: 1, coefficient: 1),
        ])), link: .logit)
        let stumps = (0 ..< 40).map { i in
            Tree(nodes: [TreeNode(feature: Int32(i % 2), left: 1, right: 2, missingGoesLeft: true, threshold: draws.uniform() * 3, cover: 10),
                         TreeNode(value: draws.uniform(), cover: 4), TreeNode(value: draws.uniform(), cover: 6)])
        }
        additive = Model(features: features, predictor: .trees(TreeEnsemble(featureCount: 3, baseMargin: 0, trees: stumps)), link: .logit)
    }

    @Test func `accumulated effects of an additive model are its shape`() {
        let scorer = ModelScorer(additive)
        for feature in 0 ..< 2 {
            let ale = AccumulatedLocalEffects(scorer, rows, feature: feature)
            #expect(ale.grid.points.count == 21 && ale.rowCounts.reduce(0, +) == 900 - ale.grid.missingRows)
            // What the feature adds at x, up to a constant: the margin with the other feature held.
            let shape = ale.grid.points.map { x in
                let values = feature == 0 ? [x, 1, 0] : [1, x, 0]
                return additive.rawMargins(of: Matrix(rows: 1, columns: 3, order: .row, storage: values))[0]
            }
            for k in shape.indices { #expect(abs((ale.effects[k] - ale.effects[0]) - (shape[k] - shape[0])) <= 1e-12) }
            #expect(ale.stepErrors.allSatisfy { $0 <= 1e-12 }, "every row's local effect is the same")
            let centre = (1 ..< 21).reduce(0) { $0 + Double(ale.rowCounts[$1]) * (ale.effects[$1 - 1] + ale.effects[$1]) / 2 }
            #expect(abs(centre) <= 1e-9)
        }
        #expect((AccumulatedLocalEffects(scorer, rows, feature: 2)).effects.allSatisfy { $0 == 0 }, "a feature that is not asked has none")
    }

    @Test func `accumulated effects of levels stand in rising order of their contribution`() {
        let attributions = linear.attributor().attribute(rows)
        let ale = AccumulatedLocalEffects(ModelScorer(linear), rows, feature: 2, attributions: attributions)
        #expect(ale.grid.points == [0, 2, 1])
        #expect(abs(ale.effects[1] - ale.effects[0] - 1) <= 1e-12 && abs(ale.effects[2] - ale.effects[0] - 3) <= 1e-12)
        #expect(abs(zip(ale.effects, ale.rowCounts).reduce(0) { $0 + $1.0 * Double($1.1) }) <= 1e-9)
    }

    @Test func `partial dependence of a linear model is a line`() {
        let view = PartialDependence(ModelScorer(linear), rows, feature: 0)
        for (x, margin) in zip(view.grid.points, view.margins) {
            #expect(abs((margin - view.margins[0]) - 0.5 * (x - view.grid.points[0])) <= 1e-12)
        }
        // Single rows' curves are shifted copies, so their quantiles are lines too.
        for curve in view.quantiles {
            for (x, margin) in zip(view.grid.points, curve) { #expect(abs((margin - curve[0]) - 0.5 * (x - view.grid.points[0])) <= 1e-12) }
        }
        #expect(zip(view.quantiles[0], view.quantiles[2]).allSatisfy { $0 < $1 })
        #expect(zip(view.probabilities, view.probabilities.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func `the graph of an additive model has no edges`() {
        #expect(graph(additive, rows).edges.isEmpty && graph(additive, rows).shownShare == 1)
        #expect(graph(linear, rows).edges.isEmpty)
    }

    @Test func `the graph holds the means of the interactions, strongest first`() {
        let features = RandomEnsembles.features(numeric: 6, categorical: 3)
        let model = Model(features: features, predictor: .trees(RandomEnsembles.make(seed: 3, features: features, trees: 30, depth: 5)), link: .logit)
        let rows = RandomEnsembles.rows(seed: 4, features: features, count: 500)
        let graph = graph(model, rows), all = model.interactor().interactions(of: rows)
        #expect(zip(graph.edges, graph.edges.dropFirst()).allSatisfy { $0.strength >= $1.strength })
        for edge in graph.edges {
            let values = (0 ..< 500).map { all.matrix(row: $0) }.map { abs($0[edge.pair.first, edge.pair.second] + $0[edge.pair.second, edge.pair.first]) }
            #expect(abs(edge.strength - values.reduce(0, +) / 500) <= 1e-12)
        }
        #expect(graph.rows == 500 && graph.keptCount < graph.edges.count && graph.shownShare > 0.3 && graph.shownShare < 1)
        let strongest = graph.edges[0].pair
        #expect(graph.partner(of: strongest.first) == strongest.second && graph.partner(of: strongest.second) == strongest.first)
    }

    private func graph(_ model: Model, _ rows: Matrix) -> InteractionGraph {
        let interactor = model.interactor()
        var gathered = InteractionGraph.Accumulator(interactor)
        interactor.interactionBlocks(of: rows, block: 64) { gathered.add($1) }
        return gathered.graph()
    }

    @Test func `segments' means, weighted by their rows, are the whole's`() {
        let codes = (0 ..< 900).map { Int32($0 % 4) - 1 }
        var segments = SegmentAttributions(segmentCount: 3, featureCount: 3)
        additive.attributor().attributeBlocks(rows, block: 100) { segments.add($1, codes: codes[$0]) }
        let all = additive.attributor().attribute(rows)
        #expect(segments.rows == [225, 225, 225])
        for feature in 0 ..< 3 {
            for segment in 0 ..< 3 {
                let values = (0 ..< 900).filter { codes[$0] == segment }.map { all.contributions[$0, feature] }
                #expect(abs(segments.mean(segment: segment, feature: feature) - values.reduce(0, +) / 225) <= 1e-12)
                #expect(abs(segments.meanAbsolute(segment: segment, feature: feature) - values.map(abs).reduce(0, +) / 225) <= 1e-12)
            }
        }
    }

    @Test func `a sample is drawn without replacement and knows its whole`() {
        let sample = RowSample(of: 1000, limit: 100)
        #expect(sample.rows.count == 100 && Set(sample.rows).count == 100 && sample.rows == sample.rows.sorted() && !sample.isWhole)
        #expect(sample == RowSample(of: 1000, limit: 100) && sample != RowSample(of: 1000, limit: 100, seed: 2))
        #expect(RowSample(of: 50, limit: 100).rows == Array(0 ..< 50))
    }
}
