import Synchronization

/// Tasks of which some come to light only as others end.
public protocol TaskQueue: Sendable {
    associatedtype Task: Sendable
    associatedtype Outcome: Sendable

    /// A task that may start now. nil: none can before one that is under way has ended; with none under way `work` returns.
    mutating func next() -> Task?
    /// Takes in what a task brought.
    mutating func finish(_ task: Task, _ outcome: Outcome)
}

extension Parallel {
    /// Performs the tasks of `queue` on at most `threads` threads until there are none, and returns it as they left it.
    ///
    /// Threads meet only at the queue, one at a time, and after a moment sleep where it has nothing for them: tasks should take far longer
    /// than its methods. The order in which tasks end differs from run to run; what the queue makes of them must not.
    public static func work<Queue: TaskQueue>(off queue: Queue, threads: Int, _ perform: @Sendable (Queue.Task) -> Queue.Outcome) -> Queue {
        let state = Mutex(Work(queue: queue))
        let wake = PatientSemaphore()
        let _: [Void] = map(max(1, threads), threads: threads) { _ in
            var step = state.withLock { $0.next() }
            while true {
                switch step {
                case .perform(let task):
                    let outcome = perform(task)
                    let sleepers: Int
                    (step, sleepers) = state.withLock { $0.finish(task, outcome) }
                    for _ in 0 ..< sleepers { wake.signal() }
                case .sleep:
                    wake.wait()
                    step = state.withLock { $0.next() }
                case .end:
                    return
                }
            }
        }
        return state.withLock { $0.queue }
    }

    private enum Step<Task> {
        case perform(Task)
        /// Until a task has ended.
        case sleep
        case end
    }

    private struct Work<Queue: TaskQueue>: Sendable {
        var queue: Queue
        private var underWay = 0
        private var sleepers = 0

        init(queue: Queue) { self.queue = queue }

        mutating func next() -> Step<Queue.Task> {
            if let task = queue.next() {
                underWay += 1
                return .perform(task)
            }
            guard underWay > 0 else { return .end }
            sleepers += 1
            return .sleep
        }

        /// What the thread does next, and how many sleepers it is to wake.
        mutating func finish(_ task: Queue.Task, _ outcome: Queue.Outcome) -> (Step<Queue.Task>, Int) {
            queue.finish(task, outcome)
            underWay -= 1
            let woken = sleepers
            sleepers = 0
            return (next(), woken)
        }
    }
}
