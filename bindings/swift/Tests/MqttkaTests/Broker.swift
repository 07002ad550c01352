import Foundation
import Glibc

/// A mosquitto of this test's own, on a free loopback port.
final class Broker {
    let port: UInt16
    /// Of further listeners.
    let morePorts: [UInt16]
    private var process: Child?
    private let directory: URL

    /// A broker with these settings, and with further listeners with settings of their own.
    init(_ settings: String = "allow_anonymous true", more: [[String]] = []) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("mqttka-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        port = try freePort()
        morePorts = try more.map { _ in try freePort() }
        let passwords = directory.appendingPathComponent("passwords")
        let configuration = """
            listener \(port) 127.0.0.1
            user root
            persistence false
            log_type none
            max_queued_messages 0
            max_inflight_messages 0
            \(settings.replacingOccurrences(of: "PASSWORDS", with: passwords.path))
            \(zip(more, morePorts).map { "listener \($1) 127.0.0.1\n" + $0.joined(separator: "\n") }.joined(separator: "\n"))

            """
        let file = directory.appendingPathComponent("mosquitto.conf")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        if settings.contains("PASSWORDS") {
            try run(["/usr/bin/mosquitto_passwd", "-b", "-c", passwords.path, "alice", "secret"]).wait()
        }
        try start()
    }

    private func start() throws {
        // It ends even where the tests die.
        let file = directory.appendingPathComponent("mosquitto.conf")
        process = try run(["/usr/bin/timeout", "600", "/usr/sbin/mosquitto", "-c", file.path])
        for _ in 0..<6000 {
            let sockets = ([port] + morePorts).compactMap { try? connectedSocket(to: $0) }
            sockets.forEach { Glibc.close($0) }
            if sockets.count == 1 + morePorts.count { return }
            usleep(10_000)
        }
        throw SocketError(description: "mosquitto does not listen on \(port)")
    }

    func stop() {
        process?.kill()
    }

    /// It reads nothing more, and its system goes on acknowledging bytes.
    func freeze() {
        process?.freeze()
    }

    /// At once, without a word to its clients; it has forgotten their sessions.
    func restart() throws {
        stop()
        try start()
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: directory)
    }
}

/// Takes connections (the kernel does) and never says anything.
final class SilentServer {
    let port: UInt16
    private let socket: Int32

    init() throws {
        (socket, port) = try listeningSocket()
    }

    deinit { Glibc.close(socket) }
}

struct SocketError: Error {
    let description: String
}

/// Of a port on which nobody listens, for now.
func freePort() throws -> UInt16 {
    let (socket, port) = try listeningSocket()
    Glibc.close(socket)
    return port
}

func listeningSocket() throws -> (Int32, UInt16) {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(fd, address, length) == 0 && listen(fd, 16) == 0 && getsockname(fd, address, &length) == 0
        }
    }
    guard result else { throw SocketError(description: "bind: errno \(errno)") }
    return (fd, UInt16(bigEndian: address.sin_port))
}

private func connectedSocket(to port: UInt16) throws -> Int32 {
    let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = loopback(port: port)
    let result = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            Glibc.connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard result == 0 else {
        Glibc.close(fd)
        throw SocketError(description: "connect: errno \(errno)")
    }
    return fd
}

private func loopback(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    return address
}

/// A process of the system, with the processes that it starts. Foundation's hand their children a signal mask in which
/// SIGTERM is blocked where they are started by a task.
final class Child {
    private var pid: pid_t?

    init(_ pid: pid_t) { self.pid = pid }

    /// What `waitpid` says of its end.
    @discardableResult
    func wait() -> Int32 {
        var status: Int32 = 0
        if let pid { waitpid(pid, &status, 0) }
        pid = nil
        return status
    }

    func freeze() {
        if let pid { Glibc.kill(-pid, SIGSTOP) }
    }

    func kill() {
        if let pid { Glibc.kill(-pid, SIGKILL) }
        wait()
    }
}

func run(_ arguments: [String]) throws -> Child {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
    }
    for descriptor: Int32 in 0...2 {
        posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { strings.forEach { Glibc.free($0) } }
    var pid = pid_t()
    let result = posix_spawn(&pid, arguments[0], &actions, &attributes, &strings, environ)
    guard result == 0 else { throw SocketError(description: "\(arguments[0]): errno \(result)") }
    return Child(pid)
}
