import Documents
import Glibc
import Testing

struct FileTests {
    /// A folder of the test's own, removed at its end.
    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/assay-documents-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { _ = system("chmod -R u+w '\(folder)'; rm -rf '\(folder)'") }
        try body(folder)
    }

    private func entries(_ folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            names.append(withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    @Test func writesWholeFilesAndReplacesThem() throws {
        try withFolder { folder in
            let path = folder + "/a.txt"
            try AtomicFile.write(path, Array("one".utf8))
            #expect(try TextFile.read(path, limit: 10) == "one")
            let file = try AtomicFile(path)
            for _ in 0 ..< 1_000 { try file.append(String(repeating: "x", count: 1_000)) }
            #expect(try TextFile.read(path, limit: 10) == "one", "replaced before the commit")
            try file.commit()
            #expect(try TextFile.readBytes(path, limit: 1 << 20).count == 1_000_000)
            #expect(entries(folder) == ["a.txt"])
        }
    }

    @Test func leavesNothingWithoutCommit() throws {
        try withFolder { folder in
            do {
                let file = try AtomicFile(folder + "/b.txt")
                try file.append("half")
            }
            #expect(entries(folder).isEmpty)
        }
    }

    @Test func replacesWhatALinkPointsTo() throws {
        try withFolder { folder in
            try AtomicFile.write(folder + "/real", Array("one".utf8))
            symlink("real", folder + "/link")
            try AtomicFile.write(folder + "/link", Array("two".utf8))
            #expect(try TextFile.read(folder + "/real", limit: 10) == "two")
            #expect(entries(folder) == ["link", "real"])
        }
    }

    @Test func saysWhyAFileCannotBeWritten() throws {
        try withFolder { folder in
            let missing = #expect(throws: DocumentError.self) { try AtomicFile.write(folder + "/no/a", []) }
            #expect(missing?.code == .unwritable && missing?.reason.contains("no such directory") ?? false)
            let directory = #expect(throws: DocumentError.self) { try AtomicFile.write(folder, []) }
            #expect(directory?.reason == "cannot be written: is a directory")
            let full = #expect(throws: DocumentError.self) { try AtomicFile.write("/dev/full", [1, 2, 3]) }
            #expect(full?.reason == "cannot be written: No space left on device")
            try AtomicFile.write("/dev/null", [1, 2, 3])
        }
    }

    @Test func saysWhyAFileCannotBeRead() throws {
        try withFolder { folder in
            let missing = #expect(throws: DocumentError.self) { try TextFile.read(folder + "/none", limit: 10) }
            #expect(missing?.code == .missingFile)
            let directory = #expect(throws: DocumentError.self) { try TextFile.read(folder, limit: 10) }
            #expect(directory?.reason == "is a directory" && directory?.code == .unreadable)
            try AtomicFile.write(folder + "/long", Array(repeating: 65, count: 11))
            let long = #expect(throws: DocumentError.self) { try TextFile.read(folder + "/long", limit: 10) }
            #expect(long?.reason == "larger than the limit of 10 bytes")
            try AtomicFile.write(folder + "/bytes", [0xFF])
            let bytes = #expect(throws: DocumentError.self) { try TextFile.read(folder + "/bytes", limit: 10) }
            #expect(bytes?.reason == "not UTF-8 text")
            try AtomicFile.write(folder + "/empty", [])
            #expect(try TextFile.read(folder + "/empty", limit: 0) == "")
            let endless = #expect(throws: DocumentError.self) { try TextFile.readBytes("/dev/zero", limit: 1 << 20) }
            #expect(endless?.code == .unreadable)
        }
    }
}
