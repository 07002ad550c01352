import Foundation
import XCTest

/// What MessagesHandle+Ready.swift does by hand is what the generator writes, but for the end of a cancelled wait.
/// Nothing else passes by the generated code: no buffer is read or written by hand.
final class GeneratedTests: XCTestCase {
    private let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Sources/Mqttka")

    private func read(_ path: String) throws -> String {
        try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
    }

    /// The text from `start` on, up to the first line that is only a brace, without its layout.
    private func function(_ start: String, in text: String) throws -> [Substring] {
        let begin = try XCTUnwrap(text.range(of: start), "no \(start)")
        let end = try XCTUnwrap(text.range(of: "\n}\n", range: begin.lowerBound..<text.endIndex))
        return text[begin.lowerBound..<end.lowerBound].split(whereSeparator: \.isWhitespace)
    }

    func testWaitingIsAsTheGeneratorWritesIt() throws {
        let generated = try read("Generated/Mqttka.swift")
        for handle in ["MessagesHandle", "RequestsHandle"] {
            let from = try XCTUnwrap(generated.range(of: "\nclass \(handle):")).lowerBound
            XCTAssertEqual(
                try function("func ready()async", in: String(generated[from...])).joined(separator: " "),
                """
                func ready()async { return try! await uniffiRustCallAsync( rustFutureFunc: { \
                uniffi_mqttka_uniffi_fn_method_\(handle.lowercased())_ready( self.uniffiCloneHandle() ) }, \
                pollFunc: ffi_mqttka_uniffi_rust_future_poll_void, completeFunc: ffi_mqttka_uniffi_rust_future_complete_void, \
                freeFunc: ffi_mqttka_uniffi_rust_future_free_void, liftFunc: { $0 }, errorHandler: nil )
                """)
        }
        XCTAssertEqual(
            try function("fileprivate func uniffiRustCallAsync", in: generated).joined(separator: " "), expected)
        XCTAssertTrue(generated.contains("\nprivate let UNIFFI_RUST_FUTURE_POLL_READY: Int8 = 0\n"))
        let byHand = try read("MessagesHandle+Ready.swift")
        for call in [
            "uniffi_mqttka_uniffi_fn_method_messageshandle_ready(uniffiCloneHandle())",
            "uniffi_mqttka_uniffi_fn_method_requestshandle_ready(uniffiCloneHandle())",
            "ffi_mqttka_uniffi_rust_future_poll_void(", "ffi_mqttka_uniffi_rust_future_free_void(",
            "private let finished: Int8 = 0",
        ] { XCTAssertEqual(byHand.components(separatedBy: call).count, 2, call) }
    }

    func testNothingElseCallsTheLibraryByHand() throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: sources.path) where file.hasSuffix(".swift") {
            let text = try read(file)
            let calls = text.components(separatedBy: "ffi_mqttka_uniffi").count - 1
            XCTAssertEqual(calls, file == "MessagesHandle+Ready.swift" ? 5 : 0, file)
            for reader in ["readInt(", "readBytes(", "rustCall", "bindMemory", "assumingMemoryBound"] {
                XCTAssertFalse(text.contains(reader), "\(file) has \(reader)")
            }
        }
    }
}

/// Of uniffi 0.32.2.
private let expected = """
    fileprivate func uniffiRustCallAsync<F, T>( rustFutureFunc: () -> UInt64, pollFunc: (UInt64, \
    @escaping UniffiRustFutureContinuationCallback, UInt64) -> (), completeFunc: (UInt64, \
    UnsafeMutablePointer<RustCallStatus>) -> F, freeFunc: (UInt64) -> (), liftFunc: (F) throws -> T, \
    errorHandler: ((RustBuffer) throws -> Swift.Error)? ) async throws -> T { // Make sure to call the \
    ensure init function since future creation doesn't have a // RustCallStatus param, so doesn't use \
    makeRustCall() uniffiEnsureMqttkaUniffiInitialized() let rustFuture = rustFutureFunc() defer { \
    freeFunc(rustFuture) } var pollResult: Int8; repeat { pollResult = await withUnsafeContinuation { \
    pollFunc( rustFuture, { handle, pollResult in uniffiFutureContinuationCallback(handle: handle, \
    pollResult: pollResult) }, uniffiContinuationHandleMap.insert(obj: $0) ) } } while pollResult != \
    UNIFFI_RUST_FUTURE_POLL_READY return try liftFunc(makeRustCall( { completeFunc(rustFuture, $0) }, \
    errorHandler: errorHandler ))
    """
