import Foundation

/// A stream of messages: what ``Client/subscription(to:properties:outlivesConnections:manualAcknowledgement:)`` and
/// ``Client/messages(matching:manualAcknowledgement:)`` give.
///
/// ```swift
/// for try await message in messages { print(message.topic) }
/// ```
///
/// A message of QoS 1 or 2 is acknowledged to the broker when it was consumed, and all that came before it were. A loop
/// has consumed a message when it asks for the next one. One that was left, by `break`, `return` or an error, has
/// consumed its last message when the next one is asked for or the stream is closed; where its task was cancelled, that
/// message is for the next consumer. ``forEach(isolation:_:)`` and ``nextBatch(max:isolation:_:)`` have consumed what
/// their closure returned from, and keep what it threw at for the next consumer. Nothing else that the stream has
/// fetched is ever lost with a loop: it belongs to the stream, and several consumers share it.
///
/// Where the subscription acknowledges manually, the application says of each message of QoS 1 or 2 that it was consumed,
/// with ``Message/acknowledge()``, or that it is not wanted, with ``Message/refuse(_:reasonString:userProperties:)``, now or
/// later. One of which it said nothing comes again, when nobody has it any more, or its consumer threw at it.
///
/// A slow consumer slows the broker down at QoS 1 and 2, and loses messages at QoS 0 above
/// ``Options/inboundQueueMaxBytes``.
///
/// It ends, without an error, when the client or the stream is closed, with ``unsubscribe()``, and for a consumer whose
/// task is cancelled. A lost connection ends it with ``MqttkaError/streamEnded(_:)``, unless it outlives connections.
///
/// It keeps its client alive. When nobody holds it any more it is closed, as by ``close()``.
public final class Messages: AsyncSequence, @unchecked Sendable {
    public typealias Element = Message

    /// Large enough that crossing into the library costs little, small enough to hold.
    static let batchSize = 256
    /// A slow consumer's messages are acknowledged one by one; those of a quick one, that consumes several within so
    /// many nanoseconds, together.
    private static let quick: UInt64 = 1_000_000

    /// What the broker granted to the stream's own subscription, one code per filter; else empty.
    public let granted: [ReasonCode]

    private let waits = Waits()
    private let lock = NSLock()
    // Under the lock.
    private var handle: MessagesHandle?
    /// Where the application acknowledges.
    private let acknowledgements: AcknowledgementsHandle?
    /// How many messages are fetched at once. Where the application acknowledges, what it gives back comes before all that
    /// waits in the library.
    private let atOnce: Int
    private var lent = Lent()
    /// Of loops that were left: consumed when the next message is asked for.
    private var left: [Lent.Slot] = []
    private var ending: StreamEnd?
    private var lastTold = DispatchTime.now().uptimeNanoseconds
    /// It will be told soon what was consumed.
    private var isTelling = false

    init(_ handle: MessagesHandle) {
        self.handle = handle
        acknowledgements = handle.acknowledgements()
        atOnce = acknowledgements == nil ? Messages.batchSize : 1
        granted = handle.subscribed()?.reasonCodes ?? []
    }

    deinit { close() }

    /// Why no message follows; `nil` as long as more may come.
    public var end: StreamEnd? { lock.withLock { ending } }

    /// Calls `body` with each message, one after the other, until the stream ends. A message is consumed when `body`
    /// returns; one that it throws at is for the next consumer.
    ///
    /// - Throws: What `body` throws; ``MqttkaError/streamEnded(_:)``.
    public func forEach(
        isolation: isolated (any Actor)? = #isolation, _ body: (Message) async throws -> Void
    ) async throws {
        defer { tell() }
        while let slot = try await next(max: atOnce, isolation: isolation) {
            do {
                try await body(slot.message)
                settle([slot], consumed: true)
            } catch {
                settle([slot], consumed: false)
                throw error
            }
        }
    }

    /// Waits for messages, and calls `body` with up to `max` of those that are there, at least one. They are consumed
    /// when it returns; where it throws, they are for the next consumer.
    ///
    /// - Returns: What `body` returns; `nil` where the stream has ended, or the task was cancelled before a message came.
    /// - Throws: What `body` throws; ``MqttkaError/streamEnded(_:)``.
    public func nextBatch<Result>(
        max: Int = 256, isolation: isolated (any Actor)? = #isolation, _ body: ([Message]) async throws -> sending Result
    ) async throws -> sending Result? {
        let max = Swift.max(max, 1)
        guard let first = try await next(max: max, isolation: isolation) else { return nil }
        var slots = [first]
        lock.withLock {
            while slots.count < max, let slot = lent.hand() { slots.append(slot) }
            guard slots.count < max, let handle else { return }
            // Where some were given back, there may be more in the library.
            lent.add(acknowledged(handle.take(max: UInt32(clamping: max - slots.count)).messages))
            while let slot = lent.hand() { slots.append(slot) }
        }
        defer { tell() }
        let messages = slots.map(\.message)
        do {
            let result = try await body(messages)
            settle(slots, consumed: true)
            return result
        } catch {
            settle(slots, consumed: false)
            throw error
        }
    }

    /// Ends the subscription with UNSUBSCRIBE, as far as no other one of the client's needs its filters, and waits for
    /// the broker's answer. The stream ends with what came before it. Where the task is cancelled while it is queued, the
    /// subscription and the stream go on.
    ///
    /// - Throws: ``MqttkaError/invalidArgument(detail:)`` where the stream has no subscription of its own.
    @discardableResult
    public func unsubscribe() async throws -> Outcome {
        guard let handle = lock.withLock({ handle }) else { throw MqttkaError.closed }
        return try await MqttkaError.catching { try handle.unsubscribe() }.outcomeOrCancel()
    }

    /// Ends the subscription, if the stream has one of its own, and gives back what was not consumed: to other streams
    /// of the client that match, else it waits for one for ``Options/unclaimedTimeout``. Consumers that wait are told
    /// that nothing follows. Repeating it does nothing.
    public func close() {
        close(consumed: true)
    }

    /// - Parameter consumed: Whether loops that were left have consumed their last message.
    func close(consumed: Bool) {
        let handle = lock.withLock {
            settleLeft(consumed: consumed)
            tellLocked()
            if ending == nil { ending = granted.isEmpty ? .closed : .unsubscribed }
            defer { self.handle = nil }
            return self.handle
        }
        waits.end()
        // The library's side goes with it.
        withExtendedLifetime(handle) {}
    }

    /// Unsubscribes, then closes. Where there is no connection, there is nothing to unsubscribe from.
    ///
    /// - Parameter consumed: As for ``close(consumed:)``.
    func leave(consumed: Bool) async {
        _ = try? await unsubscribe()
        close(consumed: consumed)
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(cursor: Cursor(self))
    }

    /// Gives messages one by one. It is for one task at a time.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        fileprivate let cursor: Cursor

        public mutating func next() async throws -> Message? {
            try await next(isolation: nil)
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Message? {
            cursor.settle()
            guard let slot = try await cursor.messages.next(max: cursor.messages.atOnce, isolation: actor) else {
                return nil
            }
            cursor.hold(slot)
            return slot.message
        }
    }

    /// What an iterator's loop has in its hands.
    fileprivate final class Cursor: @unchecked Sendable {
        let messages: Messages
        /// Under the stream's lock. More than one only where several tasks use the iterator.
        private var held: [Lent.Slot] = []

        init(_ messages: Messages) { self.messages = messages }

        func hold(_ slot: Lent.Slot) {
            messages.lock.withLock { held.append(slot) }
        }

        /// The loop asks for the next one.
        func settle() {
            messages.lock.withLock {
                for slot in held { messages.settle(slot, consumed: true) }
                held.removeAll(keepingCapacity: true)
            }
        }

        deinit {
            if held.isEmpty { return }
            let cancelled = Task.isCancelled
            messages.lock.withLock {
                if cancelled {
                    for slot in held { messages.lent.giveBack(slot) }
                } else {
                    messages.left += held
                }
                messages.tellLocked()
            }
        }
    }

    private enum Step {
        case message(Lent.Slot)
        case wait(MessagesHandle)
        case end
        case failure(StreamEnd)
    }

    /// The next message that no consumer has; `nil`: nothing follows, or the task was cancelled.
    private func next(max: Int, isolation: isolated (any Actor)?) async throws -> Lent.Slot? {
        while true {
            if Task.isCancelled {
                tell()
                return nil
            }
            switch lock.withLock({ step(max) }) {
            case .message(let slot): return slot
            case .wait(let handle): await handle.ready(in: waits)
            case .end: return nil
            case .failure(let end): throw MqttkaError.streamEnded(end)
            }
        }
    }

    private func step(_ max: Int) -> Step {
        settleLeft(consumed: true)
        if handle != nil, let slot = lent.hand() { return .message(slot) }
        tellLocked()
        guard let handle else { return .end }
        let batch = handle.take(max: UInt32(clamping: max))
        lent.add(acknowledged(batch.messages))
        if let slot = lent.hand() { return .message(slot) }
        guard let end = batch.end else { return .wait(handle) }
        ending = end
        switch end {
        case .closed, .unsubscribed: return .end
        default: return .failure(end)
        }
    }

    /// Each with what gives its acknowledgement, where the application does.
    private func acknowledged(_ messages: [Message]) -> [Message] {
        guard let acknowledgements else { return messages }
        return messages.map { message in
            var message = message
            let number = message.acknowledging.number
            if number != 0 { message.acknowledging.acknowledgement = Acknowledgement(acknowledgements, number) }
            return message
        }
    }

    private func settle(_ slots: [Lent.Slot], consumed: Bool) {
        lock.withLock { for slot in slots { settle(slot, consumed: consumed) } }
    }

    private func settle(_ slot: Lent.Slot, consumed: Bool) {
        if consumed { lent.consumed(slot) } else { lent.giveBack(slot) }
        if DispatchTime.now().uptimeNanoseconds - lastTold > Messages.quick {
            tellLocked()
        } else if !isTelling {
            // The consumer may take its time with the next one.
            isTelling = true
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(Messages.quick))) { [weak self] in
                guard let self else { return }
                lock.withLock {
                    self.isTelling = false
                    self.tellLocked()
                }
            }
        }
    }

    private func settleLeft(consumed: Bool) {
        if left.isEmpty { return }
        for slot in left {
            if consumed { lent.consumed(slot) } else { lent.giveBack(slot) }
        }
        left = []
    }

    private func tell() { lock.withLock { tellLocked() } }

    /// Says what was consumed, so that it is acknowledged.
    private func tellLocked() {
        lastTold = DispatchTime.now().uptimeNanoseconds
        guard let handle else { return }
        let count = lent.untold()
        if count > 0 { handle.done(count: UInt32(clamping: count)) }
    }
}
