/// A publish under way: what ``Client/beginPublish(_:timeout:receipt:)`` gives. Forgetting it changes nothing for the
/// message.
public final class Delivery: Sendable {
    private let handle: OperationHandle

    init(_ handle: OperationHandle) { self.handle = handle }

    /// Waits for the outcome; any number of times, and giving up changes nothing for the message.
    ///
    /// - Throws: ``MqttkaError``, which says why it did not arrive, or that this is not known.
    @discardableResult
    public func outcome() async throws -> Outcome {
        let handle = handle
        return try await cancellable { try await handle.outcome() }
    }

    /// Cancels the publish where it is still queued: it then fails with ``MqttkaError/cancelled``, and is never sent. What
    /// was sent goes on, also where it waits to be sent again, and has the outcome that it would have had.
    public func cancel() { handle.cancel() }
}
