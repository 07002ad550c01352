import Foundation

/// What the application does with each TCP socket before it connects.
final class SocketForwarding: SocketCallback, Hashable {
    let hook: @Sendable (Int32) throws -> Void

    init(_ hook: @escaping @Sendable (Int32) throws -> Void) { self.hook = hook }

    func prepare(socket: Int32) throws {
        do { try hook(socket) } catch { throw HookError.Refused(detail: inWords(error)) }
    }

    static func == (one: SocketForwarding, other: SocketForwarding) -> Bool { one === other }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// How the application judges certificates.
final class CertificateForwarding: CertificateCallback, Hashable {
    let judge: @Sendable ([Data], String) throws -> Void

    init(_ judge: @escaping @Sendable ([Data], String) throws -> Void) { self.judge = judge }

    func verify(chain: [Data], serverName: String) throws {
        do { try judge(chain, serverName) } catch {
            throw CertificateError.Refused(kind: .certificateInvalid, detail: inWords(error))
        }
    }

    static func == (one: CertificateForwarding, other: CertificateForwarding) -> Bool { one === other }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

func inWords(_ error: any Error) -> String {
    (error as? any LocalizedError)?.errorDescription ?? "\(error)"
}
