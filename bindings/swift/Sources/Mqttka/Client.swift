import Foundation

/// An MQTT client that keeps one promise: when the path or the broker is gone, exactly one disconnect event comes
/// within 1.5 × keep-alive.
///
/// ```swift
/// let client = try Client(Options(host: "broker.example"))
/// try await client.connect()
/// try await client.withSubscription(to: "a/#", qos: .atLeastOnce) { messages in
///     for await message in messages {
///         print(message.topic, message.payload)
///     }
/// }
/// ```
///
/// It does not connect by itself, neither at first nor again. Every method may be called from any task or thread and
/// from inside any callback, and none blocks a thread.
///
/// Where a task that waits is cancelled, the call throws `CancellationError` at once, and nothing else changes: a
/// message that was handed over goes its way, and a connection attempt goes on.
///
/// A client that nobody holds any more is closed, as by ``close()``.
public final class Client: Sendable {
    private let handle: ClientHandle
    private let listeners: Listeners

    /// Makes a client; it does not connect yet.
    ///
    /// - Parameters:
    ///   - options: How to connect, and what bounds to keep.
    ///   - onEvent: Hears every lifecycle event, one at a time, on a thread of the library's own: in time, whatever
    ///     the main queue, actors and the consumers of messages are busy with. It may block as long as it likes; the
    ///     next event waits until it has returned.
    /// - Throws: ``MqttkaError/invalidArgument(detail:)`` and its like, which name the option that is wrong.
    public init(_ options: Options, onEvent: (@Sendable (Event) -> Void)? = nil) throws {
        if let timeout = options.connectTimeout { try check(timeout: timeout, named: "connectTimeout") }
        if let timeout = options.deadPeerTimeout { try check(timeout: timeout, named: "deadPeerTimeout") }
        let listeners = Listeners(onEvent)
        self.listeners = listeners
        handle = try MqttkaError.catching { try ClientHandle(options: options, listener: listeners) }
    }

    // MARK: Connection

    /// Starts one connection attempt, and waits for how it ends, at most ``Options/connectTimeout``.
    ///
    /// - Returns: What the broker said.
    /// - Throws: ``MqttkaError/connectFailed(error:detail:)`` says why there is no connection;
    ///   ``MqttkaError/alreadyConnected`` while connecting, connected or disconnecting.
    @discardableResult
    public func connect() async throws -> Connected {
        let attempt = try MqttkaError.catching { try handle.connect() }
        return try await cancellable { try await attempt.outcome() }
    }

    /// Sends DISCONNECT after what is queued and waits for the end, within min(keep-alive / 2, 2 s).
    ///
    /// - Parameter reasonCode: For the broker; MQTT 3.1.1 has none.
    /// - Throws: ``MqttkaError/notConnected`` where there is nothing to end.
    public func disconnect(reasonCode: ReasonCode = .success) async throws {
        let end = try MqttkaError.catching { try handle.disconnect(reasonCode: reasonCode) }
        try await cancellable { await end.outcome() }
    }

    /// Closes the client at once and for good, without a word to the broker: call ``disconnect(reasonCode:)`` first
    /// where the will must not be published. Streams end, waiting calls throw ``MqttkaError/closed``. Repeating it
    /// does nothing.
    public func close() {
        handle.shutDown()
    }

    /// What is known at this moment.
    public var status: Status { handle.status() }

    /// The lifecycle events from now on. Each call gives a stream of its own; it ends when the client is closed.
    ///
    /// A stream is heard where its task runs: one on a blocked main queue hears of a disconnect when that is free
    /// again. The callback that ``init(_:onEvent:)`` takes waits for nobody.
    public func events() -> AsyncStream<Event> {
        listeners.stream()
    }

    // MARK: Publishing

    /// Publishes a message, and waits until it was handed to the socket (QoS 0) or the broker has it (QoS 1 and 2).
    ///
    /// - Throws: ``MqttkaError``, which says why it did not arrive, or that this is not known.
    @discardableResult
    public func publish(_ message: Message) async throws -> Outcome {
        let handle = handle
        return try await cancellable { try await handle.publish(message: message) }
    }

    /// Publishes bytes, and waits as ``publish(_:)`` of a ``Message`` does.
    @discardableResult
    public func publish(
        _ payload: some Sequence<UInt8>,
        to topic: String,
        qos: QoS = .atMostOnce,
        retain: Bool = false,
        properties: [Property] = []
    ) async throws -> Outcome {
        try await publish(
            Message(topic: topic, payload: Data(payload), qos: qos, retain: retain, properties: properties))
    }

    /// Publishes text as UTF-8, and waits as ``publish(_:)`` of a ``Message`` does.
    @discardableResult
    public func publish(
        _ text: String,
        to topic: String,
        qos: QoS = .atMostOnce,
        retain: Bool = false,
        properties: [Property] = []
    ) async throws -> Outcome {
        try await publish(text.utf8, to: topic, qos: qos, retain: retain, properties: properties)
    }

    /// Queues a message, and waits for nothing.
    ///
    /// - Throws: ``MqttkaError/queueFull`` at the limits of ``Options``.
    public func enqueue(_ message: Message) throws {
        try MqttkaError.catching { try handle.enqueuePublish(message: message) }
    }

    // MARK: Subscribing

    /// Subscribes to all `subscriptions` with one SUBSCRIBE. Open the stream of messages first, or use
    /// ``withSubscription(to:qos:_:)``.
    ///
    /// - Throws: ``MqttkaError/refused(reasonCode:reasonString:reasonCodes:)`` where the broker refuses one of them.
    @discardableResult
    public func subscribe(to subscriptions: [Subscription], properties: [Property] = []) async throws -> Outcome {
        let handle = handle
        return try await cancellable {
            try await handle.subscribe(subscriptions: subscriptions, properties: properties)
        }
    }

    /// Subscribes to one filter.
    @discardableResult
    public func subscribe(to filter: String, qos: QoS = .atMostOnce) async throws -> Outcome {
        try await subscribe(to: [Subscription(filter: filter, qos: qos)])
    }

    /// Unsubscribes from all `filters` with one UNSUBSCRIBE.
    @discardableResult
    public func unsubscribe(from filters: [String], properties: [Property] = []) async throws -> Outcome {
        let handle = handle
        return try await cancellable {
            try await handle.unsubscribe(filters: filters, properties: properties)
        }
    }

    /// Unsubscribes from one filter.
    @discardableResult
    public func unsubscribe(from filter: String) async throws -> Outcome {
        try await unsubscribe(from: [filter])
    }

    /// The messages that match `filter`, or all messages, from now on: open it before subscribing. It subscribes to
    /// nothing itself.
    public func messages(matching filter: String? = nil) throws -> Messages {
        Messages(try MqttkaError.catching { try handle.messages(filter: filter) })
    }

    /// Subscribes to `filter`, gives its messages to `body`, and unsubscribes when that has returned or thrown.
    ///
    /// Where the connection is gone by then, there is nothing left to unsubscribe from, and that is no error.
    ///
    /// - Throws: What subscribing or `body` throws.
    public func withSubscription<Result>(
        to filter: String,
        qos: QoS = .atMostOnce,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Messages) async throws -> sending Result
    ) async throws -> sending Result {
        let messages = try messages(matching: messageFilter(of: filter))
        try await subscribe(to: filter, qos: qos)
        do {
            let result = try await body(messages)
            _ = try? await unsubscribe(from: filter)
            return result
        } catch {
            _ = try? await unsubscribe(from: filter)
            throw error
        }
    }

    // MARK: Hints

    /// Asks the broker for a sign of life now; where nothing comes within `timeout` seconds, the connection ends with
    /// ``DisconnectCause/keepAliveTimeout``. Without a connection it does nothing.
    public func probeNow(timeout: TimeInterval) throws {
        try check(timeout: timeout, named: "timeout")
        try MqttkaError.catching { try handle.probeNow(timeout: timeout) }
    }

    /// The system says that its network changed. Where the connection's local address is gone, it ends at once with
    /// ``DisconnectCause/networkLost``; else the broker is probed. Without a connection it does nothing.
    ///
    /// On Apple's systems ``NetworkAdapter`` calls this.
    public func networkChanged(_ change: NetworkChange) throws {
        try MqttkaError.catching { try handle.networkChanged(change: change) }
    }
}

/// What messages of a shared subscription (`$share/group/filter`) match.
func messageFilter(of filter: String) -> String {
    let levels = filter.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    return levels.count == 3 && levels[0] == "$share" ? String(levels[2]) : filter
}

/// The generated code ends the process over a time that it cannot carry.
private func check(timeout: TimeInterval, named name: String) throws {
    guard timeout >= 0, timeout < 1e9 else {
        throw MqttkaError.invalidArgument(detail: "\(name) must be between 0 and 1,000,000,000 s, not \(timeout)")
    }
}
