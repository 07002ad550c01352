import Foundation

/// The acknowledgement of one message that the application gives. Where nobody can give it any more, the message is
/// given back.
final class Acknowledgement: Sendable {
    private let all: AcknowledgementsHandle
    private let number: UInt64

    init(_ all: AcknowledgementsHandle, _ number: UInt64) {
        self.all = all
        self.number = number
    }

    // Of one that was decided, the library has forgotten the number.
    deinit { all.giveBack(numbers: [number]) }

    func acknowledge() { all.acknowledge(numbers: [number]) }

    func refuse(_ reasonCode: ReasonCode, _ reasonString: String?, _ userProperties: [UserProperty]) throws {
        try MqttkaError.catching {
            try all.refuse(
                number: number, reasonCode: reasonCode, reasonString: reasonString, userProperties: userProperties)
        }
    }
}

/// What a message has beside its value. Messages are equal whoever acknowledges them.
struct Acknowledging: Hashable, Sendable {
    /// As the library names it; 0: none.
    var number: UInt64 = 0
    var acknowledgement: Acknowledgement?

    static func == (one: Acknowledging, other: Acknowledging) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

extension Message {
    /// With the number that the library gave its acknowledgement.
    func acknowledged(_ number: UInt64) -> Message {
        var message = self
        message.acknowledging.number = number
        return message
    }

    /// Says that the application has consumed the message, where its stream acknowledges manually
    /// (``Client/subscription(to:properties:outlivesConnections:manualAcknowledgement:)``); else, and for QoS 0, it does
    /// nothing. Only the first word counts, of this and of ``refuse(_:reasonString:userProperties:)``. The packets leave
    /// in the order in which the messages came, whichever is acknowledged first: one that is never acknowledged holds
    /// those of all later ones back.
    ///
    /// A message of which nobody says either is given back when its last copy is gone, and comes again to its stream.
    public func acknowledge() {
        acknowledging.acknowledgement?.acknowledge()
    }

    /// Says that the application does not want the message, else as ``acknowledge()``: the broker hears why, and does not
    /// send it again.
    ///
    /// - Parameters:
    ///   - reasonCode: One of 0x80 or above that a PUBACK or PUBREC can have.
    ///   - reasonString: Why, in words, for the broker.
    ///   - userProperties: Names and values of the application's own.
    /// - Throws: ``MqttkaError/notSupported(what:needs:)`` in MQTT 3.1.1, which knows no refusal;
    ///   ``MqttkaError/invalidOption(option:value:bound:)`` for another reason code. Nothing is decided then.
    public func refuse(
        _ reasonCode: ReasonCode, reasonString: String? = nil, userProperties: [UserProperty] = []
    ) throws {
        try acknowledging.acknowledgement?.refuse(reasonCode, reasonString, userProperties)
    }
}
