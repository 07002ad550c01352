/* Every option: its range, its type, and an error that names both. */
#include "recorder.h"

struct range {
    int32_t option;
    const char *name;
    int64_t from, to;
};

#define UINT32_LAST 4294967295
#define DAY_MS 86400000
#define RANGE(option, from, to) {option, #option, from, to}

static const struct range RANGES[] = {
    RANGE(MQTTKA_OPTION_PORT, 1, 65535),
    RANGE(MQTTKA_OPTION_PROTOCOL_VERSION, 4, 5),
    RANGE(MQTTKA_OPTION_KEEP_ALIVE, 0, 65535),
    RANGE(MQTTKA_OPTION_CLEAN_START, 0, 1),
    RANGE(MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL, 0, UINT32_LAST),
    RANGE(MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 0, DAY_MS),
    RANGE(MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS, 0, DAY_MS),
    RANGE(MQTTKA_OPTION_RECEIVE_MAXIMUM, 1, 65535),
    RANGE(MQTTKA_OPTION_MAXIMUM_PACKET_SIZE, 16, 268435460),
    RANGE(MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES, 1, UINT32_LAST),
    RANGE(MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_BYTES, 1, UINT32_LAST),
    RANGE(MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES, 1, UINT32_LAST),
    RANGE(MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION, 0, 1),
    RANGE(MQTTKA_OPTION_REQUEST_PROBLEM_INFORMATION, 0, 1),
    RANGE(MQTTKA_OPTION_MAX_INFLIGHT, 0, 65535),
    RANGE(MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS, 0, DAY_MS),
    RANGE(MQTTKA_OPTION_TRANSPORT, 1, 5),
    RANGE(MQTTKA_OPTION_TLS_RESUMPTION, 0, 1),
    RANGE(MQTTKA_OPTION_TLS_KEY_LOG, 0, 1),
    RANGE(MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE, 0, 1),
    RANGE(MQTTKA_OPTION_MULTIPATH_TCP, 0, 1),
    RANGE(MQTTKA_OPTION_RECONNECT, 0, 1),
    RANGE(MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS, 10, DAY_MS),
    RANGE(MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS, 10, DAY_MS),
    RANGE(MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS, 0, UINT32_LAST),
    RANGE(MQTTKA_OPTION_RECONNECT_MAX_TIME_MS, 0, 365 * INT64_C(86400000)),
    RANGE(MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS, -1, DAY_MS),
    RANGE(MQTTKA_OPTION_FALLBACK_TO_V311, 0, 1),
    RANGE(MQTTKA_OPTION_MAX_REDIRECTS, 0, 100),
    RANGE(MQTTKA_OPTION_QUEUE_POLICY, 0, 2),
    RANGE(MQTTKA_OPTION_LOST_QOS1, 0, 1),
    RANGE(MQTTKA_OPTION_LOST_QOS2, 0, 1),
    RANGE(MQTTKA_OPTION_POISON_AFTER, 0, 1000),
    RANGE(MQTTKA_OPTION_CLEAN_START_ON_BACKLOG, 0, 1),
    RANGE(MQTTKA_OPTION_MAKE_BEFORE_BREAK, 0, 1),
    RANGE(MQTTKA_OPTION_ADAPTIVE_PING, 0, 1),
    RANGE(MQTTKA_OPTION_NETWORK_MONITOR, 0, 1),
    RANGE(MQTTKA_OPTION_TOPIC_ALIAS_MAXIMUM, 0, 65535),
    RANGE(MQTTKA_OPTION_OUTBOUND_TOPIC_ALIAS_MAXIMUM, 0, 65535),
    RANGE(MQTTKA_OPTION_RATE_LIMIT_MESSAGES_PER_SECOND, 0, UINT32_LAST),
    RANGE(MQTTKA_OPTION_RATE_LIMIT_BYTES_PER_SECOND, 0, UINT32_LAST),
    RANGE(MQTTKA_OPTION_RATE_LIMIT_BURST_MS, 0, DAY_MS),
    RANGE(MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT, 0, 1),
};

static mqttka_options *options;

static void refused(const struct range *range, int64_t value)
{
    char text[200];
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_options_set_int(options, range->option, value));
    snprintf(text, sizeof text, "mqttka_options_set_int: %s is %" PRId64 "; it must be %" PRId64 " to %" PRId64,
             range->name, value, range->from, range->to);
    EXPECT_TEXT(text, mqttka_last_error());
}

static int64_t number_of(int32_t option)
{
    int64_t value;
    OK(mqttka_options_get_int(options, option, &value));
    return value;
}

static void kept(int32_t option, int64_t value)
{
    OK(mqttka_options_set_int(options, option, value));
    EXPECT_INT(value, number_of(option));
}

static bool is_number(int32_t option)
{
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++)
        if (RANGES[i].option == option) return true;
    return false;
}

static void numbers(void)
{
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++) {
        const struct range *range = &RANGES[i];
        refused(range, range->from - 1);
        refused(range, range->to + 1);
        refused(range, INT64_MIN);
        refused(range, INT64_MAX);
        kept(range->option, range->from);
        kept(range->option, range->to);
        refused(range, INT64_MAX);
        EXPECT_INT(range->to, number_of(range->option));
    }
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_int(options, MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS, 1));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_int(options, MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS, 1499));
    EXPECT(strstr(mqttka_last_error(), "0 or 1500 to 86400000") != NULL);
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_DEAD_PEER_TIMEOUT_MS, 1500));
    int known = 0;
    for (int32_t option = -1000; option <= 1000; option++) {
        int32_t error = mqttka_options_set_int(options, option, 1);
        int64_t value;
        /* Sets of bits, which no range describes. */
        bool bits = option == MQTTKA_OPTION_RECONNECT_RETRY_ON || option == MQTTKA_OPTION_TOLERATE;
        if (is_number(option) || bits) known += 1;
        else {
            EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, error);
            EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_options_get_int(options, option, &value));
        }
    }
    EXPECT_INT(45, known);
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_options_set_int(options, INT32_MIN, 1));
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_options_set_int(options, INT32_MAX, 1));
    EXPECT(strstr(mqttka_last_error(), "2147483647") != NULL);
}

/* What a program gets that sets nothing. */
static void defaults(void)
{
    static const struct {
        int32_t option;
        int64_t value;
    } DEFAULTS[] = {
        {MQTTKA_OPTION_KEEP_ALIVE, 60},
        {MQTTKA_OPTION_RECONNECT, 1},
        {MQTTKA_OPTION_RECONNECT_FIRST_DELAY_MS, 1000},
        {MQTTKA_OPTION_RECONNECT_MAX_DELAY_MS, 60000},
        {MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS, 0},
        {MQTTKA_OPTION_RECONNECT_MAX_TIME_MS, 0},
        {MQTTKA_OPTION_RECONNECT_RESET_AFTER_MS, -1},
        {MQTTKA_OPTION_RECONNECT_RETRY_ON, 0},
        {MQTTKA_OPTION_FALLBACK_TO_V311, 0},
        {MQTTKA_OPTION_MAX_REDIRECTS, 0},
        {MQTTKA_OPTION_QUEUE_POLICY, MQTTKA_QUEUE_REFUSE_NEWEST},
        {MQTTKA_OPTION_LOST_QOS1, MQTTKA_LOST_PUBLISH_AGAIN},
        {MQTTKA_OPTION_LOST_QOS2, MQTTKA_LOST_FAIL},
        {MQTTKA_OPTION_POISON_AFTER, 5},
        {MQTTKA_OPTION_CLEAN_START_ON_BACKLOG, 0},
        {MQTTKA_OPTION_MAKE_BEFORE_BREAK, 0},
        {MQTTKA_OPTION_ADAPTIVE_PING, 0},
        {MQTTKA_OPTION_NETWORK_MONITOR, 1},
    };
    double factor;
    for (size_t i = 0; i < sizeof DEFAULTS / sizeof *DEFAULTS; i++)
        EXPECT_INT(DEFAULTS[i].value, number_of(DEFAULTS[i].option));
    OK(mqttka_options_get_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, &factor));
    EXPECT(factor == 2);
    OK(mqttka_options_set_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, 1.5));
    OK(mqttka_options_get_double(options, MQTTKA_OPTION_RECONNECT_FACTOR, &factor));
    EXPECT(factor == 1.5);
}

/* One bit for each reason to stop that is a class of ends. */
static void reasons(void)
{
    int64_t all = 0;
    for (int bit = 0; bit < 63; bit++) {
        int64_t value = INT64_C(1) << bit;
        bool is_class = bit >= MQTTKA_STOP_CREDENTIALS && bit <= MQTTKA_STOP_PROTOCOL;
        int32_t error = mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT_RETRY_ON, value);
        EXPECT_INT(is_class ? MQTTKA_OK : MQTTKA_ERROR_INVALID_ARGUMENT, error);
        if (!is_class) continue;
        all += value;
        EXPECT_INT(value, number_of(MQTTKA_OPTION_RECONNECT_RETRY_ON));
    }
    kept(MQTTKA_OPTION_RECONNECT_RETRY_ON, all);
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_int(options, MQTTKA_OPTION_RECONNECT_RETRY_ON, -1));
    EXPECT(strstr(mqttka_last_error(), "1 << MQTTKA_STOP_*") != NULL);
    kept(MQTTKA_OPTION_RECONNECT_RETRY_ON, 0);
}

#define STRING(option) {option, #option}

static void strings(void)
{
    static char longest[65536];
    memset(longest, 'x', sizeof longest);
    static const struct {
        int32_t option;
        const char *name;
    } STRINGS[] = {STRING(MQTTKA_OPTION_HOST),
                   STRING(MQTTKA_OPTION_CLIENT_ID),
                   STRING(MQTTKA_OPTION_USER_NAME),
                   STRING(MQTTKA_OPTION_PATH),
                   STRING(MQTTKA_OPTION_TLS_CA_FILE),
                   STRING(MQTTKA_OPTION_TLS_CERTIFICATE_FILE),
                   STRING(MQTTKA_OPTION_INTERFACE),
                   STRING(MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE),
                   STRING(MQTTKA_OPTION_TLS_SERVER_NAME)};
    for (size_t i = 0; i < sizeof STRINGS / sizeof *STRINGS; i++) {
        int32_t option = STRINGS[i].option;
        OK(mqttka_options_set_string(options, option, "name", MQTTKA_NUL_TERMINATED));
        OK(mqttka_options_set_string(options, option, "name", 2));
        OK(mqttka_options_set_string(options, option, longest, 65535));
        EXPECT_INT(MQTTKA_ERROR_INVALID_STRING,
                   mqttka_options_set_string(options, option, longest, 65536));
        /* It names the option and its bound, and not the value, which may be a secret. */
        EXPECT(strstr(mqttka_last_error(), STRINGS[i].name) != NULL);
        EXPECT(strstr(mqttka_last_error(), "65,535") != NULL);
        EXPECT(strlen(mqttka_last_error()) < 200);
        EXPECT_INT(MQTTKA_ERROR_INVALID_STRING,
                   mqttka_options_set_string(options, option, "a\0b", 3));
        EXPECT_INT(MQTTKA_ERROR_INVALID_STRING,
                   mqttka_options_set_string(options, option, "\xff", 1));
        EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_options_set_string(options, option, NULL, 1));
        EXPECT_INT(MQTTKA_ERROR_NULL,
                   mqttka_options_set_string(options, option, NULL, MQTTKA_NUL_TERMINATED));
        EXPECT_INT(option == MQTTKA_OPTION_HOST ? MQTTKA_ERROR_INVALID_ARGUMENT : MQTTKA_OK,
                   mqttka_options_set_string(options, option, NULL, 0));
        EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_options_set_bytes(options, option, "x", 1));
    }
    EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION,
               mqttka_options_set_string(options, MQTTKA_OPTION_PORT, "1", 1));
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_PASSWORD, "1", 1));

    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, longest, 65535));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, longest, 65536));
    EXPECT(strstr(mqttka_last_error(), "65535") != NULL);
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
               mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "x", SIZE_MAX - 1));
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, "a\0b", 3));
    OK(mqttka_options_set_bytes(options, MQTTKA_OPTION_PASSWORD, NULL, 0));
}

static void bytes(void)
{
    static const int32_t BYTES[] = {MQTTKA_OPTION_TLS_CA, MQTTKA_OPTION_TLS_CERTIFICATE,
                                    MQTTKA_OPTION_TLS_PRIVATE_KEY,
                                    MQTTKA_OPTION_TLS_PRIVATE_KEY_PASSWORD};
    static char large[100000];
    for (size_t i = 0; i < sizeof BYTES / sizeof *BYTES; i++) {
        int32_t option = BYTES[i];
        OK(mqttka_options_set_bytes(options, option, large, sizeof large));
        OK(mqttka_options_set_bytes(options, option, NULL, 0));
        EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_options_set_bytes(options, option, NULL, 1));
        EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
                   mqttka_options_set_bytes(options, option, "x", SIZE_MAX - 1));
        OK(mqttka_options_set_string(options, option, "x", 1));
        EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, mqttka_options_set_int(options, option, 1));
    }
}

/* A call that is refused with a text that has this in it. */
static void invalid(int32_t error, const char *part)
{
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, error);
    if (strstr(mqttka_last_error(), part) == NULL)
        EXPECT_FAILED("\"%s\" is not in: %s", part, mqttka_last_error());
}

static int32_t text(int32_t option, const char *value)
{
    return mqttka_options_set_string(options, option, value, MQTTKA_NUL_TERMINATED);
}

/* What is wrong with the text of an option of the network is said where it is set. */
static void network(void)
{
    OK(text(MQTTKA_OPTION_LOCAL_ADDRESS, "192.0.2.7"));
    OK(text(MQTTKA_OPTION_LOCAL_ADDRESS, "2001:db8::7"));
    OK(text(MQTTKA_OPTION_LOCAL_ADDRESS, ""));
    invalid(text(MQTTKA_OPTION_LOCAL_ADDRESS, "localhost"),
            "MQTTKA_OPTION_LOCAL_ADDRESS is \"localhost\"; it must be an IP address");
    OK(text(MQTTKA_OPTION_PROXY, "system"));
    OK(text(MQTTKA_OPTION_PROXY, "http://user:secret@proxy.example:3128"));
    OK(text(MQTTKA_OPTION_PROXY, "socks5h://[::1]:1080"));
    OK(text(MQTTKA_OPTION_PROXY, ""));
    invalid(text(MQTTKA_OPTION_PROXY, "ftp://proxy.example"), "\"ftp\"");
    invalid(text(MQTTKA_OPTION_PROXY, "http://proxy.example:0"), "port");
    invalid(text(MQTTKA_OPTION_PROXY, "proxy"), "proxy");

    char longest[257];
    memset(longest, 'x', 256);
    longest[256] = 0;
    OK(mqttka_options_add_tls_alpn(options, longest + 1));
    invalid(mqttka_options_add_tls_alpn(options, longest), "protocol has 256 bytes");
    invalid(mqttka_options_add_tls_alpn(options, ""), "protocol has 0 bytes");
}

static void uris(void)
{
    static const char *const GOOD[] = {
        "mqtt://broker.example",  "tcp://broker.example:1884", "mqtts://user:a%40b@broker.example",
        "ssl://[2001:db8::1]:8",  "tls://192.0.2.7",           "mqtt://[fe80::1%25lo]",
        "ws://broker.example/",   "wss://broker.example:8443/mqtt?a=b&c=d",
        "unix:///run/broker.sock"};
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
        OK(mqttka_options_set_uri(options, GOOD[i]));
    static const struct {
        const char *uri, *part;
    } BAD[] = {
        {"", "scheme"},
        {"broker.example", "scheme"},
        {"http://broker.example", "the scheme \"http\""},
        {"mqtt:broker.example", "//"},
        {"mqtt://", "host"},
        {"mqtt://broker.example:0", "port"},
        {"mqtt://broker.example:65536", "port"},
        {"mqtt://broker.example:x", "port"},
        {"mqtt://a%zz@broker.example", "user name"},
        {"mqtt://a:%zz@broker.example", "password"},
        {"mqtt://2001:db8::1", "brackets"},
        {"mqtt://broker.example/path", "path"},
        {"unix://", "path"},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        invalid(mqttka_options_set_uri(options, BAD[i].uri), BAD[i].part);
        invalid(mqttka_options_add_server(options, BAD[i].uri), BAD[i].part);
    }
    invalid(mqttka_options_set_uri(options, "mqtt://u:secret@broker.example:x"), "port");
    EXPECT(strstr(mqttka_last_error(), "secret") == NULL);
    OK(mqttka_options_add_server(options, "mqtts://other.example"));
    invalid(mqttka_options_add_server(options, "mqtt://user@other.example"), "user name");
}

static void will(void)
{
    static char payload[65536];
    mqttka_message *message;
    OK(mqttka_message_new("will", MQTTKA_NUL_TERMINATED, payload, 65535, 1, true, &message));
    OK(mqttka_message_set_int(message, MQTTKA_PROPERTY_WILL_DELAY_INTERVAL, 5));
    OK(mqttka_options_set_will(options, message));
    mqttka_message_free(message); /* it was copied */
    OK(mqttka_message_new("will", MQTTKA_NUL_TERMINATED, payload, 65536, 1, true, &message));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_options_set_will(options, message));
    mqttka_message_free(message);
    OK(mqttka_options_set_will(options, NULL));
}

/* What no single option shows is refused by the client, which names the option too. */
static void together(void)
{
    mqttka_client *client = NULL;
    mqttka_options *made = mqttka_options_new();
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(made, &client));
    EXPECT(strstr(mqttka_last_error(), "MQTTKA_OPTION_HOST") != NULL);
    OK(mqttka_options_set_string(made, MQTTKA_OPTION_HOST, "mqtt://localhost",
                                 MQTTKA_NUL_TERMINATED));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(made, &client));
    EXPECT(strstr(mqttka_last_error(), "host is \"mqtt://localhost\"") != NULL);
    OK(mqttka_options_set_string(made, MQTTKA_OPTION_HOST, "localhost", MQTTKA_NUL_TERMINATED));
    OK(mqttka_options_set_int(made, MQTTKA_OPTION_PROTOCOL_VERSION, 4));
    OK(mqttka_options_set_int(made, MQTTKA_OPTION_CLEAN_START, 0));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(made, &client));
    EXPECT(strstr(mqttka_last_error(), "client_id is empty") != NULL);
    OK(mqttka_options_set_int(made, MQTTKA_OPTION_CLEAN_START, 1));
    OK(mqttka_options_set_bytes(made, MQTTKA_OPTION_PASSWORD, "x", 1));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(made, &client));
    EXPECT(strstr(mqttka_last_error(), "user_name") != NULL);
    EXPECT(client == NULL);
    mqttka_options_free(made);

    /* What is set last counts; there are at most 64 servers. */
    made = mqttka_options_new();
    OK(mqttka_options_set_uri(made, "ws://broker.example/mqtt"));
    OK(mqttka_options_set_string(made, MQTTKA_OPTION_HOST, "mqtt://a", MQTTKA_NUL_TERMINATED));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(made, &client));
    EXPECT(strstr(mqttka_last_error(), "host is \"mqtt://a\"") != NULL);
    OK(mqttka_options_set_uri(made, "mqtt://broker.example"));
    for (int i = 1; i < 64; i++) OK(mqttka_options_add_server(made, "mqtt://other.example"));
    OK(mqttka_client_new(made, &client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    client = NULL;
    OK(mqttka_options_add_server(made, "mqtt://other.example"));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(made, &client));
    EXPECT(strstr(mqttka_last_error(), "64") != NULL);
    mqttka_options_free(made);

    /* A Unix socket has no host. */
    made = mqttka_options_new();
    OK(mqttka_options_set_int(made, MQTTKA_OPTION_TRANSPORT, MQTTKA_TRANSPORT_UNIX));
    OK(mqttka_options_set_string(made, MQTTKA_OPTION_PATH, "/run/a.sock", MQTTKA_NUL_TERMINATED));
    OK(mqttka_client_new(made, &client));
    OK(mqttka_client_destroy_and_wait(client, -1));
    mqttka_options_free(made);
}

int main(void)
{
    options = mqttka_options_new();
    EXPECT(options != NULL);
    defaults();
    reasons();
    numbers();
    strings();
    bytes();
    network();
    uris();
    will();
    together();
    mqttka_options_free(options);
    mqttka_options_free(NULL);
    return 0;
}
