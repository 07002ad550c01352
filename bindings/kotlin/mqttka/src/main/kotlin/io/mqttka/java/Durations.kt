package io.mqttka.java

import io.mqttka.AuthenticationRequest
import io.mqttka.ConnectError
import io.mqttka.Connected
import io.mqttka.ConnectionRequest
import io.mqttka.Counters
import io.mqttka.Disconnected
import io.mqttka.HeldBack
import io.mqttka.Liveness
import io.mqttka.MetricValue
import io.mqttka.RateLimit
import io.mqttka.Reconnecting
import io.mqttka.RoundTrips
import io.mqttka.StageTime
import io.mqttka.Status
import io.mqttka.TappedPacket
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import java.time.Duration as JavaDuration

/** Lengths of time as Java has them: Kotlin's own cannot be read in Java. */
public object Durations {
    /** See [Connected.keepAlive]. */
    @JvmStatic
    public fun keepAlive(of: Connected): JavaDuration = of.keepAlive.toJavaDuration()

    /** See [Connected.offline]. */
    @JvmStatic
    public fun offline(of: Connected): JavaDuration? = of.offline.inJava()

    /** See [Disconnected.keepAlive]. */
    @JvmStatic
    public fun keepAlive(of: Disconnected): JavaDuration = of.keepAlive.toJavaDuration()

    /** See [Reconnecting.delay]. */
    @JvmStatic
    public fun delay(of: Reconnecting): JavaDuration = of.delay.toJavaDuration()

    /** See [ConnectError.Timeout.after]. */
    @JvmStatic
    public fun after(of: ConnectError.Timeout): JavaDuration = of.after.toJavaDuration()

    /** See [StageTime.time]. */
    @JvmStatic
    public fun time(of: StageTime): JavaDuration = of.time.toJavaDuration()

    /** See [ConnectionRequest.timeLeft]. */
    @JvmStatic
    public fun timeLeft(of: ConnectionRequest): JavaDuration = of.timeLeft.toJavaDuration()

    /** See [Status.keepAlive]. */
    @JvmStatic
    public fun keepAlive(of: Status): JavaDuration = of.keepAlive.toJavaDuration()

    /** See [Status.nextAttemptIn]. */
    @JvmStatic
    public fun nextAttemptIn(of: Status): JavaDuration? = of.nextAttemptIn.inJava()

    /** See [Status.offline]. */
    @JvmStatic
    public fun offline(of: Status): JavaDuration? = of.offline.inJava()

    /** See [HeldBack.since]. */
    @JvmStatic
    public fun since(of: HeldBack): JavaDuration = of.since.toJavaDuration()

    /** See [Liveness.lastInboundAge]. */
    @JvmStatic
    public fun lastInboundAge(of: Liveness): JavaDuration = of.lastInboundAge.toJavaDuration()

    /** See [Liveness.lastEvidenceAge]. */
    @JvmStatic
    public fun lastEvidenceAge(of: Liveness): JavaDuration = of.lastEvidenceAge.toJavaDuration()

    /** See [Liveness.oldestPingAge]. */
    @JvmStatic
    public fun oldestPingAge(of: Liveness): JavaDuration? = of.oldestPingAge.inJava()

    /** See [Liveness.verdictIn]. */
    @JvmStatic
    public fun verdictIn(of: Liveness): JavaDuration? = of.verdictIn.inJava()

    /** See [Liveness.roundTrip]. */
    @JvmStatic
    public fun roundTrip(of: Liveness): JavaDuration? = of.roundTrip.inJava()

    /** See [Connected.sessionExpiryInterval]. */
    @JvmStatic
    public fun sessionExpiryInterval(of: Connected): JavaDuration = of.sessionExpiryInterval.toJavaDuration()

    /** See [Counters.lastInboundAge]. */
    @JvmStatic
    public fun lastInboundAge(of: Counters): JavaDuration? = of.lastInboundAge.inJava()

    /** See [Counters.lastEvidenceAge]. */
    @JvmStatic
    public fun lastEvidenceAge(of: Counters): JavaDuration? = of.lastEvidenceAge.inJava()

    /** See [RoundTrips.sum]. */
    @JvmStatic
    public fun sum(of: RoundTrips): JavaDuration = of.sum.toJavaDuration()

    /** See [RoundTrips.bounds]. */
    @JvmStatic
    public fun bounds(of: RoundTrips): List<JavaDuration> = of.bounds.map { it.toJavaDuration() }

    /** See [MetricValue.Time.value]. */
    @JvmStatic
    public fun value(of: MetricValue.Time): JavaDuration = of.value.toJavaDuration()

    /** See [TappedPacket.at]. */
    @JvmStatic
    public fun at(of: TappedPacket): JavaDuration = of.at.toJavaDuration()

    /** See [AuthenticationRequest.timeLeft]. */
    @JvmStatic
    public fun timeLeft(of: AuthenticationRequest): JavaDuration = of.timeLeft.toJavaDuration()

    /** See [RateLimit.burst]. */
    @JvmStatic
    public fun burst(of: RateLimit): JavaDuration = of.burst.toJavaDuration()

    private fun Duration?.inJava() = this?.toJavaDuration()
}
