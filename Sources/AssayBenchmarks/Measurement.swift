import Glibc

/// What a piece of work took of this process.
struct Measurement {
    let seconds: Double
    /// User and system time of all threads.
    let cpuSeconds: Double

    /// Peak of resident memory during the work above what was resident before, in MB: results and all that was needed for them.
    let memory: Double

    static func of(_ work: () throws -> Void) rethrows -> Measurement {
        resetPeakMemory()
        let before = status("VmRSS:")
        let wall = clock(CLOCK_MONOTONIC)
        let cpu = clock(CLOCK_PROCESS_CPUTIME_ID)
        try work()
        return Measurement(seconds: clock(CLOCK_MONOTONIC) - wall, cpuSeconds: clock(CLOCK_PROCESS_CPUTIME_ID) - cpu,
                           memory: status("VmHWM:") - before)
    }

    private static func clock(_ id: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(id, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Starts a new peak of resident memory from what is resident now (Linux: `man 5 proc`, clear_refs).
    private static func resetPeakMemory() {
        guard let file = fopen("/proc/self/clear_refs", "w") else { return }
        fputs("5", file)
        fclose(file)
    }

    /// An entry of this process's status, in MB.
    private static func status(_ key: String) -> Double {
        guard let file = fopen("/proc/self/status", "r") else { return .nan }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix(key) { return (Double(text.filter(\.isNumber)) ?? .nan) / 1024 }
        }
        return .nan
    }
}
