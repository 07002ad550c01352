/// What of the system's network path matters to a connection.
struct PathState: Equatable, Sendable {
    var isUsable: Bool
    /// In the order of the system's preference.
    var interfaces: [String] = []
    var gateways: [String] = []
}

extension NetworkChange {
    /// The hint to give; none at first, when all connections are younger than the path, and where nothing changed.
    init?(from old: PathState?, to new: PathState) {
        guard let old, old != new else { return nil }
        switch (old.isUsable, new.isUsable) {
        case (_, false): self = .lost
        case (false, true): self = .available
        case (true, true): self = .changed
        }
    }
}
