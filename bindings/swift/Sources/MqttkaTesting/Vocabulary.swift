/// What a broker can see of its clients. Later versions may have further ones.
public struct SeenKind: RawRepresentable, CaseIterable, Hashable, Sendable, CustomStringConvertible {
    /// Its number, which is the same in every language.
    public let rawValue: Int32

    private init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// `nil`: this version knows none of this number.
    public init?(rawValue: Int32) {
        guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }

    /// A client connected, and was accepted.
    public static let connected = SeenKind(1)
    /// A client tried to connect, and was refused.
    public static let refused = SeenKind(2)
    /// A client subscribed to a filter; one for each.
    public static let subscribed = SeenKind(3)
    /// A client unsubscribed from a filter; one for each.
    public static let unsubscribed = SeenKind(4)
    /// A client published a message. A repeated delivery of QoS 2 counts once.
    public static let published = SeenKind(5)
    /// A client acknowledged a message that it got: PUBACK, or PUBREC.
    public static let acknowledged = SeenKind(6)
    /// A client sent PINGREQ.
    public static let pinged = SeenKind(7)
    /// A client sent DISCONNECT.
    public static let disconnected = SeenKind(8)
    /// A client's connection ended without DISCONNECT of it.
    public static let lost = SeenKind(9)
    /// A client sent what MQTT does not allow; ``Seen/detail`` says what.
    public static let faulty = SeenKind(10)
    /// A client sent authentication data, or its method: CONNECT (no reason code), or AUTH.
    public static let authenticating = SeenKind(11)

    /// All that this version knows.
    public static let allCases: [SeenKind] = [
        .connected, .refused, .subscribed, .unsubscribed, .published, .acknowledged, .pinged, .disconnected, .lost, .faulty,
        .authenticating,
    ]

    /// Its name.
    public var description: String {
        let names = [
            "connected", "refused", "subscribed", "unsubscribed", "published", "acknowledged", "pinged", "disconnected",
            "lost", "faulty", "authenticating",
        ]
        return names[Int(rawValue) - 1]
    }
}

/// When a broker acknowledges: PUBACK, PUBREC, PUBCOMP, SUBACK and UNSUBACK.
public enum Acknowledging: Int32, CaseIterable, Sendable {
    /// At once, as brokers do.
    case atOnce = 0
    /// When it is told to, by ``atOnce``: all that was held back leaves then, in order.
    case held = 1
    /// Not at all.
    case never = 2
}

/// A property of CONNACK whose value is a number: what a broker says of itself, and holds to.
public enum Announced: Int32, CaseIterable, Sendable {
    /// Seconds that a session outlives its connection. Announced only.
    case sessionExpiryInterval = 0x11
    /// The keep-alive in seconds, instead of the client's.
    case serverKeepAlive = 0x13
    /// How many messages of QoS 1 and 2 may be unacknowledged at once. Announced only.
    case receiveMaximum = 0x21
    /// The highest topic alias.
    case topicAliasMaximum = 0x22
    /// The highest QoS: 0 or 1.
    case maximumQoS = 0x24
    /// Whether messages are retained: 0 or 1.
    case retainAvailable = 0x25
    /// The largest packet in bytes.
    case maximumPacketSize = 0x27
    /// Whether there are wildcards: 0 or 1.
    case wildcardSubscriptionAvailable = 0x28
    /// Whether there are subscription identifiers: 0 or 1.
    case subscriptionIdentifierAvailable = 0x29
    /// Whether there are shared subscriptions: 0 or 1.
    case sharedSubscriptionAvailable = 0x2a
}
