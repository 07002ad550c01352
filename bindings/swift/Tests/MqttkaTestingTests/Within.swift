import Foundation

struct TimedOut: Error, CustomStringConvertible {
    let description: String
}

/// What `operation` gives, or an error that names it where that takes longer than a minute, also where it does not hear
/// that it is cancelled: a net against hanging.
func within<Value: Sendable>(
    _ name: String, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let (first, told) = AsyncThrowingStream<Value, any Error>.makeStream()
    let work = Task {
        do { told.yield(try await operation()) } catch { told.finish(throwing: error) }
    }
    let net = Task {
        try await Task.sleep(nanoseconds: 60_000_000_000)
        told.finish(throwing: TimedOut(description: "\(name) takes longer than a minute"))
    }
    defer {
        work.cancel()
        net.cancel()
    }
    for try await value in first { return value }
    throw TimedOut(description: name)
}
