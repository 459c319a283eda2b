import Documents
import Foundation
import GRDB
import Synchronization
import TraceLog

/// A state of the log that its key has signed.
struct SignedState {
    let size: Int
    let frontier: TreeFrontier
    let note: SignedNote
}

extension TraceStore {
    /// Writes tiles and a signed checkpoint for all entries that are on the disk.
    ///
    /// The checkpoint is signed only after it has been proved again, from the tiles, that the log continues the state that
    /// was signed last. O(new entries), and O(log size) for the proof.
    /// - Throws: `StoreError.damaged` if it does not: nothing is signed then.
    @discardableResult
    public func publish() throws -> SignedNote {
        try publishing.withLock { _ in
            // All of them lie within the tree that is asked for afterwards.
            let fresh = committer.takeFreshTiles(), frontier = committer.frontier
            let last = try lastSigned()
            if let last, last.size == frontier.size, last.frontier == frontier {
                try restoreFiles(last)
                return last.note
            }
            var tiles = TileFiles(folder)
            try writeTiles(&tiles, from: last?.size ?? 0, to: frontier.size, fresh) { try prove(frontier, continues: last, $0) }
            let note = try Checkpoint(origin: keys.signer.name, size: frontier.size, root: frontier.root).signed(by: keys.signer)
            let before = try sizeSigned(before: last?.size ?? 0)
            try committer.transaction { db, _ in
                try db.execute(sql: "INSERT INTO signed(size, frontier, note) VALUES (?, ?, ?)",
                               arguments: [frontier.size, Data(frontier.encoded), note.description])
            }
            try AtomicFile.write(folder.checkpoint, note.encoded)
            // Readers of the last checkpoint may still be at it.
            if let before { tiles.removePartial(of: before, keeping: [last?.size ?? 0, frontier.size]) }
            return note
        }
    }

    /// Writes all tiles again from the leaves, for when published files were lost or altered.
    public func rebuildTiles() throws {
        try publishing.withLock { _ in
            guard let last = try lastSigned() else { return }
            var tiles = TileFiles(folder)
            try writeTiles(&tiles, from: 0, to: last.size) { try prove(last.frontier, continues: last, $0) }
            try AtomicFile.write(folder.checkpoint, last.note.encoded)
        }
    }

    /// After opening: the published checkpoint may not be ahead of the database, and what a crash left out is written.
    func restorePublished() throws {
        try publishing.withLock { _ in
            guard let last = try lastSigned() else { throw StoreError(.damaged, folder.database, "has no signed state") }
            guard last.size <= size else { throw StoreError(.damaged, folder.database, "has \(size) entries, fewer than the \(last.size) that were signed") }
            if let bytes = try publishedNote() {
                let published: Checkpoint
                do {
                    published = try Checkpoint(try SignedNote(encoded: bytes), signedBy: keys.signer.verifierKey)
                } catch let error as FormatError {
                    throw StoreError(.damaged, folder.checkpoint, "was altered (\(error)); keep it for the inquiry, move it away, and it is written again")
                }
                guard published.size <= last.size else {
                    throw StoreError(.damaged, folder.database, "knows \(last.size) signed entries, and the published checkpoint has \(published.size): entries are lost")
                }
            }
            try restoreFiles(last)
        }
    }

    private func publishedNote() throws -> [UInt8]? {
        do {
            return try TextFile.readBytes(folder.checkpoint, limit: 1 << 20)
        } catch let error as DocumentError where error.code == .missingFile {
            return nil
        }
    }

    private func restoreFiles(_ last: SignedState) throws {
        var tiles = TileFiles(folder)
        if !Tile.all(size: last.size).allSatisfy(tiles.exists) {
            try writeTiles(&tiles, from: 0, to: last.size) { try prove(last.frontier, continues: last, $0) }
        }
        // A checkpoint with witnesses' signatures under it says the same and more.
        let published = try? publishedNote().map { try SignedNote(encoded: $0) }
        if published?.text != last.note.text { try AtomicFile.write(folder.checkpoint, last.note.encoded) }
    }

    /// - Parameters:
    ///   - fresh: what is made already.
    ///   - check: of all tiles, before any new one is put into place.
    private func writeTiles(_ tiles: inout TileFiles, from oldSize: Int, to newSize: Int, _ fresh: FreshTiles? = nil, check: (TileFiles) throws -> Void) throws {
        let files = fresh?.files ?? AtomicFiles(under: folder.path)
        try LogDatabase.locating(folder) {
            try tiles.add(from: oldSize, to: newSize, fresh: fresh?.tiles ?? [:], into: files, threads: threads) { range in
                let found = try writer.read { db in
                    try Data.fetchAll(db, sql: "SELECT bytes FROM leaf WHERE number >= ? AND number < ? ORDER BY number", arguments: [range.lowerBound, range.upperBound])
                }
                guard found.count == range.count else { throw StoreError(.damaged, folder.database, "leaves are missing among numbers \(range)") }
                return found.map { [UInt8]($0) }
            }
        }
        try check(tiles)
        try files.commit()
    }

    private func prove(_ frontier: TreeFrontier, continues last: SignedState?, _ tiles: TileFiles) throws {
        let size = frontier.size
        func node(_ node: MerkleNode) throws -> TreeHash { try MerkleTree.node(node, size: size) { try tiles.tile($0) } }
        guard try MerkleTree.root(size: size, nodes: node) == frontier.root else {
            throw StoreError(.damaged, folder.path, "its tiles are not those of its \(size) entries; nothing was signed")
        }
        guard let last else { return }
        let signed = try Checkpoint(last.note, signedBy: keys.signer.verifierKey)
        let proof = try MerkleTree.consistencyProof(from: signed.size, to: size, nodes: node)
        guard signed.size == last.size, MerkleTree.verifyConsistency(from: signed.size, signed.root, to: size, frontier.root, proof: proof) else {
            throw StoreError(.damaged, folder.path, "its \(size) entries do not continue the \(signed.size) that were signed last; nothing was signed")
        }
    }

    private func lastSigned() throws -> SignedState? {
        try LogDatabase.locating(folder) {
            try writer.read { db in
                guard let row = try Row.fetchOne(db, sql: "SELECT size, frontier, note FROM signed ORDER BY size DESC LIMIT 1") else { return nil }
                let frontier: Data = row[1], note: String = row[2]
                return SignedState(size: row[0], frontier: try TreeFrontier(encoded: [UInt8](frontier)), note: try SignedNote(encoded: Array(note.utf8)))
            }
        }
    }

    private func sizeSigned(before size: Int) throws -> Int? {
        try LogDatabase.locating(folder) {
            try writer.read { try Int.fetchOne($0, sql: "SELECT size FROM signed WHERE size < ? ORDER BY size DESC LIMIT 1", arguments: [size]) }
        }
    }
}
