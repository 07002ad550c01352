import Foundation

/// How a ``Client`` connects and what bounds it keeps.
///
/// ```swift
/// Options("mqtts://ann:secret@broker.example", keepAlive: 30)
/// Options(host: "broker.example", transport: .tls, userName: "ann", keepAlive: 30)
/// ```
///
/// Each option is checked when the client is made; ``MqttkaError/invalidOption(option:value:bound:)`` names it, its value
/// and its bounds. Two are equal where all of them are, closures where one is a copy of the other. Passwords, keys, the
/// values of headers and the queries of URIs are not printed.
public struct Options: Hashable, Sendable {
    private var secrets = Secrets()

    // MARK: Where the broker is

    /// The first server as a URI: `mqtt://`, `mqtts://`, `ws://`, `wss://` or `unix:/path`, with `user:password@`, port
    /// and path where they are needed. ``host``, ``port``, ``transport`` and ``path`` are for those who have these apart,
    /// and are not set beside it; ``userName`` and ``password`` count more than the URI's. Of a URI that cannot be,
    /// ``MqttkaError/invalidArgument(detail:)`` names the part.
    public var uri: String? {
        get { secrets.uri }
        set { secrets.uri = newValue }
    }
    /// The broker's name or IP address, without a scheme or a port.
    public var host: String
    /// The broker's port. `nil`: 1883, 8883, 80 or 443, by ``transport``.
    public var port: UInt16?
    /// What carries MQTT. `nil`: TCP.
    public var transport: Transport?
    /// Path and query of the WebSocket (empty: `/mqtt`), or the path of the Unix socket.
    public var path: String {
        get { secrets.path }
        set { secrets.path = newValue }
    }
    /// Further servers as URIs, up to 63, which are tried in order where the ones before are not reached. They have the
    /// same credentials and the same session.
    public var servers: [String] {
        get { secrets.servers }
        set { secrets.servers = newValue }
    }

    // MARK: MQTT

    /// The protocol version. `nil`: MQTT 5.0.
    public var protocolVersion: Version?
    /// The Client Identifier. Empty: the broker assigns one; in 3.1.1 that needs ``cleanStart``.
    public var clientId: String
    /// The User Name.
    public var userName: String?
    /// The Password, up to 65,535 bytes; in 3.1.1 only with a user name.
    public var password: Data? {
        get { secrets.password }
        set { secrets.password = newValue }
    }
    /// Keep Alive in seconds: a dead path or broker is told within 1.5 times this. 0 switches that off, unless
    /// ``deadPeerTimeout`` is set. The broker's Server Keep Alive overrides it.
    public var keepAlive: UInt16
    /// Start without an earlier session (Clean Session in 3.1.1).
    public var cleanStart: Bool
    /// How many seconds the session outlives a connection; 0xFFFFFFFF is for ever; 5.0 only (in 3.1.1
    /// `cleanStart = false` says it).
    public var sessionExpiryInterval: UInt32
    /// The whole of a connection attempt in seconds, from DNS to CONNACK, up to 1 day. `nil`: min(1.5 × keep-alive less
    /// the dispatch margin, 30 s); 30 s where keep-alive is 0.
    public var connectTimeout: TimeInterval?
    /// A bound in seconds for the detection of a dead path or broker that is shorter than 1.5 × keep-alive, or that
    /// stands although keep-alive is 0; 1.5 s to 1 day.
    public var deadPeerTimeout: TimeInterval?
    /// How many QoS 1 and 2 messages may come unacknowledged at once; at least 1.
    public var receiveMaximum: UInt16
    /// How many QoS 1 and 2 publishes may be unacknowledged at once, at least 1; it caps the broker's Receive Maximum as
    /// well. `nil`: 20 in 3.1.1, the broker's Receive Maximum in 5.0.
    public var maxInflight: UInt16?
    /// The largest packet taken, in bytes, 16 to 268,435,460. `nil`: the broker is told nothing, and the bound is the
    /// protocol's, 268,435,460.
    public var maximumPacketSize: UInt32?
    /// Operations that may wait or be unacknowledged, 1 to 4,294,967,295.
    public var outboundQueueMaxMessages: UInt64
    /// What they may cost in bytes, 1 to 4,294,967,295; a single one may cost more.
    public var outboundQueueMaxBytes: UInt64
    /// Bytes of messages that the application has not taken, 1 to 4,294,967,295: above it QoS 0 is dropped, above twice
    /// it plus one packet the connection is closed.
    public var inboundQueueMaxBytes: UInt64
    /// How many seconds a message that matches no consumer waits for one, up to 1 day, after a resumed session began,
    /// after the first consumer came, or after the stream that held it was closed. `nil`: 10 s.
    public var unclaimedTimeout: TimeInterval?
    /// Ask for Response Information; 5.0 only.
    public var requestResponseInformation: Bool
    /// Let the broker explain failures in words; 5.0 only.
    public var requestProblemInformation: Bool
    /// User properties of CONNECT; 5.0 only.
    public var userProperties: [UserProperty] {
        get { secrets.userProperties }
        set { secrets.userProperties = newValue }
    }
    /// The Will Message.
    public var will: Will?
    /// The highest topic alias that the broker may use; 0: none; 5.0 only.
    public var topicAliasMaximum: UInt16
    /// How many topics the client gives an alias to by itself, at most; 0: none; 5.0 only.
    public var outboundTopicAliasMaximum: UInt16
    /// Faults of the broker that do not end the connection. Each one that is tolerated is counted
    /// (``Counters/faultsTolerated``), and logged once per connection.
    public var tolerate: Set<Fault>
    /// Streams without a subscription of their own (``Client/messages(matching:manualAcknowledgement:)``) acknowledge QoS 1
    /// and 2 messages manually, whatever they say themselves.
    public var manualAcknowledgement: Bool
    /// How fast publishes, subscribes and unsubscribes leave, at most. `nil`: without a limit.
    public var rateLimit: RateLimit?
    /// Proves to the broker who the client is, beyond a password: ``ScramSha256``, or one of the application's own; 5.0
    /// only.
    public var authenticator: (any Authenticator)? {
        get { proof?.authenticator }
        set { proof = newValue.map(Proof.init) }
    }

    // MARK: Coming back by itself

    /// Come back by itself after a connection was lost or an attempt failed. False: one attempt per
    /// ``Client/connect()``, and operations need a connection or a session that keeps them.
    public var reconnect: Bool
    /// The bound of the first delay in seconds, 0.01 to 1 day: delays are random, from zero to their bound.
    public var reconnectFirstDelay: TimeInterval
    /// By how much the bound grows with each attempt, 1 to 100.
    public var reconnectFactor: Double
    /// The bound that no delay passes, in seconds, 0.01 to 1 day.
    public var reconnectMaxDelay: TimeInterval
    /// How many attempts in a row may fail before the client stops; at least 1. `nil`: any number.
    public var reconnectMaxAttempts: UInt32?
    /// How many seconds the client tries, 0.001 to 365 days. `nil`: for ever.
    public var reconnectMaxTime: TimeInterval?
    /// How many seconds a connection must last before delays begin anew, up to 1 day. `nil`: 30 s, or one keep-alive
    /// where that is shorter.
    public var reconnectResetAfter: TimeInterval?
    /// Ends after which the client tries again although trying cannot help as a rule, such as
    /// ``StopReason/credentials`` where they are renewed elsewhere.
    public var reconnectRetryOn: Set<StopReason>
    /// Go on with 3.1.1 for good where the broker does not speak 5.0.
    public var fallbackToV311: Bool
    /// How often in a row the client follows a broker that names another server, up to 100; never to a lesser kind of
    /// transport security.
    public var maxRedirects: UInt32
    /// What happens where the outbound queue is full.
    public var queuePolicy: QueuePolicy
    /// What becomes of QoS 1 publishes that were sent and not acknowledged where their session is lost.
    public var lostQos1: LostPublish
    /// The same for QoS 2, where publishing again could deliver twice.
    public var lostQos2: LostPublish
    /// An operation at which the broker ended so many connections in a row leaves the queue with
    /// ``MqttkaError/poison(connections:)``, up to 1,000; 0: never.
    public var poisonAfter: UInt32
    /// Where the broker keeps for the session what the client cannot take, begin a clean session, which loses it,
    /// instead of stopping.
    public var cleanStartOnBacklog: Bool
    /// Where the network changed and the old connection lives, connect over the new network first.
    public var makeBeforeBreak: Bool
    /// Learn for each network how long its path stays open in silence, and ping no more often than that needs; never
    /// less often than ``keepAlive`` asks.
    public var adaptivePing: Bool
    /// Watch the system's network, where this build can (Linux); on Apple's systems, ``NetworkAdapter`` does it.
    public var networkMonitor: Bool
    /// Sees each packet that is sent or received, over every connection: all that are there with one call, in their order.
    /// Payloads and topics are in them, credentials are not.
    ///
    /// It is called on a thread of its own, one call at a time, and may block: up to 1,024 packets or 8 MiB then wait, and
    /// further ones are dropped and counted (``TappedPacket/droppedBefore``, ``Counters/packetsNotTapped``).
    public var packetTap: (@Sendable (_ packets: [TappedPacket]) -> Void)? {
        get { tap?.tap }
        set { tap = newValue.map(PacketTapForwarding.init) }
    }
    /// Says before each attempt what it connects with, such as a token that expires.
    ///
    /// It is asked for one attempt after the other, in a task of its own, which is cancelled when its attempt has ended,
    /// be it by ``connectTimeout``; while a cancelled call does not return, the next one waits for it. What it throws
    /// fails the attempt with ``ConnectError/provider(detail:)``, and the client tries again with the usual delays; a
    /// ``ProviderError`` can say that it stops. A closure that holds its client keeps it alive.
    public var provider: (@Sendable (_ attempt: ConnectionRequest) async throws -> ProvidedConnection)? {
        get { asked?.provider }
        set { asked = newValue.map(ProviderForwarding.init) }
    }

    // MARK: TLS

    /// The certificates of the authorities to trust, in PEM, instead of the platform's.
    public var tlsCa: Data?
    /// The same, as a file, which is read once, when the client is made.
    public var tlsCaFile: String?
    /// The client's certificate in PEM, and those that lead from it to its authority, in this order.
    public var tlsCertificate: Data?
    /// The same, as a file.
    public var tlsCertificateFile: String?
    /// The private key of the client's certificate in PEM: PKCS#8, also encrypted, PKCS#1 or SEC1. `nil`: it is with
    /// the certificate.
    public var tlsPrivateKey: Data? {
        get { secrets.tlsPrivateKey }
        set { secrets.tlsPrivateKey = newValue }
    }
    /// The same, as a file.
    public var tlsPrivateKeyFile: String?
    /// The password of an encrypted private key.
    public var tlsPrivateKeyPassword: Data? {
        get { secrets.tlsPrivateKeyPassword }
        set { secrets.tlsPrivateKeyPassword = newValue }
    }
    /// The protocols to offer by ALPN, such as `mqtt` or `x-amzn-mqtt-ca`.
    public var tlsAlpn: [String]
    /// The name for SNI, which the certificate must have. `nil`: the host.
    public var tlsServerName: String?
    /// SHA-256 of the server's public key (SubjectPublicKeyInfo) in Base64, with or without `sha256/` before it; where
    /// there are some, it must be one of them, beside all other checks.
    public var tlsPins: [String]
    /// Whether a later connection goes on with the TLS session of an earlier one, which saves a round trip.
    public var tlsResumption: Bool
    /// Whether the session's secrets are appended to the file that the environment variable `SSLKEYLOGFILE` names:
    /// whoever has it can read everything.
    public var tlsKeyLog: Bool
    /// DANGEROUS: takes any certificate of anybody, so that whoever is in the path can read and change everything.
    /// ``tlsPins`` are still checked.
    public var tlsDangerAcceptAnyCertificate: Bool
    /// Judges the server's certificate instead of the platform and of ``tlsCa``: returns where the server of this name,
    /// a host name or an IP address, is to be trusted, and throws why not. The chain is what the server sent, in DER,
    /// its own certificate first.
    ///
    /// Nothing else is checked of the certificates but that the server has the private key, and ``tlsPins``:
    /// authorities, times and **the name** are for this to check. It is called on a thread of its own and may block; the
    /// attempt's deadline goes on.
    public var tlsVerifier: (@Sendable (_ chain: [Data], _ serverName: String) throws -> Void)? {
        get { verifier?.judge }
        set { verifier = newValue.map(CertificateForwarding.init) }
    }

    // MARK: The way to the broker

    /// Further headers of the WebSocket's upgrade request, such as `Authorization`.
    public var webSocketHeaders: [WebSocketHeader] {
        get { secrets.webSocketHeaders }
        set { secrets.webSocketHeaders = newValue }
    }
    /// `http://[user:password@]host:port`, or `socks5://…`, where the proxy resolves names; `system`: what the environment
    /// says (`https_proxy`, `all_proxy`, `no_proxy`, as curl reads them), which is nothing on iOS. Empty: none.
    public var proxy: String {
        get { secrets.proxy }
        set { secrets.proxy = newValue }
    }
    /// Only this interface is used (`IP_BOUND_IF`, `SO_BINDTODEVICE`).
    public var networkInterface: String?
    /// The IP address to connect from.
    public var localAddress: String?
    /// Multipath TCP, where the system has it (Linux).
    public var multipathTcp: Bool
    /// Gets the file descriptor of each TCP socket before it connects. It must not close it, nor use it after it has
    /// returned. What it throws fails the attempt to this address, with ``TransportErrorKind/socketHook``.
    ///
    /// It is called on a thread of its own and may block; the attempt's deadline goes on. While a call has not returned,
    /// the client's further attempts fail.
    public var socketHook: (@Sendable (_ socket: Int32) throws -> Void)? {
        get { hook?.hook }
        set { hook = newValue.map(SocketForwarding.init) }
    }

    /// Closures have no identity, and these give them one.
    var verifier: CertificateForwarding?
    var hook: SocketForwarding?
    var asked: ProviderForwarding?
    var proof: Proof?
    var tap: PacketTapForwarding?

    /// Options of which those that are not given have their defaults.
    public init(
        _ uri: String? = nil,
        host: String = "",
        port: UInt16? = nil,
        transport: Transport? = nil,
        path: String = "",
        servers: [String] = [],
        protocolVersion: Version? = nil,
        clientId: String = "",
        userName: String? = nil,
        password: Data? = nil,
        keepAlive: UInt16 = 60,
        cleanStart: Bool = true,
        sessionExpiryInterval: UInt32 = 0,
        connectTimeout: TimeInterval? = nil,
        deadPeerTimeout: TimeInterval? = nil,
        receiveMaximum: UInt16 = 1024,
        maxInflight: UInt16? = nil,
        maximumPacketSize: UInt32? = nil,
        outboundQueueMaxMessages: UInt64 = 65_536,
        outboundQueueMaxBytes: UInt64 = 32 * 1024 * 1024,
        inboundQueueMaxBytes: UInt64 = 16 * 1024 * 1024,
        unclaimedTimeout: TimeInterval? = nil,
        requestResponseInformation: Bool = false,
        requestProblemInformation: Bool = true,
        userProperties: [UserProperty] = [],
        will: Will? = nil,
        topicAliasMaximum: UInt16 = 64,
        outboundTopicAliasMaximum: UInt16 = 64,
        tolerate: Set<Fault> = [.receiveMaximumExceeded],
        manualAcknowledgement: Bool = false,
        rateLimit: RateLimit? = nil,
        authenticator: (any Authenticator)? = nil,
        reconnect: Bool = true,
        reconnectFirstDelay: TimeInterval = 1,
        reconnectFactor: Double = 2,
        reconnectMaxDelay: TimeInterval = 60,
        reconnectMaxAttempts: UInt32? = nil,
        reconnectMaxTime: TimeInterval? = nil,
        reconnectResetAfter: TimeInterval? = nil,
        reconnectRetryOn: Set<StopReason> = [],
        fallbackToV311: Bool = false,
        maxRedirects: UInt32 = 0,
        queuePolicy: QueuePolicy = .refuseNewest,
        lostQos1: LostPublish = .publishAgain,
        lostQos2: LostPublish = .fail,
        poisonAfter: UInt32 = 5,
        cleanStartOnBacklog: Bool = false,
        makeBeforeBreak: Bool = false,
        adaptivePing: Bool = false,
        networkMonitor: Bool = true,
        packetTap: (@Sendable ([TappedPacket]) -> Void)? = nil,
        provider: (@Sendable (ConnectionRequest) async throws -> ProvidedConnection)? = nil,
        tlsCa: Data? = nil,
        tlsCaFile: String? = nil,
        tlsCertificate: Data? = nil,
        tlsCertificateFile: String? = nil,
        tlsPrivateKey: Data? = nil,
        tlsPrivateKeyFile: String? = nil,
        tlsPrivateKeyPassword: Data? = nil,
        tlsAlpn: [String] = [],
        tlsServerName: String? = nil,
        tlsPins: [String] = [],
        tlsResumption: Bool = true,
        tlsKeyLog: Bool = false,
        tlsDangerAcceptAnyCertificate: Bool = false,
        tlsVerifier: (@Sendable ([Data], String) throws -> Void)? = nil,
        webSocketHeaders: [WebSocketHeader] = [],
        proxy: String = "",
        networkInterface: String? = nil,
        localAddress: String? = nil,
        multipathTcp: Bool = false,
        socketHook: (@Sendable (Int32) throws -> Void)? = nil
    ) {
        secrets.uri = uri
        self.host = host
        self.port = port
        self.transport = transport
        secrets.path = path
        secrets.servers = servers
        self.protocolVersion = protocolVersion
        self.clientId = clientId
        self.userName = userName
        secrets.password = password
        self.keepAlive = keepAlive
        self.cleanStart = cleanStart
        self.sessionExpiryInterval = sessionExpiryInterval
        self.connectTimeout = connectTimeout
        self.deadPeerTimeout = deadPeerTimeout
        self.receiveMaximum = receiveMaximum
        self.maxInflight = maxInflight
        self.maximumPacketSize = maximumPacketSize
        self.outboundQueueMaxMessages = outboundQueueMaxMessages
        self.outboundQueueMaxBytes = outboundQueueMaxBytes
        self.inboundQueueMaxBytes = inboundQueueMaxBytes
        self.unclaimedTimeout = unclaimedTimeout
        self.requestResponseInformation = requestResponseInformation
        self.requestProblemInformation = requestProblemInformation
        secrets.userProperties = userProperties
        self.will = will
        self.topicAliasMaximum = topicAliasMaximum
        self.outboundTopicAliasMaximum = outboundTopicAliasMaximum
        self.tolerate = tolerate
        self.manualAcknowledgement = manualAcknowledgement
        self.rateLimit = rateLimit
        proof = authenticator.map(Proof.init)
        self.reconnect = reconnect
        self.reconnectFirstDelay = reconnectFirstDelay
        self.reconnectFactor = reconnectFactor
        self.reconnectMaxDelay = reconnectMaxDelay
        self.reconnectMaxAttempts = reconnectMaxAttempts
        self.reconnectMaxTime = reconnectMaxTime
        self.reconnectResetAfter = reconnectResetAfter
        self.reconnectRetryOn = reconnectRetryOn
        self.fallbackToV311 = fallbackToV311
        self.maxRedirects = maxRedirects
        self.queuePolicy = queuePolicy
        self.lostQos1 = lostQos1
        self.lostQos2 = lostQos2
        self.poisonAfter = poisonAfter
        self.cleanStartOnBacklog = cleanStartOnBacklog
        self.makeBeforeBreak = makeBeforeBreak
        self.adaptivePing = adaptivePing
        self.networkMonitor = networkMonitor
        self.tlsCa = tlsCa
        self.tlsCaFile = tlsCaFile
        self.tlsCertificate = tlsCertificate
        self.tlsCertificateFile = tlsCertificateFile
        secrets.tlsPrivateKey = tlsPrivateKey
        self.tlsPrivateKeyFile = tlsPrivateKeyFile
        secrets.tlsPrivateKeyPassword = tlsPrivateKeyPassword
        self.tlsAlpn = tlsAlpn
        self.tlsServerName = tlsServerName
        self.tlsPins = tlsPins
        self.tlsResumption = tlsResumption
        self.tlsKeyLog = tlsKeyLog
        self.tlsDangerAcceptAnyCertificate = tlsDangerAcceptAnyCertificate
        secrets.webSocketHeaders = webSocketHeaders
        secrets.proxy = proxy
        self.networkInterface = networkInterface
        self.localAddress = localAddress
        self.multipathTcp = multipathTcp
        verifier = tlsVerifier.map(CertificateForwarding.init)
        hook = socketHook.map(SocketForwarding.init)
        asked = provider.map(ProviderForwarding.init)
        tap = packetTap.map(PacketTapForwarding.init)
    }
}
