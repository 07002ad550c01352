import Foundation

/// Waits for what `operation` gives, or throws `CancellationError` as soon as the task is cancelled. The operation
/// itself goes on to its end, which the library bounds, and is forgotten. `withdraw` is called after the task was told, so
/// that what becomes of the operation by that is not what the task hears.
func cancellable<Value: Sendable>(
    withdrawing withdraw: @escaping @Sendable () -> Void = {},
    _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let race = Race<Value>()
    // Also where the task is cancelled already: what was asked for happens.
    Task {
        do { race.end(.success(try await operation())) } catch { race.end(.failure(MqttkaError(error))) }
    }
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { race.start($0) }
    } onCancel: {
        race.end(.failure(CancellationError()))
        withdraw()
    }
}

/// The first end counts.
private final class Race<Value: Sendable>: @unchecked Sendable {
    private enum State {
        case begun
        case waiting(CheckedContinuation<Value, any Error>)
        case ended(Result<Value, any Error>)
    }

    private let lock = NSLock()
    private var state = State.begun

    func start(_ continuation: CheckedContinuation<Value, any Error>) {
        let result: Result<Value, any Error>? = lock.withLock {
            if case .ended(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        if let result { continuation.resume(with: result) }
    }

    func end(_ result: Result<Value, any Error>) {
        let continuation: CheckedContinuation<Value, any Error>? = lock.withLock {
            switch state {
            case .begun:
                state = .ended(result)
                return nil
            case .waiting(let continuation):
                state = .ended(result)
                return continuation
            case .ended:
                return nil
            }
        }
        continuation?.resume(with: result)
    }
}
