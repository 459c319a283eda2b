import OffPolicy

/// Names as people say them: labels of the history where it gives any, else the names themselves.
struct PeopleNames {
    private let texts: [String: [String: String]]
    private let t: Language

    init(_ texts: [String: [String: String]], _ language: Language) {
        self.texts = texts
        t = language
    }

    func callAsFunction(_ name: String) -> String { texts[name]?[t.rawValue] ?? name }

    /// A value may be called one thing in one column and another in the next.
    func value(_ name: String, of column: String) -> String? { texts["\(column)=\(name)"]?[t.rawValue] ?? texts[name]?[t.rawValue] }

    /// An expression over outcomes and cost, which is still one.
    func expression(_ text: String) -> String {
        var result = "", word = ""
        func end() {
            result += word == HistoryDefinition.cost && texts[word] == nil ? t("cost", "成本") : callAsFunction(word)
            word = ""
        }
        var isQuoted = false
        for character in text {
            if character == "`" {
                end()
                isQuoted.toggle()
            } else if isQuoted || character.isLetter || character.isNumber || character == "_" || (character == "." && word.first?.isNumber == true) {
                word.append(character)
            } else {
                end()
                result.append(character)
            }
        }
        end()
        return result
    }

    func segment(_ segment: Segment) -> Segment { Segment(segment.conditions.map(condition)) }

    func condition(_ condition: SegmentCondition) -> SegmentCondition {
        let values: SegmentCondition.Values = switch condition.values {
        case .level(let name): .level(value(name, of: condition.column) ?? name)
        case .equal: value(condition.value, of: condition.column).map { .level($0) } ?? condition.values
        default: condition.values
        }
        return SegmentCondition(column: self(condition.column), values: values)
    }

    func reason(_ reason: Reason) -> Reason {
        switch reason {
        case .outcomeNeverVaries(let actions): .outcomeNeverVaries(actions: actions.map(callAsFunction))
        case .guardrailBroken(let outcome, let own, let difference): .guardrailBroken(outcome: self(outcome), segment: own.map(segment), difference: difference)
        case .guardrailUnclear(let outcome): .guardrailUnclear(outcome: self(outcome))
        case .worseInSegment(let own, let difference, let count): .worseInSegment(segment(own), difference: difference, count: count)
        case .propensitiesTooSmall(let action, let mean): .propensitiesTooSmall(action: self(action), mean: mean)
        case .rareActions(let actions): .rareActions(actions: actions.map(callAsFunction))
        default: reason
        }
    }
}

extension ComparisonResult {
    /// The same in people's names for actions, outcomes, columns and their values. Rules and conditions stay as files write them.
    func labelled(_ language: Language) -> ComparisonResult {
        guard !history.labels.isEmpty else { return self }
        let names = PeopleNames(history.labels, language)
        var result = self
        result.objective = names.expression(objective)
        result.outcomeScales = Dictionary(outcomeScales.map { (names($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
        for index in strategies.indices { result.strategies[index].label(names) }
        return result
    }
}

extension ComparisonResult.StrategyResult {
    fileprivate mutating func label(_ names: PeopleNames) {
        reasons = reasons.map(names.reason)
        for index in outcomes.indices { outcomes[index].outcome = names(outcomes[index].outcome) }
        for index in actionShares.indices { actionShares[index].action = names(actionShares[index].action) }
        for index in guardrails.indices {
            guardrails[index].outcome = names(guardrails[index].outcome)
            guardrails[index].segment = guardrails[index].segment.map(names.segment)
        }
        for index in segments.indices { segments[index].segment = names.segment(segments[index].segment) }
        for index in groups.indices {
            groups[index].group = names.condition(groups[index].group)
            for action in groups[index].actions.indices { groups[index].actions[action].action = names(groups[index].actions[action].action) }
        }
        changedDecisions?.label(names)
    }
}

extension ComparisonResult.ChangedDecisions {
    fileprivate mutating func label(_ names: PeopleNames) {
        for index in flows.indices { (flows[index].from, flows[index].to) = (names(flows[index].from), names(flows[index].to)) }
        for index in kept.indices { kept[index].action = names(kept[index].action) }
        for index in drivers.indices { drivers[index].feature = names(drivers[index].feature) }
    }
}
