import Foundation
import Mqttka
import XCTest

/// No application code on a thread that others need (fault 26).
final class ThreadsTests: XCTestCase {
    /// Application code that an executor runs where it is woken, and that blocks there, holds nobody else up.
    func testAnExecutorThatBlocksHoldsUpNobodyElse() async throws {
        let broker = try ScriptedBroker()
        let client = try Client(options(broker.port))
        try await client.connect()
        let messages = try client.messages()
        let release = DispatchSemaphore(value: 0)
        let stuck = Shared(false)
        let consumer = Task(executorPreference: Inline()) {
            for try await _ in messages {
                stuck.change { $0 = true }
                await blocks(on: release)
            }
        }
        broker.publish(1)
        try await eventually { stuck.value }
        let other = try ScriptedBroker()
        let recorder = Recorder()
        try await within(60) {
            let client = try Client(options(other.port) { $0.reconnect = false }, onEvent: recorder.hear)
            try await client.connect()
            let messages = try await client.subscription(to: "t", qos: .atLeastOnce)
            try await client.publish("x", to: "t", qos: .atLeastOnce)
            other.publish(1)
            try await messages.nextBatch { _ in }
            other.hangUp()
            try await eventually { recorder.disconnects == [.closedByServer] }
        }
        release.signal()
        client.close()
        try await within(60) { try await consumer.value }
    }
}

private func blocks(on semaphore: DispatchSemaphore) async { wait(semaphore) }

private func wait(_ semaphore: DispatchSemaphore) { semaphore.wait() }

/// Runs what it is given at once, on the thread of whoever gives it.
private final class Inline: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        job.runSynchronously(on: asUnownedTaskExecutor())
    }
}
