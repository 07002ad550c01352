import Foundation

/// Of ``Options``, what may hold a secret. It shows itself without, also to `dump` and to a debugger: what is printed
/// of options is printed of this.
struct Secrets: Hashable, Sendable, CustomReflectable {
    var uri: String?
    var path = ""
    var servers: [String] = []
    var password: Data?
    var userProperties: [UserProperty] = []
    var tlsPrivateKey: Data?
    var tlsPrivateKeyPassword: Data?
    var webSocketHeaders: [WebSocketHeader] = []
    var proxy = ""

    var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "uri": uri.map(withoutSecrets) ?? "nil", "path": withoutSecrets(path),
                "servers": "\(servers.map(withoutSecrets))", "password": shown(password),
                "userProperties": "\(userProperties)", "tlsPrivateKey": shown(tlsPrivateKey),
                "tlsPrivateKeyPassword": shown(tlsPrivateKeyPassword), "webSocketHeaders": "\(webSocketHeaders)",
                "proxy": withoutSecrets(proxy),
            ])
    }
}

extension Options: CustomStringConvertible {
    /// The options without secrets.
    public var description: String { printed("Options", Mirror(reflecting: self)) }
}

extension WebSocketHeader: CustomStringConvertible, CustomReflectable {
    /// The name; the value may be a credential.
    public var description: String { "\(name): \(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: ["name": name, "value": hidden]) }
}

extension UserProperty: CustomStringConvertible, CustomReflectable {
    /// The name; the value may be a credential.
    public var description: String { "\(name): \(hidden)" }
    public var customMirror: Mirror { Mirror(self, children: ["name": name, "value": hidden]) }
}

extension ProvidedConnection: CustomStringConvertible, CustomReflectable {
    /// Which parts it has. All of them may be secret.
    public var description: String { printed("ProvidedConnection", customMirror) }
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "userName": shown(userName), "password": shown(password), "uri": uri.map(withoutSecrets) ?? "nil",
                "webSocketHeaders": webSocketHeaders.map { "\($0)" } ?? "nil",
                "clientCertificate": shown(clientCertificate),
            ])
    }
}

extension ClientCertificate: CustomStringConvertible, CustomReflectable {
    /// How large it is; nothing of the key.
    public var description: String { printed("ClientCertificate", customMirror) }
    public var customMirror: Mirror {
        Mirror(self, children: ["certificate": "\(certificate.count) bytes", "privateKey": hidden])
    }
}

extension ScramSha256: CustomStringConvertible, CustomReflectable {
    /// Nothing of it.
    public var description: String { printed("ScramSha256", customMirror) }
    public var customMirror: Mirror { Mirror(self, children: ["user": hidden, "password": hidden]) }
}

extension AuthenticationStep: CustomStringConvertible, CustomReflectable {
    /// Which one it is. Its data may be a credential.
    public var description: String {
        switch self {
        case .start(let reauthenticate): "start(reauthenticate: \(reauthenticate))"
        case .continue: "continue(data: \(hidden))"
        case .finish: "finish(data: \(hidden))"
        default: "a step without words"
        }
    }
    public var customMirror: Mirror { Mirror(self, children: ["step": description]) }
}

extension AuthenticationAnswer: CustomStringConvertible, CustomReflectable {
    /// The names of its properties. Its data may be a credential.
    public var description: String { printed("AuthenticationAnswer", customMirror) }
    public var customMirror: Mirror {
        Mirror(self, children: ["data": shown(data), "userProperties": userProperties.map { "\($0)" }])
    }
}

extension Message: CustomStringConvertible, CustomReflectable {
    /// The message, with the payload's size instead of the payload.
    public var description: String { printed("Message", customMirror) }
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "topic": topic, "payload": "\(payload.count) bytes", "qos": qos, "retain": retain,
                "properties": properties.map { "\($0)" }, "dup": dup, "connectionNumber": connectionNumber,
            ])
    }
}

extension Will: CustomStringConvertible {
    /// The message, with the payload's size instead of the payload.
    public var description: String { "Will(\(message))" }
}

private let hidden = "(hidden)"

private func shown(_ secret: (some Any)?) -> String { secret == nil ? "nil" : hidden }

/// The name of a type and of each of its fields, with their values. Those of a field's secrets are among them.
private func printed(_ name: String, _ mirror: Mirror) -> String {
    "\(name)(\(fields(mirror).joined(separator: ", ")))"
}

private func fields(_ mirror: Mirror) -> [String] {
    mirror.children.flatMap { label, value in
        if let secrets = value as? Secrets { return fields(secrets.customMirror) }
        switch (label ?? "", value) {
        case ("verifier", let value): return ["tlsVerifier: \(set(value))"]
        case ("asked", let value): return ["provider: \(set(value))"]
        case ("proof", let value): return ["authenticator: \(set(value))"]
        case ("tap", let value): return ["packetTap: \(set(value))"]
        case ("hook", let value): return ["socketHook: \(set(value))"]
        case (let label, let value): return ["\(label): \(bare(value))"]
        }
    }
}

private func set(_ closure: Any) -> String { Mirror(reflecting: closure).children.isEmpty ? "nil" : "set" }

/// Without `Optional(…)`.
private func bare(_ value: Any) -> String {
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
