import ArgumentParser
import Documents
import TraceLog
import TraceStore

extension LogOption {
    /// The log for reading, its sections opened where its keys are at hand.
    func readerWithKeysAtHand() throws -> TraceReader {
        guard !LogKeys.exist(in: keyFolder) else { return try reader() }
        Console.note("note: no keys in \(keyFolder): sections stay closed")
        return try TraceReader(log)
    }

    /// The log's verifier key: as given, else that of the keys at hand. nil where there is neither.
    /// - Parameter given: the key's text, or a file of one line that holds it.
    func verifierKey(_ given: String?) throws -> NoteVerifierKey? {
        if let given { return try VerifierKeyText.read(given) }
        return LogKeys.exist(in: keyFolder) ? try readKeys().signer.verifierKey : nil
    }

    func requiredVerifierKey(_ given: String?) throws -> NoteVerifierKey {
        guard let key = try verifierKey(given) else { throw ValidationError("The log's verifier key is needed: give it with --key, or its keys with --keys.") }
        return key
    }
}

/// A public key on the command line: `name+id+key`, or the file that holds it.
enum VerifierKeyText {
    static func read(_ given: String) throws -> NoteVerifierKey {
        if let key = try? NoteVerifierKey(given) { return key }
        guard given.split(separator: "+", omittingEmptySubsequences: false).count < 3 else { return try NoteVerifierKey(given) }
        let text = try TextFile.read(given, limit: 4096)
        do {
            return try NoteVerifierKey(String(text.prefix { $0 != "\n" }))
        } catch let error as FormatError {
            throw FormatError(given, "\(error)")
        }
    }
}

/// Which record a command is about.
struct RecordArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The record: its id (32 hexadecimal digits) or its number in the log, from 0.", valueName: "record"))
    var record: String

    func number(in reader: TraceReader) throws -> Int {
        if let id = RecordID(record) {
            guard let number = try reader.number(of: id) else { throw StoreError(.missing, reader.path, "no record with the id \(id)") }
            return number
        }
        guard let number = Int(record), number >= 0 else { throw ValidationError("'\(record)' is neither a record's id (32 hexadecimal digits) nor a number from 0.") }
        guard number < (try reader.size()) else { throw StoreError(.missing, reader.path, "no entry number \(number); it has \(try reader.size())") }
        return number
    }
}
