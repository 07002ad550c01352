/// Calls `log` with all that the library says at this level and above (``LogLevel/warn`` hears ``LogLevel/error``,
/// too); `nil`: nobody any more.
///
/// ```swift
/// try Mqttka.setLogger(level: .debug) { record in print(record.level, record.text) }
/// ```
///
/// There is one for the process; the last one set stands. It is called on a thread of the library's own, one call at a
/// time, in order. It may block: up to 1,024 records then wait, and further ones are counted and dropped. No record has
/// a payload, a packet's topic or a credential.
///
/// - Throws: ``MqttkaError/startup(detail:)`` where the system gives no thread; ``MqttkaError/forked``.
public func setLogger(level: LogLevel = .warn, _ log: (@Sendable (LogRecord) -> Void)?) throws {
    try MqttkaError.catching { try setLogListener(level: level, listener: log.map(Logger.init)) }
}

private final class Logger: LogListener {
    private let log: @Sendable (LogRecord) -> Void

    init(_ log: @escaping @Sendable (LogRecord) -> Void) { self.log = log }

    func onRecord(record: LogRecord) { log(record) }
}
