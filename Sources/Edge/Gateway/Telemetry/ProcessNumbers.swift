// What this process has taken, under the names that Prometheus's own clients use. Linux says it in /proc; elsewhere the page has none of it.

import Foundation
internal import HTTPServer

enum ProcessNumbers {
    static var text: String {
        Metrics.gauge("process_open_fds", "Descriptors that are open.", Descriptors.open())
            + Metrics.gauge("process_max_fds", "Descriptors that may be open.", Descriptors.limits().soft)
            + (residentBytes.map { Metrics.gauge("process_resident_memory_bytes", "Memory in use.", $0) } ?? "")
    }

    private static var residentBytes: Int? {
        guard let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).utf8.split(separator: 0x20),
            pages.count > 1, let resident = Int(Substring(pages[1]))
        else { return nil }
        return resident * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
