import Foundation
#if canImport(MqttkaFFI)
import MqttkaFFI
#endif

// The generated `ready` goes on waiting when its task is cancelled, and so holds its stream open in the core until a
// message comes that nobody wants. uniffi's futures can be cancelled; what uniffi generates for Swift just never does.
extension MessagesHandle {
    /// As `ready`; returns also where the task is cancelled, or `waits` are ended. It takes nothing.
    func ready(in waits: Waits) async {
        guard !Task.isCancelled else { return }
        let wait = Wait(uniffi_mqttka_uniffi_fn_method_messageshandle_ready(uniffiCloneHandle()))
        guard waits.add(wait) else { return }
        defer { waits.remove(wait) }
        await wait.end()
    }
}

extension RequestsHandle {
    /// As `ready`; returns also where the task is cancelled. It takes nothing.
    func readyOrCancelled() async {
        guard !Task.isCancelled else { return }
        await Wait(uniffi_mqttka_uniffi_fn_method_requestshandle_ready(uniffiCloneHandle())).end()
    }
}

/// The waits of one stream.
final class Waits: @unchecked Sendable {
    private let lock = NSLock()
    // Under the lock.
    private var waits: Set<Wait> = []
    private var ended = false

    /// False: they were ended.
    fileprivate func add(_ wait: Wait) -> Bool {
        lock.withLock {
            if !ended { waits.insert(wait) }
            return !ended
        }
    }

    fileprivate func remove(_ wait: Wait) {
        _ = lock.withLock { waits.remove(wait) }
    }

    func end() {
        let waits = lock.withLock {
            ended = true
            return self.waits
        }
        for wait in waits { wait.cancel() }
    }
}

/// A future of the library. It goes with the last who knows it, so that it may be cancelled at any time.
private final class Wait: Hashable, Sendable {
    let future: UInt64

    init(_ future: UInt64) { self.future = future }

    deinit { ffi_mqttka_uniffi_rust_future_free_void(future) }

    /// Returns when it is done, or cancelled; so it is with the task, too.
    func end() async {
        await withTaskCancellationHandler {
            while await poll(future) != finished {}
        } onCancel: {
            cancel()
        }
    }

    func cancel() { ffi_mqttka_uniffi_rust_future_cancel_void(future) }

    static func == (left: Wait, right: Wait) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// A cancelled future is done, too.
private let finished: Int8 = 0

private func poll(_ future: UInt64) async -> Int8 {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Int8, Never>) in
        let box = Unmanaged.passRetained(Box(continuation))
        ffi_mqttka_uniffi_rust_future_poll_void(
            future,
            { data, result in
                let box = Unmanaged<Box>.fromOpaque(UnsafeRawPointer(bitPattern: UInt(data))!).takeRetainedValue()
                box.continuation.resume(returning: result)
            },
            UInt64(UInt(bitPattern: box.toOpaque()))
        )
    }
}

private final class Box: Sendable {
    let continuation: UnsafeContinuation<Int8, Never>

    init(_ continuation: UnsafeContinuation<Int8, Never>) {
        self.continuation = continuation
    }
}
