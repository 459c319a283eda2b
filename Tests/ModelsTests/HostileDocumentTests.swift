import Documents
import LinearAlgebra
import Models
import TestSupport
import Testing

/// Files from outside that are not what they say: each gets its error, and nothing is built from it.
struct HostileDocumentTests {
    private static func text(_ kind: ModelSpecification.Kind = .boostedTrees, _ calibrator: Calibrator = .none) throws -> String {
        var document = try DocumentTests.sample(kind, calibrator: calibrator)
        if kind == .boostedTrees {
            //        0: x0 <= 0.5
            //       /            \
            //   1: -0.25     2: c1 in {1, 3}
            //                /         \
            //             3: 0.5      4: 1
            let nodes = [TreeNode(feature: 0, left: 1, right: 2, missingGoesLeft: true, threshold: 0.5, cover: 10, gain: 3),
                         TreeNode(value: -0.25, cover: 4), TreeNode(feature: 5, left: 3, right: 4, categorySet: 0, cover: 6, gain: 2),
                         TreeNode(value: 0.5, cover: 5), TreeNode(value: 1, cover: 1)]
            document.model.predictor = .trees(TreeEnsemble(featureCount: 8, baseMargin: 0.125, trees: [Tree(nodes: nodes, categorySets: [CategorySet([1, 3])])]))
        }
        return String(decoding: document.bytes(), as: UTF8.self)
    }

    private func expectRefusal(_ text: String, _ expected: String) {
        let error = #expect(throws: DocumentError.self) { _ = try ModelDocument(bytes: Array(text.utf8), source: "m.json") }
        #expect(error?.description.contains(expected) ?? false, "expected \(expected), got \(String(describing: error))")
    }

    @Test(arguments: [
        ("\"left\": [1, 3]", "\"left\": [1, 2]", "tree 0: node 2: left child 2 does not lie between 3 and 4"),
        ("\"left\": [1, 3]", "\"left\": [1, 0]", "trees[0].left[1]: expected a whole number from 1 to 4, found 0"),
        ("\"left\": [1, 3]", "\"left\": [1, 5]", "trees[0].left[1]: expected a whole number from 1 to 4, found 5"),
        ("\"left\": [1, 3]", "\"left\": [1, -3]", "left[1]: expected a whole number"),
        ("\"left\": [1, 3]", "\"left\": [1, 3.5]", "left[1]: expected a whole number"),
        ("\"left\": [1, 3]", "\"left\": [1, 1e300]", "left[1]: expected a whole number"),
        ("\"left\": [1, 3]", "\"left\": [1, 4]", "tree 0: node 2: right child 4 has a parent already"),
        ("\"left\": [1, 3]", "\"left\": [2, 3]", "tree 0: node 0: right child 2 has a parent already"),
        ("\"left\": [1, 3]", "\"left\": [3, 3]", "tree 0: node 1: has no parent"),
        ("\"left\": [1, 3]", "\"left\": [1]", "trees[0].left: expected 2 numbers, found 1"),
        ("\"left\": [1, 3]", "\"left\": [1, 3, 3]", "trees[0].left: expected 2 numbers, found 3"),
        ("\"left\": [1, 3]", "\"left\": [1, \"3\"]", "trees[0].left: expected a list of numbers"),
        ("\"left\": [1, 3]", "\"left\": {}", "trees[0].left: expected a list of numbers, found an object"),
        ("\"left\": [1, 3]", "\"lefts\": [1, 3]", "trees[0]: 'left' is missing"),
        ("\"left\": [1, 3]", "\"left\": [1, 3], \"extra\": 1", "trees[0]: unknown member 'extra'"),
        ("\"left\": [1, 3]", "\"left\": [1, 3], \"left\": [1, 3]", "the name 'left' stands in this object twice"),
        ("\"feature\": [0, -1, 5, -1, -1]", "\"feature\": [0, -1, 8, -1, -1]", "trees[0].feature[2]: expected a whole number from -1 to 7, found 8"),
        ("\"feature\": [0, -1, 5, -1, -1]", "\"feature\": [0, -2, 5, -1, -1]", "trees[0].feature[1]: expected a whole number from -1 to 7"),
        ("\"feature\": [0, -1, 5, -1, -1]", "\"feature\": []", "category_sets: 1 entries, more than 0"),
        ("\"feature\": [0, -1, 5, -1, -1]", "\"feature\": [0, -1, 0, -1, -1]", "category_sets: 1 entries, more than 0"),
        ("\"cover\": [10, 4, 6, 5, 1]", "\"cover\": [10, 4, 6, -5, 1]", "tree 0: node 3: cover -5.0 is not a finite number of at least 0"),
        ("\"cover\": [10, 4, 6, 5, 1]", "\"cover\": [10, 4, 6, NaN, 1]", "expected a JSON value, found 'N'"),
        ("\"cover\": [10, 4, 6, 5, 1]", "\"cover\": [10, 4, 6, \"NaN\", 1]", "cover: expected a list of numbers"),
        ("\"cover\": [10, 4, 6, 5, 1]", "\"cover\": [10, 4, 6, null, 1]", "cover: expected a list of numbers"),
        ("\"threshold\": [0.5]", "\"threshold\": [1e999]", "a number beyond the range of a double"),
        ("\"threshold\": [0.5]", "\"threshold\": []", "threshold: expected 1 numbers, found 0"),
        ("\"missing_left\": [1, 0]", "\"missing_left\": [1, 2]", "missing_left[1]: expected a whole number from 0 to 1, found 2"),
        ("\"missing_left\": [1, 0]", "\"missing_left\": [true, false]", "missing_left: expected a list of numbers"),
        ("\"category_set\": [0]", "\"category_set\": [1]", "category_set[0]: expected a whole number from 0 to 0, found 1"),
        ("[1, 3]\n", "[1, 70000]\n", "category_sets[0].codes[1]: expected a whole number from 0 to 65535, found 70000"),
        ("[1, 3]\n", "[1, 4000]\n", "tree 0: node 2: category code 4000 of 'c1', which has 5 levels"),
        ("[1, 3]\n", "[3, 1]\n", "category_sets[0]: codes do not rise"),
        ("[1, 3]\n", "[1, 3], [2]\n", "category_sets: 2 entries, more than 1"),
        ("\"value\": [-0.25, 0.5, 1]", "\"value\": [-0.25, 0.5]", "value: expected 3 numbers, found 2"),
        ("\"base_margin\": 0.125", "\"base_margin\": \"0.125\"", "base_margin: expected a number, found '0.125'"),
        ("\"base_margin\": 0.125", "\"base_margin\": null", "'base_margin' is missing"),
        ("\"kind\": \"trees\"", "\"kind\": \"forest\"", "model.predictor.kind: expected trees or linear, found 'forest'"),
        ("\"format\": \"assay-model\"", "\"format\": \"other\"", "m.json: format: not a model document of this kind"),
        ("\"format_version\": 1", "\"format_version\": 2", "format_version: version 2 is newer than this program"),
        ("\"attribution_unit_exponent\": -40", "\"attribution_unit_exponent\": -39", "expected -40 for this model, found -39"),
        ("\"link\": \"logit\"", "\"link\": \"identity\"", "identity does not suit objective binary"),
        ("\"link\": \"logit\"", "\"link\": \"probit\"", "model.link: expected logit, identity, found 'probit'"),
        ("\"kind\": \"boosted_trees\"", "\"kind\": \"logistic\"", "specification"),
        ("\"num_leaves\": 31", "\"num_leaves\": 1", "specification.parameters.num_leaves: expected a whole number from 2"),
        ("\"name\": \"x1\"", "\"name\": \"x0\"", "model.features: 'x0': there twice"),
        ("\"range\": [-2, 2]", "\"range\": [2, -2]", "range: the lower end is above the upper"),
        ("\"level101\", \"level102\"", "\"level102\", \"level101\"", "levels do not rise strictly"),
        ("\"level101\", \"level102\"", "\"level101\", \"level101\"", "levels do not rise strictly"),
        ("\"notes\": [", "\"note\": [", "card: 'notes' is missing"),
        ("\"train\": 700", "\"train\": -700", "card.parts.train: expected a whole number from 0"),
        ("\"data_digest\": \"", "\"data_digest\": 7, \"x\": \"", "data_digest: expected a text, found 7"),
    ])
    func treesAreChecked(old: String, new: String, expected: String) throws {
        expectRefusal(try replaced(Self.text(), old, new), expected)
    }

    @Test func sumsBeyondTheDoublesAreRefused() throws {
        let large = try replaced(Self.text(), "\"value\": [-0.25, 0.5, 1]", "\"value\": [1.7e308, 0.5, 1]")
        expectRefusal(try replaced(large, "\"base_margin\": 0.125", "\"base_margin\": 1.7e308"), "the leaf values add up to more than a double holds")
    }

    private func replaced(_ text: String, _ old: String, _ new: String) throws -> String {
        let place = try #require(text.firstRange(of: old), "the sample has no \(old)")
        return text.replacingCharacters(in: place, with: new)
    }

    @Test(arguments: [
        ("\"scale\": ", "\"scale\": -", "scale: expected a number above 0"),
        ("\"scale\": ", "\"scale\": 1, \"x\": ", "value: is not standardised / scale"),
        ("\"design\": \"value\"", "\"design\": \"level\"", "design: does not suit the feature"),
        ("\"design\": \"value\"", "\"design\": \"level\", \"level\": \"a\", \"x\": 0", "the name 'level' stands in this object twice"),
        ("\"mean\": 0", "\"mean\": 7", "intercept_at_zero: does not follow from the coefficients"),
        ("\"feature\": \"x", "\"feature\": \"y", "is no feature of the model"),
        ("\"level\": \"level100\"", "\"level\": \"level999\"", "'level999' is no level of"),
        ("\"standard_error\": 0", "\"standard_error\": -0", "standard_error: expected a number at least 0"),
    ])
    func linearModelsAreChecked(old: String, new: String, expected: String) throws {
        expectRefusal(try replaced(Self.text(.logistic), old, new), expected)
    }

    @Test(arguments: [
        (Calibrator.platt(slope: 2, intercept: 1), "\"slope\": 2", "\"slope\": 0", "slope must be above 0"),
        (.isotonic(thresholds: [-1, 1], values: [0.25, 0.5], count: 9), "\"thresholds\": [-1, 1]", "\"thresholds\": [1, 1]", "thresholds do not rise strictly"),
        (.isotonic(thresholds: [-1, 1], values: [0.25, 0.5], count: 9), "\"thresholds\": [-1, 1]", "\"thresholds\": []", "0 thresholds and 2 values"),
        (.isotonic(thresholds: [-1, 1], values: [0.25, 0.5], count: 9), "\"values\": [0.25, 0.5]", "\"values\": [0.5, 0.25]", "values fall, or leave 0 to 1"),
        (.isotonic(thresholds: [-1, 1], values: [0.25, 0.5], count: 9), "\"values\": [0.25, 0.5]", "\"values\": [0.5, 1.25]", "values fall, or leave 0 to 1"),
        (.beta(a: 1, b: 2, c: 0), "\"a\": 1", "\"a\": -1", "a and b must be at least 0"),
        (.beta(a: 1, b: 2, c: 0), "\"method\": \"beta\"", "\"method\": \"venn\"", "method: expected none, platt, isotonic, beta"),
    ])
    func calibratorsAreChecked(calibrator: Calibrator, old: String, new: String, expected: String) throws {
        expectRefusal(try replaced(Self.text(.logistic, calibrator), old, new), expected)
    }

    @Test func truncatedFilesAreRefused() throws {
        for text in [try Self.text(), try Self.text(.logistic)] {
            let bytes = Array(text.utf8)
            for part in 0 ..< 50 {
                #expect(throws: DocumentError.self) { _ = try ModelDocument(bytes: Array(bytes.prefix(bytes.count * part / 50)), source: "m.json") }
            }
        }
    }

    @Test func manyTreesAreRefusedUnbuilt() throws {
        let text = try Self.text()
        let start = try #require(text.firstRange(of: "\"trees\": [")).upperBound
        let end = try #require(text.firstRange(of: "\"calibrator\"")).lowerBound
        let leaf = "{\"feature\":[-1],\"cover\":[1],\"left\":[],\"right\":[],\"missing_left\":[],\"gain\":[],\"threshold\":[],\"category_set\":[],\"category_sets\":[],\"value\":[0]}"
        func document(_ trees: String) -> String { text.replacingCharacters(in: start ..< end, with: "\(trees)]},") }
        expectRefusal(document(Array(repeating: "0", count: 1_000_000).joined(separator: ",")), "trees: 1000000 entries, more than 100000")
        expectRefusal(document(Array(repeating: leaf, count: 600_000).joined(separator: ",")), "too many values in one document")
        _ = try ModelDocument(bytes: Array(document(leaf).utf8), source: "m.json")
    }

    @Test func deepTreesAreRefused() throws {
        var tree = Tree(nodes: [])
        for index in 0 ..< 1_001 {
            tree.nodes.append(TreeNode(feature: 0, left: Int32(2 * index + 1), right: Int32(2 * index + 2), threshold: Double(index)))
            tree.nodes.append(TreeNode(value: 1))
        }
        tree.nodes.append(TreeNode(value: 1))
        let inner = tree.nodes.filter { !$0.isLeaf }
        func list(_ values: [Int]) -> String { values.map(String.init).joined(separator: ",") }
        let json = """
            {"feature":[\(list(tree.nodes.map { Int($0.feature) }))],"cover":[\(list(tree.nodes.map { _ in 0 }))],"left":[\(list(inner.map { Int($0.left) }))],
            "right":[\(list(inner.map { Int($0.right) }))],"missing_left":[\(list(inner.map { _ in 0 }))],"gain":[\(list(inner.map { _ in 0 }))],
            "threshold":[\(list(inner.indices.map { $0 }))],"category_set":[],"category_sets":[],"value":[\(list((0 ... 1_001).map { _ in 1 }))]}
            """
        let text = try Self.text()
        let start = try #require(text.firstRange(of: "\"trees\": [")).upperBound
        let end = try #require(text.firstRange(of: "\"calibrator\"")).lowerBound
        expectRefusal(text.replacingCharacters(in: start ..< end, with: "\(json)]},"), "more than 1000 questions deep")
    }

    @Test(arguments: ["", "null", "[]", "{}", "{\"format\": \"assay-model\"}", "\u{0}", String(repeating: "{\"a\":", count: 200_000), "name: lead\nkind: logistic"])
    func otherThingsAreRefused(text: String) { expectRefusal(text, "m.json") }

    /// Random damage ends in an error or in a document that is whole: it writes itself again.
    @Test func mutationsNeverCrash() throws {
        let seeds = [Array(try Self.text().utf8), Array(try Self.text(.logistic, .platt(slope: 2, intercept: 0)).utf8)]
        let interesting = Array("{}[]\",:0123456789-.eE \n".utf8)
        var draws = RandomDraws(seed: 8)
        var accepted = 0
        for _ in 0 ..< 5_000 {
            var bytes = seeds[draws.below(2)]
            for _ in 0 ... draws.below(3) {
                let place = draws.below(bytes.count)
                if draws.chance(0.7) { bytes[place] = interesting[draws.below(interesting.count)] } else { bytes.remove(at: place) }
            }
            guard let document = try? ModelDocument(bytes: bytes, source: "m.json") else { continue }
            accepted += 1
            #expect(try ModelDocument(bytes: document.bytes(), source: "m.json").bytes() == document.bytes())
        }
        #expect(accepted > 50)
    }
}

extension String {
    func replacingCharacters(in range: Range<Index>, with text: String) -> String { String(self[..<range.lowerBound]) + text + self[range.upperBound...] }

    func firstRange(of text: String) -> Range<Index>? {
        utf8.firstRange(ofBytes: Array(text.utf8))
    }
}

extension String.UTF8View {
    func firstRange(ofBytes wanted: [UInt8]) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].starts(with: wanted) { return start ..< index(start, offsetBy: wanted.count) }
            start = index(after: start)
        }
        return nil
    }
}
