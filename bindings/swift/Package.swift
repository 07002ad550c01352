// swift-tools-version:6.0
import Foundation
import PackageDescription

// The library itself: on a Mac, the XCFramework that make-xcframework makes; elsewhere, libmqttka_uniffi where the
// linker finds it (swift build -Xlinker -L...).
#if canImport(Darwin)
let library = Target.binaryTarget(name: "MqttkaFFI", path: "MqttkaFFI.xcframework")
#else
let library = Target.systemLibrary(name: "MqttkaFFI", path: "Sources/MqttkaFFI")
#endif

var targets: [Target] = [
    library,
    .target(
        name: "Mqttka",
        dependencies: ["MqttkaFFI"],
        linkerSettings: [
            .linkedLibrary("mqttka_uniffi", .when(platforms: [.linux])),
            // The library, which is an archive there, asks the system whom it trusts.
            .linkedFramework("Security", .when(platforms: [.macOS, .iOS])),
            .linkedFramework("CoreFoundation", .when(platforms: [.macOS, .iOS])),
        ]
    ),
    .executableTarget(name: "HotspotClient", dependencies: ["Mqttka"], path: "Tests/HotspotClient"),
    .testTarget(name: "MqttkaTests", dependencies: ["Mqttka"]),
]

// Stand-ins for Apple's Network and UIKit, so that the adapters are compiled and tested on Linux too.
if ProcessInfo.processInfo.environment["MQTTKA_APPLE_STANDINS"] != nil {
    for name in ["Network", "UIKit"] {
        targets.append(.target(name: name, path: "Tests/StandIns/\(name)"))
    }
    for target in targets where ["Mqttka", "MqttkaTests"].contains(target.name) {
        target.dependencies += ["Network", "UIKit"]
    }
}

let package = Package(
    name: "Mqttka",
    platforms: [.macOS(.v13), .iOS(.v16)],
    products: [.library(name: "Mqttka", targets: ["Mqttka"])],
    targets: targets,
    swiftLanguageModes: [.v6]
)
