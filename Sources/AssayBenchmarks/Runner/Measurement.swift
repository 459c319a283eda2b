import Glibc

/// What a piece of work took of this process.
struct Measurement: Sendable {
    let seconds: Double
    /// User and system time of all threads.
    let cpuSeconds: Double
    /// Peak of resident memory during the work above what was resident before, in MB: results and all that was needed for them.
    let memory: Double

    static func of<Result>(_ work: () throws -> Result) rethrows -> (result: Result, measurement: Measurement) {
        resetPeakMemory()
        let before = status("VmRSS:")
        let wall = clock(CLOCK_MONOTONIC)
        let cpu = clock(CLOCK_PROCESS_CPUTIME_ID)
        let result = try work()
        return (result, Measurement(seconds: clock(CLOCK_MONOTONIC) - wall, cpuSeconds: clock(CLOCK_PROCESS_CPUTIME_ID) - cpu,
                                    memory: status("VmHWM:") - before))
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
        (SystemFile.lines("/proc/self/status").first { $0.hasPrefix(key) }.flatMap { Double($0.filter(\.isNumber)) } ?? .nan) / 1_024
    }
}

/// The measurements of all runs of one piece of work.
struct Timings: Sendable {
    /// At least one.
    let measurements: [Measurement]

    var seconds: (minimum: Double, median: Double) { Self.summary(measurements.map(\.seconds)) }
    var cpuSeconds: (minimum: Double, median: Double) { Self.summary(measurements.map(\.cpuSeconds)) }
    /// The largest peak.
    var memory: Double { measurements.map(\.memory).max() ?? .nan }

    private static func summary(_ values: [Double]) -> (minimum: Double, median: Double) {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return (sorted[0], sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2)
    }
}

/// Small text files by which the system tells of itself.
enum SystemFile {
    static func lines(_ path: String) -> [String] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var lines: [String] = []
        var buffer = [CChar](repeating: 0, count: 16_384)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            lines.append(String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return lines
    }

    /// Kind and number of processors, and the widest vectors they have.
    static var machine: String {
        let lines = lines("/proc/cpuinfo")
        func entry(_ key: String) -> String? {
            lines.first { $0.hasPrefix(key) }.flatMap { line in line.firstIndex(of: ":").map { String(line[line.index(after: $0)...].drop { $0 == " " }) } }
        }
        let flags = Set((entry("flags") ?? entry("Features") ?? "").split(separator: " "))
        let vectors = [("avx512f", "AVX-512"), ("avx2", "AVX2"), ("sve", "SVE"), ("asimd", "NEON")].first { flags.contains(Substring($0.0)) }?.1
        return [entry("model name") ?? "unknown processor", "\(sysconf(Int32(_SC_NPROCESSORS_ONLN))) online", vectors].compactMap { $0 }.joined(separator: ", ")
    }
}
