import Foundation

/// The test authority's files, which run-tests has made.
enum Authority {
    private static let directory = ProcessInfo.processInfo.environment["MQTTKA_AUTHORITY"] ?? "authority"

    static func path(_ name: String) -> String { "\(directory)/\(name)" }

    static func data(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

    static func text(_ name: String) throws -> String {
        String(decoding: try data(name), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The first certificate of a file, in DER.
    static func certificate(_ name: String) throws -> Data? {
        let lines = try text(name).split(separator: "\n").drop { !$0.hasPrefix("-----BEGIN CERT") }.dropFirst()
        return Data(base64Encoded: lines.prefix { !$0.hasPrefix("-----END") }.joined())
    }

    /// The settings of a listener that has this certificate.
    static func listener(_ name: String, _ more: String...) -> [String] {
        ["certfile \(path(name + ".pem"))", "keyfile \(path(name + ".key"))"] + more
    }
}
