import TestSupport
import Testing
import TraceLog

struct NoteTests {
    /// The example of the Go package that the format comes from.
    private let publishedSigner = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    private let publishedKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    private let publishedNote = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """

    @Test func `the published example is read, verified and signed alike`() throws {
        let key = try NoteVerifierKey(publishedKey)
        let note = try SignedNote(encoded: Array(publishedNote.utf8))
        #expect(key.description == publishedKey)
        #expect(note.description == publishedNote)
        #expect(note.signature(of: key) != nil)
        let signer = try NoteSigner(publishedSigner)
        #expect(signer.secretText == publishedSigner && signer.verifierKey == key)
        var again = try SignedNote(text: note.text)
        try again.sign(by: signer, time: 0)
        #expect(again.signature(of: key) != nil)
        let other = try SignedNote(text: note.text + "!\n", signatures: note.signatures)
        #expect(other.signature(of: key) == nil)
    }

    @Test func `a checkpoint and a proof round trip and hold for their entry and keys only`() throws {
        let log = try NoteSigner(name: "example.com/log"), witness = try NoteSigner(name: "w.example", algorithm: .cosignature)
        let entries = (0 ..< 11).map { Array("entry \($0)".utf8) }
        let leaves = entries.map(MerkleTree.leafHash)
        var note = try Checkpoint(origin: log.name, size: 11, root: MerkleTree.root(of: leaves)).signed(by: log)
        try note.sign(by: witness, time: 1_700_000_000)
        #expect(note.signature(of: witness.verifierKey)?.time == 1_700_000_000)
        for index in entries.indices {
            let hashes = MerkleTree.inclusionProof(of: index, size: 11) { MerkleTree.root(of: Array(leaves[$0.index << $0.level ..< ($0.index + 1) << $0.level])) }
            for extra in [nil, [], Array("hint".utf8)] as [[UInt8]?] {
                let proof = TLogProof(index: index, extra: extra, hashes: hashes, checkpoint: note)
                #expect(try TLogProof(encoded: proof.encoded) == proof)
                try proof.verify(entry: entries[index], logKey: log.verifierKey, witnesses: [witness.verifierKey])
                #expect(throws: FormatError.self) { try proof.verify(entry: entries[(index + 1) % 11], logKey: log.verifierKey) }
                #expect(throws: FormatError.self) { try proof.verify(entry: entries[index], logKey: witness.verifierKey) }
                #expect(throws: FormatError.self) { try proof.verify(entry: entries[index], logKey: log.verifierKey, witnesses: [log.verifierKey, try NoteSigner(name: "v", algorithm: .cosignature).verifierKey]) }
            }
        }
    }

    @Test(arguments: ["", "a\n", "a\n1\n", "a\n01\nA=\n", "a\n-1\n" + MerkleTree.emptyRoot.base64 + "\n", "a\n+1\n" + MerkleTree.emptyRoot.base64 + "\n",
                      "a\n1\n" + MerkleTree.emptyRoot.base64, "\n1\n" + MerkleTree.emptyRoot.base64 + "\n"])
    func `a malformed checkpoint is refused`(text: String) { #expect(throws: FormatError.self) { try Checkpoint(text: text) } }
}
