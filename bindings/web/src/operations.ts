/** What is asked of the broker: messages that go, and messages that come. */

import type { Access } from "./access.ts";
import { checkedOptions, checkedSize, checkedText, flagsOf } from "./checks.ts";
import { tellUncaught } from "./listeners.ts";
import type { Granted, Message, Messages } from "./messages.ts";
import type {
  Filters,
  FlushOptions,
  Outcome,
  Payload,
  PublishOptions,
  RequestOptions,
  RespondOptions,
  Signalled,
  StreamOptions,
  SubscribeOptions,
} from "./options.ts";
import { payloadBytes, subscriptionsOf } from "./options.ts";
import { refused } from "./streams-later.ts";

/** The operations of a client: each has one outcome. */
export class Operations {
  readonly #access: Access;

  /** @internal */
  constructor(access: Access) {
    this.#access = access;
  }

  /**
   * Publishes a message, and waits until it was handed to the socket (QoS 0) or the broker has it (QoS 1 and 2),
   * where the client comes back by itself also over several connections. A signal ends the waiting, and
   * withdraws the message where no connection has sent it yet; what was sent goes on.
   *
   * @throws MqttkaError `notConnected`, `queueFull`, `packetTooLarge`, `invalidTopic`, `refused`, `expired`,
   * `timedOut` and others.
   */
  publish(topic: string, payload: Payload, options: PublishOptions = {}): Promise<Outcome> {
    let bytes: Uint8Array;
    let flags: number;
    try {
      checkedOptions("publish", options);
      const { qos = 0, retain = false, receipt = false } = options;
      checkedText("topic", topic);
      flags = flagsOf(qos, retain, receipt);
      bytes = this.#own(payload);
    } catch (error) {
      return Promise.reject(error);
    }
    const { timeout, properties, traceContext, signal } = options;
    return this.#access.with(
      (driver) =>
        driver.operation<Outcome>(
          (engine, now, id) =>
            engine.publish(id, now, topic, bytes, flags, timeout, properties, traceContext),
          signal,
        ),
      signal,
    );
  }

  /**
   * Queues a message, and waits for nothing.
   *
   * @throws MqttkaError as `publish` rejects where it is refused at once.
   */
  enqueue(topic: string, payload: Payload, options: PublishOptions = {}): void {
    const {
      qos = 0,
      retain = false,
      timeout,
      properties,
      traceContext,
    } = checkedOptions("publish", options);
    checkedText("topic", topic);
    const flags = flagsOf(qos, retain);
    const bytes = this.#own(payload);
    this.#access.tell((engine, now) =>
      engine.publish(0, now, topic, bytes, flags, timeout, properties, traceContext),
    );
  }

  /** The bytes of a payload. Whoever gave it may change it before the engine is there. */
  #own(payload: Payload): Uint8Array {
    const bytes = checkedSize(payloadBytes(payload));
    return this.#access.isMade ? bytes : bytes.slice();
  }

  /**
   * Resolves when the broker has read everything that was asked for before: it answered a PINGREQ that followed it.
   * That is no acknowledgement. Between connections it waits for the next one.
   *
   * A signal ends the waiting, and takes it out of the queue.
   *
   * @throws MqttkaError `disconnected` where the connection ended after all was sent and before the answer;
   * `timedOut`; `queueFull`; `notConnected`; `closed`.
   */
  async flush(options: FlushOptions = {}): Promise<void> {
    const { timeout, signal } = checkedOptions("flush", options);
    await this.#access.with(
      (driver) =>
        driver.operation<Outcome>((engine, now, id) => engine.flush(id, now, timeout), signal),
      signal,
    );
  }

  /**
   * Publishes a request, and gives its response: the first message to this client's response topic with the request's
   * correlation data, which are both the client's own. MQTT 5.0 only. A signal ends the waiting, and
   * withdraws the request: where no connection has sent it yet, it never leaves; a response that comes is nobody's.
   *
   * @throws MqttkaError `timedOut`; `refused` where the broker refuses it, or says (QoS 1 and 2) that nobody subscribes
   * to the topic; `notSupported` in 3.1.1; as `publish`.
   */
  async request(topic: string, payload: Payload, options: RequestOptions = {}): Promise<Message> {
    const {
      qos = 0,
      retain = false,
      timeout,
      properties,
      traceContext,
      signal,
    } = checkedOptions("request", options);
    checkedText("topic", topic);
    const flags = flagsOf(qos, retain);
    const bytes = this.#own(payload);
    return this.#access.with(
      (driver) =>
        driver.operation<Message>(
          (engine, now, id) =>
            engine.request(id, now, topic, bytes, flags, timeout, properties, traceContext),
          signal,
        ),
      signal,
    );
  }

  /**
   * Publishes the answer to a request that came: to its response topic, with its correlation data, at its QoS. A signal
   * does what it does for `publish`.
   *
   * @throws MqttkaError `invalidArgument` where the message is no request; `invalidTopic` where its response topic is
   * none; as `publish`.
   */
  async reply(request: Message, payload: Payload, options: Signalled = {}): Promise<Outcome> {
    const { signal } = checkedOptions("reply", options);
    const { topic, qos, properties } = request;
    const { responseTopic, correlationData } = properties;
    const bytes = this.#own(payload);
    return this.#access.with(
      (driver) =>
        driver.operation<Outcome>(
          (engine, now, id) =>
            engine.reply(id, now, topic, qos, responseTopic, correlationData, bytes),
          signal,
        ),
      signal,
    );
  }

  /**
   * Subscribes, and answers the requests that come: the handler's payload, or that of its promise, goes to the request's
   * response topic; undefined is no answer, and what is no request is dropped. What the handler throws is told as an
   * uncaught error. A request of QoS 1 or 2 is acknowledged when it is answered. Up to 1024 are being answered at a time, and
   * no further one where those have 1 MiB of payload: the others wait in the engine, whose bounds are options. It ends when
   * the loop that it gives is closed, which nobody else may read; connections that end do not end it. MQTT 5.0 only.
   * `$share/group/...` divides the requests among all responders of the group.
   */
  respond(
    filters: Filters,
    handler: (request: Message) => Payload | PromiseLike<Payload>,
    options: RespondOptions = {},
  ): Messages {
    try {
      checkedOptions("respond", options);
    } catch (error) {
      return refused(error);
    }
    const requests = this.#access.stream(true, options.signal, (engine, now, id) =>
      engine.openResponder(id, now, subscriptionsOf(filters, options)),
    );
    void this.#answer(requests, handler);
    return requests;
  }

  async #answer(
    requests: Messages,
    handler: (request: Message) => Payload | PromiseLike<Payload>,
  ): Promise<void> {
    for (;;) {
      let request: IteratorResult<Message, undefined>;
      try {
        request = await requests.next();
      } catch {
        // `ready` tells what was wrong, and events tell of connections.
        return;
      }
      if (request.done) {
        return;
      }
      void this.#answerOne(request.value, handler);
    }
  }

  async #answerOne(
    request: Message,
    handler: (request: Message) => Payload | PromiseLike<Payload>,
  ): Promise<void> {
    const answer = request.toAnswer();
    try {
      const payload = await handler(request);
      answer(payload === undefined ? undefined : payloadBytes(payload));
    } catch (error) {
      answer();
      tellUncaught(error);
    }
  }

  /**
   * Proves anew to the broker who the client is, while the connection goes on, by `authenticator`.
   * A signal ends the waiting, and withdraws what waits for another one to end; one that has begun goes on.
   *
   * @throws MqttkaError `refused`, `authentication`, for which the connection ends; `notConnected`;
   * `invalidArgument` where there is no authenticator.
   */
  async reauthenticate(options: Signalled = {}): Promise<void> {
    const { signal } = checkedOptions("reauthenticate", options);
    await this.#access.with(
      (driver) =>
        driver.operation<Outcome>((engine, now, id) => engine.reauthenticate(id, now), signal),
      signal,
    );
  }

  /**
   * A loop over the messages that match these filters, which are subscribed to with one SUBSCRIBE. Where the client
   * comes back by itself, it goes on, and is subscribed again where the broker lost the session; it ends with an
   * error when the client stops for good.
   *
   * A signal ends the loop with its reason. What is wrong with the call is told by `ready` and by the loop.
   */
  subscribe(filters: Filters, options: StreamOptions = {}): Messages {
    try {
      checkedOptions("subscribe", options);
    } catch (error) {
      return refused(error);
    }
    const { properties, outlivesConnections, manualAcknowledgement, signal } = options;
    const lives = outlivesConnections === true;
    const manual = manualAcknowledgement === true;
    return this.#access.stream(true, signal, (engine, now, id) => {
      const subscriptions = subscriptionsOf(filters, options);
      engine.openSubscription(id, id, now, subscriptions, properties, lives, manual);
    });
  }

  /**
   * A loop over the messages that match `filter`, or over all, from now on, and those that wait for a consumer. It
   * subscribes to nothing itself.
   */
  messages(filter?: string, options: Signalled = {}): Messages {
    try {
      checkedOptions("messages", options);
    } catch (error) {
      return refused(error);
    }
    return this.#access.stream(false, options.signal, (engine, now, id) =>
      engine.openMessages(id, now, filter),
    );
  }

  /** Subscribes without a loop: the messages come to `messages()` and `on("message", ...)`. */
  async subscribeOnly(filters: Filters, options: SubscribeOptions = {}): Promise<Granted> {
    const { properties, signal } = checkedOptions("subscribe", options);
    return this.#access.with(
      (driver) =>
        driver.operation<Granted>(
          (engine, now, id) =>
            engine.subscribe(id, now, subscriptionsOf(filters, options), properties),
          signal,
        ),
      signal,
    );
  }

  /** Unsubscribes from what `subscribeOnly` subscribed to; loops end their own. */
  async unsubscribe(
    filters: string | readonly string[],
    options: Pick<SubscribeOptions, "properties" | "signal"> = {},
  ): Promise<Outcome> {
    const { properties, signal } = checkedOptions("unsubscribe", options);
    const each = Array.isArray(filters)
      ? filters.map((filter) => checkedText("filter", filter))
      : [checkedText("filter", filters)];
    return this.#access.with(
      (driver) =>
        driver.operation<Outcome>(
          (engine, now, id) => engine.unsubscribe(id, now, each, properties),
          signal,
        ),
      signal,
    );
  }
}
