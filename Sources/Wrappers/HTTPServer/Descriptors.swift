// How many descriptors this process may have, and how many of them connections may take. The arithmetic is pure.

import Glibc

package enum Descriptors {
    /// What a process needs beside its connections and what it has open: other links of the bus, databases, a library's own.
    package static let reserve = 192

    package static func limits() -> (soft: Int, hard: Int) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return (1024, 1024) }
        return (Int(clamping: limit.rlim_cur), Int(clamping: limit.rlim_max))
    }

    /// Raises the soft limit to the hard one, which nobody needs leave for; gives what holds then.
    package static func raise() -> Int {
        let (soft, hard) = limits()
        guard soft < hard else { return soft }
        var limit = rlimit(rlim_cur: rlim_t(hard), rlim_max: rlim_t(hard))
        return unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? hard : soft
    }

    /// How many are open now; 64 where /proc does not say.
    package static func open() -> Int {
        guard let directory = unsafe opendir("/proc/self/fd") else { return 64 }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        return max(0, count - 3)  // the dots, and this very one
    }

    /// How many connections fit: as many as are wanted, or what is left when all others have theirs.
    package static func connections(wanted: Int, limit: Int, open: Int) -> Int {
        min(wanted, max(16, limit - open - reserve - Places.slack))
    }
}
