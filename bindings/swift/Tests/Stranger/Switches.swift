// What an application writes that looks at everything that may get further entries. It must build without a warning, today
// and with a version that has more of them: Tests/check-sources builds it against both.
import Mqttka

func words(_ value: ConnectionState) -> String {
    switch value {
    case .idle: "idle"
    case .reconnecting: "reconnecting"
    default: "\(value)"
    }
}

func words(_ value: Fault) -> String {
    switch value {
    case .sessionPresentOnCleanStart: "sessionPresentOnCleanStart"
    case .receiveMaximumExceeded: "receiveMaximumExceeded"
    default: "\(value)"
    }
}

func words(_ value: LogLevel) -> String {
    switch value {
    case .error: "error"
    case .trace: "trace"
    default: "\(value)"
    }
}

func words(_ value: LostPublish) -> String {
    switch value {
    case .publishAgain: "publishAgain"
    case .fail: "fail"
    default: "\(value)"
    }
}

func words(_ value: MetricKind) -> String {
    switch value {
    case .counter: "counter"
    case .histogram: "histogram"
    default: "\(value)"
    }
}

func words(_ value: NetworkChange) -> String {
    switch value {
    case .lost: "lost"
    case .changed: "changed"
    default: "\(value)"
    }
}

func words(_ value: PacketDirection) -> String {
    switch value {
    case .sent: "sent"
    case .received: "received"
    default: "\(value)"
    }
}

func words(_ value: PacketType) -> String {
    switch value {
    case .connect: "connect"
    case .auth: "auth"
    default: "\(value)"
    }
}

func words(_ value: QueuePolicy) -> String {
    switch value {
    case .refuseNewest: "refuseNewest"
    case .dropOldest: "dropOldest"
    default: "\(value)"
    }
}

func words(_ value: ReasonCode) -> String {
    switch value {
    case .success: "success"
    case .wildcardSubscriptionsNotSupported: "wildcardSubscriptionsNotSupported"
    default: "\(value)"
    }
}

func words(_ value: Receipt) -> String {
    switch value {
    case .written: "written"
    case .acknowledged: "acknowledged"
    default: "\(value)"
    }
}

func words(_ value: Stage) -> String {
    switch value {
    case .provider: "provider"
    case .mqtt: "mqtt"
    default: "\(value)"
    }
}

func words(_ value: StopReason) -> String {
    switch value {
    case .credentials: "credentials"
    case .other: "other"
    default: "\(value)"
    }
}

func words(_ value: Transport) -> String {
    switch value {
    case .tcp: "tcp"
    case .unix: "unix"
    default: "\(value)"
    }
}

func words(_ value: TransportErrorKind) -> String {
    switch value {
    case .system: "system"
    case .other: "other"
    default: "\(value)"
    }
}

func words(_ value: Version) -> String {
    switch value {
    case .v311: "v311"
    case .v5: "v5"
    default: "\(value)"
    }
}

/// Every case of today, and the default is no dead code.
func words(_ value: AuthenticationStep) -> String {
    switch value {
    case .start(let reauthenticate): "start \(reauthenticate)"
    case .continue: "continue"
    case .finish: "finish"
    default: "\(value)"
    }
}

func words(_ value: ConnectError) -> String {
    switch value {
    case .timeout: "timeout"
    case .transport: "transport"
    case .closedByServer: "closedByServer"
    case .refused: "refused"
    case .`protocol`: "protocol"
    case .disconnectRequested: "disconnectRequested"
    case .clientClosed: "clientClosed"
    case .engineFailed: "engineFailed"
    case .provider: "provider"
    case .other: "other"
    default: "\(value)"
    }
}

/// Every case of today, and the default is no dead code.
func words(_ value: DisconnectCause) -> String {
    switch value {
    case .keepAliveTimeout: "keepAliveTimeout"
    case .serverUnresponsive: "serverUnresponsive"
    case .closedByServer: "closedByServer"
    case .transport: "transport"
    case .serverDisconnect: "serverDisconnect"
    case .`protocol`: "protocol"
    case .inboundOverflow: "inboundOverflow"
    case .disconnectRequested: "disconnectRequested"
    case .clientClosed: "clientClosed"
    case .networkLost: "networkLost"
    case .engineFailed: "engineFailed"
    case .reclaimedBySystem: "reclaimedBySystem"
    case .other: "other"
    default: "\(value)"
    }
}

/// Every case of today, and the default is no dead code.
func words(_ value: Ended) -> String {
    switch value {
    case .disconnected: "disconnected"
    case .connectFailed: "connectFailed"
    default: "\(value)"
    }
}

/// Every case of today, and the default is no dead code.
func words(_ value: EventKind) -> String {
    switch value {
    case .connected: "connected"
    case .disconnected: "disconnected"
    case .connectFailed: "connectFailed"
    case .reconnecting: "reconnecting"
    case .reconnectStopped: "reconnectStopped"
    case .subscriptionsLost: "subscriptionsLost"
    case .suspect: "suspect"
    case .alive: "alive"
    case .moved: "moved"
    case .other: "other"
    default: "\(value)"
    }
}

/// Every case of today, and the default is no dead code.
func words(_ value: MetricValue) -> String {
    switch value {
    case .integer(let value): "\(value)"
    case .time(let value): "\(value) s"
    case .times(let value): "\(value.counts)"
    default: "\(value)"
    }
}

func words(_ value: Property) -> String {
    switch value {
    case .payloadFormatIndicator: "payloadFormatIndicator"
    case .messageExpiryInterval: "messageExpiryInterval"
    case .contentType: "contentType"
    case .responseTopic: "responseTopic"
    case .correlationData: "correlationData"
    case .subscriptionIdentifier: "subscriptionIdentifier"
    case .sessionExpiryInterval: "sessionExpiryInterval"
    case .assignedClientIdentifier: "assignedClientIdentifier"
    case .serverKeepAlive: "serverKeepAlive"
    case .authenticationMethod: "authenticationMethod"
    case .authenticationData: "authenticationData"
    case .requestProblemInformation: "requestProblemInformation"
    case .willDelayInterval: "willDelayInterval"
    case .requestResponseInformation: "requestResponseInformation"
    case .responseInformation: "responseInformation"
    case .serverReference: "serverReference"
    case .reasonString: "reasonString"
    case .receiveMaximum: "receiveMaximum"
    case .topicAliasMaximum: "topicAliasMaximum"
    case .topicAlias: "topicAlias"
    case .maximumQoS: "maximumQoS"
    case .retainAvailable: "retainAvailable"
    case .userProperty: "userProperty"
    case .maximumPacketSize: "maximumPacketSize"
    case .wildcardSubscriptionAvailable: "wildcardSubscriptionAvailable"
    case .subscriptionIdentifierAvailable: "subscriptionIdentifierAvailable"
    case .sharedSubscriptionAvailable: "sharedSubscriptionAvailable"
    default: "\(value)"
    }
}

/// Every case of today, and the default is no dead code.
func words(_ value: StreamEnd) -> String {
    switch value {
    case .disconnected: "disconnected"
    case .connectFailed: "connectFailed"
    case .subscribeFailed: "subscribeFailed"
    case .unsubscribed: "unsubscribed"
    case .closed: "closed"
    case .other: "other"
    default: "\(value)"
    }
}

/// Every case of today, and the default is no dead code.
func words(_ value: MqttkaError) -> String {
    switch value {
    case .invalidOption: "invalidOption"
    case .invalidArgument: "invalidArgument"
    case .invalidTopic: "invalidTopic"
    case .invalidText: "invalidText"
    case .notConnected: "notConnected"
    case .alreadyConnected: "alreadyConnected"
    case .queueFull: "queueFull"
    case .packetTooLarge: "packetTooLarge"
    case .closed: "closed"
    case .forked: "forked"
    case .startup: "startup"
    case .outOfMemory: "outOfMemory"
    case .connectFailed: "connectFailed"
    case .refused: "refused"
    case .disconnected: "disconnected"
    case .sessionLost: "sessionLost"
    case .notSupportedByServer: "notSupportedByServer"
    case .encode: "encode"
    case .wrongReasonCodeCount: "wrongReasonCodeCount"
    case .expired: "expired"
    case .timedOut: "timedOut"
    case .dropped: "dropped"
    case .poison: "poison"
    case .eventsNotTaken: "eventsNotTaken"
    case .streamEnded: "streamEnded"
    case .other: "other"
    default: "\(value)"
    }
}
