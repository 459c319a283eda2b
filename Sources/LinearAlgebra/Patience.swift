import Dispatch
import Glibc
import Synchronization

/// Waiting for what mostly comes within microseconds, awake: to wake a thread that sleeps takes longer.
enum Patience {
    private static let nanoseconds: UInt64 = 20_000

    /// Whether `condition` came to hold in time. Threads that have something to do go first.
    static func sees(_ condition: () -> Bool) -> Bool {
        if condition() { return true }
        let end = DispatchTime.now().uptimeNanoseconds + nanoseconds
        repeat {
            sched_yield()
            if condition() { return true }
        } while DispatchTime.now().uptimeNanoseconds < end
        return false
    }
}

/// A semaphore whose waiters stay awake for a moment before they sleep.
final class PatientSemaphore: Sendable {
    /// Below 0: so many sleep, or are about to.
    private let value = Atomic<Int>(0)
    private let sleepers = DispatchSemaphore(value: 0)

    func signal() {
        if value.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue < 0 { sleepers.signal() }
    }

    func wait() {
        let isThere = Patience.sees {
            let seen = value.load(ordering: .relaxed)
            return seen > 0 && value.compareExchange(expected: seen, desired: seen - 1, ordering: .acquiringAndReleasing).exchanged
        }
        if isThere { return }
        if value.wrappingSubtract(1, ordering: .acquiringAndReleasing).oldValue <= 0 { sleepers.wait() }
    }
}
