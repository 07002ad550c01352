#if canImport(UIKit) && !os(watchOS)
import Foundation
import UIKit

/// Asks the broker for a sign of life when the app comes to the foreground, so that a connection that died while the
/// app was suspended is found within seconds.
///
/// Hold it as long as it shall work. It does not hold the client.
public final class ForegroundAdapter: @unchecked Sendable {
    private let observer: any NSObjectProtocol

    /// Starts to listen.
    ///
    /// - Parameter timeout: How many seconds the broker has for its sign of life.
    @MainActor
    public init(_ client: Client, timeout: TimeInterval = 5) {
        observer = NotificationCenter.default.addObserver(
            forName: UIApplication.willEnterForegroundNotification, object: nil, queue: nil
        ) { [weak client] _ in
            try? client?.probeNow(timeout: timeout)
        }
    }

    deinit { NotificationCenter.default.removeObserver(observer) }
}
#endif
