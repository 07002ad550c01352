import Foundation
import Glibc
import Mqttka

/// A broker of MQTT 5.0 that does what a test says, for one connection at a time, and notes what it hears.
final class ScriptedBroker: Sendable {
    let port: UInt16
    private let listener: Int32
    private let script: Script

    /// - Parameter acknowledges: Whether publishes of QoS 1 are answered; else by ``acknowledge(_:)``.
    /// - Parameter auth: The answer to an AUTH.
    init(connack: [UInt8] = [0x20, 3, 0, 0, 0], acknowledges: Bool = true, auth: [UInt8] = []) throws {
        (listener, port) = try listeningSocket()
        let script = Script(connack: connack, acknowledges: acknowledges, auth: auth)
        self.script = script
        Thread.detachNewThread { [listener] in
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { break }
                script.serve(connection)
            }
            close(listener)
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        hangUp()
    }

    /// Sends a message of QoS 1, after CONNACK.
    func publish(_ id: UInt8, to topic: String = "t") {
        let body = [0, UInt8(topic.utf8.count)] + Array(topic.utf8) + [0, id, 0, id]
        script.send([0x32, UInt8(body.count)] + body)
    }

    func acknowledge(_ id: UInt8) { script.send([0x40, 2, 0, id]) }

    /// Ends the connection without a word.
    func hangUp() {
        if let connection = script.connection.value { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    /// What was heard next; the bound is a net against hanging.
    func next() async throws -> String {
        let heard = script.heard
        return try await within(60) {
            for await word in heard { return word }
            throw CancellationError()
        }
    }

    /// What was heard before `last`.
    func until(_ last: String) async throws -> [String] {
        var heard: [String] = []
        while true {
            let word = try await next()
            if word == last { return heard }
            heard.append(word)
        }
    }

    /// What was heard before an UNSUBSCRIBE that the client sends now; acknowledgements do not overtake it, nor it them.
    func untilNow(of client: Client) async throws -> [String] {
        try await client.unsubscribe(from: "now")
        return try await until("UNSUBSCRIBE now")
    }
}

private final class Script: Sendable {
    let connack: [UInt8]
    let acknowledges: Bool
    let auth: [UInt8]
    let connection = Shared<Int32?>(nil)
    let heard: AsyncStream<String>
    private let told: AsyncStream<String>.Continuation

    init(connack: [UInt8], acknowledges: Bool, auth: [UInt8]) {
        self.connack = connack
        self.auth = auth
        self.acknowledges = acknowledges
        (heard, told) = AsyncStream.makeStream(of: String.self)
    }

    func send(_ bytes: [UInt8]) {
        guard let connection = connection.value else { return }
        _ = Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    func serve(_ descriptor: Int32) {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        connection.change { $0 = descriptor }
        while let kind = read(descriptor, 1)?.first {
            var length = 0
            var shift = 0
            var byte: UInt8 = 0
            repeat {
                guard let next = read(descriptor, 1)?.first else { break }
                byte = next
                length |= Int(byte & 127) << shift
                shift += 7
            } while byte > 127
            guard let body = read(descriptor, length) else { break }
            answer(kind, body)
        }
        told.yield("END")
        connection.change { $0 = nil }
        close(descriptor)
    }

    private func answer(_ kind: UInt8, _ body: [UInt8]) {
        switch kind {
        case 0x10: send(connack)
        case 0x30...0x3F:
            let topic = Int(body[0]) * 256 + Int(body[1])
            told.yield("PUBLISH " + String(decoding: body[2..<(2 + topic)], as: UTF8.self))
            if acknowledges, kind & 6 != 0 { send([0x40, 2] + body[(2 + topic)..<(4 + topic)]) }
        case 0x40:
            // With a reason code where that is not success.
            let reason = body.dropFirst(2).first.map { $0 == 0 ? "" : " \($0)" } ?? ""
            told.yield("PUBACK \(Int(body[0]) * 256 + Int(body[1]))\(reason)")
        case 0x82: send([0x90, 4] + body[..<2] + [0, 1])
        case 0xA2:
            // One filter, after no properties.
            told.yield("UNSUBSCRIBE " + String(decoding: body[5...], as: UTF8.self))
            send([0xB0, 4] + body[..<2] + [0, 0])
        case 0xC0:
            told.yield("PING")
            send([0xD0, 0])
        case 0xE0:
            // With all that it says, where that is more than a reason code.
            told.yield("DISCONNECT" + (body.count > 2 ? " \(body)" : ""))
        case 0xF0:
            told.yield("AUTH \(body.first ?? 0)")
            send(auth)
        default: told.yield("\(kind)")
        }
    }

    private func read(_ descriptor: Int32, _ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var part = [UInt8](repeating: 0, count: count - bytes.count)
            let got = recv(descriptor, &part, part.count, 0)
            if got <= 0 { return nil }
            bytes += part[..<got]
        }
        return bytes
    }
}
