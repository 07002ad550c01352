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
            adaptivePing: adaptivePing, networkMonitor: networkMonitor, topicAliasMaximum: topicAliasMaximum,
            outboundTopicAliasMaximum: outboundTopicAliasMaximum,
            tolerate: tolerate.sorted { $0.rawValue < $1.rawValue }, manualAcknowledgement: manualAcknowledgement,
            rateLimit: rateLimit, scram: proof?.scram)
    }
}
