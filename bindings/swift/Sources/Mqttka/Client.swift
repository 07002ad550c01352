import Foundation

/// An MQTT client that keeps one promise: when the path or the broker is gone, exactly one disconnect event comes
/// within 1.5 × keep-alive.
///
/// ```swift
/// let client = try Client(Options("mqtts://broker.example"))
/// try await client.connect()
/// try await client.withSubscription(to: "a/#", qos: .atLeastOnce) { messages in
///     for try await message in messages {
///         print(message.topic, message.payload)
///     }
/// }
/// ```
///
/// After the first ``connect()`` it comes back by itself whenever the connection was lost or an attempt failed, until
/// ``disconnect(reasonCode:drainTimeout:)``, ``disconnect(_:)`` or ``close()``, or until trying cannot help any more
/// (``EventKind/reconnectStopped(info:)``). What is published and subscribed without a connection, also before the first
/// one, waits for the next. ``Options/reconnect`` switches all that off.
///
/// Every method may be called from any task or thread and from inside any callback, and none blocks a thread.
///
/// Where a task that waits is cancelled, the call throws `CancellationError` at once, and withdraws what it waits for
/// where that is still queued; what was sent keeps its outcome, of which nobody hears then. Cancelling ``connect()`` ends
/// the attempt, ``subscription(to:properties:outlivesConnections:manualAcknowledgement:)`` the subscription, and
/// ``disconnect(_:)`` nothing but the wait.
///
/// A client that nobody holds any more, nor any of its streams of messages, is closed, as by ``close()``.
public final class Client: Sendable {
    let handle: ClientHandle
    private let listeners: Listeners
    private let ending = Ending()
    /// As it was asked for.
    let version: Version

    /// Makes a client; it does not connect yet.
    ///
    /// - Parameters:
    ///   - options: How to connect, and what bounds to keep.
    ///   - onEvent: Hears every lifecycle event, one at a time, on a thread of the library's own: in time, whatever
    ///     the main queue, actors and the consumers of messages are busy with. It may block as long as it likes; the
    ///     next event waits until it has returned.
    /// - Throws: ``MqttkaError/invalidOption(option:value:bound:)`` and its like, which name the option that is wrong.
    public init(_ options: Options, onEvent: (@Sendable (Event) -> Void)? = nil) throws {
        try options.checkTimes()
        let listeners = Listeners(onEvent)
        self.listeners = listeners
        version = options.protocolVersion ?? .v5
        handle = try MqttkaError.catching {
            try ClientHandle(
                options: options.native, listener: listeners, socketHook: options.hook, tlsVerifier: options.verifier,
                provider: options.asked, authenticator: options.proof?.callback, packetTap: options.tap)
        }
    }

    // MARK: Connection

    /// Starts a connection attempt at once, also where the client waits to try again by itself, and waits for how this
    /// attempt ends, at most ``Options/connectTimeout``. Where it fails, the client goes on by itself; cancelling the task
    /// ends that, too, as a disconnect does. Where a connection or an attempt is about to end because the application
    /// said so, it first waits for that.
    ///
    /// - Returns: What the broker said.
    /// - Throws: ``MqttkaError/connectFailed(error:detail:userProperties:)`` says why there is no connection;
    ///   ``MqttkaError/alreadyConnected`` while connecting or connected.
    @discardableResult
    public func connect() async throws -> Connected {
        try Task.checkCancellation()
        if let end = ending.handle { try await cancellable { await end.outcome() } }
        let attempt = try MqttkaError.catching { try listeners.begin(.connecting) { try handle.connect() } }
        do {
            return try await cancellable { try await attempt.outcome() }
        } catch let cancelled as CancellationError {
            // Where this throws, it has ended already.
            _ = try? beginEnd(DisconnectOptions())
            throw cancelled
        }
    }

    /// Begins to connect and does not wait: ``stateUpdates`` and the events tell how it goes. What is published and
    /// subscribed waits for the connection, so that a program can start while offline.
    ///
    /// - Throws: ``MqttkaError/alreadyConnected`` while connecting, connected or disconnecting.
    public func connectNowait() throws {
        _ = try MqttkaError.catching { try listeners.begin(.connecting) { try handle.connect() } }
    }

    /// Sends DISCONNECT after what is queued and waits for the end, within min(keep-alive / 2, 2 s).
    ///
    /// - Parameters:
    ///   - reasonCode: For the broker; MQTT 3.1.1 has none.
    ///   - drainTimeout: So many seconds, up to 86,400, it first waits until everything that was queued is acknowledged;
    ///     new operations are meanwhile for the next connection, or are refused where the client does not come back by
    ///     itself. `nil`: it waits for no acknowledgements.
    /// - Throws: ``MqttkaError/notConnected`` where there is nothing to end;
    ///   ``MqttkaError/invalidOption(option:value:bound:)`` for a reason code that is not a client's.
    public func disconnect(reasonCode: ReasonCode = .success, drainTimeout: TimeInterval? = nil) async throws {
        try await disconnect(DisconnectOptions(reasonCode: reasonCode, drainTimeout: drainTimeout))
    }

    /// As ``disconnect(reasonCode:drainTimeout:)``, with all that the broker can be told.
    ///
    /// - Throws: ``MqttkaError/notSupported(what:needs:)`` for a session expiry interval in 3.1.1;
    ///   ``MqttkaError/invalidOption(option:value:bound:)`` for one that is not 0 where the session was to end with the
    ///   connection, which the protocol forbids.
    public func disconnect(_ options: DisconnectOptions) async throws {
        try check("drain_timeout", options.drainTimeout)
        let end = try MqttkaError.catching { try beginEnd(options) }
        try await cancellable { await end.outcome() }
    }

    private func beginEnd(_ options: DisconnectOptions) throws -> DisconnectingHandle {
        let end = try listeners.begin(.disconnecting) { try handle.disconnect(options: options) }
        ending.handle = end
        return end
    }

    /// Closes the client for good, after a goodbye: what was queued is sent, then DISCONNECT, all within
    /// min(keep-alive / 2, 2 s), for which also the end of the process waits. It waits for nothing itself. Streams end,
    /// waiting calls throw ``MqttkaError/closed``. Repeating it does nothing.
    public func close() {
        handle.shutDown()
    }

    /// Closes the client for good and at once, without a word to the broker, which publishes the Will. Else as
    /// ``close()``, also after it.
    public func abort() {
        handle.abort()
    }

    /// What was negotiated for the present connection; `nil` while there is none.
    public var negotiated: Connected? { handle.negotiated() }

    /// What is known at this moment.
    public var status: Status { handle.status() }

    /// The lifecycle events from now on. Each call gives a stream of its own; it ends after the event of the last
    /// connection's end, when the client is closed. It does not keep the client alive.
    ///
    /// A stream is heard where its task runs: one on a blocked main queue hears of a disconnect when that is free
    /// again. The callback that ``init(_:onEvent:)`` takes waits for nobody.
    public func events() -> AsyncStream<Event> {
        listeners.eventStream()
    }

    /// Where the client stands, from now on: first how it is at this moment, then each change. It has only ever the
    /// newest state, for those who show it; ``events()`` tells everything. An attempt that the client begins by itself
    /// counts as ``ConnectionState/reconnecting``. Each time it is asked for it is a stream of its own, which ends after
    /// ``ConnectionState/closed``, and does not keep the client alive.
    ///
    /// ```swift
    /// for await state in client.stateUpdates { label.text = "\(state)" }
    /// ```
    public var stateUpdates: AsyncStream<ConnectionState> {
        listeners.stateStream()
    }

    // MARK: Publishing

    /// Publishes a message, and waits until it was handed to the socket (QoS 0) or the broker has it (QoS 1 and 2), also
    /// over several connections. Without a connection it waits for one. Cancelling the task withdraws the message where it
    /// is still queued.
    ///
    /// - Parameters:
    ///   - message: What, and where to.
    ///   - timeout: After so many seconds, 0.001 to 365 days, it is sent no more, and this throws
    ///     ``MqttkaError/timedOut``.
    ///   - receipt: QoS 0: wait until the broker has read the message, as it answered a PINGREQ that followed it
    ///     (``Receipt/read``). At most one PINGREQ more goes with each write, whatever the number of messages in it. Where
    ///     the connection ends first, this throws ``MqttkaError/disconnected``.
    /// - Throws: ``MqttkaError``, which says why it did not arrive, or that this is not known.
    @discardableResult
    public func publish(
        _ message: Message, timeout: TimeInterval? = nil, receipt: Bool = false
    ) async throws -> Outcome {
        try await begun(message, timeout, receipt).outcomeOrCancel()
    }

    /// As ``publish(_:timeout:receipt:)``, without waiting: what it gives can be waited for, and cancelled.
    public func beginPublish(_ message: Message, timeout: TimeInterval? = nil, receipt: Bool = false) throws -> Delivery {
        Delivery(try begun(message, timeout, receipt))
    }

    private func begun(_ message: Message, _ timeout: TimeInterval?, _ receipt: Bool) throws -> OperationHandle {
        try check("publish_timeout", timeout)
        return try MqttkaError.catching {
            try handle.publish(message: message, timeout: timeout, receipt: receipt)
        }
    }

    /// Waits until the broker has read everything that was asked for before: publishes, subscribes and unsubscribes have
    /// left, and it answered a PINGREQ that followed them on the same connection. That is no acknowledgement: what the
    /// broker made of QoS 0 nobody tells. Between connections it waits for the next one.
    ///
    /// - Parameter timeout: So many seconds, 0.001 to 365 days. `nil`: for ever.
    /// - Throws: ``MqttkaError/timedOut``; ``MqttkaError/disconnected`` where the connection ended after all of it was
    ///   sent and before the answer.
    public func flush(timeout: TimeInterval? = nil) async throws {
        try check("flush_timeout", timeout)
        let flush = try MqttkaError.catching { try handle.flush(timeout: timeout) }
        _ = try await flush.outcomeOrCancel()
    }

    /// Publishes bytes, and waits as ``publish(_:timeout:receipt:)`` of a ``Message`` does.
    @discardableResult
    public func publish(
        _ payload: some Sequence<UInt8>,
        to topic: String,
        qos: QoS = .atMostOnce,
        retain: Bool = false,
        properties: [Property] = [],
        timeout: TimeInterval? = nil,
        receipt: Bool = false
    ) async throws -> Outcome {
        try await publish(
            Message(topic: topic, payload: Data(payload), qos: qos, retain: retain, properties: properties),
            timeout: timeout, receipt: receipt)
    }

    /// Publishes text as UTF-8, and waits as ``publish(_:timeout:receipt:)`` of a ``Message`` does.
    @discardableResult
    public func publish(
        _ text: String,
        to topic: String,
        qos: QoS = .atMostOnce,
        retain: Bool = false,
        properties: [Property] = [],
        timeout: TimeInterval? = nil,
        receipt: Bool = false
    ) async throws -> Outcome {
        try await publish(
            text.utf8, to: topic, qos: qos, retain: retain, properties: properties, timeout: timeout, receipt: receipt)
    }

    /// Queues text as UTF-8, and waits for nothing, as ``enqueue(_:timeout:)`` does.
    public func enqueue(
        _ text: String,
        to topic: String,
        qos: QoS = .atMostOnce,
        retain: Bool = false,
        properties: [Property] = [],
        timeout: TimeInterval? = nil
    ) throws {
        try enqueue(
            Message(topic: topic, payload: Data(text.utf8), qos: qos, retain: retain, properties: properties),
            timeout: timeout)
    }

    /// Queues a message, and waits for nothing.
    ///
    /// - Parameters:
    ///   - message: What, and where to.
    ///   - timeout: After so many seconds it is sent no more.
    /// - Throws: ``MqttkaError/queueFull`` at the limits of ``Options``.
    public func enqueue(_ message: Message, timeout: TimeInterval? = nil) throws {
        try check("publish_timeout", timeout)
        try MqttkaError.catching { try handle.enqueuePublish(message: message, timeout: timeout) }
    }
}

/// The end of a connection or attempt that the application asked for last.
private final class Ending: @unchecked Sendable {
    private let lock = NSLock()
    private var last: DisconnectingHandle?

    var handle: DisconnectingHandle? {
        get { lock.withLock { last } }
        set { lock.withLock { last = newValue } }
    }
}
