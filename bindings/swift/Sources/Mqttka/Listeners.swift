import Foundation

/// Passes lifecycle events on to the application's callback and to its streams.
final class Listeners: EventListener, @unchecked Sendable {
    private let onEvent: (@Sendable (Event) -> Void)?
    private let lock = NSLock()
    // Under the lock.
    private var streams: [UInt64: AsyncStream<Event>.Continuation] = [:]
    private var nextId: UInt64 = 0
    private var terminated = false

    init(_ onEvent: (@Sendable (Event) -> Void)?) {
        self.onEvent = onEvent
    }

    deinit {
        for stream in streams.values { stream.finish() }
    }

    /// Nothing is dropped: there are at most two events per connection attempt.
    func stream() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        let id: UInt64? = lock.withLock {
            if terminated { return nil }
            nextId += 1
            streams[nextId] = continuation
            return nextId
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            // What is removed is released outside the lock.
            _ = self.lock.withLock { self.streams.removeValue(forKey: id) }
        }
        return stream
    }

    func onEvent(event: Event) {
        // The streams first: the callback may take its time.
        for stream in lock.withLock({ Array(streams.values) }) { stream.yield(event) }
        onEvent?(event)
    }

    func onTerminated() {
        let ended = lock.withLock {
            terminated = true
            defer { streams = [:] }
            return Array(streams.values)
        }
        for stream in ended { stream.finish() }
    }
}
