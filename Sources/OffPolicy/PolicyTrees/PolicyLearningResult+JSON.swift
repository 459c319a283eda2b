import Documents

extension PolicyLearningResult {
    public var json: JSON {
        .members([
            "history": .members(["name": .string(history.name), "deals": .int(history.deals), "actions": .strings(history.actions),
                                 "digest": history.digest.map { .string($0) } ?? .null]),
            "objective": .string(objective),
            "depth": .int(options.depth), "method": .string(method), "bins": .int(options.bins), "min_node_size": .int(options.minNodeSize),
            "categories": .string(options.categories.rawValue), "features": .strings(features), "folds": .int(folds), "level": .double(level),
            "rules": .array(tree.rules.rules.map { .members(["when": .string($0.when), "do": .string(history.actions[$0.action])]) }),
            "otherwise": .string(history.actions[tree.rules.otherwise]),
            "tree": tree.root.json(history.actions),
            "training_value": .double(trainingValue),
            "agreement_of_folds": .double(agreement),
            "budget": budget.map { .members(["limit": .double($0.limit), "price": .double($0.price), "spent": .double($0.spent)]) } ?? .null,
            "policies": .array(rows.map { $0.json(history.actions) }),
        ])
    }
}

extension PolicyLearningResult.Row {
    fileprivate func json(_ actions: [String]) -> JSON {
        func number(_ value: Double) -> JSON { value.isFinite ? .double(value) : .null }
        return .members([
            "name": .string(name), "kind": .string(kind.rawValue), "value": number(value), "standard_error": number(standardError),
            "lower": number(interval.lower), "upper": number(interval.upper), "interval": .string(method), "estimator": .string(Estimators.primary),
            "effective_sample_size": number(overlap.effectiveSampleSize), "largest_weight_share": number(overlap.largestWeightShare),
            "verdict": .string(verdict.rawValue), "reasons": .strings(reasons.map { "\($0.code): \($0.text)" }),
            "cost": .double(cost),
            "shares": .object(JSONObject(zip(actions, shares).map { ($0, .double($1)) })),
            "learned_minus_this": treeMinusThis.map {
                .members(["difference": number($0.difference), "standard_error": number($0.standardError), "lower": number($0.lower),
                          "upper": number($0.upper), "adjusted_p": number($0.adjustedP)])
            } ?? .null,
        ])
    }
}

extension PolicyTree.Node {
    fileprivate func json(_ actions: [String]) -> JSON {
        switch self {
        case .leaf(let action, let deals): .members(["do": .string(actions[action]), "deals": .int(deals)])
        case .split(let question, let left, let right):
            .members(["if": .string(question.text()), "yes": left.json(actions), "no": right.json(actions)])
        }
    }
}
