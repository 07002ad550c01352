/// What of the system's network path matters to a connection.
struct PathState: Equatable, Sendable {
    var isUsable: Bool
    /// Its traffic costs, or is to be little.
    var isMetered = false
    /// In the order of the system's preference.
    var interfaces: [String] = []
    var gateways: [String] = []

    /// The network's name, for what is learned of it: the interface, and the gateway, as one Wi-Fi is not the other.
    var id: String { (interfaces.prefix(1) + gateways.sorted()).joined(separator: " ") }
}

extension NetworkUpdate {
    /// The hint to give; none where there is nothing new, be it that there is still no network.
    init?(from old: PathState?, to new: PathState) {
        switch (old?.isUsable, new.isUsable) {
        case (false, false): return nil
        case (_, false): self.init(change: .lost)
        case (true, true) where old == new: return nil
        case (let before, true):
            self.init(change: before == true ? .changed : .available, metered: new.isMetered, id: new.id)
        }
    }
}
