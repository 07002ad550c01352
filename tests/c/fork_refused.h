/* What a forked child is refused: a part of fork.c, which has the objects. */
#ifndef FORK_REFUSED_H
#define FORK_REFUSED_H

#define IS_FORKED(call) EXPECT_INT(MQTTKA_ERROR_FORKED, call)

TEST(mqttka_set_log_callback) { IS_FORKED(mqttka_set_log_callback(5, NULL, NULL)); }

TEST(mqttka_client_new)
{
    mqttka_client *other = client;
    IS_FORKED(mqttka_client_new(options, &other));
    EXPECT(other == NULL);
}

TEST(mqttka_client_connect) { IS_FORKED(mqttka_client_connect(client)); }
TEST(mqttka_client_disconnect) { IS_FORKED(mqttka_client_disconnect(client)); }
TEST(mqttka_client_disconnect_with) { IS_FORKED(mqttka_client_disconnect_with(client, 4)); }

static void on_own_message(mqttka_client *from, const mqttka_message *given, void *user_data)
{
    EXPECT_FAILED("%p received %p with %p in a child", (void *)from, (const void *)given, user_data);
}

static void never(void *user_data) { EXPECT_FAILED("destructor of %p", user_data); }

TEST(mqttka_client_disconnect_after)
{
    IS_FORKED(mqttka_client_disconnect_after(client, 0, 1000));
}

TEST(mqttka_client_abort) { IS_FORKED(mqttka_client_abort(client)); }

TEST(mqttka_client_get_string)
{
    char buffer[8];
    length = 77;
    IS_FORKED(mqttka_client_get_string(client, MQTTKA_STATUS_HELD_BACK_FILTER, buffer,
                                       sizeof buffer, &length));
    EXPECT_INT(77, length);
}

TEST(mqttka_client_subscribe_with)
{
    uint64_t subscription = 77;
    IS_FORKED(mqttka_client_subscribe_with(client, request, on_own_message, NULL, never, NULL, NULL,
                                           &subscription));
    EXPECT_INT(77, subscription);
}

TEST(mqttka_client_unsubscribe_from)
{
    IS_FORKED(mqttka_client_unsubscribe_from(client, 1, NULL, NULL));
}

TEST(mqttka_client_open_stream)
{
    mqttka_stream *other = stream;
    IS_FORKED(mqttka_client_open_stream(client, NULL, 0, &other));
    EXPECT(other == NULL);
}

TEST(mqttka_client_subscribe_stream)
{
    mqttka_stream *other = stream;
    IS_FORKED(mqttka_client_subscribe_stream(client, request, 0, NULL, NULL, &other));
    EXPECT(other == NULL);
}

TEST(mqttka_stream_next)
{
    const mqttka_message *lent = message;
    IS_FORKED(mqttka_stream_next(stream, -1, &lent));
    EXPECT(lent == NULL);
}

TEST(mqttka_stream_done) { IS_FORKED(mqttka_stream_done(stream, SIZE_MAX)); }
TEST(mqttka_stream_unsubscribe) { IS_FORKED(mqttka_stream_unsubscribe(stream, NULL, NULL)); }
TEST(mqttka_client_publish)
{
    IS_FORKED(mqttka_client_publish(client, "a", 1, "x", 1, 0, false, NULL, NULL));
}

TEST(mqttka_client_publish_message)
{
    IS_FORKED(mqttka_client_publish_message(client, message, NULL, NULL));
}

TEST(mqttka_client_subscribe)
{
    IS_FORKED(mqttka_client_subscribe(client, "a", 1, 0, NULL, NULL));
}

TEST(mqttka_client_send_subscribe)
{
    IS_FORKED(mqttka_client_send_subscribe(client, request, NULL, NULL));
}

TEST(mqttka_client_unsubscribe)
{
    IS_FORKED(mqttka_client_unsubscribe(client, "a", 1, NULL, NULL));
}

TEST(mqttka_client_get_int)
{
    number = 77;
    IS_FORKED(mqttka_client_get_int(client, MQTTKA_STATUS_STATE, &number));
    IS_FORKED(mqttka_client_get_int(NULL, MQTTKA_STATUS_STATE, &number));
    EXPECT_INT(77, number);
}

TEST(mqttka_client_probe_now) { IS_FORKED(mqttka_client_probe_now(client, 1)); }

TEST(mqttka_client_network_changed)
{
    IS_FORKED(mqttka_client_network_changed(client, MQTTKA_NETWORK_LOST));
}

TEST(mqttka_client_destroy) { IS_FORKED(mqttka_client_destroy(client)); }

TEST(mqttka_client_destroy_and_wait)
{
    IS_FORKED(mqttka_client_destroy_and_wait(client, -1));
}

TEST(mqttka_client_publish_with)
{
    mqttka_publish_options with = {sizeof with, 1000, 0, NULL};
    IS_FORKED(mqttka_client_publish_with(client, message, &with, NULL, NULL));
}

TEST(mqttka_client_reconnect_now) { IS_FORKED(mqttka_client_reconnect_now(client)); }

TEST(mqttka_client_network_is)
{
    mqttka_network network = {.size = sizeof network, .change = MQTTKA_NETWORK_LOST};
    IS_FORKED(mqttka_client_network_is(client, &network));
}

TEST(mqttka_client_entered_background) { IS_FORKED(mqttka_client_entered_background(client)); }
TEST(mqttka_client_entered_foreground) { IS_FORKED(mqttka_client_entered_foreground(client)); }

TEST(mqttka_connection_request_set_string)
{
    IS_FORKED(mqttka_connection_request_set_string(asked, MQTTKA_OPTION_USER_NAME, "u", 1));
}

TEST(mqttka_connection_request_set_bytes)
{
    IS_FORKED(mqttka_connection_request_set_bytes(asked, MQTTKA_OPTION_PASSWORD, "p", 1));
}

TEST(mqttka_connection_request_set_uri)
{
    IS_FORKED(mqttka_connection_request_set_uri(asked, "mqtt://a"));
}

TEST(mqttka_connection_request_add_web_socket_header)
{
    IS_FORKED(mqttka_connection_request_add_web_socket_header(asked, "n", "v"));
}

TEST(mqttka_client_new_hosted)
{
    mqttka_client *other = client;
    IS_FORKED(mqttka_client_new_hosted(options, &other));
    EXPECT(other == NULL);
}

TEST(mqttka_client_process) { IS_FORKED(mqttka_client_process(client)); }

TEST(mqttka_client_reauthenticate)
{
    IS_FORKED(mqttka_client_reauthenticate(client, NULL, NULL));
}

TEST(mqttka_authentication_request_reply)
{
    IS_FORKED(mqttka_authentication_request_reply(proving, "x", 1));
}

TEST(mqttka_authentication_request_add_user_property)
{
    IS_FORKED(mqttka_authentication_request_add_user_property(proving, "n", 1, "v", 1));
}

TEST(mqttka_authentication_request_fail)
{
    IS_FORKED(mqttka_authentication_request_fail(proving, "no", 2, true));
}

TEST(mqttka_name_request_add_address)
{
    IS_FORKED(mqttka_name_request_add_address(naming, "::1"));
}

TEST(mqttka_name_request_answer) { IS_FORKED(mqttka_name_request_answer(naming)); }
TEST(mqttka_name_request_fail) { IS_FORKED(mqttka_name_request_fail(naming, "no", 2)); }

TEST(mqttka_connection_request_provide) { IS_FORKED(mqttka_connection_request_provide(asked)); }

TEST(mqttka_connection_request_fail)
{
    IS_FORKED(mqttka_connection_request_fail(asked, "no", 2, true));
}

static const struct test REFUSED[] = {
    ENTRY(mqttka_set_log_callback), ENTRY(mqttka_client_new), ENTRY(mqttka_client_connect),
    ENTRY(mqttka_client_disconnect), ENTRY(mqttka_client_disconnect_with),
    ENTRY(mqttka_client_disconnect_after), ENTRY(mqttka_client_abort),
    ENTRY(mqttka_client_get_string), ENTRY(mqttka_client_subscribe_with),
    ENTRY(mqttka_client_unsubscribe_from), ENTRY(mqttka_client_open_stream),
    ENTRY(mqttka_client_subscribe_stream), ENTRY(mqttka_stream_next), ENTRY(mqttka_stream_done),
    ENTRY(mqttka_stream_unsubscribe), ENTRY(mqttka_client_publish),
    ENTRY(mqttka_client_publish_message), ENTRY(mqttka_client_subscribe),
    ENTRY(mqttka_client_send_subscribe), ENTRY(mqttka_client_unsubscribe),
    ENTRY(mqttka_client_get_int), ENTRY(mqttka_client_probe_now),
    ENTRY(mqttka_client_network_changed), ENTRY(mqttka_client_destroy),
    ENTRY(mqttka_client_destroy_and_wait), ENTRY(mqttka_client_publish_with),
    ENTRY(mqttka_client_reconnect_now), ENTRY(mqttka_client_network_is),
    ENTRY(mqttka_client_entered_background), ENTRY(mqttka_client_entered_foreground),
    ENTRY(mqttka_connection_request_set_string), ENTRY(mqttka_connection_request_set_bytes),
    ENTRY(mqttka_connection_request_set_uri), ENTRY(mqttka_client_new_hosted),
    ENTRY(mqttka_client_process), ENTRY(mqttka_client_reauthenticate),
    ENTRY(mqttka_authentication_request_add_user_property),
    ENTRY(mqttka_authentication_request_reply), ENTRY(mqttka_authentication_request_fail),
    ENTRY(mqttka_name_request_add_address), ENTRY(mqttka_name_request_answer),
    ENTRY(mqttka_name_request_fail),
    ENTRY(mqttka_connection_request_add_web_socket_header),
    ENTRY(mqttka_connection_request_provide), ENTRY(mqttka_connection_request_fail),
};
enum { REFUSED_COUNT = sizeof REFUSED / sizeof *REFUSED };

#endif
