package io.mqttka.internal

import io.mqttka.AnsweringAuthenticator
import io.mqttka.AuthenticationAnswer
import io.mqttka.AuthenticationRequest
import io.mqttka.AuthenticationStep
import io.mqttka.Authenticator
import io.mqttka.AuthenticatorException
import io.mqttka.MqttkaException
import io.mqttka.internal.uniffi.AuthenticatorCallback
import io.mqttka.internal.uniffi.AuthenticatorRequest
import io.mqttka.internal.uniffi.NativeAuthenticationStep
import io.mqttka.internal.uniffi.NativeUserProperty
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlin.time.toKotlinDuration

/** Runs the application's authenticator in a coroutine, for as long as somebody wants an answer. */
internal class AuthenticatorForwarding(
    private val authenticator: Authenticator,
    private val kept: Thrown,
) : AuthenticatorCallback {
    private val scope = CoroutineScope(Dispatchers.IO)

    /** One that does not heed its cancellation holds one thread. */
    private val one = Mutex()

    override fun method(): String = authenticator.method

    /** The library waits for nothing here. */
    override fun authenticate(request: AuthenticatorRequest) {
        val call = scope.launch {
            one.withLock { answer(request) }
        }
        // On the library's own threads, for dispatchers may be busy with authenticators that hang.
        scope.launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) {
            request.use {
                it.settled()
                call.cancelAndJoin()
            }
        }
    }

    private suspend fun answer(request: AuthenticatorRequest) {
        try {
            val step = request.step().forApplication()
            val asked = AuthenticationRequest(
                request.exchange().toLong(), request.timeLeft().toKotlinDuration(), step,
                request.reasonString(), request.userProperties().forApplication(),
            )
            when (authenticator) {
                is AnsweringAuthenticator -> request.reply(authenticator.answer(asked))
                else -> request.reply(authenticator.authenticate(asked))
            }
        } catch (cancelled: CancellationException) {
            // While the call is not over, the request is there.
            request.fail("the authenticator was cancelled", fatal = false)
            throw cancelled
        } catch (thrown: Throwable) {
            kept.keep(thrown)
            request.fail(inWords(thrown), (thrown as? AuthenticatorException)?.fatal == true)
        }
    }

    private fun AuthenticatorRequest.reply(answer: AuthenticationAnswer) {
        if (answer.userProperties.isEmpty()) return reply(answer.data)
        try {
            native { replyWith(answer.data, answer.userProperties.map { NativeUserProperty(it.name, it.value) }) }
        } catch (refused: MqttkaException) {
            // As long as the authenticator says so, nothing else can come of it.
            kept.keep(refused)
            fail(inWords(refused), fatal = true)
        }
    }
}

private fun NativeAuthenticationStep.forApplication(): AuthenticationStep = when (this) {
    is NativeAuthenticationStep.Start -> AuthenticationStep.Start(reauthenticate)
    is NativeAuthenticationStep.Continue -> AuthenticationStep.Continue(data)
    is NativeAuthenticationStep.Finish -> AuthenticationStep.Finish(data)
}
