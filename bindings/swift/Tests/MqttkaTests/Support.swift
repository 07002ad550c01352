import Foundation
import Mqttka
import XCTest

/// A value that several threads use.
final class Shared<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var stored: Value

    init(_ value: Value) { stored = value }

    var value: Value { lock.withLock { stored } }

    func change<Result>(_ change: (inout Value) -> Result) -> Result { lock.withLock { change(&stored) } }
}

/// Keeps the lifecycle events that it hears, but suspicions, which a busy machine has now and then.
final class Recorder: Sendable {
    let events = Shared<[Event]>([])

    var hear: @Sendable (Event) -> Void {
        { [events] event in
            switch event.kind {
            case .suspect, .alive: break
            default: events.change { $0.append(event) }
            }
        }
    }

    var disconnects: [DisconnectCause] {
        events.value.compactMap { event in
            if case .disconnected(let info) = event.kind { info.cause } else { nil }
        }
    }
}

extension Recorder {
    var connects: [Connected] {
        events.value.compactMap { event in
            if case .connected(let info) = event.kind { info } else { nil }
        }
    }

    var stops: [StopReason] {
        events.value.compactMap { event in
            if case .reconnectStopped(let info) = event.kind { info.reason } else { nil }
        }
    }
}

func options(_ port: UInt16, _ change: (inout Options) -> Void = { _ in }) -> Options {
    var options = Options(host: "127.0.0.1", port: port)
    change(&options)
    return options
}

struct TimedOut: Error {}

/// What `operation` gives, or an error where that takes longer than `seconds`, also where it does not hear that it is
/// cancelled.
func within<Value: Sendable>(
    _ seconds: Double, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let (first, told) = AsyncThrowingStream<Value, any Error>.makeStream()
    let work = Task {
        do {
            told.yield(try await operation())
        } catch {
            told.finish(throwing: error)
        }
    }
    let net = Task {
        try await Task.sleep(nanoseconds: UInt64(seconds * 1e9))
        told.finish(throwing: TimedOut())
    }
    defer {
        work.cancel()
        net.cancel()
    }
    for try await value in first { return value }
    throw TimedOut()
}

/// Events come on a lane of their own, apart from the outcomes of calls: what a recorder is to have heard is waited for.
/// The bound is a net against hanging.
func eventually(_ seconds: Double = 60, _ condition: () -> Bool) async throws {
    let end = now() + seconds
    while !condition() {
        if now() > end { throw TimedOut() }
        try await Task.sleep(nanoseconds: 5_000_000)
    }
}

func now() -> Double { ProcessInfo.processInfo.systemUptime }

func assertThrows<Value>(
    _ operation: () async throws -> Value, file: StaticString = #filePath, line: UInt = #line,
    _ check: (any Error) -> Void
) async {
    do {
        let value = try await operation()
        XCTFail("no error, but \(value)", file: file, line: line)
    } catch {
        check(error)
    }
}

func figure(_ text: String) {
    print("figure: \(text)")
    fflush(nil)
}

/// What this process holds, by its kernel.
struct ProcessFigures {
    let threads: Int
    let descriptors: Int
    let residentKiB: Int

    static func read() throws -> ProcessFigures {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        func field(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
            return Int(line.filter(\.isNumber)) ?? -1
        }
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        return ProcessFigures(threads: field("Threads"), descriptors: descriptors, residentKiB: field("VmRSS"))
    }
}
