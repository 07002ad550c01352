#if canImport(UIKit) && !os(watchOS)
import Foundation
import UIKit

/// Tells a client when the app comes to the foreground and leaves it. In the foreground the broker has 2 s to show that
/// it lives, and a client that waits tries at once; in the background pings are as rare as they may be.
///
/// A suspended app runs no timers: the client can neither tell a broken connection then nor come back. Both happen
/// within seconds when the app runs again. Where the system has reclaimed the socket meanwhile, nothing is to be done:
/// the client ends the connection with ``DisconnectCause/reclaimedBySystem(osError:detail:)`` and tries again at once.
///
/// Hold it as long as it shall work. It does not hold the client.
public final class ForegroundAdapter: @unchecked Sendable {
    private let observers: [any NSObjectProtocol]

    /// Starts to listen.
    @MainActor
    public init(_ client: Client) {
        let center = NotificationCenter.default
        observers = [
            center.addObserver(forName: UIApplication.willEnterForegroundNotification, object: nil, queue: nil) {
                [weak client] _ in try? client?.enteredForeground()
            },
            center.addObserver(forName: UIApplication.didEnterBackgroundNotification, object: nil, queue: nil) {
                [weak client] _ in try? client?.enteredBackground()
            },
        ]
    }

    deinit { observers.forEach(NotificationCenter.default.removeObserver) }
}
#endif
