extension ReasonCode: CustomStringConvertible {
    /// The specification's words for it.
    public var description: String { describeReasonCode(reasonCode: self) }
}

extension MqttkaError {
    /// The reason code that the broker gave, or that stands for the broker's mistake; `nil` where there is none.
    public var reasonCode: ReasonCode? {
        switch self {
        case .connectFailed(let error, _): error.reasonCode
        case .refused(let reasonCode, _, _), .notSupportedByServer(let reasonCode): reasonCode
        default: nil
        }
    }
}

extension ConnectError {
    /// The reason code that the broker gave, or that stands for the broker's mistake; `nil` where there is none.
    public var reasonCode: ReasonCode? {
        switch self {
        case .refused(let reasonCode, _, _), .protocol(let reasonCode, _): reasonCode
        default: nil
        }
    }
}

extension DisconnectCause {
    /// The reason code that the broker gave, or that stands for the broker's mistake; `nil` where there is none.
    public var reasonCode: ReasonCode? {
        switch self {
        case .serverDisconnect(let reasonCode, _, _), .protocol(let reasonCode, _): reasonCode
        default: nil
        }
    }
}
