// A task that is cancelled waits for no operation, and withdraws it where it is still queued. What was sent keeps its
// outcome, of which nobody hears.

extension OperationHandle {
    func outcomeOrCancel() async throws -> Outcome {
        try await withTaskCancellationHandler {
            try await cancellable { try await self.outcome() }
        } onCancel: {
            cancel()
        }
    }
}

extension RequestHandle {
    func responseOrCancel() async throws -> Message {
        try await withTaskCancellationHandler {
            try await cancellable { try await self.response() }
        } onCancel: {
            cancel()
        }
    }
}

extension SubscribingHandle {
    /// Cancelled, it ends the subscription.
    func streamOrCancel() async throws -> MessagesHandle {
        try await withTaskCancellationHandler {
            try await cancellable { try await self.stream() }
        } onCancel: {
            cancel()
        }
    }
}
