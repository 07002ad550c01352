extension ReasonCode: CustomStringConvertible {
    /// The specification's words for it.
    public var description: String { describeReasonCode(reasonCode: self) }
}

extension MqttkaError {
    /// The reason code that the broker gave, or that stands for the broker's mistake; `nil` where there is none.
    public var reasonCode: ReasonCode? {
        switch self {
        case .connectFailed(let error, _, _): error.reasonCode
        case .refused(let reasonCode, _, _, _), .notSupportedByServer(let reasonCode): reasonCode
        default: nil
        }
    }

    /// The User Properties of the broker's answer that ended it: of the CONNACK that refused, or of what answered the
    /// operation, of the SUBACK that refused a stream's subscription again. In the broker's order; at most 10,000. Empty where
    /// the broker sent none, and where it was not the broker that ended it.
    public var userProperties: [UserProperty] {
        switch self {
        case .connectFailed(_, _, let userProperties), .refused(_, _, _, let userProperties),
            .streamEnded(.subscribeFailed(_, _, _, let userProperties)):
            userProperties
        default: []
        }
    }
}

extension ConnectError {
    /// The stage that failed or did not finish, where the error is one of the way to the broker.
    public var stage: Stage? {
        switch self {
        case .timeout(let stage, _, _), .transport(let stage, _, _, _, _, _): stage
        default: nil
        }
    }

    /// What the system, a layer of the transport or a proxy reported; `nil` where none of them did.
    public var transportErrorKind: TransportErrorKind? {
        if case .transport(_, let kind, _, _, _, _) = self { kind } else { nil }
    }

    /// What was tried, and where the time went, where the error is one of the way to the broker.
    public var attempted: Attempted? {
        switch self {
        case .timeout(_, _, let attempted), .transport(_, _, _, _, _, let attempted): attempted
        default: nil
        }
    }

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
