package io.mqttka.internal

import com.sun.jna.Callback
import com.sun.jna.CallbackThreadInitializer
import com.sun.jna.Native
import io.mqttka.internal.uniffi.uniffiCallbackInterfaceAuthenticatorCallback
import io.mqttka.internal.uniffi.uniffiCallbackInterfaceCertificateCallback
import io.mqttka.internal.uniffi.uniffiCallbackInterfaceEventListener
import io.mqttka.internal.uniffi.uniffiCallbackInterfaceLogListener
import io.mqttka.internal.uniffi.uniffiCallbackInterfacePacketTapCallback
import io.mqttka.internal.uniffi.uniffiCallbackInterfaceProviderCallback
import io.mqttka.internal.uniffi.uniffiCallbackInterfaceSocketCallback
import io.mqttka.internal.uniffi.uniffiRustFutureContinuationCallbackImpl

/**
 * How the library's own threads appear in the JVM when they call into it. They are daemons: a client
 * that was not closed does not keep the JVM from its end. They stay attached for as long as they
 * live: a thread that is detached after each call has a new face each time, and must not be where
 * a call is made inside another.
 */
internal object NativeThreads {
    init {
        attach(uniffiRustFutureContinuationCallbackImpl, "mqttka-message")
        attach(uniffiCallbackInterfaceEventListener.onEvent, "mqttka-event")
        attach(uniffiCallbackInterfaceEventListener.onTerminated, "mqttka-event")
        attach(uniffiCallbackInterfaceEventListener.uniffiFree, "mqttka-event")
        attach(uniffiCallbackInterfaceEventListener.uniffiClone, "mqttka-event")
        attach(uniffiCallbackInterfaceSocketCallback.prepare, "mqttka-hook")
        attach(uniffiCallbackInterfaceSocketCallback.uniffiFree, "mqttka-hook")
        attach(uniffiCallbackInterfaceSocketCallback.uniffiClone, "mqttka-hook")
        attach(uniffiCallbackInterfaceCertificateCallback.verify, "mqttka-verifier")
        attach(uniffiCallbackInterfaceCertificateCallback.uniffiFree, "mqttka-verifier")
        attach(uniffiCallbackInterfaceCertificateCallback.uniffiClone, "mqttka-verifier")
        attach(uniffiCallbackInterfaceProviderCallback.provide, "mqttka-provider")
        attach(uniffiCallbackInterfaceProviderCallback.uniffiFree, "mqttka-provider")
        attach(uniffiCallbackInterfaceProviderCallback.uniffiClone, "mqttka-provider")
        attach(uniffiCallbackInterfaceLogListener.onRecord, "mqttka-message")
        attach(uniffiCallbackInterfaceLogListener.uniffiFree, "mqttka-message")
        attach(uniffiCallbackInterfaceLogListener.uniffiClone, "mqttka-message")
        attach(uniffiCallbackInterfaceAuthenticatorCallback.authenticate, "mqttka-authenticator")
        attach(uniffiCallbackInterfaceAuthenticatorCallback.method, "mqttka-authenticator")
        attach(uniffiCallbackInterfaceAuthenticatorCallback.uniffiFree, "mqttka-authenticator")
        attach(uniffiCallbackInterfaceAuthenticatorCallback.uniffiClone, "mqttka-authenticator")
        attach(uniffiCallbackInterfacePacketTapCallback.onPackets, "mqttka-tap")
        attach(uniffiCallbackInterfacePacketTapCallback.uniffiFree, "mqttka-tap")
        attach(uniffiCallbackInterfacePacketTapCallback.uniffiClone, "mqttka-tap")
    }

    private fun attach(callback: Callback, name: String) {
        Native.setCallbackThreadInitializer(callback, CallbackThreadInitializer(true, false, name))
    }

    /**
     * Before the library hears of the callbacks, which is when it is loaded (`bindings/uniffi/generate` puts the call
     * there): what JNA has made of a callback by then stays as it is.
     */
    fun prepare() = Unit
}
