// What the system is told of a child before it runs: its streams, its folder, a group of its own, no signal blocked, and no descriptor but those three.

import CSpawn
import Glibc

@safe struct SpawnPlan: ~Copyable {
    enum Stream {
        case inherited, nothing
        case descriptor(Int32)
    }

    private var actions = unsafe posix_spawn_file_actions_t()
    private var attributes = posix_spawnattr_t()

    /// `streams`: standard input, output and error.
    init(streams: [Stream], folder: String?) {
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        for (number, stream) in zip(Int32(0)..., streams) {
            switch stream {
            case .inherited: break
            case .nothing: unsafe posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
            case .descriptor(let descriptor): unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, number)
            }
        }
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        if let folder { unsafe posix_spawn_file_actions_addchdir_np(&actions, folder) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
    }

    /// Called once, after the last `spawn`.
    mutating func discard() {
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe posix_spawnattr_destroy(&attributes)
    }

    /// - Parameters:
    ///   - command: The program's path and its arguments.
    ///   - variables: `NAME=value`.
    /// - Returns: The process's number.
    /// - Throws: `Child.NotStarted` saying why.
    mutating func spawn(_ command: [String], _ variables: [String]) throws(Child.NotStarted) -> pid_t {
        let (arguments, environment) = unsafe (Self.pointers(command), Self.pointers(variables))
        defer { unsafe (arguments + environment).forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let error = unsafe posix_spawn(&pid, command[0], &actions, &attributes, arguments, environment)
        guard error == 0 else {
            throw Child.NotStarted(
                description: "\(command[0]) cannot be started: \(unsafe String(cString: strerror(error)))"
            )
        }
        return pid
    }

    private static func pointers(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        unsafe texts.map { unsafe strdup($0) } + [nil]
    }
}
