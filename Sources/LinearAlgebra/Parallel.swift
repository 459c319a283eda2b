import Glibc

/// Work shared between threads, for synchronous and pure kernels.
///
/// Each part returns its result; parts are handed back in the order of their numbers, whatever the
/// order in which they ended. A result that depends only on the parts, and on parts whose bounds
/// do not depend on the number of threads, is therefore the same for every number of threads.
public enum Parallel {
    /// The number of processors that are online.
    public static let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// `body(0)`, …, `body(count - 1)` on at most `threads` threads, results in order.
    /// With one thread everything runs on the caller's. The first error by number is thrown, when all parts have ended.
    public static func map<T: Sendable>(_ count: Int, threads: Int, _ body: @Sendable (Int) throws -> T) throws -> [T] {
        let results: [Result<T, any Error>] = map(count, threads: threads) { part in Result { try body(part) } }
        return try results.map { try $0.get() }
    }

    /// As `map` above, for parts that cannot fail.
    public static func map<T: Sendable>(_ count: Int, threads: Int, _ body: @Sendable (Int) -> T) -> [T] {
        guard threads > 1, count > 1 else { return (0 ..< count).map(body) }
        return [T](unsafeUninitializedCapacity: count) { buffer, initialized in
            nonisolated(unsafe) let slots = buffer.baseAddress!
            Crew.shared.perform(count, threads: threads) { part in (slots + part).initialize(to: body(part)) }
            initialized = count
        }
    }
}
