// Stands in for what ForegroundAdapter uses of Apple's framework UIKit: declared as Apple's documentation has it.
import Foundation

@MainActor
open class UIApplication {
    public nonisolated class var willEnterForegroundNotification: NSNotification.Name {
        NSNotification.Name("UIApplicationWillEnterForegroundNotification")
    }
    public nonisolated class var didEnterBackgroundNotification: NSNotification.Name {
        NSNotification.Name("UIApplicationDidEnterBackgroundNotification")
    }
}
