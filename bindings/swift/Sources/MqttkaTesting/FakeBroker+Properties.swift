import Foundation
import Mqttka
import MqttkaTestingFFI

/// What packets bear in MQTT 5.0.
extension FakeBroker {
    /// Puts these properties into each CONNACK from now on, in place of what was announced of them, and holds to them.
    /// User properties are added.
    public func announce(_ properties: [Property]) throws {
        try check(withProperties(properties) { mqttka_testing_broker_announce(pointer, $0) })
    }

    /// Puts these properties into each packet of this type from now on: CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK,
    /// UNSUBACK, DISCONNECT or AUTH. In CONNACK they are only said: what is to be held to, ``announce(_:)``. Those of the
    /// last call count.
    public func setProperties(_ packetType: PacketType, _ properties: [Property]) throws {
        try check(
            withProperties(properties) {
                mqttka_testing_broker_set_properties(pointer, Int32(packetType.rawValue), $0)
            })
    }

    /// Whether messages to clients have topic aliases, of clients that take them. The first topics have one each, as many
    /// as the client's Topic Alias Maximum. At first they have none.
    public func useTopicAliases(_ use: Bool) throws { try check(mqttka_testing_broker_use_topic_aliases(pointer, use)) }

    /// Whether a message goes to a client once for each of its subscriptions that match, with the QoS and the Subscription
    /// Identifier of each, as from mosquitto. At first it goes once, with the identifiers of all.
    public func sendCopies(_ send: Bool) throws { try check(mqttka_testing_broker_send_copies(pointer, send)) }
}

/// Enhanced authentication (section 4.12).
extension FakeBroker {
    /// Clients have to authenticate by this method from now on, and are refused where they do not: without any as
    /// ``Mqttka/ReasonCode/notAuthorized``, with another as ``Mqttka/ReasonCode/badAuthenticationMethod``. Whoever does is
    /// let in, after the challenges that follow this call. `nil`: nobody has to, which is how a broker begins.
    public func authenticate(_ method: String?) throws {
        try check(optional(method) { mqttka_testing_broker_authenticate(pointer, $0) })
    }

    /// One more challenge for each exchange of the method of ``authenticate(_:)``: AUTH with this data; 100 at most. What
    /// clients send is ``SeenKind/authenticating``, and nothing of it is wrong.
    public func challenge(_ data: some Sequence<UInt8>) throws {
        let data = [UInt8](data)
        try check(mqttka_testing_broker_challenge(pointer, data, data.count))
    }

    /// What CONNACK, or the last AUTH, has as authentication data, for the method of ``authenticate(_:)``. `nil`: none.
    public func finishAuthentication(_ data: Data?) throws {
        guard let data else { return try check(mqttka_testing_broker_finish_authentication(pointer, nil, 0)) }
        let bytes = [UInt8](data)
        try check(mqttka_testing_broker_finish_authentication(pointer, bytes, bytes.count))
    }

    /// Clients have to authenticate by SCRAM-SHA-256 from now on, as this user with this password, both in ASCII.
    public func authenticateScram(user: String, password: String) throws {
        try check(mqttka_testing_broker_authenticate_scram(pointer, user, password))
    }

    /// Refuses with this code at the end of each exchange, whatever the client has proved; `nil`: no longer.
    public func refuseAuthentications(_ reasonCode: ReasonCode?) throws {
        try check(mqttka_testing_broker_refuse_authentications(pointer, reasonCode.map { Int32($0.rawValue) } ?? -1))
    }
}
