// Stands in for what NetworkAdapter uses of Apple's framework Network: declared as Apple's documentation has it.
import Dispatch
import Foundation

public struct NWPath: Sendable {
    public enum Status: Sendable { case satisfied, unsatisfied, requiresConnection }
    public let status: Status
    public let availableInterfaces: [NWInterface]
    public let gateways: [NWEndpoint]
    public let isExpensive: Bool
    public let isConstrained: Bool

    public init(
        status: Status, availableInterfaces: [NWInterface] = [], gateways: [NWEndpoint] = [], isExpensive: Bool = false,
        isConstrained: Bool = false
    ) {
        self.status = status
        self.availableInterfaces = availableInterfaces
        self.gateways = gateways
        self.isExpensive = isExpensive
        self.isConstrained = isConstrained
    }
}

public struct NWInterface: Sendable {
    public let name: String

    public init(name: String) { self.name = name }
}

public enum NWEndpoint: Sendable {
    case opaque(String)
}

public final class NWPathMonitor: @unchecked Sendable {
    /// The test's hand: the newest monitor.
    nonisolated(unsafe) public static weak var newest: NWPathMonitor?

    public var pathUpdateHandler: (@Sendable (NWPath) -> Void)?
    public private(set) var isCancelled = false
    private var queue: DispatchQueue?

    public init() { Self.newest = self }

    public func start(queue: DispatchQueue) { self.queue = queue }

    public func cancel() { isCancelled = true }

    /// The test's hand: the system's path changes.
    public func change(_ path: NWPath) { queue!.sync { pathUpdateHandler!(path) } }
}
