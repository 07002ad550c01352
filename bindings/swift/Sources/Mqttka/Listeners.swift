import Foundation

/// Passes lifecycle events on to the application's callback and to its streams, and keeps the client's state.
final class Listeners: EventListener, @unchecked Sendable {
    private let onEvent: (@Sendable (Event) -> Void)?
    private let lock = NSLock()
    // Under the lock.
    private var events: [UInt64: AsyncStream<Event>.Continuation] = [:]
    private var states: [UInt64: AsyncStream<ConnectionState>.Continuation] = [:]
    private var state = ConnectionState.idle
    private var nextId: UInt64 = 0

    init(_ onEvent: (@Sendable (Event) -> Void)?) {
        self.onEvent = onEvent
    }

    deinit {
        for stream in events.values { stream.finish() }
        for stream in states.values { stream.finish() }
    }

    /// Nothing is dropped: there are few events per connection attempt.
    func eventStream() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        let id: UInt64? = lock.withLock {
            if state == .closed { return nil }
            nextId += 1
            events[nextId] = continuation
            return nextId
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            // What is removed is released outside the lock.
            _ = self.lock.withLock { self.events.removeValue(forKey: id) }
        }
        return stream
    }

    func stateStream() -> AsyncStream<ConnectionState> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ConnectionState.self, bufferingPolicy: .bufferingNewest(1))
        let id: UInt64? = lock.withLock {
            // Under the lock, or an older state could come after a newer one.
            continuation.yield(state)
            if state == .closed { return nil }
            nextId += 1
            states[nextId] = continuation
            return nextId
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            _ = self.lock.withLock { self.states.removeValue(forKey: id) }
        }
        return stream
    }

    /// `start`, and the state that follows from it where it does not throw, are one step: no event overtakes it.
    func begin<Value>(_ next: ConnectionState, _ start: () throws -> Value) rethrows -> Value {
        try lock.withLock {
            let started = try start()
            set(next)
            return started
        }
    }

    func onEvent(event: Event) {
        let streams = lock.withLock {
            if let next = ConnectionState(after: event) { set(next) }
            return Array(events.values)
        }
        // The streams first: the callback may take its time.
        for stream in streams { stream.yield(event) }
        onEvent?(event)
    }

    func onTerminated() {
        let (ended, told) = lock.withLock {
            set(.closed)
            defer {
                events = [:]
                states = [:]
            }
            return (Array(events.values), Array(states.values))
        }
        for stream in ended { stream.finish() }
        for stream in told { stream.finish() }
    }

    /// Under the lock, so that streams hear of changes in their order.
    private func set(_ next: ConnectionState) {
        guard next != state, state != .closed else { return }
        state = next
        for stream in states.values { stream.yield(next) }
    }
}

extension ConnectionState {
    /// `nil`: the event leaves it as it is.
    init?(after event: Event) {
        switch event.kind {
        case .connected, .moved: self = .connected
        case .disconnected, .connectFailed: self = event.willReconnect ? .reconnecting : .idle
        case .reconnecting: self = .reconnecting
        case .reconnectStopped: self = .idle
        default: return nil
        }
    }
}
