package io.mqttka

import java.io.Closeable
import java.io.DataInputStream
import java.io.IOException
import java.net.ServerSocket
import java.net.Socket
import java.security.MessageDigest
import java.util.Base64
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import javax.crypto.Mac
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.PBEKeySpec
import javax.crypto.spec.SecretKeySpec
import kotlin.concurrent.thread

/**
 * A broker of MQTT 5.0 that does nothing but SCRAM-SHA-256 (RFC 5802, RFC 7677), and notes who proved what.
 * Where it does not [know][knows] the password, its own proof is wrong.
 */
class ScramBroker(private val password: String, private val knows: Boolean, private val iterations: Int) : Closeable {
    private val server = ServerSocket(0)
    private val noted = LinkedBlockingQueue<String>()
    private var bare = ""
    private var challenge = ""
    val port: Int = server.localPort

    init {
        thread(isDaemon = true) {
            try {
                while (true) server.accept().use(::serve)
            } catch (_: IOException) {
                // The test is over.
            }
        }
    }

    private fun serve(socket: Socket) {
        val input = DataInputStream(socket.getInputStream())
        var connected = false
        try {
            while (true) {
                val kind = input.readUnsignedByte()
                // No packet of this conversation is longer than two bytes of length can say.
                val low = input.readUnsignedByte()
                val length = if (low < 128) low else low - 128 + 128 * input.readUnsignedByte()
                val body = String(ByteArray(length).also(input::readFully), Charsets.ISO_8859_1)
                val first = field(body, "n,,")
                val last = field(body, "c=biws,")
                when {
                    first != null -> {
                        bare = first.removePrefix("n,,")
                        challenge = "r=${bare.substringAfter(",r=")}more,s=${base64(SALT)},i=$iterations"
                        socket.getOutputStream().write(packet(0xF0, bytes(0x18), challenge))
                    }
                    last == null -> if (kind == 0xE0) noted.put("DISCONNECT")
                    proves(last) -> {
                        noted.put(if (connected) "$user proved it again" else "$user proved it")
                        val header = if (connected) bytes(0) else bytes(0, 0)
                        socket.getOutputStream().write(packet(if (connected) 0xF0 else 0x20, header, "v=${base64(proof(last))}"))
                        connected = true
                    }
                    else -> {
                        noted.put("$user is somebody else")
                        socket.getOutputStream().write(bytes(0x20, 3, 0, 0x87, 0))
                    }
                }
            }
        } catch (_: IOException) {
            if (!connected) noted.put("gone without a proof")
        }
    }

    private val user get() = bare.substringAfter("n=").substringBefore(",")

    private val salted: ByteArray by lazy {
        val key = PBEKeySpec(password.toCharArray(), SALT, iterations, 256)
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(key).encoded
    }

    private fun said(last: String) = "$bare,$challenge,${last.substringBefore(",p=")}"

    private fun proves(last: String): Boolean {
        val key = hmac(salted, "Client Key")
        val signature = hmac(MessageDigest.getInstance("SHA-256").digest(key), said(last))
        val expected = ByteArray(key.size) { (key[it].toInt() xor signature[it].toInt()).toByte() }
        return last.substringAfter(",p=") == base64(expected)
    }

    private fun proof(last: String): ByteArray = hmac(hmac(salted, if (knows) "Server Key" else "some key"), said(last))

    /** The binary data that begins with [start]: two bytes before it say how long it is. */
    private fun field(body: String, start: String): String? {
        val at = body.indexOf(start)
        return if (at < 2) null else body.substring(at, at + body[at - 2].code * 256 + body[at - 1].code)
    }

    /** A packet with the method and [data] as its properties. */
    private fun packet(kind: Int, header: ByteArray, data: String): ByteArray {
        val method = "SCRAM-SHA-256"
        val properties = bytes(0x15, 0, method.length) + method.toByteArray() +
            bytes(0x16, data.length / 256, data.length % 256) + data.toByteArray()
        val body = header + length(properties.size) + properties
        return bytes(kind) + length(body.size) + body
    }

    private fun length(size: Int) = if (size < 128) bytes(size) else bytes(size % 128 + 128, size / 128)

    private fun hmac(key: ByteArray, text: String): ByteArray =
        Mac.getInstance("HmacSHA256").apply { init(SecretKeySpec(key, "HmacSHA256")) }.doFinal(text.toByteArray())

    private fun base64(data: ByteArray): String = Base64.getEncoder().encodeToString(data)

    /** What was noted next; the wait is a net against hanging. */
    fun next(): String = checkNotNull(noted.poll(60, TimeUnit.SECONDS)) { "nothing more came" }

    override fun close() = server.close()

    private companion object {
        val SALT: ByteArray = "16 bytes of salt".toByteArray()
    }
}
