import Foundation

/// What the application or the system knows sooner than the client. Hints end nothing by themselves, and more of them
/// than four a second begin no further attempts.
extension Client {
    /// Where the client waits to try again, it tries now. Else it does nothing.
    public func reconnectNow() throws {
        try MqttkaError.catching { try handle.reconnectNow() }
    }

    /// The system says that its network changed. Where the connection's local address is gone, it ends at once with
    /// ``DisconnectCause/networkLost``; else the broker is probed. Where the client waits to try again, it tries now, or
    /// waits for a network.
    ///
    /// On Apple's systems ``NetworkAdapter`` calls this.
    ///
    /// - Parameters:
    ///   - change: What happened.
    ///   - metered: Whether the traffic of the network that there is now costs; `nil` where unknown.
    ///   - validated: Whether the system has found the internet behind it. False is a reason to probe, and no more.
    ///   - captivePortal: Whether a captive portal stands before the internet.
    ///   - id: Names the network, for what is learned of it (``Options/adaptivePing``); empty where unknown.
    public func networkChanged(
        _ change: NetworkChange, metered: Bool? = nil, validated: Bool? = nil, captivePortal: Bool? = nil, id: String = ""
    ) throws {
        try networkChanged(
            NetworkUpdate(change: change, metered: metered, validated: validated, captivePortal: captivePortal, id: id))
    }

    func networkChanged(_ update: NetworkUpdate) throws {
        try MqttkaError.catching { try handle.networkChanged(update: update) }
    }

    /// The app is in the background now: pings may be as rare as they are allowed to be.
    ///
    /// On iOS ``ForegroundAdapter`` calls this.
    public func enteredBackground() throws {
        try MqttkaError.catching { try handle.enteredBackground() }
    }

    /// The app is in the foreground now: the broker has 2 s to show that it lives; where the client waits to try again,
    /// it tries now.
    ///
    /// On iOS ``ForegroundAdapter`` calls this.
    public func enteredForeground() throws {
        try MqttkaError.catching { try handle.enteredForeground() }
    }

    /// Asks the broker for a sign of life now; where nothing comes within `timeout` seconds, the connection ends with
    /// ``DisconnectCause/keepAliveTimeout``. Without a connection it does nothing.
    ///
    /// - Parameter timeout: In seconds, from 0.001 to 86,400.
    public func probeNow(timeout: TimeInterval) throws {
        try check("probe_timeout", timeout)
        try MqttkaError.catching { try handle.probeNow(timeout: timeout) }
    }
}
