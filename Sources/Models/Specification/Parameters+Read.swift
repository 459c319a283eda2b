import Documents

/// The settings that a learner takes: one list of names, aliases and bounds serves reading, writing and overriding.
struct ParameterTable<Parameters> {
    struct Entry {
        var name: String
        var aliases: [String]
        var read: (inout Parameters, DocumentNode) throws -> Void
        var write: (Parameters) -> JSON
    }

    var entries: [Entry] = []

    func read(_ reader: MappingReader, into parameters: inout Parameters) throws {
        for entry in entries {
            if let node = try reader.value(entry.name, orAliases: entry.aliases) { try entry.read(&parameters, node) }
        }
    }

    func json(_ parameters: Parameters) -> JSON { .object(JSONObject(entries.map { ($0.name, $0.write(parameters)) })) }

    static func whole(_ name: String, _ path: WritableKeyPath<Parameters, Int>, _ range: ClosedRange<Int>, aliases: [String] = []) -> Entry {
        Entry(name: name, aliases: aliases, read: { $0[keyPath: path] = try $1.int(range) }, write: { .int($0[keyPath: path]) })
    }

    static func real(_ name: String, _ path: WritableKeyPath<Parameters, Double>, _ bounds: Bounds, aliases: [String] = []) -> Entry {
        Entry(name: name, aliases: aliases, read: { $0[keyPath: path] = try $1.double(bounds) }, write: { .double($0[keyPath: path]) })
    }
}

extension BoostedTreesParameters {
    /// LightGBM's names, aliases and bounds (its documentation, "Parameters"); `max_bin` up to 255 as bins are bytes here.
    static var table: ParameterTable<Self> {
        typealias Table = ParameterTable<Self>
        let any = 0 ... Int.max
        var entries: [Table.Entry] = []
        entries.append(Table.whole("num_iterations", \.numIterations, 1 ... 100_000, aliases: [
            "n_estimators", "num_boost_round", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round", "num_rounds", "nrounds", "max_iter"]))
        entries.append(Table.real("learning_rate", \.learningRate, .above(0), aliases: ["shrinkage_rate", "eta"]))
        entries.append(Table.whole("num_leaves", \.numLeaves, 2 ... 131_072, aliases: ["num_leaf", "max_leaves", "max_leaf", "max_leaf_nodes"]))
        entries.append(Table.whole("max_depth", \.maxDepth, -1 ... 1_000))
        entries.append(Table.whole("min_data_in_leaf", \.minDataInLeaf, any, aliases: [
            "min_child_samples", "min_data_per_leaf", "min_data", "min_samples_leaf"]))
        entries.append(Table.real("min_sum_hessian_in_leaf", \.minSumHessianInLeaf, .atLeast(0), aliases: [
            "min_child_weight", "min_sum_hessian_per_leaf", "min_sum_hessian", "min_hessian"]))
        entries.append(Table.real("lambda_l1", \.lambdaL1, .atLeast(0), aliases: ["reg_alpha", "l1_regularization"]))
        entries.append(Table.real("lambda_l2", \.lambdaL2, .atLeast(0), aliases: ["reg_lambda", "lambda", "l2_regularization"]))
        entries.append(Table.real("min_gain_to_split", \.minGainToSplit, .atLeast(0), aliases: ["min_split_gain"]))
        entries.append(Table.real("feature_fraction", \.featureFraction, .above(0, to: 1), aliases: ["sub_feature", "colsample_bytree"]))
        entries.append(Table.real("bagging_fraction", \.baggingFraction, .above(0, to: 1), aliases: ["sub_row", "subsample", "bagging"]))
        entries.append(Table.whole("bagging_freq", \.baggingFreq, any, aliases: ["subsample_freq"]))
        entries.append(Table.whole("max_bin", \.maxBin, 2 ... 255, aliases: ["max_bins"]))
        entries.append(Table.whole("min_data_in_bin", \.minDataInBin, 1 ... Int.max))
        entries.append(Table.real("cat_smooth", \.catSmooth, .atLeast(0)))
        entries.append(Table.real("cat_l2", \.catL2, .atLeast(0)))
        entries.append(Table.whole("max_cat_to_onehot", \.maxCatToOnehot, 1 ... Int.max))
        entries.append(Table.whole("max_cat_threshold", \.maxCatThreshold, 1 ... Int.max))
        entries.append(Table.whole("min_data_per_group", \.minDataPerGroup, 1 ... Int.max))
        entries.append(Table.whole("early_stopping_round", \.earlyStoppingRound, any, aliases: [
            "early_stopping_rounds", "early_stopping", "n_iter_no_change"]))
        entries.append(Table.real("scale_pos_weight", \.scalePosWeight, .above(0)))
        entries.append(Table.Entry(name: "seed", aliases: ["random_seed", "random_state"],
                                   read: { $0.seed = UInt64(try $1.int(any)) }, write: { .int(Int($0.seed)) }))
        return Table(entries: entries)
    }
}

extension LogisticParameters {
    /// scikit-learn's names. `penalty` is read as well: `l2`, `l1` or `elasticnet`, which must agree with `l1_ratio`.
    static var table: ParameterTable<Self> {
        typealias Table = ParameterTable<Self>
        var entries: [Table.Entry] = []
        entries.append(Table.real("C", \.c, .above(0)))
        entries.append(Table.real("l1_ratio", \.l1Ratio, .from(0, to: 1)))
        entries.append(Table.real("tol", \.tol, .above(0)))
        entries.append(Table.whole("max_iter", \.maxIter, 1 ... 1_000_000))
        return Table(entries: entries)
    }

    enum Penalty: String, CaseIterable { case l2, l1, elasticnet }

    mutating func read(penalty node: DocumentNode, ratioGiven: Bool) throws {
        switch try node.choice(Penalty.self) {
        case .l2:
            guard l1Ratio == 0 else { throw node.error("l2 is l1_ratio 0, which is set to \(NumberText.shortest(l1Ratio)); write elasticnet") }
        case .l1:
            guard !ratioGiven || l1Ratio == 1 else { throw node.error("l1 is l1_ratio 1, which is set to \(NumberText.shortest(l1Ratio)); write elasticnet") }
            l1Ratio = 1
        case .elasticnet:
            guard ratioGiven else { throw node.error("elasticnet needs l1_ratio") }
        }
    }
}

extension ModelSpecification.Parameters {
    init(_ kind: ModelSpecification.Kind, _ node: DocumentNode) throws {
        let reader = try node.mapping()
        switch kind {
        case .boostedTrees:
            var parameters = BoostedTreesParameters()
            try BoostedTreesParameters.table.read(reader, into: &parameters)
            if parameters.maxDepth == 0 { throw reader["max_depth"]!.error("expected -1 (no limit) or at least 1, found '0'") }
            self = .boostedTrees(parameters)
        case .logistic:
            var parameters = LogisticParameters()
            try LogisticParameters.table.read(reader, into: &parameters)
            if let penalty = reader["penalty"] { try parameters.read(penalty: penalty, ratioGiven: reader["l1_ratio"] != nil) }
            self = .logistic(parameters)
        }
        try reader.finish()
    }

    /// The documented name of a parameter of boosted trees that goes by several; others as they are.
    static func canonicalName(_ name: String, kind: String?) -> String {
        guard kind == ModelSpecification.Kind.boostedTrees.rawValue else { return name }
        return BoostedTreesParameters.table.entries.first { $0.aliases.contains(name) }?.name ?? name
    }

    var json: JSON {
        switch self {
        case .boostedTrees(let parameters): BoostedTreesParameters.table.json(parameters)
        case .logistic(let parameters): LogisticParameters.table.json(parameters)
        }
    }
}
