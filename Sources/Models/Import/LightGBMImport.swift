import Documents

/// Reads LightGBM's text models, versions v3 and v4 (its `src/io/gbdt_model_text.cpp` and `include/LightGBM/tree.h`).
///
/// The model scores as LightGBM does, to the bit: values of absolute size up to 1e-35, which LightGBM's readers take as 0,
/// stand as they are here. What has no counterpart is refused: linear trees, several classes, links other than logit and
/// identity, and zeros as missing where they would leave the side that their value is on.
public enum LightGBMImport {
    static let byteLimit = 1 << 28
    /// LightGBM's `kZeroThreshold`: smaller values are zeros.
    private static let zeroThreshold = Double(Float(1e-35))

    /// - Throws: `DocumentError` naming line and tree.
    public static func read(path: String) throws -> ImportedModel { try parse(TextFile.read(path, limit: byteLimit), source: path) }

    public static func parse(_ text: String, source: String) throws -> ImportedModel {
        let file = try LightGBMText(text, source: source)
        let header = file.header
        let version = try file.text("version", header)
        guard version == "v3" || version == "v4" else { throw file.error("version '\(version)'; this program reads v3 and v4", header.values["version"]?.line) }
        for key in ["num_class", "num_tree_per_iteration"] where try file.integer(key, header) != 1 {
            throw file.error("\(key): a model of several classes has no counterpart", header.values[key]?.line)
        }
        let (link, calibrator) = try objective(file)
        var notes: [String] = []
        if case .platt(let slope, _) = calibrator { notes.append("LightGBM's sigmoid: margin = \(NumberText.shortest(slope)) · raw score") }

        let featureCount = try file.integer("max_feature_idx", header) + 1
        guard featureCount > 0, featureCount <= [Feature].limit else { throw file.error("max_feature_idx: \(featureCount) features", header.values["max_feature_idx"]?.line) }
        let names = try file.text("feature_names", header).split(separator: " ").map(String.init)
        guard names.count == featureCount else { throw file.error("feature_names: expected \(featureCount), found \(names.count)", header.values["feature_names"]?.line) }
        let infos = try file.text("feature_infos", header).split(separator: " ")
        guard infos.count == featureCount else { throw file.error("feature_infos: expected \(featureCount), found \(infos.count)", header.values["feature_infos"]?.line) }

        var trees = try file.trees.enumerated().map { try LightGBMTree($1, number: $0, featureCount: featureCount, file) }
        let levels = try LightGBMCategories(file, infos: infos, trees: trees).levels
        if header.values["average_output"] != nil {
            for index in trees.indices { trees[index].average(over: trees.count) }
            notes.append("a random forest: leaf values are divided by the number of trees")
        }
        let features = names.indices.map { index -> Feature in
            if let levels = levels[index] { return Feature(name: names[index], kind: .categorical(levels: levels.levels)) }
            return Feature(name: names[index], kind: .numeric, range: range(infos[index]))
        }
        let ensemble = TreeEnsemble(featureCount: featureCount, baseMargin: 0, trees: try trees.map { try $0.tree(levels, file) })
        return try ImportedModel(model: Model(features: features, predictor: .trees(ensemble), link: link, calibrator: calibrator),
                                 origin: "LightGBM \(version)", parameters: parameters(file, trees: trees.count), notes: notes).checked(source: source)
    }

    /// `binary sigmoid:1` and the like.
    private static func objective(_ file: LightGBMText) throws -> (Link, Calibrator) {
        let words = try file.text("objective", file.header).split(separator: " ")
        let line = file.header.values["objective"]?.line
        switch words.first ?? "" {
        case "binary":
            let sigmoid = words.first { $0.hasPrefix("sigmoid:") }.flatMap { NumberText.decimal(String($0.dropFirst(8))) } ?? 1
            guard sigmoid > 0 else { throw file.error("objective: sigmoid must be above 0", line) }
            return (.logit, sigmoid == 1 ? .none : .platt(slope: sigmoid, intercept: 0))
        case "cross_entropy": return (.logit, .none)
        case "regression", "regression_l1", "huber", "fair", "quantile", "mape":
            if words.contains("sqrt") { throw file.error("objective: reg_sqrt has no counterpart", line) }
            return (.identity, .none)
        case let name: throw file.error("objective '\(name)' has no counterpart; expected binary, cross_entropy or a regression without link", line)
        }
    }

    /// `[smallest:largest]` of the training values; nil for what is no such text.
    private static func range(_ info: Substring) -> ClosedRange<Double>? {
        guard info.hasPrefix("["), info.hasSuffix("]") else { return nil }
        let ends = info.dropFirst().dropLast().split(separator: ":").compactMap { NumberText.decimal(String($0)) }
        return ends.count == 2 && ends[0] <= ends[1] ? ends[0] ... ends[1] : nil
    }

    private static func parameters(_ file: LightGBMText, trees: Int) -> BoostedTreesParameters {
        var parameters = BoostedTreesParameters()
        parameters.numIterations = max(1, trees)
        if let rate = file.parameters["learning_rate"].flatMap(NumberText.decimal), rate > 0 { parameters.learningRate = rate }
        if let leaves = file.parameters["num_leaves"].flatMap({ Int($0) }), leaves >= 2 { parameters.numLeaves = leaves }
        return parameters
    }

    /// Where a missing value goes, of a question for numbers.
    /// - Returns: nil if zeros count as missing and go to the other side than their value is on.
    package static func missingGoesLeft(decision: Int, threshold: Double) -> Bool? {
        let defaultLeft = decision & 2 != 0
        switch decision >> 2 & 3 {
        case 2: return defaultLeft
        // Training saw nothing missing: LightGBM reads a missing value as 0.
        case 0: return 0 <= threshold
        default: return (defaultLeft ? threshold >= zeroThreshold : threshold < -zeroThreshold) ? defaultLeft : nil
        }
    }
}

/// One tree's lines as numbers, before it is known what its categories stand for.
struct LightGBMTree {
    private let line: Int
    private let number: Int
    private var nodes: [TreeNode] = []
    /// The codes of each categorical question, in the order of `categorySet` in the nodes.
    private(set) var sets: [[Int]] = []

    /// Inner nodes first, then the leaves: a negative child is the complement of a leaf's index.
    init(_ section: LightGBMText.Section, number: Int, featureCount: Int, _ file: LightGBMText) throws {
        line = section.line
        self.number = number
        func fault(_ reason: String, _ key: String? = nil) -> DocumentError { file.error("tree \(number): \(reason)", key.flatMap { section.values[$0]?.line } ?? section.line) }
        let leaves = try file.integer("num_leaves", section)
        guard leaves >= 1, leaves <= TreeEnsemble.nodeLimit / 2 else { throw fault("num_leaves \(leaves)", "num_leaves") }
        if section.values["is_linear"] != nil, try file.integer("is_linear", section) != 0 { throw fault("linear trees have no counterpart", "is_linear") }
        let values = try file.numbers("leaf_value", section, count: leaves)
        let inner = leaves - 1
        let hasCounts = leaves > 1 || !(section.values["leaf_count"]?.text.isEmpty ?? true)
        let leafCounts = hasCounts ? try file.numbers("leaf_count", section, count: leaves) : [0]
        if inner > 0 {
            let asked = try file.integers("split_feature", section, count: inner, in: 0 ... featureCount - 1)
            let gains = try file.numbers("split_gain", section, count: inner)
            let thresholds = try file.numbers("threshold", section, count: inner)
            let decisions = try file.integers("decision_type", section, count: inner, in: 0 ... 15)
            let left = try file.integers("left_child", section, count: inner, in: -leaves ... inner - 1)
            let right = try file.integers("right_child", section, count: inner, in: -leaves ... inner - 1)
            let counts = try file.numbers("internal_count", section, count: inner)
            let bits = try LightGBMTree.bits(section, file)
            for index in 0 ..< inner {
                func child(_ child: Int) -> Int32 { Int32(child >= 0 ? child : inner + ~child) }
                var node = TreeNode(feature: Int32(asked[index]), left: child(left[index]), right: child(right[index]), cover: counts[index],
                                    gain: gains[index].isFinite ? gains[index] : 0)
                if decisions[index] & 1 == 1 {
                    guard let set = Int(exactly: thresholds[index]), bits.indices.contains(set) else { throw fault("threshold[\(index)]: no such category set", "threshold") }
                    // Missing and unknown categories go right, whatever the default says.
                    node.categorySet = Int32(sets.count)
                    sets.append(bits[set])
                } else {
                    guard decisions[index] >> 2 & 3 < 3 else { throw fault("decision_type[\(index)]: \(decisions[index])", "decision_type") }
                    // An infinite threshold sends every number to one side; ours are finite, and -0 is 0.
                    node.threshold = min(max(thresholds[index], -Double.greatestFiniteMagnitude), Double.greatestFiniteMagnitude) + 0
                    guard let goesLeft = LightGBMImport.missingGoesLeft(decision: decisions[index], threshold: node.threshold) else {
                        throw fault("decision_type[\(index)]: zeros as missing (zero_as_missing) that leave their side of the threshold have no counterpart", "decision_type")
                    }
                    node.missingGoesLeft = goesLeft
                }
                nodes.append(node)
            }
        }
        for (value, count) in zip(values, leafCounts) { nodes.append(TreeNode(value: value, cover: count)) }
    }

    /// The codes of each set, from its 32-bit words.
    private static func bits(_ section: LightGBMText.Section, _ file: LightGBMText) throws -> [[Int]] {
        let count = try file.integer("num_cat", section)
        guard count > 0 else { return [] }
        guard count <= TreeEnsemble.nodeLimit else { throw file.error("num_cat: \(count)", section.line) }
        let wordCount = try file.text("cat_threshold", section).split(separator: " ").count
        let words = try file.integers("cat_threshold", section, count: wordCount, in: 0 ... Int(UInt32.max))
        let bounds = try file.integers("cat_boundaries", section, count: count + 1, in: 0 ... wordCount)
        guard zip(bounds, bounds.dropFirst()).allSatisfy(<) else { throw file.error("cat_boundaries do not rise", section.values["cat_boundaries"]?.line) }
        return (0 ..< count).map { set in
            var codes: [Int] = []
            for word in bounds[set] ..< bounds[set + 1] {
                for bit in 0 ..< 32 where words[word] >> bit & 1 == 1 { codes.append(32 * (word - bounds[set]) + bit) }
            }
            return codes
        }
    }

    mutating func average(over trees: Int) {
        for index in nodes.indices { nodes[index].value /= Double(trees) }
    }

    /// Features asked for categories, with the codes asked for.
    var categories: [(feature: Int, codes: [Int])] { nodes.compactMap { $0.isCategorical ? (Int($0.feature), sets[Int($0.categorySet)]) : nil } }
    /// Features asked for numbers.
    var numericFeatures: Set<Int> { Set(nodes.lazy.filter { !$0.isLeaf && !$0.isCategorical }.map { Int($0.feature) }) }

    func tree(_ levels: [Int: ImportedLevels], _ file: LightGBMText) throws -> Tree {
        var coded = [CategorySet](repeating: CategorySet(), count: sets.count)
        for node in nodes where node.isCategorical {
            coded[Int(node.categorySet)] = levels[Int(node.feature)]?.set(sets[Int(node.categorySet)]) ?? CategorySet()
        }
        do throws(StructureFault) {
            let (ordered, unreached) = try NodeOrder.fromRoot(nodes)
            guard unreached == 0 else { throw StructureFault(reason: "\(unreached) nodes without a parent") }
            return Tree(nodes: ordered, categorySets: coded)
        } catch {
            throw file.error("tree \(number): \(error.reason)", line)
        }
    }
}
