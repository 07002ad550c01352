import Foundation

extension Client {
    /// What is counted, at this moment: so cheap that it may be asked every second.
    public func counters() -> Counters { handle.counters() }

    /// The same as OpenTelemetry's conventions would have it, in an order that does not change, for exporters.
    public func metrics() -> [Metric] { handle.metrics() }
}

extension FlightRecord: CustomStringConvertible {
    /// The record in words: ``text``.
    public var description: String { text }
}

extension TappedPacket: CustomStringConvertible {
    /// The packet in one line, without its bytes.
    public var description: String {
        "connection \(connectionNumber): \(direction) \(packetType)" + (packetId.map { " \($0)" } ?? "") + ", \(size) bytes"
    }
}

/// What the application does with packets that were sent and received.
final class PacketTapForwarding: PacketTapCallback, Hashable {
    let tap: @Sendable ([TappedPacket]) -> Void

    init(_ tap: @escaping @Sendable ([TappedPacket]) -> Void) { self.tap = tap }

    func onPackets(packets: [TappedPacket]) { tap(packets) }

    static func == (one: PacketTapForwarding, other: PacketTapForwarding) -> Bool { one === other }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension TraceContext {
    /// A context as the library reads it: of a later version's `traceparent`, what this one knows.
    ///
    /// - Throws: ``MqttkaError/invalidArgument(detail:)`` says which of the two is wrong.
    public init(checking traceparent: String, tracestate: String = "") throws {
        self = try MqttkaError.catching {
            try checkedTraceContext(context: TraceContext(traceparent: traceparent, tracestate: tracestate))
        }
    }

    /// The trace's identifier: 32 hexadecimal digits.
    public var traceId: String { part(1) }
    /// The identifier of the span that the message was sent in: 16 hexadecimal digits.
    public var parentId: String { part(2) }
    /// Whether the trace is recorded.
    public var isSampled: Bool { (UInt8(part(3), radix: 16) ?? 0) & 1 == 1 }

    private func part(_ index: Int) -> String {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        return index < parts.count ? String(parts[index]) : ""
    }
}

extension Message {
    /// The trace of the W3C that the message belongs to, by its user properties `traceparent` and `tracestate`; `nil`
    /// where there is none, or it is not valid.
    public var traceContext: TraceContext? {
        (try? traceContextOf(properties: properties)).flatMap { $0 }
    }

    /// The same message in that trace, in place of one in which it was; it needs MQTT 5.0 to arrive with it.
    ///
    /// - Throws: ``MqttkaError/invalidArgument(detail:)`` says what is wrong with the context.
    public func inTrace(_ context: TraceContext) throws -> Message {
        var message = self
        message.properties = try MqttkaError.catching {
            try withTraceContext(properties: properties, context: context)
        }
        return message
    }
}
