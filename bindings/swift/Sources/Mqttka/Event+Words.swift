import Foundation

extension Event: CustomStringConvertible {
    /// What happened, in words.
    public var description: String { "\(kind)" }
}

extension EventKind: CustomStringConvertible {
    /// Its name, and why, in the core's words.
    public var description: String {
        switch self {
        case .connected(let info): "connected" + (info.sessionPresent ? ", with the session of before" : "")
        case .disconnected(let info): "disconnected: \(info.detail)"
        case .connectFailed(_, let detail): "connectFailed: \(detail)"
        case .reconnecting(let info):
            "reconnecting: attempt \(info.attemptNumber) in \(String(format: "%.3f", info.delay)) s; \(info.cause)"
        case .reconnectStopped(let info): "reconnectStopped: \(info.detail) (\(info.reason))"
        case .subscriptionsLost(let lost):
            "subscriptionsLost: " + lost.map { "\($0.filter) (\($0.detail))" }.joined(separator: ", ")
        case .suspect(let liveness):
            "suspect: nothing heard for \(String(format: "%.3f", liveness.lastEvidenceAge)) s"
        case .alive: "alive"
        case .moved: "moved: the connection goes on over another path"
        case .other(let detail): "other: \(detail)"
        default: "an event without words"
        }
    }
}

extension Ended: CustomStringConvertible {
    /// The core's words.
    public var description: String {
        switch self {
        case .disconnected(_, let detail), .connectFailed(_, let detail): detail
        default: "an end without words"
        }
    }
}
