import Datasets
import LinearAlgebra
import Models
import Testing

struct FeatureTests {
    private let features = [Feature(name: "age", kind: .numeric, missingTexts: ["999"]),
                            Feature(name: "job", kind: .categorical(levels: ["admin", "e\u{301}", "\u{e9}"]), missingTexts: ["unknown"])]

    private func table(_ columns: [(String, Column.Values)]) -> Table {
        Table(source: "d.csv", columns: columns.map { Column(name: $0.0, values: $0.1) })
    }

    @Test func encodesByTheModelsOwnLevels() throws {
        let data = table([("other", .numeric([1, 2, 3, 4, 5, 6])),
                          ("job", .categorical(codes: [2, 0, -1, 1, 3, 4], dictionary: ["admin", "boss", "e\u{301}", "unknown", "\u{e9}"])),
                          ("age", .numeric([20, .nan, 40, 50, 60, 70]))])
        let encoded = try features.encode(data)
        #expect(encoded.matrix.rows == 6 && encoded.matrix.columns == 2 && encoded.matrix.order == .column)
        #expect(encoded.matrix.column(0).map(\.description) == ["20.0", "nan", "40.0", "50.0", "60.0", "70.0"])
        // Accents composed differently are different texts; what stands for missing is not counted as unseen.
        #expect(encoded.matrix.column(1).map(\.description) == ["1.0", "0.0", "nan", "nan", "nan", "2.0"])
        #expect(encoded.unseen == [UnseenCategories(feature: "job", rows: 1, examples: ["boss"])])
    }

    @Test func countsUnseenCategoriesWithFiveExamples() throws {
        let names = (0 ..< 9).map { "new\($0)" }
        let data = table([("age", .numeric(Array(repeating: 1, count: 18))), ("job", .categorical(codes: (0 ..< 18).map { Int32($0 % 9) }, dictionary: names))])
        let unseen = try features.encode(data).unseen
        #expect(unseen == [UnseenCategories(feature: "job", rows: 18, examples: ["new0", "new1", "new2", "new3", "new4"])])
    }

    @Test func refusesWhatIsNotTheModels() {
        func reason(_ columns: [(String, Column.Values)]) -> String {
            do {
                _ = try features.encode(table(columns))
                return "none"
            } catch { return "\(error)" }
        }
        let job: (String, Column.Values) = ("job", .categorical(codes: [0], dictionary: ["admin"]))
        let age: (String, Column.Values) = ("age", .numeric([1]))
        #expect(reason([("Age", .numeric([1])), job]) == "d.csv: column 'age': the model needs this column and it is missing; did you mean 'Age'?")
        #expect(reason([("x", .numeric([1]))]) == "d.csv: column 'age': the model needs this column and it is missing (and 1 more columns of the model)")
        #expect(reason([("age", .categorical(codes: [0], dictionary: ["old"])), job]) == "d.csv: column 'age': the model needs numbers, the column holds texts, such as 'old'")
        #expect(reason([age, ("job", .numeric([3]))]) == "d.csv: column 'job': the model needs categories (texts), the column holds numbers")
        #expect(reason([age, ("job", .identifier(TextStorage(["a"])))]).contains("the column holds identifiers"))
        #expect(reason([("age", .time([3])), job]).contains("the column holds times"))
        #expect(reason([("age", .numeric([.infinity])), job]) == "d.csv: column 'age': an infinite value in data row 1")
    }

    @Test func optionsReadWhatTheModelNeeds() throws {
        let options = features.csvOptions
        #expect(options.kinds == ["age": .numeric, "job": .categorical] && options.columns == ["age", "job"])
        #expect(options.missingTexts == ["age": ["999"], "job": ["unknown"]])
        let document = try DocumentTests.sample(.boostedTrees)
        #expect(document.csvOptions.columns == Set(document.model.features.map(\.name) + ["lead_id", "customer_id"]))
        let evaluating = document.evaluationOptions(by: ["region"])
        #expect(evaluating.columns == document.csvOptions.columns?.union(["y", "region", "created_on"]))
        #expect(evaluating.kinds["created_on"] == .time && evaluating.kinds["y"] == nil)
    }

    // MARK: choosing features

    private var training: Table {
        table([("id", .identifier(TextStorage(["a", "b", "c", "d"]))), ("y", .numeric([0, 1, 0, 1])), ("age", .numeric([30, 40, .nan, 90])),
               ("flat", .numeric([5, 5, 5, 6])), ("hint", .numeric([5, .nan, 5, 6])), ("empty", .numeric([.nan, .nan, .nan, 1])),
               ("job", .categorical(codes: [2, 0, -1, 1], dictionary: ["admin", "boss", "cook"])), ("one", .categorical(codes: [0, 0, 0, 1], dictionary: ["a", "b"])),
               ("none", .categorical(codes: [-1, -1, -1, 0], dictionary: ["a"])), ("when", .time([1, 2, 3, 4])), ("leak", .numeric([1, 2, 3, 4])),
               ("code", .identifier(TextStorage(["p", "q", "r", "s"]))), ("part", .categorical(codes: [0, 0, 0, 1], dictionary: ["test", "train"]))])
    }

    private func specification(_ more: String) throws -> ModelSpecification {
        try ModelSpecification.parse("name: a\nkind: boosted_trees\ntarget: y\nid: id\nsplit: {by: part}\n" + more, source: "s.yaml")
    }

    @Test func featuresComeFromTrainingRowsAlone() throws {
        let chosen = try FeatureList.build(specification: specification("features: {exclude: [leak], missing_values: {job: [z, a]}, monotone: {age: decreasing}}"),
                                           table: training, trainingRows: [0, 1, 2])
        #expect(chosen.features == [
            Feature(name: "age", kind: .numeric, monotonicity: .decreasing, range: 30 ... 40),
            Feature(name: "hint", kind: .numeric, range: 5 ... 5),
            Feature(name: "job", kind: .categorical(levels: ["admin", "cook"]), missingTexts: ["a", "z"]),
        ])
        #expect(chosen.leftOut == [
            "id": "id", "y": "target", "part": "names the parts of the split", "leak": "excluded by the specification", "when": "a time; derive a feature from it, such as the age in days",
            "flat": "the same value (5) in every training row", "one": "the same value ('a') in every training row", "empty": "missing in every training row",
            "none": "missing in every training row", "code": "an identifier: texts that are all different",
        ])
    }

    @Test(arguments: [
        ("features: {exclude: [agee]}", "d.csv: column 'agee': named in features.exclude and missing from the data; did you mean 'age'?"),
        ("subject: customer", "column 'customer': named in subject and missing from the data"),
        ("segments: [regoin]", "column 'regoin': named in segments"),
        ("features: {labels: {ages: Alter}}", "named in features.labels and missing from the data; did you mean 'age'?"),
        ("features: {groups: {A: [age, bob]}}", "column 'bob': named in features.groups"),
        ("features: {monotone: {job: increasing}}", "column 'job': is to be monotone, and holds texts such as 'admin'"),
        ("features: {monotone: {flat: increasing}}", "column 'flat': named in features.monotone and not a feature of the model: the same value (5)"),
        ("features: {categorical: [age]}", "column 'age': is to be categorical, and was read as numbers"),
        ("features: {levers: {leak: {min: 0, max: 1, step: 1}}, exclude: [leak]}", "column 'leak': named in features.levers and not a feature"),
        ("features: {levers: {job: {min: 0, max: 1, step: 1}}}", "column 'job': a lever from min to max, and the column holds texts"),
        ("features: {levers: {age: {values: [a]}}}", "column 'age': a lever with a list of values, and the column holds numbers"),
        ("features: {levers: {job: {values: [cok]}}}", "the lever's value 'cok' never occurs in the training rows; did you mean 'cook'?"),
        ("features: {exclude: [age, hint, job, leak]}", "no column is left to be a feature"),
    ])
    func refusesSpecificationsThatDoNotSuitTheData(more: String, expected: String) throws {
        let specification = try specification(more)
        let error = #expect(throws: DataError.self) { try FeatureList.build(specification: specification, table: training, trainingRows: [0, 1, 2]) }
        #expect(error?.description.contains(expected) ?? false, "\(String(describing: error))")
    }

    // MARK: targets

    private func target(_ line: String, _ values: Column.Values, needsVariety: Bool = true) throws -> [Double] {
        let specification = try ModelSpecification.parse("name: a\nkind: logistic\n\(line)", source: "s.yaml")
        return try TargetReader.read(specification, table([("y", values)]), needsVariety: needsVariety)
    }

    @Test func targetsBecomeNumbers() throws {
        let text = Column.Values.categorical(codes: [1, 0, -1, 1], dictionary: ["No", "Yes"])
        #expect(try target("target: {column: y, positive: Yes}", text).map(\.description) == ["1.0", "0.0", "nan", "1.0"])
        #expect(try target("target: {column: y, positive: '1.0'}", .numeric([1, 0, .nan, 2])).map(\.description) == ["1.0", "0.0", "nan", "0.0"])
        #expect(try target("target: y", .numeric([1, 0])) == [1, 0])
        #expect(try target("target: y\nobjective: regression", .numeric([1.5, -2])) == [1.5, -2])
        #expect(try target("target: y", .numeric([1, 1]), needsVariety: false) == [1, 1])
    }

    @Test(arguments: [
        ("target: {column: z, positive: a}", Column.Values.numeric([1, 0]), "column 'z': is the target and missing from the data"),
        ("target: {column: y, positive: yes}", .numeric([1, 0, 1]), "holds numbers, and the positive value 'yes' is none; seen: '0', '1'"),
        ("target: {column: y, positive: yes}", .categorical(codes: [0, 1], dictionary: ["No", "Yes"]), "the positive value 'yes' never occurs; did you mean 'Yes'?; seen: 'No', 'Yes'"),
        ("target: {column: y, positive: Yes}", .categorical(codes: [1, 1], dictionary: ["No", "Yes"]), "every row is 'Yes'; a target needs both classes"),
        ("target: {column: y, positive: 3}", .numeric([1, 2]), "the positive value '3' never occurs; seen: '1', '2'"),
        ("target: y", .numeric([1, 2]), "say which value is positive (target: {column, positive}); seen: '1', '2'"),
        ("target: y", .categorical(codes: [0, 1], dictionary: ["a", "b"]), "say which value is positive"),
        ("target: y", .numeric([0, 0]), "the positive value '1' never occurs"),
        ("target: y", .numeric([.nan, .nan]), "the target is missing in every row"),
        ("target: y", .time([1, 2]), "cannot be a target: it holds times"),
        ("target: y", .identifier(TextStorage(["a", "b"])), "cannot be a target: its texts are all different"),
        ("target: y\nobjective: regression", .categorical(codes: [0, 1], dictionary: ["a", "b"]), "objective regression needs numbers"),
        ("target: y\nobjective: regression", .numeric([1, .infinity]), "an infinite value in data row 2"),
        ("target: y\nobjective: regression", .numeric([3, 3, .nan]), "every row is 3; there is nothing to learn"),
    ] as [(String, Column.Values, String)])
    func refusesTargets(line: String, values: Column.Values, expected: String) {
        let error = #expect(throws: DataError.self) { try target(line, values) }
        #expect(error?.description.contains(expected) ?? false, "\(String(describing: error))")
    }
}
