// What the pages' code has around it.
import Foundation
import Mqttka

struct Tokens: Sendable {
    func fresh() async throws -> Data { Data() }
}

struct Reading: Codable {
    var celsius: Double
}

let tokens = Tokens()
let client = try! Client(Options("mqtt://localhost"))
#if !canImport(Network)
final class NetworkAdapter { init(_ client: Client) {} }
#endif
#if !canImport(UIKit)
@MainActor final class ForegroundAdapter { init(_ client: Client) {} }
#endif
