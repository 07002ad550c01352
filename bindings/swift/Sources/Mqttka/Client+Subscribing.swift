import Foundation

extension Client {
    /// Subscribes to all `subscriptions` with one SUBSCRIBE. The messages go to streams that match them:
    /// open these first, or use ``subscription(to:properties:outlivesConnections:manualAcknowledgement:)``.
    ///
    /// - Throws: ``MqttkaError/refused(reasonCode:reasonString:reasonCodes:userProperties:)`` where the broker
    ///   refuses one of them.
    @discardableResult
    public func subscribe(to subscriptions: [TopicSubscription], properties: [Property] = []) async throws -> Outcome {
        try await MqttkaError.catching {
            try handle.subscribe(subscriptions: subscriptions, properties: properties)
        }.outcomeOrCancel()
    }

    /// Subscribes to all `filters` with the same options.
    @discardableResult
    public func subscribe(
        to filters: [String],
        qos: QoS = .atMostOnce,
        noLocal: Bool = false,
        retainAsPublished: Bool = false,
        retainHandling: RetainHandling? = nil,
        properties: [Property] = []
    ) async throws -> Outcome {
        try await subscribe(
            to: alike(filters, qos, noLocal, retainAsPublished, retainHandling), properties: properties)
    }

    /// Subscribes to one filter.
    @discardableResult
    public func subscribe(
        to filter: String,
        qos: QoS = .atMostOnce,
        noLocal: Bool = false,
        retainAsPublished: Bool = false,
        retainHandling: RetainHandling? = nil,
        properties: [Property] = []
    ) async throws -> Outcome {
        try await subscribe(
            to: alike([filter], qos, noLocal, retainAsPublished, retainHandling), properties: properties)
    }

    /// Unsubscribes from all `filters` with one UNSUBSCRIBE.
    @discardableResult
    public func unsubscribe(from filters: [String], properties: [Property] = []) async throws -> Outcome {
        try await MqttkaError.catching {
            try handle.unsubscribe(filters: filters, properties: properties)
        }.outcomeOrCancel()
    }

    /// Unsubscribes from one filter.
    @discardableResult
    public func unsubscribe(from filter: String) async throws -> Outcome {
        try await unsubscribe(from: [filter])
    }

    /// Opens a stream of the messages that match `subscriptions`, subscribes to them with one SUBSCRIBE, and waits for
    /// the broker's answer, so that no retained message is lost. Closing the stream ends the subscription with
    /// UNSUBSCRIBE, and so does cancelling the task that waits.
    ///
    /// - Parameters:
    ///   - subscriptions: The filters, with their options.
    ///   - properties: Those of the SUBSCRIBE, such as ``Property/subscriptionIdentifier(value:)``; MQTT 5.0 only.
    ///   - outlivesConnections: The stream goes on while the client comes back by itself, and is subscribed again where
    ///     the broker has lost the session. Where this is false, it ends with ``MqttkaError/streamEnded(_:)`` when the
    ///     client does not come back any more (``Event/isFinal``).
    ///   - manualAcknowledgement: QoS 1 and 2 messages are acknowledged when the application says so, with
    ///     ``Message/acknowledge()`` or ``Message/refuse(_:reasonString:userProperties:)``, not when they were consumed.
    /// - Throws: ``MqttkaError/refused(reasonCode:reasonString:reasonCodes:userProperties:)`` where the broker
    ///   refuses one of them.
    public func subscription(
        to subscriptions: [TopicSubscription], properties: [Property] = [], outlivesConnections: Bool = false,
        manualAcknowledgement: Bool = false
    ) async throws -> Messages {
        let opening = try MqttkaError.catching {
            try handle.subscription(
                subscriptions: subscriptions, properties: properties, outlivesConnections: outlivesConnections,
                manualAcknowledgement: manualAcknowledgement)
        }
        return Messages(try await opening.streamOrCancel())
    }

    /// As ``subscription(to:properties:outlivesConnections:manualAcknowledgement:)``, to all `filters` with the same options.
    ///
    /// MQTT 5.0 only: `noLocal` does not send back what this client published, `retainAsPublished` keeps the publisher's
    /// retain flag, and `retainHandling` says which retained messages come (`nil`: all, at every subscribe).
    public func subscription(
        to filters: [String],
        qos: QoS = .atMostOnce,
        noLocal: Bool = false,
        retainAsPublished: Bool = false,
        retainHandling: RetainHandling? = nil,
        properties: [Property] = [],
        outlivesConnections: Bool = false,
        manualAcknowledgement: Bool = false
    ) async throws -> Messages {
        try await subscription(
            to: alike(filters, qos, noLocal, retainAsPublished, retainHandling), properties: properties,
            outlivesConnections: outlivesConnections, manualAcknowledgement: manualAcknowledgement)
    }

    /// As ``subscription(to:properties:outlivesConnections:manualAcknowledgement:)``, to one filter.
    public func subscription(
        to filter: String,
        qos: QoS = .atMostOnce,
        noLocal: Bool = false,
        retainAsPublished: Bool = false,
        retainHandling: RetainHandling? = nil,
        properties: [Property] = [],
        outlivesConnections: Bool = false,
        manualAcknowledgement: Bool = false
    ) async throws -> Messages {
        try await subscription(
            to: alike([filter], qos, noLocal, retainAsPublished, retainHandling), properties: properties,
            outlivesConnections: outlivesConnections, manualAcknowledgement: manualAcknowledgement)
    }

    /// A stream of the messages that match `filter`, or of all messages, from now on, and of those that wait for a
    /// consumer. It subscribes to nothing itself, and outlives connections. Where the client stops for good and nobody
    /// asked for that, it throws once, as a subscription's stream does; asked again, it waits for the messages of later
    /// connections.
    ///
    /// - Parameters:
    ///   - filter: Which messages; `nil`: all.
    ///   - manualAcknowledgement: As for ``subscription(to:properties:outlivesConnections:manualAcknowledgement:)``.
    public func messages(matching filter: String? = nil, manualAcknowledgement: Bool = false) throws -> Messages {
        Messages(
            try MqttkaError.catching {
                try handle.messages(filter: filter, manualAcknowledgement: manualAcknowledgement)
            })
    }

    /// Opens a ``subscription(to:properties:outlivesConnections:manualAcknowledgement:)``, gives its stream to `body`, and when that has
    /// returned or thrown, unsubscribes, waits for the broker's answer, and closes the stream. Where `body` throws, the
    /// last message of a loop that it left counts as not consumed.
    ///
    /// Where the connection is gone by then, there is nothing left to unsubscribe from, and that is no error.
    ///
    /// - Throws: What subscribing or `body` throws.
    public func withSubscription<Result>(
        to subscriptions: [TopicSubscription],
        properties: [Property] = [],
        outlivesConnections: Bool = false,
        manualAcknowledgement: Bool = false,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Messages) async throws -> sending Result
    ) async throws -> sending Result {
        let messages = try await subscription(
            to: subscriptions, properties: properties, outlivesConnections: outlivesConnections,
            manualAcknowledgement: manualAcknowledgement)
        do {
            let result = try await body(messages)
            await messages.leave(consumed: true)
            return result
        } catch {
            await messages.leave(consumed: false)
            throw error
        }
    }

    // Swift 6.0.3 lets no result that is sent pass through two of these, so each has the whole.

    /// As ``withSubscription(to:properties:outlivesConnections:manualAcknowledgement:isolation:_:)``, to all `filters` with the same options.
    ///
    /// ```swift
    /// try await client.withSubscription(to: ["a/#", "b"], qos: .atLeastOnce) { messages in
    ///     for try await message in messages { print(message.topic) }
    /// }
    /// ```
    ///
    /// MQTT 5.0 only: `noLocal` does not send back what this client published, `retainAsPublished` keeps the publisher's
    /// retain flag, and `retainHandling` says which retained messages come (`nil`: all, at every subscribe).
    public func withSubscription<Result>(
        to filters: [String],
        qos: QoS = .atMostOnce,
        noLocal: Bool = false,
        retainAsPublished: Bool = false,
        retainHandling: RetainHandling? = nil,
        properties: [Property] = [],
        outlivesConnections: Bool = false,
        manualAcknowledgement: Bool = false,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Messages) async throws -> sending Result
    ) async throws -> sending Result {
        let messages = try await subscription(
            to: alike(filters, qos, noLocal, retainAsPublished, retainHandling), properties: properties,
            outlivesConnections: outlivesConnections, manualAcknowledgement: manualAcknowledgement)
        do {
            let result = try await body(messages)
            await messages.leave(consumed: true)
            return result
        } catch {
            await messages.leave(consumed: false)
            throw error
        }
    }

    /// As ``withSubscription(to:properties:outlivesConnections:manualAcknowledgement:isolation:_:)``, to one filter.
    public func withSubscription<Result>(
        to filter: String,
        qos: QoS = .atMostOnce,
        noLocal: Bool = false,
        retainAsPublished: Bool = false,
        retainHandling: RetainHandling? = nil,
        properties: [Property] = [],
        outlivesConnections: Bool = false,
        manualAcknowledgement: Bool = false,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Messages) async throws -> sending Result
    ) async throws -> sending Result {
        let messages = try await subscription(
            to: alike([filter], qos, noLocal, retainAsPublished, retainHandling), properties: properties,
            outlivesConnections: outlivesConnections, manualAcknowledgement: manualAcknowledgement)
        do {
            let result = try await body(messages)
            await messages.leave(consumed: true)
            return result
        } catch {
            await messages.leave(consumed: false)
            throw error
        }
    }
}

private func alike(
    _ filters: [String], _ qos: QoS, _ noLocal: Bool, _ retainAsPublished: Bool, _ retainHandling: RetainHandling?
) -> [TopicSubscription] {
    filters.map {
        TopicSubscription(
            filter: $0, qos: qos, noLocal: noLocal, retainAsPublished: retainAsPublished, retainHandling: retainHandling)
    }
}
