import Foundation
#if canImport(MqttkaFFI)
import MqttkaFFI
#endif

// The generated `nextBatch` goes on waiting when its task is cancelled, and so holds its stream open in the core until
// a message comes that nobody wants. uniffi's futures can be cancelled; what uniffi generates for Swift just never does.
extension MessagesHandle {
    /// As `nextBatch`; empty also where the task is cancelled. No message is lost by that.
    func batch(max: UInt32) async -> [Message] {
        if Task.isCancelled { return [] }
        let future = uniffi_mqttka_uniffi_fn_method_messageshandle_next_batch(uniffiCloneHandle(), max)
        defer { ffi_mqttka_uniffi_rust_future_free_rust_buffer(future) }
        return await withTaskCancellationHandler {
            while await poll(future) != ready {}
            var status = RustCallStatus()
            let buffer = ffi_mqttka_uniffi_rust_future_complete_rust_buffer(future, &status)
            defer { free(buffer) }
            if status.code == 0 { return decode(buffer) }
            free(status.errorBuf)
            precondition(status.code == cancelled, "mqttka panicked")
            return []
        } onCancel: {
            ffi_mqttka_uniffi_rust_future_cancel_rust_buffer(future)
        }
    }
}

private let ready: Int8 = 0
private let cancelled: Int8 = 3

private func poll(_ future: UInt64) async -> Int8 {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Int8, Never>) in
        let box = Unmanaged.passRetained(Box(continuation))
        ffi_mqttka_uniffi_rust_future_poll_rust_buffer(
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

/// uniffi's form of a sequence: the count, big endian, then the elements.
private func decode(_ buffer: RustBuffer) -> [Message] {
    guard let bytes = buffer.data else { return [] }
    let data = Data(bytesNoCopy: bytes, count: Int(buffer.len), deallocator: .none)
    let count = data.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    var reader = (data: data, offset: 4)
    var messages: [Message] = []
    messages.reserveCapacity(count)
    for _ in 0..<count {
        guard let message = try? FfiConverterTypeMessage.read(from: &reader) else {
            preconditionFailure("mqttka's library and its Swift sources are of different versions")
        }
        messages.append(message)
    }
    return messages
}

private func free(_ buffer: RustBuffer) {
    var status = RustCallStatus()
    ffi_mqttka_uniffi_rustbuffer_free(buffer, &status)
}
