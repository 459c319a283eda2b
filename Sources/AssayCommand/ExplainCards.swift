import ArgumentParser
import Attribution
import Datasets
import Documents
import Models
import Reports
import Sandbox

/// Reason cards (话术锦囊).
struct CardOptions: ParsableArguments {
    @Option(help: "Write a reason card in English or Chinese: en or zh.") var card: Language?
    @Option(help: ArgumentHelp("Cards of this many rows, highest score first, instead of one row's.", valueName: "count")) var cards: Int?
    @Option(help: ArgumentHelp("Past deals to compare with, with the target's column; the default is --data.", valueName: "file")) var past: String?
    @Option(help: ArgumentHelp("Words and objections (YAML) instead of those that come with Assay (models/phrases.yaml).", valueName: "file")) var phrases: String?
    @Option(help: ArgumentHelp("Levers (YAML), instead of the model's own.", valueName: "file")) var levers: String?
    @Option(help: ArgumentHelp("Probability to reach at least; the default is the next of 5, 10, 25, 50, 75 and 90 %, in the direction that is wanted.", valueName: "p")) var reach: Double?
    @Option(help: ArgumentHelp("Probability to fall to at most.", valueName: "p")) var atMost: Double?
    @Option(help: ArgumentHelp("What we propose to the customer, such as an offer's name: its objections come up.", valueName: "name")) var action: String?

    var isNamed: Bool { cards != nil || past != nil || phrases != nil || levers != nil || reach != nil || atMost != nil || action != nil }

    func validate() throws {
        if let cards, cards < 1 { throw ValidationError("--cards must be at least 1.") }
        if reach != nil, atMost != nil { throw ValidationError("--reach and --at-most exclude each other.") }
        guard (reach ?? atMost ?? 0).isFinite else { throw ValidationError("The wanted probability must be a number.") }
    }

    func maker(_ document: ModelDocument, _ reference: ReferenceDeals) throws -> CardMaker {
        let library = try phrases.map { try Phrases.read(path: $0) } ?? EmbeddedFiles.phrases()
        var options = CardMaker.Options()
        if let wanted = reach ?? atMost {
            if document.model.link == .logit, !(0 ... 1).contains(wanted) { throw ValidationError("A probability lies between 0 and 1.") }
            options.goal = WhatIfGoal(reach != nil ? .atLeast : .atMost, wanted)
        }
        let own = try levers.map { try WhatIfLevers(document, file: $0) }
        return try CardMaker(document, phrases: library, reference: reference, levers: own, options: options)
    }
}

extension Explain {
    func writeCards(_ file: ModelFile, _ language: Language) throws {
        let document = file.document
        let table = try reading.read(input.data, document.evaluationOptions())
        let encoded = try document.model.features.encode(table)
        Console.note(unseen: encoded.unseen, rows: table.rowCount)
        let reference = try self.reference(document, table, encoded)
        let maker = try cards.maker(document, reference)
        let rows = try self.rows(document, table, encoded)
        let stable = try stability.run(document, AttributionRequest(), reading)
        let attributor = document.model.attributor()
        let made = rows.map { row in
            let attribution = attributor.explain(encoded.matrix, row: row)
            let facts = CardFacts(document, table: table, encoded: encoded, row: row, attribution: attribution, action: cards.action,
                                  stability: stable?.stability(encoded.matrix, row: row, own: attribution.contributions) ?? [])
            return maker.card(facts, excluding: cards.past == nil ? row : nil)
        }
        let rule = "\n" + String(repeating: "=", count: 78) + "\n\n"
        try output.write(format == .html ? CardReport.page(made, id: file.id, language: language)
            : made.map { CardText.text($0, language: language) }.joined(separator: rule))
    }

    private func reference(_ document: ModelDocument, _ table: Table, _ encoded: EncodedFeatures) throws -> ReferenceDeals {
        guard let past = cards.past else { return try ReferenceDeals(document, table: table, encoded: encoded, threads: reading.threads) }
        let deals = try reading.read(past, document.evaluationOptions())
        guard deals[document.specification.target.column] != nil else {
            throw DataError(source: past, column: document.specification.target.column, reason: "past deals need their outcome, and this column is missing")
        }
        return try ReferenceDeals(document, table: deals, encoded: document.model.features.encode(deals), threads: reading.threads)
    }

    private func rows(_ document: ModelDocument, _ table: Table, _ encoded: EncodedFeatures) throws -> [Int] {
        if let row { return [try ResultFiles.row(named: row, document, table: table)] }
        let count = cards.cards ?? 0
        if count > table.rowCount { Console.note("note: \(input.data) has \(table.rowCount) rows, and so many cards") }
        return Scores(document.model, encoded, threads: reading.threads).leading(count)
    }
}
