import Foundation

extension Client {
    /// Publishes a request, and waits for its response. Response Topic and Correlation Data are the library's, which
    /// subscribes to a topic for responses with the first request; 5.0 only. While the client comes back by itself, it
    /// waits. Cancelling the task withdraws the request where it is still queued; a response that comes later is nobody's.
    ///
    /// - Parameters:
    ///   - message: What is asked, and where.
    ///   - timeout: How many seconds to wait, 0.001 to 365 days. `nil`: 30 s.
    /// - Returns: The response.
    /// - Throws: ``MqttkaError/timedOut`` where no response came;
    ///   ``MqttkaError/refused(reasonCode:reasonString:reasonCodes:userProperties:)`` where the broker refuses
    ///   the request, or says that nobody subscribes to its topic;
    ///   ``MqttkaError/notSupported(what:needs:)`` in 3.1.1.
    public func request(_ message: Message, timeout: TimeInterval? = nil) async throws -> Message {
        try check("request_timeout", timeout)
        let request = try MqttkaError.catching { try handle.request(message: message, timeout: timeout) }
        return try await request.responseOrCancel()
    }

    /// As ``request(_:timeout:)`` of a ``Message`` with text.
    public func request(
        _ text: String, to topic: String, qos: QoS = .atLeastOnce, timeout: TimeInterval? = nil
    ) async throws -> Message {
        try await request(Message(topic: topic, text: text, qos: qos), timeout: timeout)
    }

    /// Subscribes to `filter`, and answers the requests that come: the payload that `answer` gives goes to the request's
    /// Response Topic, with its Correlation Data and at its QoS; `nil` is no answer. Messages that are no requests are
    /// dropped; 5.0 only. To answer with more than a payload, open a subscription, and publish what
    /// ``Message/reply(with:)-6eeja`` makes.
    ///
    /// Requests are answered several at a time, each in a task of its own. A closure that is written in an actor belongs to
    /// that actor, as that of `Task` does: it is called for another request while it awaits something. Up to 1024 are being
    /// answered, and no further one is begun while those have 1 MiB of payload; the others wait as the messages of a
    /// stream do. A request of QoS 1 or 2 is acknowledged when it was answered.
    ///
    /// A shared subscription (`$share/group/…`) divides the requests among all responders of its group.
    ///
    /// ```swift
    /// let service = Task { try await client.respond(to: "lights/state") { request in Data("on".utf8) } }
    /// ```
    ///
    /// `onSubscribed` is called once, when the broker has granted the subscription: requests are answered from then on.
    ///
    /// It returns when the client was closed, and where the task is cancelled, which ends the subscription, and so does
    /// what `answer` throws. Whatever ends it cancels the tasks of the answers that are under way, and gives their requests
    /// back: those of QoS 1 and 2 come again. An answer that cannot be queued is dropped.
    ///
    /// - Throws: ``MqttkaError/notSupported(what:needs:)`` in 3.1.1;
    ///   ``MqttkaError/refused(reasonCode:reasonString:reasonCodes:userProperties:)`` where the broker refuses
    ///   the subscription; what `answer` throws.
    public func respond(
        to filter: String, qos: QoS = .atLeastOnce, onSubscribed: () -> Void = {},
        isolation: isolated (any Actor)? = #isolation,
        @_inheritActorContext _ answer: @escaping @Sendable (Message) async throws -> Data?
    ) async throws {
        let opening = try MqttkaError.catching {
            try handle.responding(subscriptions: [TopicSubscription(filter: filter, qos: qos)], properties: [])
        }
        let requests = try await opening.requestsOrCancel()
        onSubscribed()
        try await requests.answerAll(answer)
    }

    /// Publishes the answer to a request, which ``Message/reply(with:)-6eeja`` makes, and waits as
    /// ``publish(_:timeout:receipt:)`` does.
    ///
    /// - Throws: ``MqttkaError/invalidArgument(detail:)`` where it has no Response Topic: it is no request.
    @discardableResult
    public func reply(
        to request: Message, with payload: some Sequence<UInt8>, timeout: TimeInterval? = nil
    ) async throws -> Outcome {
        try await publish(request.reply(with: payload), timeout: timeout)
    }

    /// Proves to the broker anew who the client is, with ``Options/authenticator``, while the connection goes on: for
    /// example before a token expires. A failure ends the connection, but where the authenticator has nothing to begin
    /// with.
    ///
    /// - Throws: ``MqttkaError/authentication(detail:)`` where this side gives up, or the broker does not answer in time;
    ///   ``MqttkaError/refused(reasonCode:reasonString:reasonCodes:userProperties:)`` where the broker refuses it;
    ///   ``MqttkaError/notConnected``.
    @discardableResult
    public func reauthenticate() async throws -> Outcome {
        try await MqttkaError.catching { try handle.reauthenticate() }.outcomeOrCancel()
    }
}

extension Message {
    /// The answer to this request: a message to its Response Topic, with its Correlation Data and its QoS, to be
    /// published.
    ///
    /// - Throws: ``MqttkaError/invalidArgument(detail:)`` where it has no Response Topic: it is no request.
    public func reply(with payload: some Sequence<UInt8>) throws -> Message {
        try MqttkaError.catching { try replyTo(request: self, payload: Data(payload)) }
    }

    /// As ``reply(with:)`` with bytes, with text, which is sent as UTF-8.
    public func reply(with text: String) throws -> Message { try reply(with: text.utf8) }
}
