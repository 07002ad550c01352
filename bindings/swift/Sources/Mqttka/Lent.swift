/// The messages that the library has lent to a stream, in the order in which they came: those that no consumer has,
/// and how many of the oldest are consumed. Its user locks it.
struct Lent {
    struct Slot: Sendable {
        let number: Int
        let message: Message
    }

    /// Those before `first` were handed out.
    private var waiting: [Slot] = []
    private var first = 0
    /// Consumed, but not all before them are.
    private var ahead: Set<Int> = []
    /// All before it are consumed.
    private var firstOpen = 0
    private var next = 0
    private var told = 0

    mutating func add(_ messages: [Message]) {
        if first == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            first = 0
        }
        waiting.reserveCapacity(waiting.count + messages.count)
        for message in messages {
            waiting.append(Slot(number: next, message: message))
            next += 1
        }
    }

    /// The oldest that nobody has, for a consumer; it comes back by `consumed` or `giveBack`.
    mutating func hand() -> Slot? {
        guard first < waiting.count else { return nil }
        defer {
            first += 1
            // A payload is not held longer than its consumer has it.
            if first == waiting.count {
                waiting.removeAll(keepingCapacity: true)
                first = 0
            }
        }
        return waiting[first]
    }

    mutating func consumed(_ slot: Slot) {
        guard slot.number == firstOpen else {
            ahead.insert(slot.number)
            return
        }
        repeat { firstOpen += 1 } while !ahead.isEmpty && ahead.remove(firstOpen) != nil
    }

    /// Another consumer is to have it, before those that came later.
    mutating func giveBack(_ slot: Slot) {
        let place = waiting[first...].firstIndex { $0.number > slot.number } ?? waiting.count
        waiting.insert(slot, at: place)
    }

    /// How many of the oldest are consumed since the last call.
    mutating func untold() -> Int {
        defer { told = firstOpen }
        return firstOpen - told
    }
}
