import Foundation

/// Whether `seconds` can be the value of the option or argument of this name. Asked before the generated code is given
/// it, which ends the process over a time that it cannot carry.
func check(_ option: String, _ seconds: TimeInterval?) throws {
    guard let seconds else { return }
    // So many nanoseconds are 292 years, which is out of bounds everywhere. What is no number is less than any.
    let nanoseconds = seconds.isNaN ? -1 : Int64(exactly: (seconds * 1e9).rounded()) ?? (seconds < 0 ? .min : .max)
    do {
        try MqttkaError.catching { try checkDuration(option: option, nanoseconds: nanoseconds) }
    } catch MqttkaError.invalidOption(let option, _, let bound) {
        throw MqttkaError.invalidOption(option: option, value: "\(seconds) s", bound: bound)
    }
}

extension Options {
    func checkTimes() throws {
        try check("connect_timeout", connectTimeout)
        try check("dead_peer_timeout", deadPeerTimeout)
        try check("unclaimed_timeout", unclaimedTimeout)
        try check("rate_limit_burst", rateLimit?.burst)
        try check("reconnect_first_delay", reconnectFirstDelay)
        try check("reconnect_max_delay", reconnectMaxDelay)
        try check("reconnect_max_time", reconnectMaxTime)
        try check("reconnect_reset_after", reconnectResetAfter)
    }
}

/// The library's name of an option, as Swift has it.
func inSwift(_ option: String) -> String {
    // The word is one of Kotlin's own, and the name the same in both.
    if option == "interface" { return "networkInterface" }
    let words = option.split(separator: "_")
    return words.dropFirst().reduce(String(words.first ?? "")) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
}
