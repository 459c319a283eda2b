import Glibc
import LinearAlgebra
import Testing

/// A binary tree of tasks: each brings two smaller ones, until they are 1.
private struct Halves: TaskQueue {
    var waiting: [Int]
    var performed: [Int] = []
    var mostAtOnce = 0
    private var underWay = 0

    init(_ size: Int) { waiting = [size] }

    mutating func next() -> Int? {
        guard let task = waiting.popLast() else { return nil }
        underWay += 1
        mostAtOnce = max(mostAtOnce, underWay)
        return task
    }

    mutating func finish(_ task: Int, _ outcome: [Int]) {
        underWay -= 1
        performed.append(task)
        waiting += outcome
    }
}

/// One task after the other, however many threads there are.
private struct Chain: TaskQueue {
    var numbers = [0]
    private var isFree = true

    mutating func next() -> Int? {
        guard isFree, numbers.count <= 500 else { return nil }
        isFree = false
        return numbers.last
    }

    mutating func finish(_ task: Int, _ outcome: Int) {
        isFree = true
        numbers.append(outcome)
    }
}

struct TaskQueueTests {
    @Test(arguments: [0, 1, 2, 5, 64])
    func everyTaskRunsOnce(threads: Int) {
        let queue = Parallel.work(off: Halves(1_000), threads: threads) { $0 > 1 ? [$0 / 2, $0 - $0 / 2] : [] }
        #expect(queue.performed.count == 1_999)
        #expect(queue.performed.count { $0 == 1 } == 1_000)
        #expect(queue.waiting.isEmpty)
        #expect(queue.mostAtOnce <= max(1, threads))
    }

    /// Where tasks wait for one another threads sleep and wake, and none is forgotten.
    @Test(arguments: [1, 2, 5])
    func aChainOfTasksEnds(threads: Int) {
        let queue = Parallel.work(off: Chain(), threads: threads) { number in
            // At times for longer than others stay awake.
            if number % 40 == 7 { usleep(500) }
            return number + 1
        }
        #expect(queue.numbers == Array(0 ... 500))
    }

    @Test func withoutTasksNothingRuns() {
        var empty = Halves(1)
        empty.waiting = []
        let queue = Parallel.work(off: empty, threads: 3) { _ in [1, 1] }
        #expect(queue.performed.isEmpty)
    }
}
