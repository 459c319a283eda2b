import Dispatch
import Synchronization

/// Parts of one piece of work, which threads take one after the other: uneven ones balance.
private final class Region: Sendable {
    private let count: Int
    private let next = Atomic<Int>(0)
    private let ended = Atomic<Int>(0)
    private let allEnded = PatientSemaphore()
    /// Lives until the last part has ended; nobody reads it for a part that there is not.
    nonisolated(unsafe) private let body: UnsafePointer<@Sendable (Int) -> Void>

    init(_ count: Int, _ body: UnsafePointer<@Sendable (Int) -> Void>) {
        (self.count, self.body) = (count, body)
    }

    /// Returns when no part is left to take; others may be under way.
    func work() {
        while true {
            let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard part < count else { return }
            perform(part)
            if ended.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == count { allEnded.signal() }
        }
    }

    /// For the one that made it.
    func wait() { allEnded.wait() }

    /// Not inlined, so that nothing of the body is held when the part counts as ended: `withoutActuallyEscaping` stops the program if it is.
    @inline(never)
    private func perform(_ part: Int) { body.pointee(part) }
}

/// The threads that share parallel work: the caller, and helpers from Dispatch's pool that stay awake for a moment between one piece of
/// work and the next.
///
/// A numerical kernel meets its threads every few hundred microseconds, and a thread that sleeps takes up to a hundred to wake
/// (`concurrentPerform` puts them to sleep each time). The caller takes parts from the first moment on and waits only for parts that
/// a helper has taken, so nothing depends on helpers that come late or never.
final class Crew: Sendable {
    static let shared = Crew()

    private struct State {
        /// Places for helpers that nobody has taken, the latest piece of work last.
        var seats: [Region] = []
        /// Helpers that were called and have not left: no more than there are processors beside the caller's.
        var helpers = 0
        /// Those of them that are awake and look for a seat.
        var idle = 0
    }

    private let state = Mutex(State())
    /// Pieces of work so far: what idle helpers watch.
    private let posted = Atomic<Int>(0)

    /// `body(0)`, …, `body(count - 1)` in any order on at most `threads` threads, the caller's among them. Calls may nest, and come from several threads.
    func perform(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { body in
                let region = Region(count, body)
                offer(region, seats: min(threads, count, Parallel.processorCount) - 1)
                region.work()
                state.withLock { state in state.seats.removeAll { $0 === region } }
                region.wait()
            }
        }
    }

    private func offer(_ region: Region, seats: Int) {
        guard seats > 0 else { return }
        let missing = state.withLock { state in
            let ready = max(0, state.idle - state.seats.count)
            state.seats.append(contentsOf: repeatElement(region, count: seats))
            let missing = max(0, min(seats - ready, Parallel.processorCount - 1 - state.helpers))
            state.helpers += missing
            return missing
        }
        posted.wrappingAdd(1, ordering: .releasing)
        for _ in 0 ..< missing { DispatchQueue.global().async { self.help() } }
    }

    private func help() {
        while let region = seat() { region.work() }
    }

    /// Waits a moment for one.
    private func seat() -> Region? {
        state.withLock { $0.idle += 1 }
        var isPatient = true
        while true {
            let seen = posted.load(ordering: .acquiring)
            let region = state.withLock { state in
                let region = state.seats.popLast()
                if region != nil || !isPatient { state.idle -= 1 }
                if region == nil, !isPatient { state.helpers -= 1 }
                return region
            }
            if region != nil || !isPatient { return region }
            isPatient = Patience.sees { posted.load(ordering: .acquiring) != seen }
        }
    }
}
