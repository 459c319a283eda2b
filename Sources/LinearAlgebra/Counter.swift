import Dispatch
import Glibc
import Synchronization

/// Hands out 0, 1, 2, … to any number of threads, each number once.
final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func take() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}

extension DispatchQueue {
    /// Processors online for this process (`sched_getaffinity` is honoured by `nproc`-like limits).
    static var coreCount: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
