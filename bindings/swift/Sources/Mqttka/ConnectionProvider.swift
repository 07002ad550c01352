import Foundation

/// An attempt that is about to begin, for ``Options/provider``.
public struct ConnectionRequest: Hashable, Sendable {
    /// Counts attempts since the last connection that came about, from 1.
    public let attemptNumber: UInt32
    /// In seconds, until the attempt is given up.
    public let timeLeft: TimeInterval
}

/// Why an ``Options/provider`` gives nothing.
public struct ProviderError: Error, Hashable, LocalizedError, CustomStringConvertible {
    /// Why, in words.
    public var detail: String
    /// There will be nothing later either: the client stops with ``StopReason/provider``.
    public var fatal: Bool

    /// With these words.
    public init(_ detail: String, fatal: Bool = false) {
        self.detail = detail
        self.fatal = fatal
    }

    public var description: String { detail }
    public var errorDescription: String? { detail }
}

/// Asks the application's provider in a task, for as long as the attempt wants an answer.
final class ProviderForwarding: ProviderCallback, Hashable {
    let provider: @Sendable (ConnectionRequest) async throws -> ProvidedConnection
    private let last = LastCall()

    init(_ provider: @escaping @Sendable (ConnectionRequest) async throws -> ProvidedConnection) {
        self.provider = provider
    }

    /// The library waits for nothing here.
    func provide(request: ProviderRequest) {
        let provider = provider
        let call = last.follow { before in
            Task {
                await before?.value
                do {
                    try Task.checkCancellation()
                    let asked = ConnectionRequest(attemptNumber: request.attemptNumber(), timeLeft: request.timeLeft())
                    request.provide(connection: try await provider(asked))
                } catch {
                    request.fail(detail: inWords(error), fatal: (error as? ProviderError)?.fatal ?? false)
                }
            }
        }
        Task {
            await request.settled()
            call.cancel()
        }
    }

    static func == (one: ProviderForwarding, other: ProviderForwarding) -> Bool { one === other }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
