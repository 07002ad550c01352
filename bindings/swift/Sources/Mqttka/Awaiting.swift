// A task that is cancelled waits for no operation, and withdraws it where it is still queued. What was sent keeps its
// outcome, of which nobody hears.

extension OperationHandle {
    func outcomeOrCancel() async throws -> Outcome {
        try await cancellable(withdrawing: cancel) { try await self.outcome() }
    }
}

extension RequestHandle {
    func responseOrCancel() async throws -> Message {
        try await cancellable(withdrawing: cancel) { try await self.response() }
    }
}

extension SubscribingHandle {
    /// Cancelled, it ends the subscription.
    func streamOrCancel() async throws -> MessagesHandle {
        try await cancellable(withdrawing: cancel) { try await self.stream() }
    }
}

extension RespondingHandle {
    /// Cancelled, it ends the subscription.
    func requestsOrCancel() async throws -> RequestsHandle {
        try await cancellable(withdrawing: cancel) { try await self.requests() }
    }
}
