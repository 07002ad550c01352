import Foundation

extension RequestsHandle {
    private enum Step: Sendable { case answered, ready }

    /// So many are taken by one call.
    private static let atOnce: UInt32 = 256

    /// Answers the requests that come, each in a task of its own, until nothing follows or the task is cancelled. How many
    /// are under way at a time is the library's to say. Whatever ends it cancels the tasks; what was not answered goes
    /// back with the handle.
    ///
    /// - Throws: ``MqttkaError/streamEnded(_:)``; what `answer` throws.
    func answerAll(_ answer: @escaping @Sendable (Message) async throws -> Data?) async throws {
        try await withThrowingTaskGroup(of: Step.self) { tasks in
            tasks.addTask { await self.wait() }
            // Waiting is one of the tasks, so that an answer that throws is heard at once.
            while let step = try await tasks.next() {
                if step == .answered { continue }
                let taken = take(max: Self.atOnce)
                if Task.isCancelled { break }
                for request in taken.requests { tasks.addTask { try await self.answer(request, answer) } }
                switch taken.end {
                case nil: tasks.addTask { await self.wait() }
                case .closed, .unsubscribed: tasks.cancelAll()
                case .some(let end): throw MqttkaError.streamEnded(end)
                }
            }
            tasks.cancelAll()
        }
    }

    private func wait() async -> Step {
        await readyOrCancelled()
        return .ready
    }

    private func answer(_ request: TakenRequest, _ answer: (Message) async throws -> Data?) async throws -> Step {
        if Task.isCancelled { return .answered }
        do {
            self.answer(number: request.number, payload: try await answer(request.message))
        } catch {
            // What ended it is told already.
            if !Task.isCancelled { throw error }
        }
        return .answered
    }
}
