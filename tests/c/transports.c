/*
 * Each transport to a real broker, and each way in which one can fail, as an event tells it.
 * run.sh starts the servers; each has its environment variable.
 */
#include "peer.h"
#include "recorder.h"
#include "script.h"
#include "silent.h"

#include <unistd.h>

static const char *authority; /* the directory with the certificates */

static const char *in_authority(const char *name)
{
    static char path[2][512]; /* two at a time */
    static int next;
    next = !next;
    snprintf(path[next], sizeof path[next], "%s/%s", authority, name);
    return path[next];
}

static void text(mqttka_options *options, int32_t option, const char *value)
{
    OK(mqttka_options_set_string(options, option, value, MQTTKA_NUL_TERMINATED));
}

/* What a test expects of the end of an attempt, and of the event that tells it. */
struct expected {
    int64_t stage, error, status; /* status: -1 for none */
    const char *message;          /* a part of it, or NULL */
};

struct attempt {
    struct recorder recorder; /* first: user_data is read as either */
    mqttka_options *options;
    char host[256], address[64], proxy[256], message[512];
    int64_t port, server_index, times[7];
    mqttka_client *client;
};

static void get(const mqttka_event *event, int32_t key, char *into, size_t size)
{
    const char *value;
    size_t length;
    *into = 0;
    if (mqttka_event_get_string(event, key, &value, &length) == MQTTKA_OK)
        snprintf(into, size, "%.*s", (int)length, value);
}

static void on_event(struct recorder *recorder, mqttka_client *client, const mqttka_event *event)
{
    struct attempt *attempt = recorder->context;
    EXPECT(client == attempt->client);
    get(event, MQTTKA_EVENT_TRANSPORT_MESSAGE, attempt->message, sizeof attempt->message);
    if (mqttka_event_type(event) == MQTTKA_EVENT_DISCONNECTED) return;
    get(event, MQTTKA_EVENT_HOST, attempt->host, sizeof attempt->host);
    get(event, MQTTKA_EVENT_ADDRESS, attempt->address, sizeof attempt->address);
    get(event, MQTTKA_EVENT_PROXY, attempt->proxy, sizeof attempt->proxy);
    attempt->server_index = recorder->server_index;
    if (mqttka_event_get_int(event, MQTTKA_EVENT_PORT, &attempt->port) != MQTTKA_OK)
        attempt->port = -1;
    for (int32_t stage = MQTTKA_STAGE_DNS; stage <= MQTTKA_STAGE_PROXY; stage++)
        if (mqttka_event_stage_time_us(event, stage, &attempt->times[stage]) != MQTTKA_OK)
            attempt->times[stage] = -1;
}

/* Options for this scheme, to 127.0.0.1 and this port, that trust the authority. */
static void begin(struct attempt *attempt, const char *scheme, int port)
{
    char uri[64];
    memset(attempt, 0, sizeof *attempt);
    recorder_init(&attempt->recorder);
    attempt->recorder.on_event = on_event;
    attempt->recorder.context = attempt;
    attempt->options = recorder_options(&attempt->recorder, port);
    snprintf(uri, sizeof uri, "%s://127.0.0.1:%d", scheme, port);
    OK(mqttka_options_set_uri(attempt->options, uri));
    if (strcmp(scheme, "mqtts") == 0 || strcmp(scheme, "wss") == 0)
        text(attempt->options, MQTTKA_OPTION_TLS_CA_FILE, in_authority("ca.pem"));
}

static void start(struct attempt *attempt)
{
    OK(mqttka_client_new(attempt->options, &attempt->client));
    mqttka_options_free(attempt->options);
    OK(mqttka_client_connect(attempt->client));
}

/* It comes about, and carries a message there and back. */
static void works(struct attempt *attempt, int64_t transport)
{
    struct recorder *recorder = &attempt->recorder;
    static char payload[20000];
    start(attempt);
    recorder_wait(recorder, &recorder->connected, 1);
    EXPECT_INT(transport, recorder->transport);
    EXPECT(attempt->times[MQTTKA_STAGE_TCP] >= 0 && attempt->times[MQTTKA_STAGE_MQTT] >= 0);
    bool tls = transport == MQTTKA_TRANSPORT_TLS || transport == MQTTKA_TRANSPORT_WEB_SOCKET_TLS;
    bool web = transport == MQTTKA_TRANSPORT_WEB_SOCKET
            || transport == MQTTKA_TRANSPORT_WEB_SOCKET_TLS;
    EXPECT_INT(tls, attempt->times[MQTTKA_STAGE_TLS] >= 0);
    EXPECT_INT(web, attempt->times[MQTTKA_STAGE_WEBSOCKET] >= 0);
    EXPECT_INT(*attempt->proxy != 0, attempt->times[MQTTKA_STAGE_PROXY] >= 0);
    OK(mqttka_client_subscribe(attempt->client, "transports", 10, 1, recorder_completion, recorder));
    /* Debian's mosquitto takes 4 KiB in 100 ms from a WebSocket. */
    size_t length = web ? 3000 : sizeof payload;
    OK(mqttka_client_publish(attempt->client, "transports", 10, payload, length, 1, false,
                             recorder_completion, recorder));
    recorder_wait(recorder, &recorder->completions, 2);
    EXPECT_INT(0, recorder->failed_completions);
    recorder_wait(recorder, &recorder->messages, 1);
    recorder_finish(recorder, attempt->client);
}

static void fails_so(struct attempt *attempt, struct expected expected)
{
    struct recorder *recorder = &attempt->recorder;
    start(attempt);
    recorder_wait(recorder, &recorder->connect_failed, 1);
    if (recorder->stage != expected.stage || recorder->transport_error != expected.error
        || recorder->transport_status != expected.status)
        EXPECT_FAILED("stage %s, %s, status %d; not stage %s, %s, status %d: %s",
                      mqttka_stage_string((int32_t)recorder->stage),
                      mqttka_transport_error_string((int32_t)recorder->transport_error),
                      (int)recorder->transport_status, mqttka_stage_string((int32_t)expected.stage),
                      mqttka_transport_error_string((int32_t)expected.error), (int)expected.status,
                      recorder->description);
    if (expected.message != NULL && strstr(attempt->message, expected.message) == NULL)
        EXPECT_FAILED("\"%s\" is not in: %s", expected.message, attempt->message);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_TRANSPORT, recorder->cause);
    EXPECT(attempt->times[expected.stage] >= 0);
    OK(mqttka_client_destroy_and_wait(attempt->client, -1));
    EXPECT_INT(0, recorder->connected);
    EXPECT_INT(1, recorder->destroyed);
}

#define FAILS(attempt, ...) fails_so(attempt, (struct expected){__VA_ARGS__})

static void each_transport(void)
{
    struct attempt attempt;
    int port = test_port("MQTTKA_TEST_PORT");
    begin(&attempt, "mqtt", port);
    works(&attempt, MQTTKA_TRANSPORT_TCP);
    EXPECT_TEXT("127.0.0.1", attempt.host);
    EXPECT_TEXT("127.0.0.1", attempt.address);
    EXPECT_INT(port, attempt.port);
    EXPECT_INT(0, attempt.server_index);
    begin(&attempt, "mqtts", test_port("MQTTKA_TEST_TLS_PORT"));
    works(&attempt, MQTTKA_TRANSPORT_TLS);
    begin(&attempt, "ws", test_port("MQTTKA_TEST_WS_PORT"));
    OK(mqttka_options_add_web_socket_header(attempt.options, "X-Test", "value"));
    works(&attempt, MQTTKA_TRANSPORT_WEB_SOCKET);
    begin(&attempt, "wss", test_port("MQTTKA_TEST_WSS_PORT"));
    works(&attempt, MQTTKA_TRANSPORT_WEB_SOCKET_TLS);

    char uri[512];
    begin(&attempt, "mqtt", 1);
    snprintf(uri, sizeof uri, "unix://%s", getenv("MQTTKA_TEST_SOCKET"));
    OK(mqttka_options_set_uri(attempt.options, uri));
    works(&attempt, MQTTKA_TRANSPORT_UNIX);
    EXPECT_TEXT(getenv("MQTTKA_TEST_SOCKET"), attempt.host);
    EXPECT_TEXT("", attempt.address);
    EXPECT_INT(-1, attempt.port);
    begin(&attempt, "mqtt", 1);
    OK(mqttka_options_set_uri(attempt.options, "unix:///nowhere/broker.sock"));
    FAILS(&attempt, MQTTKA_STAGE_TCP, MQTTKA_TRANSPORT_ERROR_SYSTEM, -1, NULL);
    EXPECT_INT(2, attempt.recorder.os_error); /* ENOENT */
}

static void a_list_of_servers(void)
{
    struct attempt attempt;
    char uri[64];
    int port, listener = silent_listen(&port);
    close(listener); /* so that nobody is there */
    begin(&attempt, "ws", port);
    snprintf(uri, sizeof uri, "mqtts://localhost:%d", test_port("MQTTKA_TEST_TLS_PORT"));
    OK(mqttka_options_add_server(attempt.options, uri));
    text(attempt.options, MQTTKA_OPTION_TLS_CA_FILE, in_authority("ca.pem"));
    works(&attempt, MQTTKA_TRANSPORT_TLS);
    EXPECT_TEXT("localhost", attempt.host);
    EXPECT_INT(1, attempt.server_index);
    begin(&attempt, "mqtt", port);
    FAILS(&attempt, MQTTKA_STAGE_TCP, MQTTKA_TRANSPORT_ERROR_SYSTEM, -1, NULL);
    EXPECT_INT(111, attempt.recorder.os_error); /* ECONNREFUSED */
}

/* The certificates of servers, one after the other. */
static void certificates(void)
{
    static const struct {
        const char *variable;
        int64_t error;
        const char *message;
    } REFUSED[] = {
        {"MQTTKA_TEST_EXPIRED_PORT", MQTTKA_TRANSPORT_ERROR_CERTIFICATE_EXPIRED, NULL},
        {"MQTTKA_TEST_NOT_YET_VALID_PORT", MQTTKA_TRANSPORT_ERROR_CERTIFICATE_NOT_YET_VALID, NULL},
        {"MQTTKA_TEST_UNTRUSTED_PORT", MQTTKA_TRANSPORT_ERROR_UNKNOWN_ISSUER, NULL},
        {"MQTTKA_TEST_WRONG_HOST_PORT", MQTTKA_TRANSPORT_ERROR_WRONG_HOST, "elsewhere.test"},
    };
    struct attempt attempt;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        int port = test_port(REFUSED[i].variable);
        begin(&attempt, "mqtts", port);
        FAILS(&attempt, MQTTKA_STAGE_TLS, REFUSED[i].error, -1, REFUSED[i].message);
        begin(&attempt, "mqtts", port);
        OK(mqttka_options_set_int(attempt.options,
                                  MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE, 1));
        works(&attempt, MQTTKA_TRANSPORT_TLS);
    }
    int port = test_port("MQTTKA_TEST_TLS_PORT");
    /* Without an authority of one's own: the platform does not know it. */
    begin(&attempt, "mqtts", port);
    text(attempt.options, MQTTKA_OPTION_TLS_CA_FILE, "");
    FAILS(&attempt, MQTTKA_STAGE_TLS, MQTTKA_TRANSPORT_ERROR_UNKNOWN_ISSUER, -1, NULL);
    /* The name that counts may be another than the host. */
    begin(&attempt, "mqtts", port);
    text(attempt.options, MQTTKA_OPTION_TLS_SERVER_NAME, "one.lab.test");
    works(&attempt, MQTTKA_TRANSPORT_TLS);
    begin(&attempt, "mqtts", port);
    text(attempt.options, MQTTKA_OPTION_TLS_SERVER_NAME, "two.example");
    FAILS(&attempt, MQTTKA_STAGE_TLS, MQTTKA_TRANSPORT_ERROR_WRONG_HOST, -1, "broker.lab.test");
}

static size_t read_file(const char *name, char *into, size_t size)
{
    FILE *file = fopen(in_authority(name), "rb");
    if (file == NULL) EXPECT_FAILED("%s is not there", in_authority(name));
    size_t length = fread(into, 1, size, file);
    fclose(file);
    return length;
}

static void pins(void)
{
    struct attempt attempt;
    char pin[128] = {0}, prefixed[160];
    static const char OTHER[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    int port = test_port("MQTTKA_TEST_TLS_PORT");
    read_file("server.pin", pin, sizeof pin - 1);
    pin[strcspn(pin, "\r\n")] = 0;
    begin(&attempt, "mqtts", port);
    OK(mqttka_options_add_tls_pin(attempt.options, OTHER));
    snprintf(prefixed, sizeof prefixed, "sha256/%s", pin);
    OK(mqttka_options_add_tls_pin(attempt.options, prefixed));
    works(&attempt, MQTTKA_TRANSPORT_TLS);
    begin(&attempt, "mqtts", port);
    OK(mqttka_options_add_tls_pin(attempt.options, OTHER));
    OK(mqttka_options_set_int(attempt.options, MQTTKA_OPTION_TLS_DANGER_ACCEPT_ANY_CERTIFICATE, 1));
    FAILS(&attempt, MQTTKA_STAGE_TLS, MQTTKA_TRANSPORT_ERROR_PIN_MISMATCH, -1, NULL);
    begin(&attempt, "mqtts", port);
    OK(mqttka_options_add_tls_pin(attempt.options, "short"));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(attempt.options, &attempt.client));
    EXPECT(strstr(mqttka_last_error(), "tls_pins") != NULL);
    mqttka_options_free(attempt.options);
}

/* A server that wants a certificate of the client. */
static void client_certificates(void)
{
    struct attempt attempt;
    static char certificate[8192], key[8192];
    int port = test_port("MQTTKA_TEST_MUTUAL_PORT");
    /* In TLS 1.3 the client is through with its handshake before the server says so. */
    begin(&attempt, "mqtts", port);
    FAILS(&attempt, MQTTKA_STAGE_MQTT, MQTTKA_TRANSPORT_ERROR_TLS_ALERT, 116, NULL);

    begin(&attempt, "mqtts", port);
    text(attempt.options, MQTTKA_OPTION_TLS_CERTIFICATE_FILE, in_authority("client.pem"));
    text(attempt.options, MQTTKA_OPTION_TLS_PRIVATE_KEY_FILE, in_authority("client.key"));
    works(&attempt, MQTTKA_TRANSPORT_TLS);

    size_t certificate_length = read_file("client.pem", certificate, sizeof certificate);
    size_t key_length = read_file("client.pk8.encrypted.key", key, sizeof key);
    for (int right = 0; right <= 1; right++) {
        begin(&attempt, "mqtts", port);
        OK(mqttka_options_set_bytes(attempt.options, MQTTKA_OPTION_TLS_CERTIFICATE, certificate,
                                    certificate_length));
        OK(mqttka_options_set_bytes(attempt.options, MQTTKA_OPTION_TLS_PRIVATE_KEY, key,
                                    key_length));
        OK(mqttka_options_set_bytes(attempt.options, MQTTKA_OPTION_TLS_PRIVATE_KEY_PASSWORD,
                                    right ? "secret" : "public", 6));
        if (right) {
            works(&attempt, MQTTKA_TRANSPORT_TLS);
        } else {
            EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT,
                       mqttka_client_new(attempt.options, &attempt.client));
            EXPECT(strstr(mqttka_last_error(), "tls_private_key") != NULL);
            mqttka_options_free(attempt.options);
        }
    }
    begin(&attempt, "mqtts", port);
    text(attempt.options, MQTTKA_OPTION_TLS_CERTIFICATE_FILE, in_authority("nothing.pem"));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(attempt.options, &attempt.client));
    EXPECT(strstr(mqttka_last_error(), "tls_certificate") != NULL);
    EXPECT(strstr(mqttka_last_error(), "nothing.pem") != NULL);
    mqttka_options_free(attempt.options);
}

/* Servers that speak TLS, but not what this library does, or do not speak it at all. */
static void handshakes(void)
{
    struct attempt attempt;
    struct script script;
    begin(&attempt, "mqtts", test_port("MQTTKA_TEST_TLS11_PORT"));
    FAILS(&attempt, MQTTKA_STAGE_TLS, MQTTKA_TRANSPORT_ERROR_NO_COMMON_TLS_VERSION, 70, NULL);
    begin(&attempt, "mqtts", test_port("MQTTKA_TEST_CIPHER_PORT"));
    FAILS(&attempt, MQTTKA_STAGE_TLS, MQTTKA_TRANSPORT_ERROR_NO_COMMON_CIPHER, 40, NULL);
    static const struct script_answer PLAIN[] = {ANSWER("220 mail.example ESMTP\r\n")};
    script_start(&script, PLAIN, 1);
    begin(&attempt, "mqtts", script.port);
    FAILS(&attempt, MQTTKA_STAGE_TLS, MQTTKA_TRANSPORT_ERROR_TLS_PROTOCOL, -1, NULL);
    script_stop(&script);
}

static void upgrades(void)
{
    static const struct {
        struct script_answer answer;
        int64_t error, status;
    } REFUSED[] = {
        {ANSWER("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
         MQTTKA_TRANSPORT_ERROR_UPGRADE_REFUSED, 403},
        {ANSWER("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"),
         MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_PROTOCOL, -1},
        {ANSWER("\x20\x03\0\0\0 this is no HTTP\r\n\r\n"),
         MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_PROTOCOL, -1},
    };
    struct attempt attempt;
    struct script script;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        script_start(&script, &REFUSED[i].answer, 1);
        begin(&attempt, "ws", script.port);
        FAILS(&attempt, MQTTKA_STAGE_WEBSOCKET, REFUSED[i].error, REFUSED[i].status, NULL);
        script_stop(&script);
    }
}

static void proxies(void)
{
    static const struct {
        const char *scheme;
        struct script_answer answers[2];
        int64_t error, status;
    } REFUSED[] = {
        {"http", {ANSWER("HTTP/1.1 502 Bad Gateway\r\n\r\n")},
         MQTTKA_TRANSPORT_ERROR_PROXY_REFUSED, 502},
        {"http", {ANSWER("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")},
         MQTTKA_TRANSPORT_ERROR_PROXY_AUTHENTICATION, 407},
        {"http", {ANSWER("\x05\0 no HTTP\r\n\r\n")}, MQTTKA_TRANSPORT_ERROR_PROXY_PROTOCOL, -1},
        {"socks5h", {ANSWER("\x05\0"), ANSWER("\x05\x05\0\x01\0\0\0\0\0\0")},
         MQTTKA_TRANSPORT_ERROR_PROXY_REFUSED, 5},
        {"socks5h", {ANSWER("\x05\xff")}, MQTTKA_TRANSPORT_ERROR_PROXY_AUTHENTICATION, -1},
        {"socks5h", {ANSWER("HTTP/1.1 400\r\n\r\n")}, MQTTKA_TRANSPORT_ERROR_PROXY_PROTOCOL, -1},
    };
    struct attempt attempt;
    struct script script;
    char uri[64], expected[64];
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        script_start(&script, REFUSED[i].answers, REFUSED[i].answers[1].bytes != NULL ? 2 : 1);
        snprintf(uri, sizeof uri, "%s://127.0.0.1:%d", REFUSED[i].scheme, script.port);
        snprintf(expected, sizeof expected, "127.0.0.1:%d", script.port);
        begin(&attempt, "mqtts", test_port("MQTTKA_TEST_TLS_PORT"));
        text(attempt.options, MQTTKA_OPTION_PROXY, uri);
        FAILS(&attempt, MQTTKA_STAGE_PROXY, REFUSED[i].error, REFUSED[i].status, NULL);
        EXPECT_TEXT(expected, attempt.proxy);
        script_stop(&script);
    }
}

/* Each transport through each kind of proxy. */
static void through_proxies(void)
{
    static const char *const SCHEMES[] = {"http", "socks5h"};
    static const char *const PROXIES[] = {"MQTTKA_TEST_HTTP_PROXY_PORT", "MQTTKA_TEST_SOCKS_PORT"};
    struct attempt attempt;
    char uri[64];
    for (int i = 0; i < 2; i++) {
        snprintf(uri, sizeof uri, "%s://127.0.0.1:%d", SCHEMES[i], test_port(PROXIES[i]));
        begin(&attempt, "mqtt", test_port("MQTTKA_TEST_PORT"));
        text(attempt.options, MQTTKA_OPTION_PROXY, uri);
        works(&attempt, MQTTKA_TRANSPORT_TCP);
        EXPECT_TEXT(strchr(uri, '/') + 2, attempt.proxy);
        begin(&attempt, "wss", test_port("MQTTKA_TEST_WSS_PORT"));
        text(attempt.options, MQTTKA_OPTION_PROXY, uri);
        works(&attempt, MQTTKA_TRANSPORT_WEB_SOCKET_TLS);
    }
}

/* What ends a connection is told as what keeps one from coming about. */
static void the_end_of_a_connection(void)
{
    struct attempt attempt;
    struct recorder *recorder = &attempt.recorder;
    int port, listener = silent_listen(&port);
    begin(&attempt, "mqtt", port);
    start(&attempt);
    int accepted = peer_accept(listener);
    recorder_wait(recorder, &recorder->connected, 1);
    peer_reset(accepted);
    recorder_wait(recorder, &recorder->disconnected, 1);
    EXPECT_INT(MQTTKA_CAUSE_TRANSPORT, recorder->cause);
    EXPECT_INT(MQTTKA_TRANSPORT_ERROR_SYSTEM, recorder->transport_error);
    EXPECT_INT(-1, recorder->transport_status);
    EXPECT_INT(104, recorder->os_error); /* ECONNRESET */
    EXPECT(*attempt.message != 0);
    OK(mqttka_client_destroy_and_wait(attempt.client, -1));
    close(listener);
}

int main(void)
{
    authority = getenv("MQTTKA_TEST_AUTHORITY");
    EXPECT(authority != NULL);
    each_transport();
    a_list_of_servers();
    certificates();
    pins();
    client_certificates();
    handshakes();
    upgrades();
    proxies();
    through_proxies();
    the_end_of_a_connection();
    return 0;
}
