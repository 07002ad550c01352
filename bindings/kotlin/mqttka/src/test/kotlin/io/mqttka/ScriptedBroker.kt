package io.mqttka

import java.io.Closeable
import java.io.DataInputStream
import java.io.IOException
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.CompletableFuture
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** A broker of MQTT 5.0 that does what a test says, for one connection at a time, and notes what it hears. */
class ScriptedBroker(private val connack: ByteArray = bytes(0x20, 3, 0, 0, 0)) : Closeable {
    private val server = ServerSocket(0)
    private val heard = LinkedBlockingQueue<String>()
    @Volatile
    private var connection = CompletableFuture<Socket>()
    val port: Int = server.localPort

    /** The passwords of the CONNECTs, where these end with one. */
    val passwords = LinkedBlockingQueue<String>()

    init {
        thread(isDaemon = true) {
            try {
                while (true) serve(server.accept())
            } catch (_: IOException) {
                // The test is over.
            }
        }
    }

    private fun serve(socket: Socket) {
        try {
            val input = DataInputStream(socket.getInputStream())
            while (true) {
                val kind = input.readUnsignedByte()
                var length = 0
                var shift = 0
                do {
                    val byte = input.readUnsignedByte()
                    length = length or ((byte and 127) shl shift)
                    shift += 7
                } while (byte > 127)
                val body = ByteArray(length).also(input::readFully)
                answer(socket, kind, body)
            }
        } catch (end: IOException) {
            heard.put(if (end is java.io.EOFException) "END" else "RESET")
        }
    }

    private fun answer(socket: Socket, kind: Int, body: ByteArray) {
        val id = if (body.size > 1) body.copyOf(2) else body
        val number = if (id.size > 1) (id[0].toInt() and 255) * 256 + (id[1].toInt() and 255) else 0
        when (kind) {
            0x10 -> {
                if (body[7].toInt() and 0x40 != 0) passwords.put(lastField(body))
                socket.getOutputStream().write(connack)
                connection.complete(socket)
            }
            0x40 -> heard.put("PUBACK $number")
            0x82 -> socket.getOutputStream().write(bytes(0x90, 4) + id + bytes(0, 1))
            0xA2 -> {
                heard.put("UNSUBSCRIBE")
                socket.getOutputStream().write(bytes(0xB0, 4) + id + bytes(0, 0))
            }
            0xC0 -> {
                heard.put("PING")
                socket.getOutputStream().write(bytes(0xD0, 0))
            }
            0xE0 -> heard.put("DISCONNECT")
            else -> heard.put("%02x".format(kind))
        }
    }

    /** What follows the only length that reaches to the end exactly. */
    private fun lastField(body: ByteArray): String {
        val length = (0..body.size - 2).first { length ->
            val at = body.size - 2 - length
            (body[at].toInt() and 255) * 256 + (body[at + 1].toInt() and 255) == length
        }
        return body.decodeToString(body.size - length)
    }

    /** Sends a message of QoS 1. */
    fun publish(id: Int, topic: String, text: String = "$id") {
        val body = bytes(0, topic.length) + topic.encodeToByteArray() + bytes(id / 256, id % 256, 0) + text.encodeToByteArray()
        connection.get(60, TimeUnit.SECONDS).getOutputStream().write(bytes(0x32, body.size) + body)
    }

    /** Ends the connection without a word. */
    fun hangUp() {
        val ended = connection.get(60, TimeUnit.SECONDS)
        // Before the client can be back.
        connection = CompletableFuture()
        ended.close()
    }

    /** What was heard next; the wait is a net against hanging. */
    fun next(): String = checkNotNull(heard.poll(60, TimeUnit.SECONDS)) { "nothing more came" }

    /** What was heard up to and with [last]. */
    fun until(last: String): List<String> = generateSequence { next() }.takeWhile { it != last }.toList()

    override fun close() = server.close()
}

fun bytes(vararg values: Int): ByteArray = ByteArray(values.size) { values[it].toByte() }
