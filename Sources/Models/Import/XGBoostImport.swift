import Documents
import LinearAlgebra

/// Reads XGBoost's models, as JSON or as UBJSON, its default (its `doc/model.schema`): gbtree and dart, one output, numeric features.
///
/// XGBoost casts inputs to float32 and asks `x < t` of them; `threshold(below:)` is the double that asks the same of x itself,
/// so that every double goes the way that XGBoost sends it. Sums are in float64 here and in float32 there.
public enum XGBoostImport {
    static let byteLimit = 1 << 28

    /// - Parameter iterations: boosting rounds to keep; nil = up to the file's `best_iteration`, else all.
    /// - Throws: `DocumentError` naming the member.
    public static func read(path: String, iterations: Int? = nil) throws -> ImportedModel {
        try parse(TextFile.readBytes(path, limit: byteLimit), source: path, iterations: iterations)
    }

    public static func parse(_ bytes: [UInt8], source: String, iterations: Int? = nil) throws -> ImportedModel {
        let document = JSON.isUBJSON(bytes) ? try JSON.parseUBJSON(bytes, source: source, limit: byteLimit) : try JSON.parse(bytes, source: source, limit: byteLimit)
        let root = try JSONReader(document, source: source)
        let version = try root.indices("version", count: 3, in: 0 ... 1_000_000)
        let learner = try root.object("learner")
        let shape = try learner.object("learner_model_param")
        let featureCount = try whole("num_feature", shape, 1 ... [Feature].limit)
        let classes = try whole("num_class", shape, 0 ... .max)
        let targets = shape["num_target"] == nil ? 1 : try whole("num_target", shape, 0 ... .max)
        guard classes <= 1, targets <= 1 else {
            throw shape.error(nil, "a model of several classes or targets has no counterpart")
        }
        let link = try link(learner.object("objective"))
        let names = try featureNames(learner, count: featureCount)

        var booster = try learner.object("gradient_booster")
        let kind = try booster.string("name")
        var weights: [Double]?
        if kind == "dart" {
            weights = try booster.numbers("weight_drop")
            booster = try booster.object("gbtree")
        } else if kind != "gbtree" {
            throw booster.error("name", "'\(kind)' has no counterpart; expected gbtree or dart")
        }
        let model = try booster.object("model")
        let readers = try model.objects("trees", atMost: TreeEnsemble.treeLimit)
        if let weights, weights.count != readers.count { throw booster.error("weight_drop", "expected \(readers.count) numbers, found \(weights.count)") }
        let (kept, notes) = try kept(learner, model, trees: readers.count, iterations)
        var trees: [Tree] = []
        for index in 0 ..< kept { trees.append(try tree(readers[index], features: featureCount, weight: weights?[index] ?? 1)) }

        let base = try baseMargin(shape, link)
        var parameters = BoostedTreesParameters()
        parameters.numIterations = max(1, kept)
        let features = names.map { Feature(name: $0, kind: .numeric) }
        let ensemble = TreeEnsemble(featureCount: featureCount, baseMargin: base, trees: trees)
        return try ImportedModel(model: Model(features: features, predictor: .trees(ensemble), link: link), origin: "XGBoost \(version.map(String.init).joined(separator: "."))",
                                 parameters: parameters, notes: notes).checked(source: source)
    }

    /// XGBoost writes its parameters as texts.
    private static func whole(_ name: String, _ reader: JSONReader, _ range: ClosedRange<Int>) throws -> Int {
        let text = try reader.string(name)
        guard let number = Int(text), range.contains(number) else { throw reader.error(name, "expected a whole number, found '\(text.prefix(40))'") }
        return number
    }

    private static func link(_ objective: JSONReader) throws -> Link {
        switch try objective.string("name") {
        case "binary:logistic", "binary:logitraw", "reg:logistic": return .logit
        case "reg:squarederror", "reg:linear", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror", "reg:squaredlogerror": return .identity
        case let name: throw objective.error("name", "'\(name)' has no counterpart; expected binary:logistic or a regression without link")
        }
    }

    private static func featureNames(_ learner: JSONReader, count: Int) throws -> [String] {
        let names = learner["feature_names"] == nil ? [] : try learner.strings("feature_names")
        if names.isEmpty { return (0 ..< count).map { "f\($0)" } }
        guard names.count == count else { throw learner.error("feature_names", "expected \(count), found \(names.count)") }
        return names
    }

    /// The score before any tree: `base_score` is a probability where the link is logit, in brackets since XGBoost 3.1.
    private static func baseMargin(_ shape: JSONReader, _ link: Link) throws -> Double {
        let text = try shape.string("base_score")
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        guard let score = NumberText.decimal(bare), Float(score).isFinite else { throw shape.error("base_score", "expected one number, found '\(text.prefix(40))'") }
        let rounded = Double(Float(score))
        guard link == .logit else { return rounded }
        guard rounded > 0, rounded < 1 else { throw shape.error("base_score", "expected a probability between 0 and 1, found '\(bare)'") }
        return Portable.log(rounded / (1 - rounded))
    }

    /// How many of the trees to keep, and why.
    private static func kept(_ learner: JSONReader, _ model: JSONReader, trees: Int, _ iterations: Int?) throws -> (Int, [String]) {
        let attributes = learner["attributes"] == nil ? nil : try learner.object("attributes")
        let best = try attributes.flatMap { $0["best_iteration"] == nil ? nil : try whole("best_iteration", $0, 0 ... TreeEnsemble.treeLimit) }
        guard let rounds = iterations ?? best.map({ $0 + 1 }) else { return (trees, []) }
        let parallel = try whole("num_parallel_tree", model.object("gbtree_model_param"), 0 ... TreeEnsemble.treeLimit)
        let kept = rounds * max(1, parallel)
        guard kept <= trees else { throw model.error("trees", "\(trees) trees, \(rounds) iterations of \(max(1, parallel)) asked for") }
        return (kept, kept == trees ? [] : ["\(kept) of \(trees) trees, \(iterations == nil ? "up to the best iteration" : "as asked for")"])
    }

    private static func tree(_ reader: JSONReader, features: Int, weight: Double) throws -> Tree {
        let shape = try reader.object("tree_param")
        guard try whole("size_leaf_vector", shape, 0 ... .max) <= 1 else { throw shape.error("size_leaf_vector", "leaves that are vectors have no counterpart") }
        let count = try whole("num_nodes", shape, 1 ... TreeEnsemble.nodeLimit)
        let deleted = try whole("num_deleted", shape, 0 ... count - 1)
        let left = try reader.indices("left_children", count: count, in: -1 ... count - 1)
        let right = try reader.indices("right_children", count: count, in: -1 ... count - 1)
        let asked = try reader.indices("split_indices", count: count, in: 0 ... Int(UInt32.max))
        let conditions = try reader.numbers("split_conditions", count: count)
        let covers = try reader.numbers("sum_hessian", count: count)
        let gains = try reader.numbers("loss_changes", count: count)
        let types = reader["split_type"] == nil ? [Int](repeating: 0, count: count) : try reader.indices("split_type", count: count, in: 0 ... 1)
        if let node = types.firstIndex(of: 1) { throw reader.error("split_type[\(node)]", "questions for categories have no counterpart") }
        let defaultLeft = try flags("default_left", reader, count: count)

        var nodes: [TreeNode] = []
        nodes.reserveCapacity(count)
        for index in 0 ..< count {
            let cover = Double(Float(covers[index]))
            if left[index] < 0 {
                guard right[index] < 0 else { throw reader.error("right_children[\(index)]", "a leaf with a child") }
                nodes.append(TreeNode(value: Double(Float(conditions[index])) * weight, cover: cover))
            } else {
                // Nodes that pruning took away keep their place, with a feature that no model has; no walk reaches them.
                nodes.append(TreeNode(feature: Int32(clamping: asked[index]), left: Int32(left[index]), right: Int32(right[index]), missingGoesLeft: defaultLeft[index],
                                      threshold: threshold(below: Float(conditions[index])), cover: cover, gain: gains[index]))
            }
        }
        do throws(StructureFault) {
            let (ordered, unreached) = try NodeOrder.fromRoot(nodes)
            guard unreached <= deleted else { throw StructureFault(reason: "\(unreached) nodes without a parent") }
            return Tree(nodes: ordered)
        } catch {
            throw reader.error(nil, error.reason)
        }
    }

    /// Numbers 0 and 1, or true and false as older versions write them.
    private static func flags(_ name: String, _ reader: JSONReader, count: Int) throws -> [Bool] {
        let values = try reader.list(name)
        guard values.count == count else { throw reader.error(name, "expected \(count) flags, found \(values.count)") }
        return try values.enumerated().map { place, value in
            switch value {
            case .bool(let flag): return flag
            case .int(0): return false
            case .int(1): return true
            default: throw reader.error("\(name)[\(place)]", "expected 0 or 1")
            }
        }
    }

    /// The largest double that rounds to a float32 below `t`: `x <= threshold` of a double x is `Float(x) < t`.
    ///
    /// Doubles between `t` and the float32 before it part at their midpoint, which is a double; it rounds to the one of the two
    /// whose last bit is even.
    package static func threshold(below t: Float) -> Double {
        guard t > -.infinity else { return -Double.greatestFiniteMagnitude }
        let before = t.nextDown
        // Beyond the largest float32, rounding takes infinity for the next power of two.
        func place(_ x: Float) -> Double { x.isInfinite ? (x < 0 ? -0x1p128 : 0x1p128) : Double(x) }
        let middle = (place(before) + place(t)) / 2
        return before.bitPattern & 1 == 0 ? middle : middle.nextDown
    }
}
