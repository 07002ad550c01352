package io.mqttka

import io.mqttka.internal.HIDDEN
import kotlin.time.Duration

/**
 * Enhanced authentication (section 4.12), MQTT 5.0 only: each connection begins with an exchange, which is done
 * before the client is connected, and each [Client.reauthenticate] is one. [ScramSha256] is ready to use.
 */
public interface Authenticator {
    /** The Authentication Method. Asked once, when the client is made. */
    public val method: String

    /**
     * What to send to the broker, if anything, or whether what came is right. Called on a thread for I/O, one step
     * at a time, and cancelled when nobody waits for its answer any more: the attempt's deadline
     * ([Options.connectTimeout]) goes on.
     *
     * What this throws fails the attempt with [ConnectError.Authentication], and a re-authentication with
     * [MqttkaException.Authentication]; an [AuthenticatorException] can say that the client stops.
     */
    public suspend fun authenticate(request: AuthenticationRequest): ByteArray?
}

/**
 * An [Authenticator] whose answers may have User Properties besides their data.
 *
 * ```
 * class Ticket(val ticket: () -> ByteArray) : AnsweringAuthenticator {
 *     override val method = "TICKET"
 *
 *     override suspend fun answer(request: AuthenticationRequest) = when (request.step) {
 *         is AuthenticationStep.Continue -> AuthenticationAnswer(ticket(), listOf(UserProperty("trace", "7")))
 *         else -> AuthenticationAnswer()
 *     }
 * }
 * ```
 */
public interface AnsweringAuthenticator : Authenticator {
    /** As [authenticate], which is not called. */
    public suspend fun answer(request: AuthenticationRequest): AuthenticationAnswer

    override suspend fun authenticate(request: AuthenticationRequest): ByteArray? = answer(request).data
}

/**
 * What an [AnsweringAuthenticator] sends to the broker.
 *
 * @property data Authentication Data, if any.
 * @property userProperties User Properties of our AUTH packet (section 3.15.2.2.5), in this order; at most 9,998. No AUTH
 *   leaves as the answer to the [AuthenticationStep.Start] of a connection, whose CONNECT has [Options.userProperties],
 *   nor to an [AuthenticationStep.Finish]: where there are some all the same, the exchange fails, and the client stops, by a
 *   [MqttkaException.InvalidOption]. Where the packet is larger than the broker takes, the exchange fails, too.
 */
public class AuthenticationAnswer @JvmOverloads constructor(
    public val data: ByteArray? = null,
    public val userProperties: List<UserProperty> = emptyList(),
) {
    override fun toString(): String = "AuthenticationAnswer(data=$HIDDEN, userProperties=$userProperties)"
}

/**
 * One step of an exchange.
 *
 * @property exchange Counts the exchanges of the client, from 1: the steps of one have the same number.
 * @property timeLeft Until the answer comes too late.
 * @property step What is asked.
 * @property reasonString The broker's words, where its AUTH or CONNACK has some.
 * @property userProperties The User Properties of the broker's AUTH or CONNACK, in its order; at most 10,000. Empty at
 *   [AuthenticationStep.Start].
 */
public class AuthenticationRequest internal constructor(
    public val exchange: Long,
    public val timeLeft: Duration,
    public val step: AuthenticationStep,
    public val reasonString: String?,
    public val userProperties: List<UserProperty>,
) {
    override fun toString(): String =
        "AuthenticationRequest(exchange=$exchange, timeLeft=$timeLeft, step=$step, reasonString=$reasonString, " +
            "userProperties=$userProperties)"
}

/** What is asked of an [Authenticator]. */
public sealed interface AuthenticationStep {
    /**
     * An exchange begins; one before it, if it was not finished, is over. The answer is the first data for the
     * broker. [reauthenticate]: the connection goes on meanwhile.
     */
    public class Start internal constructor(public val reauthenticate: Boolean) : AuthenticationStep {
        override fun toString(): String = "Start(reauthenticate=$reauthenticate)"
    }

    /** The broker goes on, with this [data]. The answer is the next data for it. */
    public class Continue internal constructor(public val data: ByteArray?) : AuthenticationStep {
        override fun toString(): String = "Continue($HIDDEN)"
    }

    /**
     * The broker says that it is done, with this [data]. The answer says that this is right, and is not sent;
     * where it is not, throw.
     */
    public class Finish internal constructor(public val data: ByteArray?) : AuthenticationStep {
        override fun toString(): String = "Finish($HIDDEN)"
    }
}

/** Why an [Authenticator] gives up. [fatal]: trying again cannot help, and the client stops. */
public class AuthenticatorException @JvmOverloads constructor(
    message: String,
    public val fatal: Boolean = false,
    cause: Throwable? = null,
) : RuntimeException(message, cause)

/**
 * Proves by SCRAM-SHA-256 that the client knows a password, without telling it, and that the broker knows it, too:
 * where that does not prove it, the attempt fails, and the client stops. Without channel binding, so that it
 * replaces no TLS. The library does it itself.
 *
 * ```
 * Client("mqtts://broker.example") { authenticator = ScramSha256("device-7", "pencil") }
 * ```
 *
 * @param user The user name, up to 1,024 bytes.
 * @param password The password, up to 1,024 bytes. Both are prepared by SASLprep.
 * @param maxIterations How many iterations the broker may ask for, 4,096 to 100,000,000; where it asks for more, the
 *   attempt fails.
 */
public class ScramSha256 @JvmOverloads constructor(
    internal val user: String,
    internal val password: String,
    internal val maxIterations: Int = 1_000_000,
) : Authenticator {
    override val method: String get() = "SCRAM-SHA-256"

    override suspend fun authenticate(request: AuthenticationRequest): ByteArray =
        throw UnsupportedOperationException("the library does it itself")

    override fun equals(other: Any?): Boolean =
        other is ScramSha256 && user == other.user && password == other.password && maxIterations == other.maxIterations

    override fun hashCode(): Int = 31 * user.hashCode() + password.hashCode()

    override fun toString(): String = "ScramSha256($HIDDEN)"
}
