package io.mqttka.testing

import com.sun.jna.Library
import com.sun.jna.Native
import com.sun.jna.Pointer
import com.sun.jna.ptr.IntByReference
import com.sun.jna.ptr.LongByReference
import com.sun.jna.ptr.PointerByReference
import io.mqttka.Message
import io.mqttka.Qos
import io.mqttka.ReasonCode

/** include/mqttka_testing.h, as far as it is used here. `bool` is a byte, `size_t` as wide as a pointer. */
@Suppress("FunctionName", "ComplexInterface")
internal interface TestingLibrary : Library {
    fun mqttka_testing_broker_new_with(port: Short, transport: Int, broker: PointerByReference): Int
    fun mqttka_testing_broker_free(broker: Pointer)
    fun mqttka_testing_broker_stop(broker: Pointer): Int
    fun mqttka_testing_broker_port(broker: Pointer): Short
    fun mqttka_testing_broker_uri(broker: Pointer): String
    fun mqttka_testing_broker_authority(broker: Pointer): String?
    fun mqttka_testing_last_error(): Pointer
    fun mqttka_testing_broker_go_silent(broker: Pointer): Int
    fun mqttka_testing_broker_come_back(broker: Pointer): Int
    fun mqttka_testing_broker_refuse_connections(broker: Pointer, reasonCode: Int, times: Int): Int
    fun mqttka_testing_broker_accept_connections(broker: Pointer): Int
    fun mqttka_testing_broker_answer_connects(broker: Pointer, answer: Byte): Int
    fun mqttka_testing_broker_answer_pings(broker: Pointer, answer: Byte): Int
    fun mqttka_testing_broker_acknowledge(broker: Pointer, acknowledging: Int): Int
    fun mqttka_testing_broker_refuse_publishes(broker: Pointer, reasonCode: Int): Int
    fun mqttka_testing_broker_refuse_subscriptions(broker: Pointer, reasonCode: Int): Int
    fun mqttka_testing_broker_refuse_unsubscriptions(broker: Pointer, reasonCode: Int): Int
    fun mqttka_testing_broker_announce_number(broker: Pointer, property: Int, value: Int): Int
    fun mqttka_testing_broker_announce(broker: Pointer, properties: Pointer): Int
    fun mqttka_testing_broker_set_properties(broker: Pointer, packetType: Int, properties: Pointer): Int
    fun mqttka_testing_broker_use_topic_aliases(broker: Pointer, useThem: Byte): Int
    fun mqttka_testing_broker_send_copies(broker: Pointer, sendThem: Byte): Int
    fun mqttka_testing_broker_authenticate(broker: Pointer, method: String?): Int
    fun mqttka_testing_broker_challenge(broker: Pointer, data: ByteArray, size: Size): Int
    fun mqttka_testing_broker_finish_authentication(broker: Pointer, data: ByteArray?, size: Size): Int
    fun mqttka_testing_broker_authenticate_scram(broker: Pointer, user: String, password: String): Int
    fun mqttka_testing_broker_refuse_authentications(broker: Pointer, reasonCode: Int): Int

    @Suppress("LongParameterList")
    fun mqttka_testing_broker_publish_with(
        broker: Pointer,
        topic: String,
        payload: ByteArray,
        size: Size,
        qos: Int,
        retain: Byte,
        properties: Pointer,
    ): Int

    fun mqttka_testing_properties_new(): Pointer
    fun mqttka_testing_properties_free(properties: Pointer)
    fun mqttka_testing_properties_set_number(properties: Pointer, property: Int, value: Int): Int
    fun mqttka_testing_properties_set_text(properties: Pointer, property: Int, value: String): Int
    fun mqttka_testing_properties_set_bytes(properties: Pointer, property: Int, value: ByteArray, size: Size): Int
    fun mqttka_testing_properties_add_user(properties: Pointer, name: String, value: String): Int

    fun mqttka_testing_broker_send_bytes(broker: Pointer, clientId: String?, bytes: ByteArray, size: Size): Int
    fun mqttka_testing_broker_disconnect(broker: Pointer, clientId: String?, reasonCode: Int, reason: String?): Int
    fun mqttka_testing_broker_close(broker: Pointer, clientId: String?): Int
    fun mqttka_testing_broker_half_close(broker: Pointer, clientId: String?): Int
    fun mqttka_testing_broker_reset(broker: Pointer, clientId: String?): Int
    fun mqttka_testing_broker_forget_sessions(broker: Pointer): Int
    fun mqttka_testing_broker_expect(
        broker: Pointer,
        kind: Int,
        filter: String?,
        timeoutMs: Int,
        seen: PointerByReference,
    ): Int

    fun mqttka_testing_broker_take_any(broker: Pointer): Pointer?
    fun mqttka_testing_broker_forget_seen(broker: Pointer): Int
    fun mqttka_testing_broker_retained(
        broker: Pointer,
        topic: String,
        payload: ByteArray,
        room: Size,
        size: LongByReference,
    ): Int

    fun mqttka_testing_broker_clients(broker: Pointer): Pointer
    fun mqttka_testing_clients_count(clients: Pointer): Size
    fun mqttka_testing_clients_at(clients: Pointer, index: Size): String
    fun mqttka_testing_clients_free(clients: Pointer)
    fun mqttka_testing_seen_free(seen: Pointer)
    fun mqttka_testing_seen_kind(seen: Pointer): Int
    fun mqttka_testing_seen_connection(seen: Pointer): Long
    fun mqttka_testing_seen_client_id(seen: Pointer): String
    fun mqttka_testing_seen_filter(seen: Pointer): String?
    fun mqttka_testing_seen_topic(seen: Pointer): String?
    fun mqttka_testing_seen_payload(seen: Pointer, size: LongByReference): Pointer?
    fun mqttka_testing_seen_qos(seen: Pointer): Int
    fun mqttka_testing_seen_retain(seen: Pointer): Byte
    fun mqttka_testing_seen_dup(seen: Pointer): Byte
    fun mqttka_testing_seen_reason_code(seen: Pointer): Int
    fun mqttka_testing_seen_detail(seen: Pointer): String
    fun mqttka_testing_seen_description(seen: Pointer): String
    fun mqttka_testing_seen_number(seen: Pointer, property: Int, value: IntByReference): Int
    fun mqttka_testing_seen_text(seen: Pointer, property: Int): String?
    fun mqttka_testing_seen_bytes(seen: Pointer, property: Int, size: LongByReference): Pointer?
    fun mqttka_testing_seen_user_count(seen: Pointer): Size
    fun mqttka_testing_seen_user_name(seen: Pointer, index: Size): String?
    fun mqttka_testing_seen_user_value(seen: Pointer, index: Size): String?

    companion object {
        /** Loaded when it is first used, from where JNA finds it: the jar, or the system. */
        val library: TestingLibrary by lazy {
            Native.load(
                "mqttka_testing",
                TestingLibrary::class.java,
                mapOf(Library.OPTION_STRING_ENCODING to "UTF-8"),
            )
        }
    }
}

/** `size_t`. */
internal class Size(value: Long) : com.sun.jna.IntegerType(Native.SIZE_T_SIZE, value, true) {
    @Suppress("unused") // JNA makes one of what a function returns.
    constructor() : this(0)

    override fun toByte(): Byte = toLong().toByte()
    override fun toShort(): Short = toLong().toShort()
}

internal fun Boolean.toNative(): Byte = if (this) 1 else 0

/** Takes what the library gives, and frees it. */
internal fun TestingLibrary.take(seen: Pointer): Seen = try {
    val qos = mqttka_testing_seen_qos(seen)
    val topic = mqttka_testing_seen_topic(seen)
    val code = mqttka_testing_seen_reason_code(seen)
    val properties = properties(seen)
    Seen(
        kind = mqttka_testing_seen_kind(seen).let { kind -> SeenKind.entries.first { it.value == kind } },
        connection = mqttka_testing_seen_connection(seen),
        clientId = mqttka_testing_seen_client_id(seen),
        filter = mqttka_testing_seen_filter(seen),
        message = topic?.let {
            Message(
                topic = it,
                payload = payload(seen),
                qos = Qos.entries.first { known -> known.value == qos },
                retain = mqttka_testing_seen_retain(seen).toInt() != 0,
                properties = properties,
                dup = mqttka_testing_seen_dup(seen).toInt() != 0,
                connectionNumber = mqttka_testing_seen_connection(seen),
            )
        },
        reasonCode = ReasonCode.entries.firstOrNull { it.value == code },
        detail = mqttka_testing_seen_detail(seen),
        properties = properties,
        description = mqttka_testing_seen_description(seen),
    )
} finally {
    mqttka_testing_seen_free(seen)
}

private fun TestingLibrary.payload(seen: Pointer): ByteArray {
    val size = LongByReference()
    val bytes = mqttka_testing_seen_payload(seen, size) ?: return ByteArray(0)
    return bytes.getByteArray(0, size.value.toInt())
}
