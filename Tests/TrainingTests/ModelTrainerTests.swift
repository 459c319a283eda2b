import Datasets
import LinearAlgebra
import Models
import Synchronization
import Testing
import Training

@Suite struct ModelTrainerTests {
    /// Leads: two numbers (one with holes), a channel, an identifier, a column that is written when the deal is won, and who won.
    static func leads(_ rows: Int = 1200, withoutTarget: Int = 0, seed: UInt64 = 1, edit: (inout [Double]) -> Void = { _ in }) -> Table {
        let random = CounterRandom(seed: seed)
        let channels = ["Mail", "Phone", "Web"]
        var visits: [Double] = []
        var budget: [Double] = []
        var channel: [Int32] = []
        var won: [Double] = []
        var note: [Double] = []
        for row in 0 ..< rows {
            let index = UInt64(8 * row)
            let v = (20 * random.uniform(at: index)).rounded()
            let b = 100 * random.uniform(at: index + 1)
            let code = Int32(3 * random.uniform(at: index + 2))
            let margin: Double = 0.15 * v - 2.5 + 0.01 * b + (code == 2 ? 1 : 0)
            let y = random.uniform(at: index + 3) < Portable.sigmoid(margin) ? 1.0 : 0
            visits.append(v)
            budget.append(random.uniform(at: index + 4) < 0.1 ? .nan : b)
            channel.append(random.uniform(at: index + 5) < 0.05 ? -1 : code)
            won.append(y)
            note.append(y == 1 && random.uniform(at: index + 6) < 0.9 ? v : .nan)
        }
        edit(&won)
        let outcome = won.enumerated().map { row, y in row < withoutTarget ? Int32(-1) : Int32(y) }
        return Table(source: "leads", columns: [
            Column(name: "lead_id", values: .identifier(TextStorage((0 ..< rows).map { "L\($0)" }))),
            Column(name: "visits", values: .numeric(visits)),
            Column(name: "budget", values: .numeric(budget)),
            Column(name: "channel", values: .categorical(codes: channel, dictionary: channels)),
            Column(name: "closing_note", values: .numeric(note)),
            Column(name: "won", values: .categorical(codes: outcome, dictionary: ["no", "yes"])),
        ])
    }

    static func specification(_ kind: ModelSpecification.Kind, calibration: CalibrationMethod = .platt) -> ModelSpecification {
        var specification = ModelSpecification(name: "lead", kind: kind, target: .init(column: "won", positive: "yes"))
        specification.id = "lead_id"
        specification.calibration = calibration
        specification.features.exclude = ["closing_note"]
        specification.segments = ["channel"]
        if kind == .boostedTrees {
            var parameters = BoostedTreesParameters()
            parameters.numIterations = 200
            parameters.learningRate = 0.2
            parameters.numLeaves = 7
            parameters.earlyStoppingRound = 10
            specification.parameters = .boostedTrees(parameters)
        }
        return specification
    }

    static func train(_ specification: ModelSpecification, _ table: Table, threads: Int = 1) throws -> ModelDocument {
        try ModelTrainer.train(specification: specification, table: table, dataDigest: "d", engineVersion: "e", threads: threads)
    }

    /// The parts that a random split gives.
    static func parts(_ specification: ModelSpecification, rows: Int) -> [Part] {
        let shares = Splits.Shares(validation: specification.validationShare, calibration: specification.split.calibration, test: specification.split.test)
        return Splits.random(rowCount: rows, shares: shares, seed: specification.split.seed)
    }

    @Test(arguments: ModelSpecification.Kind.allCases)
    func `a document does not depend on threads, and comes out twice`(kind: ModelSpecification.Kind) throws {
        let table = Self.leads(3000)
        let first = try Self.train(Self.specification(kind), table)
        for threads in [1, 2, 5] { #expect(try Self.train(Self.specification(kind), table, threads: threads) == first) }
    }

    @Test(arguments: ModelSpecification.Kind.allCases)
    func `held-out rows serve their own purpose only`(kind: ModelSpecification.Kind) throws {
        let specification = Self.specification(kind)
        let parts = Self.parts(specification, rows: 1200)
        let original = try Self.train(specification, Self.leads())
        func flipped(_ part: Part) throws -> ModelDocument {
            try Self.train(specification, Self.leads { won in for row in parts.rows(of: part) { won[row] = 1 - won[row] } })
        }
        let test = try flipped(.test)
        #expect(test.model == original.model && test.card.evaluation != original.card.evaluation)
        let calibration = try flipped(.calibration)
        #expect(calibration.model.predictor == original.model.predictor && calibration.model.calibrator != original.model.calibrator)
        let training = try flipped(.train)
        #expect(training.model.predictor != original.model.predictor)
    }

    @Test(arguments: ModelSpecification.Kind.allCases, CalibrationMethod.allCases)
    func `the card's evaluation is that of the document on the test rows`(kind: ModelSpecification.Kind, calibration: CalibrationMethod) throws {
        let specification = Self.specification(kind, calibration: calibration)
        let table = Self.leads()
        let document = try Self.train(specification, table)
        let test = Self.parts(specification, rows: 1200).rows(of: .test)
        let again = try ModelEvaluation.evaluate(document, table.selecting(rows: test), by: ["channel"])
        #expect(again.evaluation == document.card.evaluation)
        #expect(document.card.parts == .init(train: kind == .logistic ? 840 : 720, validation: kind == .logistic ? 0 : 120, calibration: 120, test: 240))
        let evaluation = try #require(document.card.evaluation)
        #expect(evaluation.rows == 240)
        #expect(evaluation.segments.map(\.value) == ["Mail", "Phone", "Web", ""])
        // The margins behind the leads have an AUC of 0.77; 240 rows tell it to 0.03, isotonic levels cost some.
        let auc = try #require(evaluation.metrics["auc"])
        #expect(abs(auc.value - 0.77) < 0.1 && auc.lower > 0.5 && auc.upper < 0.95)
        switch (calibration, document.model.calibrator) {
        case (.none, .none), (.platt, .platt), (.isotonic, .isotonic), (.beta, .beta): break
        default: Issue.record("\(calibration) gave \(document.model.calibrator): \(document.card.notes)")
        }
    }

    @Test(arguments: ModelSpecification.Kind.allCases, [CalibrationMethod.platt, .isotonic, .beta])
    func `without calibration rows the out-of-fold margins of the training rows serve`(kind: ModelSpecification.Kind, method: CalibrationMethod) throws {
        var specification = Self.specification(kind, calibration: method)
        specification.split.calibration = 0
        let document = try Self.train(specification, Self.leads())
        #expect(document.model.calibrator != .none)
        #expect(document.card.notes.contains { $0.contains("5-fold out-of-fold") })
        if case .isotonic(_, _, let count) = document.model.calibrator { #expect(count == document.card.parts.train) }
        // Trees that overfit their own rows: the out-of-fold slope must be below 1, the in-sample slope would be above.
        if kind == .boostedTrees, case .platt(let slope, _) = document.model.calibrator { #expect(slope < 1.1) }
    }

    @Test func `rows without a target are left out and noted`() throws {
        let document = try Self.train(Self.specification(.logistic), Self.leads(withoutTarget: 200))
        #expect(document.card.parts == .init(train: 700, validation: 0, calibration: 100, test: 200))
        #expect(document.card.notes.contains { $0.hasPrefix("200 of 1200 rows have no target") })
        let evaluation = try ModelEvaluation.evaluate(document, Self.leads(withoutTarget: 200))
        #expect(evaluation.rowsWithoutTarget == 200 && evaluation.evaluation.rows == 1000)
        #expect(throws: DataError.self) { try ModelEvaluation.evaluate(document, Self.leads(withoutTarget: 1200)) }
    }

    @Test func `a column that is filled for winners only is reported as a leak, honest columns are not`() throws {
        var specification = Self.specification(.logistic)
        specification.features.exclude = []
        let warnings = try Self.train(specification, Self.leads()).card.leakWarnings
        #expect(warnings.map(\.feature) == ["closing_note"])
        #expect(warnings[0].auc > 0.9 && warnings[0].auc < 0.99)
        #expect(try Self.train(Self.specification(.logistic), Self.leads()).card.leakWarnings.isEmpty)
    }

    @Test func `early stopping, its absence and its lack of rows are noted`() throws {
        let stopped = try Self.train(Self.specification(.boostedTrees), Self.leads())
        guard case .trees(let ensemble) = stopped.model.predictor else { Issue.record("no trees"); return }
        #expect(ensemble.trees.count < 200)
        #expect(stopped.card.notes.contains { $0.hasPrefix("early stopping kept \(ensemble.trees.count) of") })
        var specification = Self.specification(.boostedTrees)
        specification.split.validation = 0
        guard case .boostedTrees(var parameters) = specification.parameters else { return }
        parameters.numIterations = 5
        specification.parameters = .boostedTrees(parameters)
        let without = try Self.train(specification, Self.leads())
        #expect(without.card.notes.contains { $0.contains("no validation rows") })
    }

    @Test func `a fit that did not converge is noted, and still a model`() throws {
        var specification = Self.specification(.logistic)
        var parameters = LogisticParameters()
        parameters.maxIter = 1
        specification.parameters = .logistic(parameters)
        let document = try Self.train(specification, Self.leads())
        #expect(document.card.notes.contains { $0.hasPrefix("the fit did not converge: after 1 iterations") })
    }

    @Test func `a column can name the parts, and categories only held-out rows have are noted`() throws {
        let table = Self.leads(600)
        let names = ["calibration", "test", "train", "validation"]
        let parts = (0 ..< 600).map { Int32($0 < 400 ? 2 : $0 < 450 ? 3 : $0 < 500 ? 0 : 1) }
        let region = (0 ..< 600).map { Int32($0 < 590 ? $0 % 2 : 2) }
        let wider = Table(source: "leads", columns: table.columns + [
            Column(name: "part", values: .categorical(codes: parts, dictionary: names)),
            Column(name: "region", values: .categorical(codes: region, dictionary: ["east", "north", "west"])),
        ])
        var specification = Self.specification(.logistic)
        specification.split.method = .column("part")
        let document = try Self.train(specification, wider)
        #expect(document.card.parts == .init(train: 400, validation: 50, calibration: 50, test: 100))
        #expect(document.card.notes.contains { $0.contains("'region': 10 rows") && $0.contains("'west'") })
        #expect(document.card.notes.contains { $0.hasPrefix("50 validation rows were not used") })
        #expect(!document.model.features.contains { $0.name == "part" })
    }

    @Test(arguments: ModelSpecification.Kind.allCases)
    func `regression`(kind: ModelSpecification.Kind) throws {
        let base = Self.leads(2000)
        guard case .numeric(let visits)? = base["visits"]?.values, case .numeric(let budget)? = base["budget"]?.values else { return }
        let random = CounterRandom(seed: 99)
        let amount = visits.indices.map { 3 * visits[$0] + (budget[$0].isNaN ? 50 : budget[$0]) + 4 * random.uniform(at: UInt64($0)) }
        let table = Table(source: "leads", columns: base.columns.filter { $0.name != "won" } + [Column(name: "amount", values: .numeric(amount))])
        var specification = Self.specification(kind, calibration: .none)
        specification.objective = .regression
        specification.target = .init(column: "amount")
        let document = try Self.train(specification, table)
        let evaluation = try #require(document.card.evaluation)
        #expect(evaluation.metrics["r2"]!.value > 0.95 && evaluation.metrics["r2"]!.lower < evaluation.metrics["r2"]!.value)
        #expect(document.model.link == .identity && document.card.leakWarnings.isEmpty)
        #expect(evaluation.segments.count == 4 && evaluation.segments.allSatisfy { $0.metrics["rmse"] != nil })
    }

    @Test func `no held-out rows: nothing is evaluated`() throws {
        var specification = Self.specification(.logistic, calibration: .none)
        specification.split.test = 0
        specification.split.calibration = 0
        let document = try Self.train(specification, Self.leads())
        #expect(document.card.evaluation == nil && document.card.parts.train == 1200)
    }

    @Test func `tables that do not suit are refused with their place`() throws {
        var noColumn = Self.specification(.logistic)
        noColumn.segments = ["regoin"]
        var noTime = Self.specification(.logistic)
        noTime.split.method = .time
        var byIdentifier = Self.specification(.logistic)
        byIdentifier.segments = ["lead_id"]
        var noPositive = Self.specification(.logistic)
        noPositive.target.positive = "maybe"
        for specification in [noColumn, noTime, byIdentifier, noPositive] {
            #expect(throws: DataError.self) { try Self.train(specification, Self.leads()) }
        }
        // All winners among the test rows: training has one class only.
        let parts = Self.parts(Self.specification(.logistic), rows: 1200)
        let oneClass = Self.leads { won in for row in won.indices { won[row] = parts[row] == .test ? 1 : 0 } }
        #expect(throws: DataError.self) { try Self.train(Self.specification(.logistic), oneClass) }
    }

    @Test func `progress passes through the stages in order`() throws {
        let log = StageLog()
        _ = try ModelTrainer.train(specification: Self.specification(.boostedTrees), table: Self.leads(), dataDigest: "", engineVersion: "") { stage, done, total in
            log.add(stage, done, total)
        }
        #expect(log.stages == ModelTrainer.Stage.allCases)
    }

    @Test func `values of the target that are lumped together are told`() throws {
        let table = Self.leads()
        guard case .categorical(var codes, _)? = table["won"]?.values else { return }
        let note = "target 'won': every value but 'yes' counts as negative ('no', 'open')"
        #expect(!(try Self.train(Self.specification(.logistic), table)).card.notes.contains(note))
        for row in stride(from: 0, to: 100, by: 7) { codes[row] = 2 }
        let columns = table.columns.filter { $0.name != "won" } + [Column(name: "won", values: .categorical(codes: codes, dictionary: ["no", "yes", "open"]))]
        #expect(try Self.train(Self.specification(.logistic), Table(source: "leads", columns: columns)).card.notes.contains(note))
    }

    @Test func `a fit that leaves the doubles is an error, not a model`() throws {
        var specification = Self.specification(.boostedTrees)
        guard case .boostedTrees(var parameters) = specification.parameters else { return }
        parameters.learningRate = 1e308
        specification.parameters = .boostedTrees(parameters)
        let error = try #require(throws: DataError.self) { try Self.train(specification, Self.leads()) }
        #expect(error.reason.contains("no usable model"))
        var table = Self.leads()
        let huge = (0 ..< table.rowCount).map { (row: Int) -> Double in row % 2 == 0 ? -1.5e308 : 1.5e308 }
        table = Table(source: "leads", columns: table.columns.filter { $0.name != "won" } + [Column(name: "won", values: .numeric(huge))])
        for kind in [ModelSpecification.Kind.boostedTrees, .logistic] {
            var regression = Self.specification(kind, calibration: .none)
            regression.objective = .regression
            regression.target.positive = nil
            #expect(throws: DataError.self) { try Self.train(regression, table) }
        }
    }
}

/// Stages seen, repeats dropped.
private final class StageLog: Sendable {
    private let seen = Mutex<[ModelTrainer.Stage]>([])
    var stages: [ModelTrainer.Stage] { seen.withLock { $0 } }

    func add(_ stage: ModelTrainer.Stage, _ done: Int, _ total: Int) {
        #expect(done >= 0 && done <= total)
        seen.withLock { if $0.last != stage { $0.append(stage) } }
    }
}
