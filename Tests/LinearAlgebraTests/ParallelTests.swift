import Glibc
import LinearAlgebra
import Synchronization
import Testing

struct ParallelTests {
    @Test(arguments: [0, 1, 2, 3, 100, 10_000], [1, 2, 5, 64])
    func everyPartRunsOnceAndResultsKeepTheirOrder(count: Int, threads: Int) {
        let calls = Mutex([Int](repeating: 0, count: count))
        let results = Parallel.map(count, threads: threads) { part in
            calls.withLock { $0[part] += 1 }
            return "\(part)"
        }
        #expect(results == (0 ..< count).map { "\($0)" })
        #expect(calls.withLock { $0.allSatisfy { $0 == 1 } })
    }

    @Test(arguments: [1, 2, 5])
    func theFirstErrorByNumberIsThrown(threads: Int) {
        struct Failure: Error, Equatable { let part: Int }
        #expect(throws: Failure(part: 7)) {
            try Parallel.map(100, threads: threads) { part in
                if part % 10 == 7 { throw Failure(part: part) }
                return part
            }
        }
        #expect(throws: Never.self) { try Parallel.map(3, threads: threads) { part throws -> Int in part } }
    }

    @Test func callsNest() {
        let table = Parallel.map(8, threads: 4) { i in Parallel.map(8, threads: 4) { j in i * 8 + j } }
        #expect(table.flatMap { $0 } == Array(0 ..< 64))
    }

    /// Parts that take longer than threads stay awake for, or nearly nothing, from several callers at once, one piece of work after the other.
    @Test func callersShareTheHelpers() {
        let totals = Parallel.map(6, threads: 6) { caller in
            (0 ..< 300).reduce(0) { total, piece in
                let parts = Parallel.map(1 + piece % 5, threads: 2 + caller % 3) { part in
                    if (piece + part) % 50 == 0 { usleep(300) }
                    return piece * part
                }
                return total + parts.reduce(0, +)
            }
        }
        let expected = (0 ..< 300).reduce(0) { total, piece in total + (0 ..< 1 + piece % 5).reduce(0) { $0 + piece * $1 } }
        #expect(totals == Array(repeating: expected, count: 6))
    }

    /// Also after a pause in which helpers went to sleep. At first they may be at work for others.
    @Test(.enabled(if: Parallel.processorCount > 1)) func twoPartsRunAtOnce() {
        for pause in [0, 1_000, 0, 0] {
            usleep(UInt32(pause))
            #expect((0 ..< 1_000).contains { _ in Self.twoPartsMeet() })
        }
    }

    /// Whether two parts were under way at the same time, for each of which the other waits a tenth of a second at most.
    private static func twoPartsMeet() -> Bool {
        let arrived = Atomic<Int>(0)
        let met = Parallel.map(2, threads: 2) { _ in
            arrived.wrappingAdd(1, ordering: .acquiringAndReleasing)
            for _ in 0 ..< 1_000 where arrived.load(ordering: .acquiring) < 2 { usleep(100) }
            return arrived.load(ordering: .acquiring) == 2
        }
        return met[0]
    }

    @Test func thereIsAProcessor() { #expect(Parallel.processorCount >= 1) }
}
