/// The messages that match a filter, from the moment it was opened: what ``Client/messages(matching:)`` gives.
///
/// Messages come in batches, with back-pressure: the next batch is asked for when the last has been taken, and only
/// then are its QoS 1 and 2 messages acknowledged to the broker. A slow consumer so slows the broker down at QoS 1 and
/// 2, and loses messages at QoS 0 above ``Options/inboundQueueMaxBytes``.
///
/// It ends when the client is closed or the consumer's task is cancelled; a lost connection does not end it. Several
/// iterators share the messages. What nobody holds any more is no longer delivered to.
public final class Messages: AsyncSequence, Sendable {
    public typealias Element = Message

    /// Large enough that crossing into the library costs little, small enough to hold.
    static let batchSize = 256

    private let handle: MessagesHandle

    init(_ handle: MessagesHandle) {
        self.handle = handle
    }

    /// Waits for messages, and gives up to `max` of those that are there. Empty: the client was closed or the task
    /// cancelled.
    public func nextBatch(max: Int = 256) async -> [Message] {
        await handle.batch(max: UInt32(clamping: Swift.max(max, 1)))
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(self)
    }

    /// Gives messages one by one.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private let messages: Messages
        private var batch: [Message] = []
        private var taken = 0

        init(_ messages: Messages) {
            self.messages = messages
        }

        public mutating func next() async -> Message? {
            await next(isolation: nil)
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> Message? {
            if taken == batch.count {
                batch = []
                batch = await messages.nextBatch(max: Messages.batchSize)
                taken = 0
                if batch.isEmpty { return nil }
            }
            defer { taken += 1 }
            return batch[taken]
        }
    }
}
