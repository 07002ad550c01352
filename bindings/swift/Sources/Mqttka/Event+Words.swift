extension Event: CustomStringConvertible {
    /// The event in one line, in the core's words.
    public var description: String { detail.isEmpty ? "\(kind)" : detail }
}

extension Ended: CustomStringConvertible {
    /// The end in the core's words.
    public var description: String {
        switch self {
        case .disconnected(_, let detail), .connectFailed(_, let detail): detail
        default: "an end without words"
        }
    }
}
