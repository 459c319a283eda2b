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

    @Test func thereIsAProcessor() { #expect(Parallel.processorCount >= 1) }
}
