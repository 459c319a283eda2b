import Datasets
import Documents
import Models
import Testing

struct SpecificationTests {
    static let full = """
        name: lead
        title: {en: Who buys, zh: 谁会买}
        kind: boosted_trees
        objective: binary
        target: {column: y, positive: Yes}
        id: lead_id
        subject: customer_id
        time: created_on
        split: {by: time, test: 0.2, calibration: 0.1, validation: 0.1, seed: 9}
        calibration: platt
        parameters: {n_estimators: 300, learning_rate: 0.05, num_leaves: 31, early_stopping_round: 30, min_child_samples: 5, seed: 3}
        features:
          exclude: [duration]
          categorical: [job, month]
          missing_values: {pdays: ["999"], job: unknown}
          monotone: {discount: increasing}
          groups: {Firmographics: [industry, employees]}
          levers: {discount: {min: 0, max: 0.15, step: 0.01, cost: 1}, channel: {values: [Web, Phone], cost: 2}}
          labels: {employees: {en: Number of employees, zh: 员工人数}, job: Occupation}
        intended_use: Ranking of leads
        limits: {en: "Not for prices", zh: 不用于定价}
        segments: [region]
        """

    private func parse(_ text: String) throws -> ModelSpecification { try ModelSpecification.parse(text, source: "lead.yaml") }

    @Test func readsEveryKey() throws {
        let specification = try parse(Self.full)
        #expect(specification.name == "lead" && specification.title == ["en": "Who buys", "zh": "谁会买"])
        #expect(specification.kind == .boostedTrees && specification.objective == .binary)
        #expect(specification.target == .init(column: "y", positive: "Yes"))
        #expect(specification.id == "lead_id" && specification.subject == "customer_id" && specification.time == "created_on")
        #expect(specification.split.method == .time && specification.split.seed == 9 && specification.split.validation == 0.1)
        #expect(specification.calibration == .platt)
        var parameters = BoostedTreesParameters()
        (parameters.numIterations, parameters.learningRate, parameters.earlyStoppingRound, parameters.minDataInLeaf, parameters.seed) = (300, 0.05, 30, 5, 3)
        #expect(specification.parameters == .boostedTrees(parameters))
        #expect(specification.features.missingTexts == ["pdays": ["999"], "job": ["unknown"]])
        #expect(specification.features.monotone == ["discount": .increasing])
        #expect(specification.features.groups == ["Firmographics": ["industry", "employees"]])
        #expect(specification.features.levers["discount"] == .init(domain: .numeric(min: 0, max: 0.15, step: 0.01), cost: 1))
        #expect(specification.features.levers["channel"] == .init(domain: .values(["Web", "Phone"]), cost: 2))
        #expect(specification.features.labels["job"] == ["en": "Occupation"])
        #expect(specification.intendedUse == ["en": "Ranking of leads"] && specification.limits["zh"] == "不用于定价")
        #expect(specification.segments == ["region"])
    }

    /// What is wanted is the default, and leaves no trace in a document; what is unwanted does, also by an override.
    @Test func `an outcome is wanted unless it is said to be unwanted`() throws {
        let plain = try parse(Self.full), wanted = try parse(Self.full + "\noutcome: wanted")
        #expect(plain.outcome == .wanted && plain == wanted && plain.json["outcome"] == nil)
        let unwanted = try parse(Self.full + "\noutcome: unwanted")
        #expect(unwanted.outcome == .unwanted && unwanted.json["outcome"] == .string("unwanted"))
        #expect(try plain.applying(overrides: ["outcome=unwanted"]) == unwanted && unwanted.applying(overrides: ["outcome=wanted"]) == plain)
        let error = try #require(throws: DocumentError.self) { try parse(Self.full + "\noutcome: bad") }
        #expect(error.description.contains("wanted, unwanted"))
    }

    @Test func smallestSpecificationHasTheDocumentedDefaults() throws {
        let specification = try parse("name: a\nkind: logistic\ntarget: y")
        #expect(specification.parameters == .logistic(LogisticParameters()))
        #expect(specification.split == ModelSpecification.Split() && specification.calibration == .none && specification.validationShare == 0)
        #expect(try parse("name: a\nkind: boosted_trees\ntarget: y\nparameters: {early_stopping_round: 5}").validationShare == 0.1)
    }

    @Test(arguments: [full, "name: a\nkind: logistic\ntarget: y\nparameters: {C: 0.1, penalty: l1, tol: 1e-7}",
                      "{\"name\": \"a\", \"kind\": \"boosted_trees\", \"objective\": \"regression\", \"target\": {\"column\": \"null\"}, \"split\": {\"by\": \"part\"}}"])
    func writingAndReadingAgainIsTheSame(text: String) throws {
        let specification = try parse(text)
        #expect(try ModelSpecification.parse(specification.json.text(.pretty), source: "t") == specification)
        #expect(try specification.applying(overrides: []) == specification)
    }

    static let base = "name: a\nkind: boosted_trees\ntarget: {column: y, positive: '1'}\n"

    @Test(arguments: [
        ("kind: logistic\ntarget: y", "lead.yaml:1:1: 'name' is missing"),
        ("name: a/b\nkind: logistic\ntarget: y", "lead.yaml:1:7: name: expected letters, digits"),
        ("name: a\nkind: logistics\ntarget: y", "lead.yaml:2:7: kind: expected logistic, boosted_trees; found 'logistics'; did you mean 'logistic'?"),
        (base + "objective: poisson", "lead.yaml:4:12: objective: expected binary, regression; found 'poisson'"),
        (base + "objective: quantile", "objective: expected binary, regression; found 'quantile'"),
        (base + "target_column: y", "lead.yaml:4:16: unknown key 'target_column'"),
        (base + "parameters: {lerning_rate: 0.1}", "lead.yaml:4:28: parameters: unknown key 'lerning_rate'; did you mean 'learning_rate'?"),
        (base + "parameters: {C: 1}", "parameters: unknown key 'C'"),
        (base + "parameters: {learning_rate: 0}", "parameters.learning_rate: expected a number above 0, found '0'"),
        (base + "parameters: {learning_rate: fast}", "parameters.learning_rate: expected a number above 0, found 'fast'"),
        (base + "parameters: {max_bin: 256}", "lead.yaml:4:23: parameters.max_bin: expected a whole number from 2 to 255, found '256'"),
        (base + "parameters: {num_leaves: 1}", "parameters.num_leaves: expected a whole number from 2 to 131072"),
        (base + "parameters: {num_iterations: 3e2}", "parameters.num_iterations: expected a whole number"),
        (base + "parameters: {feature_fraction: 1.1}", "expected a number above 0 and at most 1, found '1.1'"),
        (base + "parameters: {max_depth: 0}", "expected -1 (no limit) or at least 1"),
        (base + "parameters: {seed: -1}", "parameters.seed: expected a whole number of at least 0"),
        (base + "parameters: {num_iterations: 3, n_estimators: 3}", "are two names of one setting"),
        (base + "parameters: [1]", "parameters: expected a mapping"),
        (base + "split: {test: 1}", "split.test: expected a number at least 0 and below 1"),
        (base + "split: {test: 0.6, calibration: 0.4}", "split: test, calibration and validation together leave no rows"),
        (base + "split: {by: time}", "split: by: time needs the column's name in 'time'"),
        (base + "split: {by: part, test: 0.1}", "leave 'test' out"),
        (base + "split: {by: y}", "the column 'y' cannot be target and split at once"),
        (base + "id: y", "the column 'y' cannot be target and id at once"),
        (base + "calibration: sigmoid", "calibration: expected none, platt, isotonic, beta; found 'sigmoid'"),
        (base + "objective: regression", "target: 'positive' is for objective binary"),
        ("name: a\nkind: logistic\ntarget: y\nobjective: regression\ncalibration: platt", "lead.yaml:5:14: calibration: calibration is for probabilities"),
        ("name: a\nkind: logistic\ntarget: y\nfeatures: {monotone: {x: increasing}}", "monotone ('x') needs kind boosted_trees"),
        ("name: a\nkind: logistic\ntarget: y\nparameters: {penalty: none}", "parameters.penalty: expected l2, l1, elasticnet"),
        ("name: a\nkind: logistic\ntarget: y\nparameters: {penalty: l2, l1_ratio: 0.5}", "write elasticnet"),
        ("name: a\nkind: logistic\ntarget: y\nparameters: {penalty: elasticnet}", "elasticnet needs l1_ratio"),
        (base + "features: {exclude: duration}", "features.exclude: expected a list such as [a, b], found 'duration'"),
        (base + "features: {monotone: {x: up}}", "features.monotone.x: expected none, increasing, decreasing; found 'up'"),
        (base + "features: {categorical: [x], monotone: {x: increasing}}", "no order to be monotone in"),
        (base + "features: {groups: {A: [x], B: [x]}}", "'x' is in the group 'A' already"),
        (base + "features: {levers: {x: {min: 1, max: 0, step: 1}}}", "features.levers.x.max: expected a number above 1, found '0'"),
        (base + "features: {levers: {x: {min: 0, max: 1}}}", "features.levers.x: 'step' is missing"),
        (base + "features: {levers: {x: {values: [a], min: 1}}}", "unknown key 'min'"),
        (base + "features: {labels: {x: {fr: Bonjour}}}", "features.labels.x: unknown key 'fr'; known are en, zh"),
        (base + "target: z", "the key 'target' stands in this mapping twice"),
    ])
    func refuses(text: String, expected: String) {
        let error = #expect(throws: DocumentError.self) { try parse(text) }
        #expect(error?.description.contains(expected) ?? false, "\(String(describing: error))")
    }

    @Test func overridesChangeSingleValues() throws {
        let specification = try parse(Self.full)
        let changed = try specification.applying(overrides: ["learning_rate=0.02", "parameters.n_estimators=7", "split.seed=4", "features.exclude=[a, b]",
                                                             "target.positive=No", "id=", "calibration=beta"])
        guard case .boostedTrees(let parameters) = changed.parameters else { Issue.record("wrong kind"); return }
        #expect(parameters.learningRate == 0.02 && parameters.numIterations == 7 && parameters.minDataInLeaf == 5)
        #expect(changed.split.seed == 4 && changed.features.exclude == ["a", "b"] && changed.target.positive == "No")
        #expect(changed.id == nil && changed.calibration == .beta)
        let early = try ModelSpecification.parse(Self.full, source: "lead.yaml", overrides: ["num_iterations=7", "learning_rate=0.02"])
        guard case .boostedTrees(let read) = early.parameters else { Issue.record("wrong kind"); return }
        #expect(read.numIterations == 7 && read.learningRate == 0.02)
        #expect(try specification.applying(overrides: ["kind=logistic", "features.monotone=", "C=2"]).parameters == .logistic({ var p = LogisticParameters(); p.c = 2; return p }()))
    }

    @Test(arguments: [("learning_rate=0", "--set learning_rate=0: parameters.learning_rate: expected a number above 0, found '0'"),
                      ("lerning_rate=0.1", "--set lerning_rate=0.1: parameters: unknown key 'lerning_rate'; did you mean 'learning_rate'?"),
                      ("kind=forest", "--set kind=forest: kind: expected logistic, boosted_trees; found 'forest'"),
                      ("learning_rate", "--set learning_rate: expected key=value"),
                      ("=3", "expected key=value"),
                      ("name.x=3", "there are no keys below 'name'"),
                      ("split.tset=0.1", "split: unknown key 'tset'; did you mean 'test'?"),
                      ("features.exclude=[a", "--set features.exclude=[a:")])
    func refusesOverrides(override: String, expected: String) throws {
        let specification = try parse(Self.full)
        let error = #expect(throws: DocumentError.self) { try specification.applying(overrides: [override]) }
        #expect(error?.description.contains(expected) ?? false, "\(String(describing: error))")
    }

    @Test func csvOptionsFixTheKinds() throws {
        let options = try parse(Self.full).csvOptions
        #expect(options.kinds == ["job": .categorical, "month": .categorical, "lead_id": .identifier, "customer_id": .identifier, "created_on": .time])
        #expect(options.missingTexts == ["pdays": ["999"], "job": ["unknown"]])
        #expect(options.columns == nil)
    }
}
