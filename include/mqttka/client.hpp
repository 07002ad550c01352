/* Clients, their subscriptions and streams. Include mqttka.hpp. */
#ifndef MQTTKA_CLIENT_HPP
#define MQTTKA_CLIENT_HPP

#include "options.hpp"

namespace mqttka {

/** One SUBSCRIBE packet in the making. */
class subscribe_request {
public:
    subscribe_request() : request_(detail::made(mqttka_subscribe_request_new())) {}
    /** With one filter; flags: MQTTKA_SUBSCRIBE_*. */
    explicit subscribe_request(std::string_view filter, std::int32_t qos = 0, std::uint32_t flags = 0) : subscribe_request() {
        add(filter, qos, flags);
    }
    subscribe_request &add(std::string_view filter, std::int32_t qos = 0, std::uint32_t flags = 0) {
        detail::check(mqttka_subscribe_request_add(request_.get(), filter.data(), filter.size(), qos, flags));
        return *this;
    }
    subscribe_request &subscription_identifier(std::uint32_t identifier) {
        detail::check(mqttka_subscribe_request_set_subscription_identifier(request_.get(), identifier));
        return *this;
    }
    subscribe_request &add_user_property(std::string_view name, std::string_view value) {
        detail::check(mqttka_subscribe_request_add_user_property(request_.get(), name.data(), name.size(), value.data(), value.size()));
        return *this;
    }
    subscribe_request &cancelled_by(const canceller &canceller) {
        detail::check(mqttka_subscribe_request_set_canceller(request_.get(), canceller.get()));
        return *this;
    }
    /** Whether the program acknowledges this subscription's messages itself: message_view::acknowledge(). */
    subscribe_request &manual_acknowledgement(bool manual = true) {
        detail::check(mqttka_subscribe_request_set_manual_acknowledgement(request_.get(), manual));
        return *this;
    }
    const mqttka_subscribe_request *get() const noexcept { return request_.get(); }

private:
    std::unique_ptr<mqttka_subscribe_request, detail::freeing<mqttka_subscribe_request_free>> request_;
};

namespace detail {

/** A completion on its way through C, which calls it once, or not at all where the call failed. */
class completion {
public:
    explicit completion(completion_function function)
        : function_(function ? std::make_unique<completion_function>(std::move(function)) : nullptr) {}
    mqttka_completion_fn call() const noexcept { return function_ ? call_once : nullptr; }
    void *user_data() const noexcept { return function_.get(); }
    /** What the C function said. */
    void began(std::int32_t code) {
        check(code);
        static_cast<void>(function_.release());
    }

private:
    static void call_once(mqttka_client *, const mqttka_result *result, void *function) noexcept {
        const std::unique_ptr<completion_function> once(static_cast<completion_function *>(function));
        (*once)(result_view(result));
    }
    std::unique_ptr<completion_function> function_;
};

} // namespace detail

/** A subscription with a function of its own; ends (UNSUBSCRIBE) with this object, or with its client. */
class subscription {
public:
    subscription(std::shared_ptr<detail::lifetime> life, std::uint64_t number) noexcept : life_(std::move(life)), number_(number) {}
    subscription(subscription &&other) noexcept = default;
    subscription &operator=(subscription &&other) noexcept {
        std::swap(life_, other.life_);
        std::swap(number_, other.number_);
        return *this;
    }
    ~subscription() { static_cast<void>(end(nullptr, nullptr)); }

    std::uint64_t number() const noexcept { return number_; }
    /** Ends it now. The function is called until the broker has answered. */
    void unsubscribe(completion_function function = nullptr) {
        detail::completion completion(std::move(function));
        const auto code = end(completion.call(), completion.user_data());
        if (!code) throw error(MQTTKA_ERROR_CLOSED, "mqttka::subscription::unsubscribe: it has ended, or its client");
        completion.began(*code);
    }
    /** Leaves it to the client. */
    void detach() noexcept { life_.reset(); }

private:
    /** What the C function said; nothing: there was nothing to end. */
    std::optional<std::int32_t> end(mqttka_completion_fn completion, void *user_data) noexcept {
        if (const auto life = std::move(life_)) {
            const std::lock_guard<std::mutex> guard(life->lock);
            if (life->client) return mqttka_client_unsubscribe_from(life->client, number_, completion, user_data);
        }
        return std::nullopt;
    }
    std::shared_ptr<detail::lifetime> life_;
    std::uint64_t number_;
};

/** Messages that the program fetches. Used by one thread at a time; closed with this object. */
class stream {
public:
    explicit stream(mqttka_stream *opened) noexcept : stream_(opened) {}

    /**
     * The next message, lent until done() counts it; nothing where none came in time. A negative
     * timeout: for ever. Throws what ended the stream, after its last message.
     */
    std::optional<message_view> next(std::chrono::milliseconds timeout = std::chrono::milliseconds(-1)) {
        const mqttka_message *message = nullptr;
        const auto code = mqttka_stream_next(stream_.get(), timeout.count(), &message);
        if (code == MQTTKA_ERROR_TIMED_OUT) return std::nullopt;
        detail::check(code);
        return message_view(message);
    }
    /** The oldest lent messages are consumed: they are acknowledged, and no longer valid. */
    void done(std::size_t count = SIZE_MAX) { detail::check(mqttka_stream_done(stream_.get(), count)); }
    void unsubscribe(completion_function function = nullptr) {
        detail::completion completion(std::move(function));
        completion.began(mqttka_stream_unsubscribe(stream_.get(), completion.call(), completion.user_data()));
    }
    /** Why its connection ended: MQTTKA_CAUSE_* or MQTTKA_CONNECT_ERROR_*; 0: it did not. */
    std::int32_t cause() const noexcept { return mqttka_stream_cause(stream_.get()); }
    /** Why it has no subscription, in the broker's words, too, once next() has thrown that; valid as long as this object. */
    std::optional<result_view> result() const noexcept {
        const auto *result = mqttka_stream_result(stream_.get());
        return result ? std::optional<result_view>(result) : std::nullopt;
    }

private:
    std::unique_ptr<mqttka_stream, detail::freeing<mqttka_stream_close>> stream_;
};

/** A request of others, to be answered once, from any thread. One that ends without a word comes again (QoS 1, 2). */
class received_request {
public:
    explicit received_request(mqttka_received_request *received) noexcept : request_(received) {}
    message_view message() const noexcept { return message_view(mqttka_received_request_message(request_.get())); }
    /** Publishes this answer to the request's response topic; the request is acknowledged. */
    void reply(std::string_view payload) { detail::check(mqttka_received_request_reply(request_.get(), payload.data(), payload.size())); }
    /** There is no answer; the request is acknowledged. */
    void decline() { detail::check(mqttka_received_request_decline(request_.get())); }

private:
    std::unique_ptr<mqttka_received_request, detail::freeing<mqttka_received_request_free>> request_;
};

/** Requests of others that the program fetches, in any number of threads; closed with this object. */
class requests {
public:
    explicit requests(mqttka_requests *opened) noexcept : requests_(opened) {}

    /** The next request; nothing where none came in time. A negative timeout: for ever. Throws what ended them, after the last one. */
    std::optional<received_request> next(std::chrono::milliseconds timeout = std::chrono::milliseconds(-1)) {
        mqttka_received_request *received = nullptr;
        const auto code = mqttka_requests_next(requests_.get(), timeout.count(), &received);
        if (code == MQTTKA_ERROR_TIMED_OUT) return std::nullopt;
        detail::check(code);
        return std::optional<received_request>(received);
    }
    void unsubscribe(completion_function function = nullptr) {
        detail::completion completion(std::move(function));
        completion.began(mqttka_requests_unsubscribe(requests_.get(), completion.call(), completion.user_data()));
    }
    /** As stream::result(). */
    std::optional<result_view> result() const noexcept {
        const auto *result = mqttka_requests_result(requests_.get());
        return result ? std::optional<result_view>(result) : std::nullopt;
    }

private:
    std::unique_ptr<mqttka_requests, detail::freeing<mqttka_requests_close>> requests_;
};

/** What can be done with a client; valid as long as that one is. */
class client_view {
public:
    mqttka_client *get() const noexcept { return client_; }

    /** Begins to connect; an event says what came of it. */
    void connect() const { detail::check(mqttka_client_connect(client_)); }
    /** Says goodbye after what was queued; the client can connect again. */
    void disconnect() const { detail::check(mqttka_client_disconnect(client_)); }
    void disconnect_with(std::int32_t reason_code) const { detail::check(mqttka_client_disconnect_with(client_, reason_code)); }
    /** The same, after what was queued is acknowledged, or the time is over. */
    void disconnect_after(std::chrono::milliseconds drain_timeout, std::int32_t reason_code = 0) const {
        detail::check(mqttka_client_disconnect_after(client_, reason_code, drain_timeout.count()));
    }
    /** The same, with all that a goodbye can say. */
    void disconnect(const disconnect_request &request) const { detail::check(mqttka_client_send_disconnect(client_, request.get())); }
    /** Ends it without a goodbye: the broker publishes the Will. */
    void abort() const { detail::check(mqttka_client_abort(client_)); }

    void publish(std::string_view topic, std::string_view payload, std::int32_t qos = 0, bool retain = false,
                 completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        completion.began(mqttka_client_publish(client_, topic.data(), topic.size(), payload.data(), payload.size(), qos, retain,
                                               completion.call(), completion.user_data()));
    }
    void publish(const message_view &message, completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        completion.began(mqttka_client_publish_message(client_, message.get(), completion.call(), completion.user_data()));
    }
    /** timeout: how long it may wait for its outcome. */
    void publish(const message_view &message, std::chrono::milliseconds timeout, completion_function function = nullptr) const {
        publish_options how;
        how.timeout = timeout;
        publish(message, how, std::move(function));
    }
    void publish(const message_view &message, const publish_options &how, completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        const mqttka_publish_options options = {sizeof options, how.timeout.count(), how.receipt ? std::uint64_t{MQTTKA_PUBLISH_RECEIPT} : 0,
                                                how.cancelled_by ? how.cancelled_by->get() : nullptr};
        completion.began(mqttka_client_publish_with(client_, message.get(), &options, completion.call(), completion.user_data()));
    }
    void subscribe(std::string_view filter, std::int32_t qos = 0, completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        completion.began(mqttka_client_subscribe(client_, filter.data(), filter.size(), qos, completion.call(), completion.user_data()));
    }
    void subscribe(const subscribe_request &request, completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        completion.began(mqttka_client_send_subscribe(client_, request.get(), completion.call(), completion.user_data()));
    }
    /** With a function of its own: of (message_view) or of (client_view, message_view). */
    template <class Function>
    [[nodiscard]] subscription subscribe_with(const subscribe_request &request, Function on_message,
                                              completion_function function = nullptr) const {
        auto own = std::make_unique<detail::callbacks>();
        own->message = detail::with_client<message_view>(std::move(on_message));
        own->life = life_;
        detail::completion completion(std::move(function));
        std::uint64_t number = 0;
        completion.began(mqttka_client_subscribe_with(client_, request.get(), own->message ? call_message : nullptr, own.get(),
                                                      detail::release<detail::callbacks>, completion.call(), completion.user_data(),
                                                      &number));
        own.release();
        return {life_, number};
    }
    void unsubscribe(std::string_view filter, completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        completion.began(mqttka_client_unsubscribe(client_, filter.data(), filter.size(), completion.call(), completion.user_data()));
    }
    void unsubscribe(const unsubscribe_request &request, completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        completion.began(mqttka_client_send_unsubscribe(client_, request.get(), completion.call(), completion.user_data()));
    }
    /** The outcome comes when the broker has read all that was asked for before. 0: it may wait for ever. */
    void flush(completion_function function, std::chrono::milliseconds timeout = std::chrono::milliseconds(0)) const {
        detail::completion completion(std::move(function));
        completion.began(mqttka_client_flush(client_, timeout.count(), completion.call(), completion.user_data()));
    }
    /** The same, which can be cancelled: nobody waits then, and what it follows goes on. */
    void flush(const canceller &cancelled_by, completion_function function, std::chrono::milliseconds timeout = std::chrono::milliseconds(0)) const {
        detail::completion completion(std::move(function));
        completion.began(mqttka_client_flush_cancellable(client_, timeout.count(), cancelled_by.get(), completion.call(), completion.user_data()));
    }
    /** Proves to the broker anew who the client is, by its authenticator, while the connection goes on. */
    void reauthenticate(completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        completion.began(mqttka_client_reauthenticate(client_, completion.call(), completion.user_data()));
    }
    /** The same, which can be cancelled until it begins. */
    void reauthenticate(const canceller &cancelled_by, completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        completion.began(mqttka_client_reauthenticate_cancellable(client_, cancelled_by.get(), completion.call(), completion.user_data()));
    }
    /** Publishes a request, and gives its response to a function. timeout: for the response; 0: 30 s. */
    void request(const message_view &message, response_function function,
                 std::chrono::milliseconds timeout = std::chrono::milliseconds(0)) const {
        auto kept = std::make_unique<response_function>(std::move(function));
        detail::check(mqttka_client_request(client_, message.get(), timeout.count(), answered, kept.get()));
        kept.release();
    }
    /** The same, which can be cancelled until its response is there. */
    void request(const message_view &message, const canceller &cancelled_by, response_function function,
                 std::chrono::milliseconds timeout = std::chrono::milliseconds(0)) const {
        auto kept = std::make_unique<response_function>(std::move(function));
        detail::check(mqttka_client_request_cancellable(client_, message.get(), timeout.count(), cancelled_by.get(), answered, kept.get()));
        kept.release();
    }
    /** Subscribes, and answers the requests that come. */
    [[nodiscard]] subscription respond(const subscribe_request &request, responder_function responder,
                                       completion_function function = nullptr) const {
        const auto call = [](mqttka_client *, const mqttka_message *asked, mqttka_reply *reply, void *user_data) noexcept {
            (*static_cast<responder_function *>(user_data))(message_view(asked), reply_view(reply));
        };
        auto kept = std::make_unique<responder_function>(std::move(responder));
        detail::completion completion(std::move(function));
        std::uint64_t number = 0;
        completion.began(mqttka_client_respond(client_, request.get(), call, kept.get(), detail::release<responder_function>,
                                               completion.call(), completion.user_data(), &number));
        kept.release();
        return {life_, number};
    }
    /** Subscribes, and gives the requests that come, to be answered later, several at a time. */
    mqttka::requests subscribe_requests(const subscribe_request &request, completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        mqttka_requests *opened = nullptr;
        completion.began(mqttka_client_subscribe_requests(client_, request.get(), completion.call(), completion.user_data(), &opened));
        return mqttka::requests(opened);
    }
    /** A stream of the messages that match a filter; of all, without one. It subscribes to nothing. */
    stream open_stream(std::string_view filter = {}) const {
        mqttka_stream *opened = nullptr;
        detail::check(mqttka_client_open_stream(client_, filter.data(), filter.size(), &opened));
        return stream(opened);
    }
    /** Subscribes, and gives the messages as a stream. flags: MQTTKA_STREAM_*. */
    stream subscribe_stream(const subscribe_request &request, std::uint32_t flags = 0, completion_function function = nullptr) const {
        detail::completion completion(std::move(function));
        mqttka_stream *opened = nullptr;
        completion.began(mqttka_client_subscribe_stream(client_, request.get(), flags, completion.call(), completion.user_data(), &opened));
        return stream(opened);
    }

    /** Wants a sign of life of the broker within this time. */
    void probe_now(std::chrono::milliseconds timeout) const { detail::check(mqttka_client_probe_now(client_, timeout.count())); }
    void reconnect_now() const { detail::check(mqttka_client_reconnect_now(client_)); }
    /** MQTTKA_NETWORK_*. */
    void network_changed(std::int32_t change) const { detail::check(mqttka_client_network_changed(client_, change)); }
    void network_changed(const mqttka_network &network) const { detail::check(mqttka_client_network_is(client_, &network)); }
    void entered_background() const { detail::check(mqttka_client_entered_background(client_)); }
    void entered_foreground() const { detail::check(mqttka_client_entered_foreground(client_)); }

    /** A number of the status: MQTTKA_STATUS_*. */
    std::optional<std::int64_t> number(std::int32_t status) const {
        std::int64_t value = 0;
        if (!detail::present(mqttka_client_get_int(client_, status, &value))) return std::nullopt;
        return value;
    }
    /** A string of the status: MQTTKA_STATUS_*. */
    std::optional<std::string> text(std::int32_t status) const {
        for (std::string text(255, '\0');; text.resize(text.size() * 2)) {
            std::size_t length = 0;
            if (!detail::present(mqttka_client_get_string(client_, status, text.data(), text.size() + 1, &length))) return std::nullopt;
            if (length > text.size()) continue;
            text.resize(length);
            return text;
        }
    }
    /** A number that was negotiated for the present connection: an MQTTKA_EVENT_* key of CONNECTED. */
    std::optional<std::int64_t> negotiated_number(std::int32_t key) const {
        std::int64_t value = 0;
        if (!detail::present(mqttka_client_get_negotiated_int(client_, key, &value))) return std::nullopt;
        return value;
    }
    /** A string that was. */
    std::optional<std::string> negotiated_text(std::int32_t key) const {
        for (std::string text(255, '\0');; text.resize(text.size() * 2)) {
            std::size_t length = 0;
            if (!detail::present(mqttka_client_get_negotiated_string(client_, key, text.data(), text.size() + 1, &length))) return std::nullopt;
            if (length > text.size()) continue;
            text.resize(length);
            return text;
        }
    }
    /** Those of the present connection's CONNACK, copied; none where there is no connection. */
    std::vector<std::pair<std::string, std::string>> negotiated_user_properties() const {
        std::vector<std::pair<std::string, std::string>> all;
        const std::size_t count = mqttka_client_negotiated_user_property_count(client_);
        while (all.size() < count) {
            std::string name(63, '\0'), value(63, '\0');
            for (;;) {
                std::size_t name_length = 0, value_length = 0;
                if (!detail::present(mqttka_client_get_negotiated_user_property(client_, all.size(), name.data(), name.size() + 1, &name_length,
                                                                                value.data(), value.size() + 1, &value_length)))
                    return all;
                const bool fits = name_length <= name.size() && value_length <= value.size();
                name.resize(name_length);
                value.resize(value_length);
                if (fits) break;
            }
            all.emplace_back(std::move(name), std::move(value));
        }
        return all;
    }
    /** What is counted, at this moment. */
    mqttka::counters counters() const {
        mqttka_counters *taken = nullptr;
        detail::check(mqttka_client_counters(client_, &taken));
        return mqttka::counters(taken);
    }
    /** MQTTKA_STATE_*. */
    std::int32_t state() const { return static_cast<std::int32_t>(number(MQTTKA_STATUS_STATE).value_or(MQTTKA_STATE_CLOSED)); }
    bool connected() const { return state() == MQTTKA_STATE_CONNECTED; }

protected:
    /* The response to a request, which owns its function. */
    static void answered(mqttka_client *, const mqttka_message *response, const mqttka_result *result, void *user_data) noexcept {
        const std::unique_ptr<response_function> once(static_cast<response_function *>(user_data));
        (*once)(response ? std::optional<message_view>(response) : std::nullopt, result_view(result));
    }

    friend class options;
    client_view(mqttka_client *client, std::shared_ptr<detail::lifetime> life) noexcept : client_(client), life_(std::move(life)) {}

    static void call_message(mqttka_client *client, const mqttka_message *message, void *callbacks) noexcept {
        auto &own = *static_cast<detail::callbacks *>(callbacks);
        own.message(client_view(client, own.life), message_view(message));
    }
    mqttka_client *client_;
    std::shared_ptr<detail::lifetime> life_;
};

/** One MQTT client. Its end says goodbye, and waits for its callbacks. */
class client : public client_view {
public:
    explicit client(options &options) : client(options, mqttka_client_new) {}
    explicit client(options &&options) : client(options) {}
    client(client &&other) noexcept : client_view(std::exchange(other.client_, nullptr), std::move(other.life_)) {}
    client &operator=(client &&other) noexcept {
        std::swap(client_, other.client_);
        std::swap(life_, other.life_);
        return *this;
    }
    ~client() { end(std::chrono::milliseconds(-1)); }

    /**
     * Says goodbye, and waits for the callbacks, as the destructor does, but for this long at most:
     * false: some still run. No wait inside a callback of this client. Afterwards only close() and
     * the destructor can be called.
     */
    bool close(std::chrono::milliseconds timeout = std::chrono::milliseconds(-1)) { return end(timeout); }

protected:
    client(options &options, std::int32_t (*make)(mqttka_options *, mqttka_client **))
        : client_view(nullptr, std::make_shared<detail::lifetime>()) {
        auto callbacks = std::make_unique<detail::callbacks>(options.callbacks_);
        callbacks->life = life_;
        detail::check(mqttka_options_set_user_data(options.get(), callbacks.get(), detail::release<detail::callbacks>));
        callbacks.release();
        detail::check(make(options.get(), &client_));
        life_->client = client_;
    }

private:
    bool end(std::chrono::milliseconds timeout) noexcept {
        if (life_) {
            const std::lock_guard<std::mutex> guard(life_->lock);
            life_->client = nullptr;
        }
        if (!client_) return true;
        const auto code = mqttka_client_destroy_and_wait(client_, timeout.count());
        if (code == MQTTKA_ERROR_TIMED_OUT) return false;
        // One in the program's own loop needs its pointer until somebody has driven it to its end.
        if (code == MQTTKA_ERROR_WOULD_DEADLOCK && mqttka_client_fd(client_) >= 0) return false;
        if (code == MQTTKA_ERROR_WOULD_DEADLOCK) mqttka_client_destroy(client_);
        client_ = nullptr;
        return code == MQTTKA_OK;
    }
};

inline void options::call_event(mqttka_client *client, const mqttka_event *event, void *callbacks) noexcept {
    auto &own = *static_cast<detail::callbacks *>(callbacks);
    own.event(client_view(client, own.life), event_view(event));
}

inline void options::call_message(mqttka_client *client, const mqttka_message *message, void *callbacks) noexcept {
    client_view::call_message(client, message, callbacks);
}

} // namespace mqttka

#endif // MQTTKA_CLIENT_HPP
