package io.mqttka.java;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.mqttka.Client;
import io.mqttka.ConnectError;
import io.mqttka.Event;
import io.mqttka.EventKind;
import io.mqttka.Message;
import io.mqttka.Mosquitto;
import io.mqttka.MqttkaException;
import io.mqttka.PacketType;
import io.mqttka.ProvidedConnection;
import io.mqttka.ProviderException;
import io.mqttka.Qos;
import io.mqttka.ReasonCode;
import io.mqttka.StreamEnd;
import io.mqttka.Subscription;
import io.mqttka.Topics;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** The client as Java sees it: nothing here knows Kotlin's types. */
@Isolated("it looks at what is logged")
@Timeout(120)
class JavaFacadeTest {
    private static Mosquitto broker;

    @BeforeAll
    static void start() {
        broker = new Mosquitto(Map.of("ann", "right"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static MqttkaClientBuilder builder() {
        return MqttkaClient.builder("mqtt://127.0.0.1:" + broker.getPort()).credentials("ann", "right");
    }

    @Test
    void publishesAndReceives() throws Exception {
        var events = new LinkedBlockingQueue<Event>();
        try (var client = builder().keepAlive(Duration.ofSeconds(30)).listener(events::add).build()) {
            var connected = client.connect().get();
            assertEquals(Duration.ofSeconds(30), Durations.keepAlive(connected));
            assertInstanceOf(EventKind.Connected.class, events.take().getKind());
            try (var messages = client.subscription("j/#", Qos.AT_LEAST_ONCE).join()) {
                assertEquals(List.of(ReasonCode.GRANTED_QOS1), messages.getGranted());
                assertEquals(ReasonCode.SUCCESS, client.publish("j/1", "one", Qos.AT_LEAST_ONCE).join().getReasonCode());
                client.publish("j/2", new byte[] {2}).join();
                client.enqueue(new Message("j/3", "three"));
                var first = messages.take();
                assertEquals("one", first.getPayloadAsString());
                assertTrue(first.matches("j/+"));
                var rest = messages.iterator();
                assertEquals("j/2", rest.next().getTopic());
                assertEquals("three", rest.next().getPayloadAsString());
                assertNull(messages.poll(Duration.ofMillis(1)));
            }
            client.disconnect(Duration.ofSeconds(5)).join();
            assertInstanceOf(EventKind.Disconnected.class, events.take().getKind());
        }
    }

    @Test
    void messagesAreAcknowledgedAndRequestsAnswered() throws Exception {
        try (var client = builder().build()) {
            client.connect().join();
            assertNull(client.negotiated().getReasonString());
            var filters = List.of(new Subscription("m", Qos.AT_LEAST_ONCE));
            try (var messages = client.subscription(filters, true).join()) {
                client.publish("m", "1", Qos.AT_LEAST_ONCE).join();
                client.publish("m", "2", Qos.AT_LEAST_ONCE).join();
                messages.take().acknowledge();
                messages.take().refuse(ReasonCode.UNSPECIFIED_ERROR);
                client.flush(Duration.ofMinutes(1)).join();
            }
            assertEquals(2, client.counters().getPacketsSent().get(PacketType.PUB_ACK).longValue());
            var responder = client.respond("ask/+", Qos.AT_LEAST_ONCE, message -> ("no " + message.getTopic()).getBytes());
            Message response = null;
            while (response == null) {
                // Until the responder has subscribed, nobody is there.
                try {
                    response = client.request(new Message("ask/me", "?", Qos.AT_LEAST_ONCE), Duration.ofMinutes(1)).join();
                } catch (CompletionException failed) {
                    var refused = assertInstanceOf(MqttkaException.Refused.class, failed.getCause());
                    assertEquals(ReasonCode.NO_MATCHING_SUBSCRIBERS, refused.getReasonCode());
                }
            }
            assertEquals("no ask/me", response.getPayloadAsString());
            responder.cancel(false);
            client.disconnect(null, ReasonCode.SUCCESS, Duration.ZERO, "done", List.of()).join();
        }
    }

    @Test
    void aConsumerIsCalledAndMayThrow() throws Exception {
        var heard = new LinkedBlockingQueue<String>();
        var logged = new LinkedBlockingQueue<Throwable>();
        var logger = Logger.getLogger("io.mqttka");
        logger.setFilter(record -> !logged.add(record.getThrown()));
        try (var client = builder().build()) {
            client.connect().join();
            var subscription = client.subscribe("c", Qos.EXACTLY_ONCE, message -> {
                heard.add(message.getPayloadAsString());
                throw new IllegalStateException("it is logged");
            }).join();
            client.publish("c", "1", Qos.EXACTLY_ONCE).join();
            client.publish("c", "2", Qos.EXACTLY_ONCE).join();
            assertEquals("1", heard.take());
            assertEquals("2", heard.take());
            assertEquals("it is logged", logged.take().getMessage());
            subscription.close();
            subscription.ended().get();
        } finally {
            logger.setFilter(null);
        }
    }

    @Test
    void failuresAreTyped() {
        try (var client = builder().reconnect(false).credentials("ann", "wrong").build()) {
            var thrown = assertThrows(CompletionException.class, () -> client.connect().join());
            var failed = assertInstanceOf(MqttkaException.ConnectFailed.class, thrown.getCause());
            assertFalse(failed.getMessage().isBlank());
        }
        // It is none of those that Java wants declared.
        try (var client = builder().reconnect(false).build()) {
            client.enqueue(new Message("a", "b"));
            fail("there is no connection");
        } catch (MqttkaException.NotConnected expected) {
            assertFalse(expected.getMessage().isBlank());
        }
        var wrong = builder().keepAlive(Duration.ofSeconds(70_000));
        var option = assertThrows(MqttkaException.InvalidOption.class, wrong::build);
        assertEquals("keepAlive", option.getOption());
        assertThrows(MqttkaException.InvalidTopic.class, () -> Topics.topicMatches("a/#/b", "a"));
        assertTrue(Topics.topicMatches("$share/g/a/#", "a/b"));
    }

    /** Java's compiler refuses to catch a checked exception that no method declares. */
    @Test
    void failuresCanBeCaught() {
        try {
            new Message("a", "text").matches("a/#/b");
        } catch (MqttkaException.InvalidTopic invalid) {
            assertFalse(invalid.getMessage().isBlank());
            return;
        }
        throw new AssertionError("it is no filter");
    }

    @Test
    void aProviderMayThrow() {
        try (var client = builder().provider(request -> {
            throw new ProviderException("logged out", true);
        }).build()) {
            var thrown = assertThrows(CompletionException.class, () -> client.connect().join());
            var failed = assertInstanceOf(MqttkaException.ConnectFailed.class, thrown.getCause());
            assertInstanceOf(ConnectError.Provider.class, failed.getError());
        }
    }

    @Test
    void aProviderIsAFunction() {
        var asked = new CompletableFuture<Duration>();
        try (var client = builder().credentials("ann", "wrong").provider(request -> {
            asked.complete(Durations.timeLeft(request));
            return CompletableFuture.completedFuture(new ProvidedConnection("ann", "right".getBytes()));
        }).build()) {
            client.connect().join();
            assertTrue(asked.join().toMillis() > 0);
        }
    }

    @Test
    void allThatKotlinHasIsHere() {
        // A flow is Kotlin's; Java has listeners, and streams of messages that are opened.
        var missing = names(Client.class, Set.of("getEvents", "messages"));
        missing.removeAll(names(MqttkaClient.class, Set.of()));
        assertEquals(Set.of(), missing);
    }

    private static Set<String> names(Class<?> of, Set<String> without) {
        return Arrays.stream(of.getDeclaredMethods())
            .filter(it -> Modifier.isPublic(it.getModifiers()) && !it.isSynthetic() && !without.contains(it.getName()))
            // Kotlin's own mark where a Duration is among the parameters.
            .map(it -> it.getName().replaceFirst("-.*", "").replaceFirst("^get(State|Negotiated)$", "$1").toLowerCase(Locale.ROOT))
            .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void whatIsQueuedIsWithdrawn() {
        // It is never connected.
        try (var client = builder().build()) {
            var begun = client.beginPublish(new Message("a", "x", Qos.AT_LEAST_ONCE));
            begun.cancel();
            var thrown = assertThrows(CompletionException.class, () -> begun.outcome().join());
            assertInstanceOf(MqttkaException.Cancelled.class, thrown.getCause());
            var futures = List.of(
                client.publish("a", "x", Qos.EXACTLY_ONCE), client.flush(), client.unsubscribe("a"),
                client.subscribe(List.of(new Subscription("a", Qos.AT_LEAST_ONCE))), client.subscription("a", Qos.AT_LEAST_ONCE));
            assertEquals(5, client.counters().getOutboundQueueMessages());
            futures.forEach(it -> it.cancel(false));
            // Nobody tells when the engine has looked.
            while (client.counters().getOutboundQueueMessages() > 0) Thread.onSpinWait();
        }
    }

    @Test
    void streamsAreOpenedAndRequestsAnsweredLater() throws Exception {
        try (var client = builder().build()) {
            client.connect().join();
            try (var asked = client.openMessages("later/+", true)) {
                client.subscribe(List.of(new Subscription("later/#", Qos.AT_LEAST_ONCE))).join();
                var response = client.request("later/on", "?", Qos.AT_LEAST_ONCE);
                var request = asked.take();
                client.reply(request, "!".getBytes()).join();
                request.acknowledge();
                assertEquals("!", response.join().getPayloadAsString());
            }
            var filters = List.of(new Subscription("b", Qos.AT_LEAST_ONCE));
            var stream = client.subscription(filters, List.of(), true, false).join();
            stream.unsubscribe().join();
            assertNull(stream.take());
            assertInstanceOf(StreamEnd.Unsubscribed.class, stream.getEnd());
        }
    }

    @Test
    void theBuilderHasEveryOptionAndPrintsNoSecret() {
        var here = Arrays.stream(MqttkaClientBuilder.class.getMethods())
            .filter(it -> Modifier.isPublic(it.getModifiers()) && it.getReturnType() == MqttkaClientBuilder.class)
            .map(Method::getName).collect(Collectors.toCollection(TreeSet::new));
        // What Java adds one by one, or gives as a function of its own.
        var oneByOne = Map.of(
            "server", "servers", "webSocketHeader", "webSocketHeaders", "userProperty", "userProperties",
            "answeringAuthenticator", "authenticator");
        oneByOne.forEach((one, all) -> { if (here.remove(one)) here.add(all); });
        here.removeAll(Set.of("credentials", "listener"));
        var options = Arrays.stream(io.mqttka.Options.class.getDeclaredFields())
            .filter(it -> !Modifier.isStatic(it.getModifiers()))
            .map(it -> it.getName()).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(options, here);
        var text = MqttkaClient.builder("mqtt://u:s3cret@h?s3cret").password("s3cret").toString();
        assertFalse(text.contains("s3cret"), text);
    }
}
