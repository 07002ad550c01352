// Runs behind the hotspot: connects, does what its first argument says, and tells each lifecycle event with its time.
//   HotspotClient idle|publishing|consumer|main|goodbye HOST PORT KEEP_ALIVE
import Foundation
import Glibc
import Mqttka

func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

@Sendable func tell(_ text: String) {
    let line = Array("\(nanoseconds()) \(text)\n".utf8)
    _ = write(1, line, line.count)
}

@Sendable func blockForEver() -> Never {
    while true { sleep(1000) }
}

let arguments = CommandLine.arguments
let scenario = arguments[1]
var options = Options(host: arguments[2], port: UInt16(arguments[3])!)
options.keepAlive = UInt16(arguments[4])!
options.reconnect = false

let client = try Client(options) { event in
    switch event.kind {
    case .connected: tell("connected")
    case .disconnected(let info): tell("disconnected \(info.cause)")
    case .suspect, .alive: break // no verdicts
    case let kind: tell("\(kind)")
    }
}
let events = client.events()
Task.detached {
    for await event in events {
        if case .disconnected = event.kind { tell("stream") }
    }
}
try await client.connect()

switch scenario {
case "publishing":
    Task.detached {
        let message = Message(topic: "out", payload: Data(count: 200), qos: .atMostOnce)
        while (try? client.enqueue(message)) != nil { try? await Task.sleep(nanoseconds: 20_000_000) }
    }
case "consumer":
    // More consumers that never return than Swift has threads for tasks: no Swift task runs from then on.
    let stuck = ProcessInfo.processInfo.activeProcessorCount + 2
    try await client.subscribe(to: "flood", qos: .atLeastOnce)
    for _ in 0..<stuck {
        let messages = try client.messages()
        Task.detached {
            for try await _ in messages { blockForEver() }
        }
    }
    for _ in 0..<100 { try client.enqueue(Message(topic: "flood", payload: Data(count: 200), qos: .atLeastOnce)) }
    // On a thread of its own; no task would tell.
    Thread.detachNewThread {
        sleep(1)
        tell("ready")
    }
    blockForEver()
case "main":
    Task { @MainActor in
        for await _ in client.events() { tell("on the main actor, which is blocked") }
    }
    tell("ready")
    blockForEver()
case "goodbye":
    for _ in 0..<200 { try client.enqueue(Message(topic: "last", payload: Data(count: 10), qos: .atMostOnce)) }
    exit(0)
default:
    break
}
tell("ready")
try await Task.sleep(nanoseconds: 1_000_000_000_000)
