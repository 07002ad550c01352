// swift-tools-version:6.0
import Foundation
import PackageDescription

// Sources are in bindings/swift. The library itself, which Rust makes, is
// - on Apple's systems the XCFramework of the release, or the one that bindings/swift/make-xcframework has made here;
// - on Linux libmqttka_uniffi.so: in MQTTKA_LIBRARY_DIR, else where cargo puts it here, else where the system has it.

/// What bindings/swift/set-release writes. Without checksums, of the library and of the fake broker, this is no release.
let release = (version: "0.2.0", checksum: "", testing: "")
func released(_ name: String, _ checksum: String) -> Target {
    let releases = "https://github.com/mqttka/mqttka/releases/download"
    return .binaryTarget(name: name, url: "\(releases)/v\(release.version)/\(name).xcframework.zip", checksum: checksum)
}

let root = Context.packageDirectory
func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
func setting(_ name: String) -> String? { Context.environment[name].flatMap { $0.isEmpty ? nil : $0 } }

var linked: [LinkerSetting] = [.linkedLibrary("mqttka_uniffi", .when(platforms: [.linux]))]

#if canImport(Darwin)
let made = "bindings/swift/MqttkaFFI.xcframework"
let library: Target
if let path = setting("MQTTKA_XCFRAMEWORK") ?? (isThere("\(root)/\(made)") ? made : nil) {
    library = .binaryTarget(name: "MqttkaFFI", path: path)
} else if !release.checksum.isEmpty {
    library = released("MqttkaFFI", release.checksum)
} else {
    fatalError(
        """
        mqttka: this checkout is no release, and has no \(made). Run bindings/swift/make-xcframework (Rust, Xcode), or \
        set MQTTKA_XCFRAMEWORK to the path of one, relative to Package.swift.
        """)
}
#else
let library = Target.systemLibrary(name: "MqttkaFFI", path: "bindings/swift/Sources/MqttkaFFI")
let name = "libmqttka_uniffi.so"
let built = [setting("CARGO_TARGET_DIR"), "\(root)/bindings/uniffi/target", "\(root)/target"].compactMap { $0 }
    .flatMap { ["\($0)/release", "\($0)/debug"] }
let installed = ["/usr/local/lib", "/usr/lib64", "/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
if let directory = setting("MQTTKA_LIBRARY_DIR") ?? built.first(where: { isThere("\($0)/\(name)") }) {
    guard isThere("\(directory)/\(name)") else {
        fatalError("mqttka: MQTTKA_LIBRARY_DIR is \(directory), where there is no \(name)")
    }
    // Found when it is linked, and when it runs. A package that is depended on by version may have no such flags:
    // there the library is installed.
    linked.append(.unsafeFlags(["-L\(directory)", "-Xlinker", "-rpath", "-Xlinker", directory]))
} else if !installed.contains(where: { isThere("\($0)/\(name)") }) {
    fatalError(
        """
        mqttka: there is no \(name). Build it with `cargo build --release --manifest-path bindings/uniffi/Cargo.toml` \
        in \(root), or set MQTTKA_LIBRARY_DIR to the directory that has it, or install it in /usr/local/lib.
        """)
}
#endif

// The fake broker for users' own tests, whose library is one of its own; where there is none, the product is not either.
var testing: Target?
var testingLinked: [LinkerSetting] = []
#if canImport(Darwin)
let testingMade = "bindings/swift/MqttkaTestingFFI.xcframework"
if let path = setting("MQTTKA_TESTING_XCFRAMEWORK") ?? (isThere("\(root)/\(testingMade)") ? testingMade : nil) {
    testing = .binaryTarget(name: "MqttkaTestingFFI", path: path)
} else if !release.testing.isEmpty {
    testing = released("MqttkaTestingFFI", release.testing)
}
#else
let testingName = "libmqttka_testing.so"
let testingDirectories = setting("MQTTKA_LIBRARY_DIR").map { [$0] } ?? built
if let directory = testingDirectories.first(where: { isThere("\($0)/\(testingName)") }) {
    testingLinked = [.unsafeFlags(["-L\(directory)", "-Xlinker", "-rpath", "-Xlinker", directory])]
}
if !testingLinked.isEmpty || installed.contains(where: { isThere("\($0)/\(testingName)") }) {
    testing = .systemLibrary(name: "MqttkaTestingFFI", path: "bindings/swift/Sources/MqttkaTestingFFI")
    testingLinked.append(.linkedLibrary("mqttka_testing"))
}
#endif

let sources = "bindings/swift/Sources/Mqttka", tests = "bindings/swift/Tests"
var targets: [Target] = [
    library,
    .target(
        name: "Mqttka",
        dependencies: ["MqttkaFFI"],
        path: sources,
        resources: [.copy("PrivacyInfo.xcprivacy")],
        linkerSettings: linked + [
            // The library, which is an archive there, asks the system whom it trusts.
            .linkedFramework("Security", .when(platforms: [.macOS, .iOS, .tvOS, .watchOS, .visionOS])),
            .linkedFramework("CoreFoundation", .when(platforms: [.macOS, .iOS, .tvOS, .watchOS, .visionOS])),
        ]
    ),
    .executableTarget(name: "HotspotClient", dependencies: ["Mqttka"], path: "\(tests)/HotspotClient"),
    .testTarget(name: "MqttkaTests", dependencies: ["Mqttka"], path: "\(tests)/MqttkaTests"),
]

// Stand-ins for Apple's Network and UIKit, so that the adapters are compiled and tested on Linux too.
if setting("MQTTKA_APPLE_STANDINS") != nil {
    for name in ["Network", "UIKit"] {
        targets.append(.target(name: name, path: "\(tests)/StandIns/\(name)"))
    }
    for target in targets where ["Mqttka", "MqttkaTests"].contains(target.name) {
        target.dependencies += ["Network", "UIKit"]
    }
}

var products: [Product] = [.library(name: "Mqttka", targets: ["Mqttka"])]
if let testing {
    products.append(.library(name: "MqttkaTesting", targets: ["MqttkaTesting"]))
    targets += [
        testing,
        .target(
            name: "MqttkaTesting", dependencies: ["Mqttka", "MqttkaTestingFFI"],
            path: "bindings/swift/Sources/MqttkaTesting", linkerSettings: testingLinked),
        .testTarget(
            name: "MqttkaTestingTests", dependencies: ["Mqttka", "MqttkaTesting"], path: "\(tests)/MqttkaTestingTests"),
    ]
}

let package = Package(
    name: "mqttka",
    platforms: [.macOS(.v13), .iOS(.v16), .tvOS(.v16), .watchOS(.v9), .visionOS(.v1)],
    products: products,
    targets: targets,
    swiftLanguageModes: [.v6]
)
