#if canImport(Network)
import Foundation
import Network

/// Tells a client what Apple's system says of its network: that there is one, none or another, and whether its traffic
/// costs. A client that waits tries at once when there is a network again; a connection that died with a hotspot or a
/// Wi-Fi is found at once, and one that survived is kept. These are hints; what says nothing new is not told.
///
/// ```swift
/// let adapter = NetworkAdapter(client) // before it connects
/// ```
///
/// Hold it as long as it shall work. It does not hold the client.
public final class NetworkAdapter: Sendable {
    private let monitor = NWPathMonitor()

    /// Starts to listen, on a queue of its own.
    public init(_ client: Client) {
        let last = Last()
        monitor.pathUpdateHandler = { [weak client] path in
            if let update = last.next(PathState(path)) { try? client?.networkChanged(update) }
        }
        monitor.start(queue: DispatchQueue(label: "mqttka.network"))
    }

    deinit { monitor.cancel() }
}

/// Only used on the monitor's serial queue.
private final class Last: @unchecked Sendable {
    private var path: PathState?

    func next(_ path: PathState) -> NetworkUpdate? {
        defer { self.path = path }
        return NetworkUpdate(from: self.path, to: path)
    }
}

extension PathState {
    init(_ path: NWPath) {
        isUsable = path.status == .satisfied
        isMetered = path.isExpensive || path.isConstrained
        interfaces = path.availableInterfaces.map(\.name)
        gateways = path.gateways.map { "\($0)" }
    }
}
#endif
