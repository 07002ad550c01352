import Foundation

extension Options {
    /// What the library takes.
    var native: NativeOptions {
        NativeOptions(
            way: NativeWay(
                uri: uri, host: host, port: port, transport: transport, path: path, servers: servers,
                webSocketHeaders: webSocketHeaders, proxy: proxy, interface: networkInterface, localAddress: localAddress,
                multipathTcp: multipathTcp),
            tls: NativeTls(
                ca: tlsCa, caFile: tlsCaFile, certificate: tlsCertificate, certificateFile: tlsCertificateFile,
                privateKey: tlsPrivateKey, privateKeyFile: tlsPrivateKeyFile, privateKeyPassword: tlsPrivateKeyPassword,
                alpn: tlsAlpn, serverName: tlsServerName, pins: tlsPins, resumption: tlsResumption, keyLog: tlsKeyLog,
                dangerAcceptAnyCertificate: tlsDangerAcceptAnyCertificate),
            reconnect: NativeReconnect(
                enabled: reconnect, firstDelay: reconnectFirstDelay, factor: reconnectFactor, maxDelay: reconnectMaxDelay,
                maxAttempts: reconnectMaxAttempts, maxTime: reconnectMaxTime, resetAfter: reconnectResetAfter,
                retryOn: reconnectRetryOn.sorted { $0.rawValue < $1.rawValue }, fallbackToV311: fallbackToV311,
                maxRedirects: maxRedirects, queuePolicy: queuePolicy, lostQos1: lostQos1, lostQos2: lostQos2,
                poisonAfter: poisonAfter, cleanStartOnBacklog: cleanStartOnBacklog, makeBeforeBreak: makeBeforeBreak),
            protocolVersion: protocolVersion, clientId: clientId, userName: userName, password: password,
            keepAlive: keepAlive, cleanStart: cleanStart, sessionExpiryInterval: sessionExpiryInterval,
            connectTimeout: connectTimeout, deadPeerTimeout: deadPeerTimeout, receiveMaximum: receiveMaximum,
            maxInflight: maxInflight, maximumPacketSize: maximumPacketSize,
            outboundQueueMaxMessages: outboundQueueMaxMessages, outboundQueueMaxBytes: outboundQueueMaxBytes,
            inboundQueueMaxBytes: inboundQueueMaxBytes, unclaimedTimeout: unclaimedTimeout,
            requestResponseInformation: requestResponseInformation,
            requestProblemInformation: requestProblemInformation, userProperties: userProperties, will: will,
            adaptivePing: adaptivePing, networkMonitor: networkMonitor)
    }
}

extension Options: CustomStringConvertible {
    /// The options without secrets.
    public var description: String {
        let shown = Mirror(reflecting: self).children.map { label, value in
            switch label ?? "" {
            case "password", "tlsPrivateKey", "tlsPrivateKeyPassword":
                "\(label ?? ""): \((value as? Data).map { _ in hidden } ?? "nil")"
            case "uri", "path", "proxy": "\(label ?? ""): \((value as? String).map(withoutSecrets) ?? "nil")"
            case "servers": "servers: \(servers.map(withoutSecrets))"
            case "verifier": "tlsVerifier: \(verifier == nil ? "nil" : "set")"
            case "asked": "provider: \(asked == nil ? "nil" : "set")"
            case "hook": "socketHook: \(hook == nil ? "nil" : "set")"
            case let label: "\(label): \(printed(value))"
            }
        }
        return "Options(\(shown.joined(separator: ", ")))"
    }
}

extension WebSocketHeader: CustomStringConvertible {
    /// The name; the value may be a credential.
    public var description: String { "\(name): \(hidden)" }
}

private let hidden = "(hidden)"

/// Without `Optional(…)`.
private func printed(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .optional else { return "\(value)" }
    return mirror.children.first.map { "\($0.value)" } ?? "nil"
}

/// A URI without user name, password and query, also where it is none.
private func withoutSecrets(_ uri: String) -> String {
    var shown = uri
    if let query = shown.firstIndex(of: "?") { shown.replaceSubrange(query..., with: "?" + hidden) }
    guard let end = shown.lastIndex(of: "@") else { return shown }
    let head = shown[..<end]
    let start = head.range(of: "//")?.upperBound ?? head.firstIndex(of: ":").map(head.index(after:)) ?? head.startIndex
    if start < end { shown.replaceSubrange(start..<end, with: hidden) }
    return shown
}
