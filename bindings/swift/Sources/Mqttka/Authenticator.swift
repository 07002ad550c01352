import Foundation

/// Enhanced authentication (section 4.12), MQTT 5.0 only: each connection begins with an exchange, which is done before
/// the client is connected, and each ``Client/reauthenticate()`` is one. ``ScramSha256`` is ready to use.
public protocol Authenticator: Sendable {
    /// The Authentication Method. Asked once, when the client is made.
    var method: String { get }

    /// What to send to the broker, if anything, or whether what came is right.
    ///
    /// It is called for one step after the other, in a task of its own, which is cancelled when nobody waits for its
    /// answer any more; the attempt's deadline (``Options/connectTimeout``) goes on. While a cancelled call does not
    /// return, the next one waits for it. What it throws fails the attempt with ``ConnectError/authentication(detail:)``,
    /// and a re-authentication with ``MqttkaError/authentication(detail:)``; an ``AuthenticatorError`` can say that the
    /// client stops.
    func authenticate(_ request: AuthenticationRequest) async throws -> Data?
}

/// An ``Authenticator`` whose answers may have User Properties besides their data.
public protocol AnsweringAuthenticator: Authenticator {
    /// As ``Authenticator/authenticate(_:)``, which is not called.
    func answer(_ request: AuthenticationRequest) async throws -> AuthenticationAnswer
}

extension AnsweringAuthenticator {
    /// The data alone.
    public func authenticate(_ request: AuthenticationRequest) async throws -> Data? { try await answer(request).data }
}

/// What an ``AnsweringAuthenticator`` sends to the broker.
public struct AuthenticationAnswer: Hashable, Sendable {
    /// Authentication Data, if any.
    public var data: Data?
    /// User Properties of our AUTH packet (section 3.15.2.2.5), in this order; at most 9,998.
    ///
    /// No AUTH leaves as the answer to the ``AuthenticationStep/start(reauthenticate:)`` of a connection, whose CONNECT has
    /// ``Options/userProperties``, nor to an ``AuthenticationStep/finish(data:)``: where there are some all the same, the
    /// exchange fails, and the client stops. Where the packet is larger than the broker takes, the exchange fails, too.
    public var userProperties: [UserProperty]

    /// With this data and these properties.
    public init(_ data: Data? = nil, userProperties: [UserProperty] = []) {
        self.data = data
        self.userProperties = userProperties
    }
}

/// One step of an exchange.
public struct AuthenticationRequest: Hashable, Sendable {
    /// Counts the exchanges of the client, from 1: the steps of one have the same number.
    public let exchange: UInt64
    /// In seconds, until the answer comes too late.
    public let timeLeft: TimeInterval
    /// What is asked.
    public let step: AuthenticationStep
    /// The broker's words, where its AUTH or CONNACK has some.
    public let reasonString: String?
    /// The User Properties of the broker's AUTH or CONNACK, in its order; at most 10,000. Empty at
    /// ``AuthenticationStep/start(reauthenticate:)``.
    public let userProperties: [UserProperty]
}

/// Why an ``Authenticator`` gives up.
public struct AuthenticatorError: Error, Hashable, LocalizedError, CustomStringConvertible {
    /// Why, in words.
    public var detail: String
    /// Trying again cannot help: the client stops.
    public var fatal: Bool

    /// With these words.
    public init(_ detail: String, fatal: Bool = false) {
        self.detail = detail
        self.fatal = fatal
    }

    public var description: String { detail }
    public var errorDescription: String? { detail }
}

/// Proves by SCRAM-SHA-256 that the client knows a password, without telling it, and that the broker knows it, too: where
/// that does not prove it, the attempt fails, and the client stops. Without channel binding, so that it replaces no TLS.
/// The library does it itself.
///
/// ```swift
/// Options("mqtts://broker.example", authenticator: ScramSha256(user: "device-7", password: "pencil"))
/// ```
public struct ScramSha256: Authenticator, Hashable {
    let user: String
    let password: String
    let maxIterations: UInt32?

    /// - Parameters:
    ///   - user: The user name, up to 1,024 bytes.
    ///   - password: The password, up to 1,024 bytes. Both are prepared by SASLprep.
    ///   - maxIterations: How many iterations the broker may ask for, 4,096 to 100,000,000; where it asks for more, the
    ///     attempt fails. `nil`: 1,000,000.
    public init(user: String, password: String, maxIterations: UInt32? = nil) {
        self.user = user
        self.password = password
        self.maxIterations = maxIterations
    }

    public var method: String { "SCRAM-SHA-256" }

    /// The library does not call this: it makes the steps itself.
    public func authenticate(_ request: AuthenticationRequest) async throws -> Data? {
        throw AuthenticatorError("the library does it itself", fatal: true)
    }
}

/// How a client proves who it is.
enum Proof: Hashable {
    case scram(ScramSha256)
    case asked(AuthenticatorForwarding)

    init(_ authenticator: any Authenticator) {
        if let scram = authenticator as? ScramSha256 {
            self = .scram(scram)
        } else {
            self = .asked(AuthenticatorForwarding(authenticator))
        }
    }

    var authenticator: any Authenticator {
        switch self {
        case .scram(let scram): scram
        case .asked(let asked): asked.authenticator
        }
    }

    var scram: ScramOptions? {
        guard case .scram(let scram) = self else { return nil }
        return ScramOptions(user: scram.user, password: scram.password, maxIterations: scram.maxIterations)
    }

    var callback: AuthenticatorForwarding? {
        if case .asked(let asked) = self { asked } else { nil }
    }
}

/// Runs the application's authenticator in a task, for as long as somebody wants an answer.
final class AuthenticatorForwarding: AuthenticatorCallback, Hashable {
    let authenticator: any Authenticator
    private let last = LastCall()

    init(_ authenticator: any Authenticator) { self.authenticator = authenticator }

    func method() throws -> String { authenticator.method }

    /// The library waits for nothing here.
    func authenticate(request: AuthenticatorRequest) {
        let authenticator = authenticator
        let call = last.follow { before in
            Task {
                await before?.value
                do {
                    try Task.checkCancellation()
                    let asked = AuthenticationRequest(
                        exchange: request.exchange(), timeLeft: request.timeLeft(), step: request.step(),
                        reasonString: request.reasonString(), userProperties: request.userProperties())
                    if let answering = authenticator as? any AnsweringAuthenticator {
                        request.reply(try await answering.answer(asked))
                    } else {
                        request.reply(data: try await authenticator.authenticate(asked))
                    }
                } catch {
                    request.fail(detail: inWords(error), fatal: (error as? AuthenticatorError)?.fatal ?? false)
                }
            }
        }
        Task {
            await request.settled()
            call.cancel()
        }
    }

    static func == (one: AuthenticatorForwarding, other: AuthenticatorForwarding) -> Bool { one === other }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension AuthenticatorRequest {
    fileprivate func reply(_ answer: AuthenticationAnswer) {
        if answer.userProperties.isEmpty { return reply(data: answer.data) }
        do {
            try MqttkaError.catching { try replyWith(data: answer.data, userProperties: answer.userProperties) }
        } catch {
            // As long as the authenticator says so, nothing else can come of it.
            fail(detail: inWords(error), fatal: true)
        }
    }
}

/// The newest call of something that is asked for one answer after the other. One that does not hear that it is cancelled
/// holds the next one up, instead of one more each time.
final class LastCall: @unchecked Sendable {
    private let lock = NSLock()
    private var call: Task<Void, Never>?

    func follow(_ begin: (Task<Void, Never>?) -> Task<Void, Never>) -> Task<Void, Never> {
        lock.withLock {
            let next = begin(call)
            call = next
            return next
        }
    }
}
