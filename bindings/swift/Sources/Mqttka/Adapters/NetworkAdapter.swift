#if canImport(Network)
import Foundation
import Network

/// Tells a client when Apple's system changes its network, so that a connection that died with a hotspot or a Wi-Fi is
/// found at once, and one that survived is kept.
///
/// ```swift
/// let adapter = NetworkAdapter(client)
/// ```
///
/// Hold it as long as it shall work. It does not hold the client.
public final class NetworkAdapter: Sendable {
    private let monitor = NWPathMonitor()

    /// Starts to listen, on a queue of its own.
    public init(_ client: Client) {
        let last = Last()
        monitor.pathUpdateHandler = { [weak client] path in
            if let change = last.next(PathState(path)) { try? client?.networkChanged(change) }
        }
        monitor.start(queue: DispatchQueue(label: "mqttka.network"))
    }

    deinit { monitor.cancel() }
}

/// Only used on the monitor's serial queue.
private final class Last: @unchecked Sendable {
    private var path: PathState?

    func next(_ path: PathState) -> NetworkChange? {
        defer { self.path = path }
        return NetworkChange(from: self.path, to: path)
    }
}

extension PathState {
    init(_ path: NWPath) {
        isUsable = path.status == .satisfied
        interfaces = path.availableInterfaces.map(\.name)
        gateways = path.gateways.map { "\($0)" }
    }
}
#endif
