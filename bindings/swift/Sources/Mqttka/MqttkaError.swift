import Foundation
#if canImport(MqttkaFFI)
import MqttkaFFI
#endif

/// Why a call was refused, or an operation did not succeed.
public enum MqttkaError: Error, Hashable {
    /// An option or argument has a value that it cannot have; `bound` says what it must be.
    case invalidOption(option: String, value: String, bound: String)
    /// What was asked cannot be; the text says why.
    case invalidArgument(detail: String)
    /// A topic name or filter is none.
    case invalidTopic(detail: String)
    /// A string is not one that MQTT can carry.
    case invalidText(detail: String)
    /// The client is not connected, and what was asked needs a connection.
    case notConnected
    /// ``Client/connect()`` while connecting or connected.
    case alreadyConnected
    /// The outbound queue is at its limit of messages or bytes.
    case queueFull
    /// The packet would be larger than the protocol or the broker allows; both in bytes.
    case packetTooLarge(size: UInt64, limit: UInt64)
    /// The client was closed.
    case closed
    /// The process was forked after the library's threads were started.
    case forked
    /// The library's threads could not be started.
    case startup(detail: String)
    /// The system gives no memory for a copy of this size, in bytes. Nothing was changed.
    case outOfMemory(bytes: UInt64)
    /// The connection attempt ended without a connection; `detail` says the same in words. `userProperties` are those of
    /// the CONNACK that refused.
    case connectFailed(error: ConnectError, detail: String, userProperties: [UserProperty] = [])
    /// The broker refused the operation. Of several filters, the reason is that of the first that failed;
    /// `reasonCodes` has one per filter, and is empty for a publish. `userProperties` are those of the answer; of a
    /// ``Client/request(_:timeout:)``, those of the PUBACK, PUBREC or SUBACK that refused it.
    case refused(
        reasonCode: ReasonCode, reasonString: String?, reasonCodes: [ReasonCode], userProperties: [UserProperty] = [])
    /// The connection ended before the outcome was known, and nothing keeps the operation for the next one.
    case disconnected
    /// The broker lost the session in which this publish was sent: it may or may not have arrived.
    case sessionLost
    /// What the broker announced at CONNACK rules the operation out. It was not sent.
    case notSupportedByServer(reasonCode: ReasonCode)
    /// It cannot be encoded: too large for the protocol, or with properties that the packet does not allow.
    case encode(detail: String)
    /// The broker sent not one reason code per topic filter: which filter got which is unknown.
    case wrongReasonCodeCount(expected: UInt64, received: UInt64)
    /// Its Message Expiry Interval passed before it was sent.
    case expired
    /// The time passed that the application gave it. Where it was sent already, it may have arrived.
    case timedOut
    /// The outbound queue was full, and ``Options/queuePolicy`` gave its place to another.
    case dropped
    /// The broker ended the connection at it, so many times in a row.
    case poison(connections: UInt32)
    /// It was cancelled before it was sent.
    case cancelled
    /// A re-authentication failed on this side of the connection.
    case authentication(detail: String)
    /// The protocol version or the server rules out what was asked.
    case notSupported(what: String, needs: String)
    /// So many lifecycle events wait for the callback that no further attempt is begun.
    case eventsNotTaken
    /// A stream of messages ended, and the application did not ask for it.
    case streamEnded(StreamEnd)
    /// An error that this package does not know yet.
    case other(detail: String)
    // As in the generated enums: a `switch` needs a `default`, so that a further case breaks nobody's build.
    @available(*, deprecated, message: "later versions may have further cases")
    case _writeDefaultInstead
}

extension MqttkaError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { description }

    /// The error in words.
    public var description: String {
        switch self {
        case .invalidOption(let option, let value, let bound): "\(option) is \(value); it must be \(bound)"
        case .invalidArgument(let detail): "invalid argument: \(detail)"
        case .invalidTopic(let detail): "invalid topic: \(detail)"
        case .invalidText(let detail): "invalid string: \(detail)"
        case .notConnected: "not connected"
        case .alreadyConnected: "already connecting or connected"
        case .queueFull: "the outbound queue is full"
        case .packetTooLarge(let size, let limit): "packet of \(size) bytes is larger than the limit of \(limit)"
        case .closed: "the client is closed"
        case .forked: "the process was forked after mqttka started its threads; use it in one of the two"
        case .startup(let detail): "could not start: \(detail)"
        case .outOfMemory(let bytes): "no memory for \(bytes) bytes"
        case .connectFailed(_, let detail, _): detail
        case .refused(let reasonCode, let reasonString, _, _):
            "refused by the broker: \(reasonCode)" + (reasonString.map { " (\($0))" } ?? "")
        case .disconnected: "disconnected before the outcome was known"
        case .sessionLost: "the broker lost the session; delivery is unknown"
        case .notSupportedByServer(let reasonCode): "not possible with this broker: \(reasonCode)"
        case .encode(let detail): "cannot be encoded: \(detail)"
        case .wrongReasonCodeCount(let expected, let received):
            "the broker sent \(received) reason codes for \(expected) topic filters"
        case .expired: "the message expired before it was sent"
        case .timedOut: "timed out before the outcome was known"
        case .dropped: "dropped from the full outbound queue"
        case .poison(let connections): "the broker ended \(connections) connections in a row at it"
        case .cancelled: "cancelled before it was sent"
        case .authentication(let detail): "authentication failed: \(detail)"
        case .notSupported(let what, let needs): "\(what) is not supported; it needs \(needs)"
        case .eventsNotTaken: "more than 1,024 events wait to be taken"
        case .streamEnded(let end): end.description
        case .other(let detail): detail
        default: "an error without words"
        }
    }
}

extension StreamEnd: CustomStringConvertible {
    /// The end in words.
    public var description: String {
        switch self {
        case .disconnected(_, let detail), .other(let detail): detail
        case .connectFailed(_, let detail): "could not connect: \(detail)"
        case .subscribeFailed(let detail, _, _, _): "could not subscribe: \(detail)"
        case .unsubscribed: "unsubscribed"
        case .closed: "the client is closed"
        default: "an end without words"
        }
    }
}

extension MqttkaError {
    init(_ error: any Error) {
        guard let error = error as? LibraryError else {
            self = .other(detail: "\(error)")
            return
        }
        self = switch error {
        case .InvalidOption(let option, let value, let bound):
            .invalidOption(option: inSwift(option), value: value, bound: bound)
        case .InvalidArgument(let detail): .invalidArgument(detail: detail)
        case .InvalidTopic(let detail): .invalidTopic(detail: detail)
        case .InvalidText(let detail): .invalidText(detail: detail)
        case .NotConnected: .notConnected
        case .AlreadyConnected: .alreadyConnected
        case .QueueFull: .queueFull
        case .PacketTooLarge(let size, let limit): .packetTooLarge(size: size, limit: limit)
        case .Closed: .closed
        case .Forked: .forked
        case .Startup(let detail): .startup(detail: detail)
        case .OutOfMemory(let bytes): .outOfMemory(bytes: bytes)
        case .ConnectFailed(let error, let detail, let userProperties):
            .connectFailed(error: error, detail: detail, userProperties: userProperties)
        case .Refused(let reasonCode, let reasonString, let reasonCodes, let userProperties):
            .refused(
                reasonCode: reasonCode, reasonString: reasonString, reasonCodes: reasonCodes,
                userProperties: userProperties)
        case .Disconnected: .disconnected
        case .SessionLost: .sessionLost
        case .NotSupportedByServer(let reasonCode): .notSupportedByServer(reasonCode: reasonCode)
        case .Encode(let detail): .encode(detail: detail)
        case .WrongReasonCodeCount(let expected, let received):
            .wrongReasonCodeCount(expected: expected, received: received)
        case .Expired: .expired
        case .TimedOut: .timedOut
        case .Dropped: .dropped
        case .Poison(let connections): .poison(connections: connections)
        case .Cancelled: .cancelled
        case .Authentication(let detail): .authentication(detail: detail)
        case .NotSupported(let what, let needs): .notSupported(what: what, needs: needs)
        case .EventsNotTaken: .eventsNotTaken
        case .Other(let detail): .other(detail: detail)
        }
    }

    /// What `call` into the library gives, with its errors as Swift writes them.
    ///
    /// The public API has no `throws(MqttkaError)`: Swift 6.0.3 crashes where such a call stands in a `do` whose only
    /// `catch` is for one case.
    static func catching<Value>(_ call: () throws -> Value) throws -> Value {
        do { return try call() } catch { throw MqttkaError(error) }
    }
}

/// uniffi 0.32.2 forgets its own renaming where a constructor throws.
func FfiConverterTypeMqttkaError_lift(_ buffer: RustBuffer) throws -> LibraryError {
    try FfiConverterTypeLibraryError_lift(buffer)
}
