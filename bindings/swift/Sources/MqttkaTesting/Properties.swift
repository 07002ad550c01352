import Foundation
import Mqttka
import MqttkaTestingFFI

/// Gives `body` these properties as the library has them; its result is that of the call.
func withProperties(_ properties: [Property], _ body: (OpaquePointer?) -> Int32) -> Int32 {
    let native = mqttka_testing_properties_new()
    defer { mqttka_testing_properties_free(native) }
    for property in properties {
        let error = add(property, to: native)
        if error != 0 { return error }
    }
    return body(native)
}

private func add(_ property: Property, to native: OpaquePointer?) -> Int32 {
    func number(_ id: Int32, _ value: some BinaryInteger) -> Int32 {
        mqttka_testing_properties_set_number(native, id, UInt32(value))
    }
    func text(_ id: Int32, _ value: String) -> Int32 { mqttka_testing_properties_set_text(native, id, value) }
    func bytes(_ id: Int32, _ value: Data) -> Int32 {
        let value = [UInt8](value)
        return mqttka_testing_properties_set_bytes(native, id, value, value.count)
    }
    switch property {
    case .payloadFormatIndicator(let value): return number(0x01, value)
    case .messageExpiryInterval(let value): return number(0x02, value)
    case .contentType(let value): return text(0x03, value)
    case .responseTopic(let value): return text(0x08, value)
    case .correlationData(let value): return bytes(0x09, value)
    case .subscriptionIdentifier(let value): return number(0x0b, value)
    case .sessionExpiryInterval(let value): return number(0x11, value)
    case .assignedClientIdentifier(let value): return text(0x12, value)
    case .serverKeepAlive(let value): return number(0x13, value)
    case .authenticationMethod(let value): return text(0x15, value)
    case .authenticationData(let value): return bytes(0x16, value)
    case .requestProblemInformation(let value): return number(0x17, value)
    case .willDelayInterval(let value): return number(0x18, value)
    case .requestResponseInformation(let value): return number(0x19, value)
    case .responseInformation(let value): return text(0x1a, value)
    case .serverReference(let value): return text(0x1c, value)
    case .reasonString(let value): return text(0x1f, value)
    case .receiveMaximum(let value): return number(0x21, value)
    case .topicAliasMaximum(let value): return number(0x22, value)
    case .topicAlias(let value): return number(0x23, value)
    case .maximumQoS(let value): return number(0x24, value)
    case .retainAvailable(let value): return number(0x25, value)
    case .maximumPacketSize(let value): return number(0x27, value)
    case .wildcardSubscriptionAvailable(let value): return number(0x28, value)
    case .subscriptionIdentifierAvailable(let value): return number(0x29, value)
    case .sharedSubscriptionAvailable(let value): return number(0x2a, value)
    case .userProperty(let name, let value): return mqttka_testing_properties_add_user(native, name, value)
    // MQTT 5.0 has no more.
    default: return 1
    }
}

/// What the packet had, user properties last.
func properties(of seen: OpaquePointer) -> [Property] {
    var found: [Property] = []
    for (id, make) in numbers {
        var value: UInt32 = 0
        if mqttka_testing_seen_number(seen, id, &value) == 0 { found.append(make(value)) }
    }
    for (id, make) in texts {
        if let value = mqttka_testing_seen_text(seen, id) { found.append(make(String(cString: value))) }
    }
    for (id, make) in data {
        var size = 0
        if let value = mqttka_testing_seen_bytes(seen, id, &size) { found.append(make(Data(bytes: value, count: size))) }
    }
    for index in 0..<mqttka_testing_seen_user_count(seen) {
        guard let name = mqttka_testing_seen_user_name(seen, index), let value = mqttka_testing_seen_user_value(seen, index)
        else { continue }
        found.append(.userProperty(name: String(cString: name), value: String(cString: value)))
    }
    return found
}

private let numbers: [(Int32, @Sendable (UInt32) -> Property)] = [
    (0x01, { .payloadFormatIndicator(value: UInt8(truncatingIfNeeded: $0)) }),
    (0x02, { .messageExpiryInterval(value: $0) }),
    (0x0b, { .subscriptionIdentifier(value: $0) }),
    (0x11, { .sessionExpiryInterval(value: $0) }),
    (0x13, { .serverKeepAlive(value: UInt16(truncatingIfNeeded: $0)) }),
    (0x17, { .requestProblemInformation(value: UInt8(truncatingIfNeeded: $0)) }),
    (0x18, { .willDelayInterval(value: $0) }),
    (0x19, { .requestResponseInformation(value: UInt8(truncatingIfNeeded: $0)) }),
    (0x21, { .receiveMaximum(value: UInt16(truncatingIfNeeded: $0)) }),
    (0x22, { .topicAliasMaximum(value: UInt16(truncatingIfNeeded: $0)) }),
    (0x23, { .topicAlias(value: UInt16(truncatingIfNeeded: $0)) }),
    (0x24, { .maximumQoS(value: UInt8(truncatingIfNeeded: $0)) }),
    (0x25, { .retainAvailable(value: UInt8(truncatingIfNeeded: $0)) }),
    (0x27, { .maximumPacketSize(value: $0) }),
    (0x28, { .wildcardSubscriptionAvailable(value: UInt8(truncatingIfNeeded: $0)) }),
    (0x29, { .subscriptionIdentifierAvailable(value: UInt8(truncatingIfNeeded: $0)) }),
    (0x2a, { .sharedSubscriptionAvailable(value: UInt8(truncatingIfNeeded: $0)) }),
]

private let texts: [(Int32, @Sendable (String) -> Property)] = [
    (0x03, { .contentType(value: $0) }),
    (0x08, { .responseTopic(value: $0) }),
    (0x12, { .assignedClientIdentifier(value: $0) }),
    (0x15, { .authenticationMethod(value: $0) }),
    (0x1a, { .responseInformation(value: $0) }),
    (0x1c, { .serverReference(value: $0) }),
    (0x1f, { .reasonString(value: $0) }),
]

private let data: [(Int32, @Sendable (Data) -> Property)] = [
    (0x09, { .correlationData(value: $0) }),
    (0x16, { .authenticationData(value: $0) }),
]
