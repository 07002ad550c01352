package io.mqttka

import kotlin.time.Duration

/**
 * What a connection attempt tried, and where its time went.
 *
 * @property serverIndex Which of the options' servers it was, from 0: the last that was tried.
 * @property transport What was to carry MQTT.
 * @property host The server's host; the path of a Unix socket.
 * @property port The server's port; 0 for a Unix socket.
 * @property proxy The proxy between, as `host:port`.
 * @property address The IP address that was tried last, the proxy's where there is one; null where it
 *   did not come so far.
 * @property rememberedAddress The resolver had not answered for a second, and an address that an earlier
 *   attempt had found was tried.
 * @property stages The stages that the attempt entered, in their order; the last one may have failed.
 */
public data class Attempted(
    public val serverIndex: Int,
    public val transport: Transport,
    public val host: String,
    public val port: Int,
    public val proxy: String?,
    public val address: String?,
    public val rememberedAddress: Boolean,
    public val stages: List<StageTime>,
)

/** How long a [stage] of an attempt took. */
public data class StageTime(public val stage: Stage, public val time: Duration)
