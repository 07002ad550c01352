/* mqttka over one transport against one broker. One process is one check:
 *
 *   client CHECK URI VERSION [HABIT [COPIES]]      CHECK: messages, overlap, will, certificates, twice
 *   client ended TERM|KILL PID URI VERSION ...     several clients, whose broker is then ended
 *
 * VERSION: 4 or 5. HABIT: how the broker treats QoS, see below. COPIES: see overlap. INTEROP_CERTIFICATES names what mqttka-authority has made. */
#include "recorder.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SMALL = 10, LARGE = 300 * 1024, MESSAGES = 6, MOST = 16 };

/* The broker must not use topic aliases: the habit by-filter. */
static bool aliases_by_filter;

static bool is_secure(const char *uri)
{
    return strncmp(uri, "mqtts:", 6) == 0 || strncmp(uri, "wss:", 4) == 0;
}

static void trust(mqttka_options *options, const char *authority)
{
    char file[512];
    snprintf(file, sizeof file, "%s/%s", getenv("INTEROP_CERTIFICATES"), authority);
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_TLS_CA_FILE, file, MQTTKA_NUL_TERMINATED));
}

static mqttka_options *options_for(struct recorder *recorder, const char *uri, int version)
{
    recorder_init(recorder);
    mqttka_options *options = recorder_options(recorder, 1);
    OK(mqttka_options_set_uri(options, uri));
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_PROTOCOL_VERSION, version));
    /* So long that no ping and no timeout of it can be behind anything that is seen here. */
    OK(mqttka_options_set_int(options, MQTTKA_OPTION_KEEP_ALIVE, 600));
    if (aliases_by_filter)
        OK(mqttka_options_set_int(options, MQTTKA_OPTION_TOPIC_ALIAS_MAXIMUM, 0));
    if (is_secure(uri)) trust(options, "ca.pem");
    return options;
}

static mqttka_client *client_of(mqttka_options *options)
{
    mqttka_client *client = NULL;
    OK(mqttka_client_new(options, &client));
    mqttka_options_free(options);
    OK(mqttka_client_connect(client));
    return client;
}

static void wait_connected(struct recorder *recorder)
{
    recorder_wait(recorder, &recorder->connected, 1);
    printf("%s\n", recorder->description);
}

static mqttka_client *connected(struct recorder *recorder, const char *uri, int version)
{
    mqttka_client *client = client_of(options_for(recorder, uri, version));
    wait_connected(recorder);
    return client;
}

/* A topic that no other process uses. */
static const char *topic_of(const char *name)
{
    static char topic[64];
    snprintf(topic, sizeof topic, "interop/%ld/%s", (long)getpid(), name);
    return topic;
}

static void subscribe(struct recorder *recorder, mqttka_client *client, const char *filter,
                      int granted)
{
    int before = recorder_count(recorder, &recorder->completions);
    OK(mqttka_client_subscribe(client, filter, MQTTKA_NUL_TERMINATED, 2, recorder_completion,
                               recorder));
    recorder_wait(recorder, &recorder->completions, before + 1);
    EXPECT_INT(MQTTKA_OK, recorder->error);
    EXPECT_INT(granted, recorder->result_code);
}

/* --- messages: each QoS, small and large, comes back once and unchanged
 *
 * Subscribed with QoS 2, a message is to come with the QoS with which it was published. Not every
 * broker does that:
 *   published   as the specification says
 *   granted     with the QoS of the subscription
 *   by-filter   the same, and it gives one topic alias to all topics of a filter: it is offered none
 *   grants-1    it grants QoS 1, and answers QoS 2 with PUBACK, which is tolerated here
 *   has-1       it says so, by Maximum QoS: QoS 2 is refused before it is sent
 *   small       as the specification says, but it does not answer large ones with QoS 1 */

enum habit { PUBLISHED, GRANTED, BY_FILTER, GRANTS_1, HAS_1, SMALL_ONLY, HABITS };

static enum habit habit;

static enum habit habit_of(const char *name)
{
    static const char *const names[] = {"published", "granted", "by-filter", "grants-1",
                                        "has-1", "small"};
    for (int i = 0; i < HABITS; i++)
        if (strcmp(names[i], name) == 0) return (enum habit)i;
    EXPECT_FAILED(name);
    return PUBLISHED;
}

static int qos_of(int number)
{
    if (habit == GRANTS_1 && number % 3 == 2) return 1;
    return habit == GRANTED || habit == BY_FILTER ? 2 : number % 3;
}

static uint8_t payload_byte(int message, size_t position)
{
    return (uint8_t)(position * 31 + position / 251 + (size_t)message * 7);
}

static void check_message(struct recorder *recorder, mqttka_client *client,
                          const mqttka_message *message)
{
    bool *seen = recorder->context;
    size_t topic_length, length;
    const char *topic = mqttka_message_topic(message, &topic_length);
    const uint8_t *payload = mqttka_message_payload(message, &length);
    int number = topic[topic_length - 1] - '0';
    (void)client;
    EXPECT(number >= 0 && number < MESSAGES);
    EXPECT_INT(qos_of(number), mqttka_message_qos(message));
    EXPECT_INT(number < 3 ? SMALL : LARGE, length);
    for (size_t i = 0; i < length; i++) EXPECT(payload[i] == payload_byte(number, i));
    EXPECT(!seen[number]);
    seen[number] = true;
}

static void messages(const char *uri, int version)
{
    static struct recorder recorder;
    static bool seen[MESSAGES];
    static uint8_t payload[LARGE];
    mqttka_options *options = options_for(&recorder, uri, version);
    recorder.on_message = check_message;
    recorder.context = seen;
    if (habit == GRANTS_1)
        OK(mqttka_options_set_int(options, MQTTKA_OPTION_TOLERATE,
                                  1 << MQTTKA_FAULT_PUBACK_FOR_QOS2));
    mqttka_client *client = client_of(options);
    wait_connected(&recorder);
    subscribe(&recorder, client, topic_of("+"), habit == GRANTS_1 || habit == HAS_1 ? 1 : 2);
    int count = 0;
    for (int number = 0; number < MESSAGES; number++) {
        if (habit == HAS_1 && number % 3 == 2) continue;
        if (habit == SMALL_ONLY && number >= 3) break;
        size_t length = number < 3 ? SMALL : LARGE;
        char name[2] = {(char)('0' + number), 0};
        for (size_t i = 0; i < length; i++) payload[i] = payload_byte(number, i);
        OK(mqttka_client_publish(client, topic_of(name), MQTTKA_NUL_TERMINATED, payload, length,
                                 number % 3, false, recorder_completion, &recorder));
        count++;
    }
    recorder_wait(&recorder, &recorder.completions, 1 + count);
    EXPECT_INT(0, recorder.failed_completions);
    recorder_wait(&recorder, &recorder.messages, count);
    if (habit == HAS_1) {
        OK(mqttka_client_publish(client, topic_of("2"), MQTTKA_NUL_TERMINATED, payload, SMALL, 2,
                                 false, recorder_completion, &recorder));
        recorder_wait(&recorder, &recorder.completions, 2 + count);
        EXPECT_INT(MQTTKA_ERROR_NOT_SUPPORTED_BY_SERVER, recorder.error);
    }
    recorder_finish(&recorder, client);
    EXPECT_INT(count, recorder.messages);
}

/* --- overlap: two handlers whose filters overlap get each message once, or, where the broker sends
 * copies that nothing tells apart, each as often as it sends it */

static int copies = 1;

struct taker {
    struct recorder *recorder;
    int got;
};

static void take(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    struct taker *taker = user_data;
    (void)client;
    int64_t identifier;
    EXPECT(mqttka_message_get_int(message, MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER, &identifier) != MQTTKA_OK);
    recorder_add(taker->recorder, &taker->got);
}

static void take_from(mqttka_client *client, struct taker *taker, const char *filter, int granted)
{
    struct recorder *recorder = taker->recorder;
    int before = recorder_count(recorder, &recorder->completions);
    mqttka_subscribe_request *request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, filter, MQTTKA_NUL_TERMINATED, granted, 0));
    OK(mqttka_client_subscribe_with(client, request, take, taker, NULL, recorder_completion,
                                    recorder, NULL));
    mqttka_subscribe_request_free(request);
    recorder_wait(recorder, &recorder->completions, before + 1);
    EXPECT_INT(MQTTKA_OK, recorder->error);
}

static void overlap(const char *uri, int version)
{
    static struct recorder recorder;
    static struct taker all = {&recorder, 0}, some = {&recorder, 0}, end = {&recorder, 0};
    mqttka_client *client = connected(&recorder, uri, version);
    int granted = habit == GRANTS_1 || habit == HAS_1 ? 1 : 2;
    take_from(client, &all, topic_of("o/#"), granted);
    take_from(client, &some, topic_of("o/+"), granted);
    take_from(client, &end, topic_of("end"), granted);
    int published = 0;
    for (int round = 0; round < 2; round++) {
        for (int qos = 0; qos <= granted; qos++, published++)
            OK(mqttka_client_publish(client, topic_of("o/x"), MQTTKA_NUL_TERMINATED, "same", 4,
                                     qos, false, NULL, NULL));
        recorder_wait(&recorder, &all.got, copies * published);
        recorder_wait(&recorder, &some.got, copies * published);
        OK(mqttka_client_publish(client, topic_of("end"), MQTTKA_NUL_TERMINATED, "", 0, granted,
                                 false, NULL, NULL));
        recorder_wait(&recorder, &end.got, round + 1);
        printf("%d and %d of %d\n", all.got, some.got, published);
        EXPECT_INT(copies * published, all.got);
        EXPECT_INT(copies * published, some.got);
    }
    recorder_finish(&recorder, client);
}

/* --- will: published for a client that was killed, not for one that said goodbye */

static mqttka_client *with_will(struct recorder *recorder, const char *uri, int version,
                                const char *topic, const char *payload)
{
    mqttka_message *will = NULL;
    mqttka_options *options = options_for(recorder, uri, version);
    OK(mqttka_message_new(topic, MQTTKA_NUL_TERMINATED, payload, strlen(payload), 1, false, &will));
    OK(mqttka_options_set_will(options, will));
    mqttka_message_free(will);
    mqttka_client *client = client_of(options);
    wait_connected(recorder);
    return client;
}

/* A process with a client; it writes a byte when it is connected, and waits to be killed. */
static pid_t start_victim(int *told, const char *uri, int version, const char *topic)
{
    int ends[2];
    EXPECT(pipe(ends) == 0);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        static struct recorder recorder;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        with_will(&recorder, uri, version, topic, "killed");
        EXPECT(write(ends[1], "c", 1) == 1);
        for (;;) pause();
    }
    close(ends[1]);
    *told = ends[0];
    return child;
}

static void check_will(struct recorder *recorder, mqttka_client *client,
                       const mqttka_message *message)
{
    static const char *const expected[] = {"killed", "last"};
    size_t length;
    const uint8_t *payload = mqttka_message_payload(message, &length);
    int number = recorder_count(recorder, &recorder->messages);
    (void)client;
    EXPECT(number < 2);
    EXPECT_BYTES(expected[number], strlen(expected[number]), payload, length);
}

static void will(const char *uri, int version)
{
    static struct recorder observer, polite;
    char topic[64], byte;
    int told;
    snprintf(topic, sizeof topic, "%s", topic_of("will"));
    /* First: a process that has made a client cannot fork and use clients in the child. */
    pid_t victim = start_victim(&told, uri, version, topic);

    mqttka_options *options = options_for(&observer, uri, version);
    observer.on_message = check_will;
    mqttka_client *client = client_of(options);
    wait_connected(&observer);
    subscribe(&observer, client, topic, habit == GRANTS_1 || habit == HAS_1 ? 1 : 2);

    recorder_finish(&polite, with_will(&polite, uri, version, topic, "said goodbye"));

    if (read(told, &byte, 1) != 1) EXPECT_FAILED("the client that was to be killed has failed");
    EXPECT(kill(victim, SIGKILL) == 0);
    EXPECT(waitpid(victim, NULL, 0) == victim);
    recorder_wait(&observer, &observer.messages, 1);
    /* A will that came late would be before this one. */
    OK(mqttka_client_publish(client, topic, MQTTKA_NUL_TERMINATED, "last", 4, 1, false,
                             recorder_completion, &observer));
    recorder_wait(&observer, &observer.messages, 2);
    recorder_finish(&observer, client);
}

/* --- certificates: refused by type, and the broker serves the next one as before */

static void record_transport_error(struct recorder *recorder, mqttka_client *client,
                                   const mqttka_event *event)
{
    (void)client;
    OK(mqttka_event_get_int(event, MQTTKA_EVENT_TRANSPORT_ERROR, recorder->context));
}

static void refused(struct recorder *recorder, mqttka_options *options, int expected)
{
    int64_t error = -1;
    recorder->on_event = record_transport_error;
    recorder->context = &error;
    mqttka_client *client = client_of(options);
    recorder_wait(recorder, &recorder->connect_failed, 1);
    printf("%s\n", recorder->description);
    EXPECT_INT(MQTTKA_CONNECT_ERROR_TRANSPORT, recorder->cause);
    EXPECT_INT(MQTTKA_STAGE_TLS, recorder->stage);
    EXPECT_INT(expected, error);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(0, recorder->connected);
    EXPECT_INT(1, recorder->connect_failed);
}

static void certificates(const char *uri, int version)
{
    static struct recorder other, elsewhere, right;
    mqttka_options *options = options_for(&other, uri, version);
    trust(options, "other_ca.pem");
    refused(&other, options, MQTTKA_TRANSPORT_ERROR_UNKNOWN_ISSUER);

    options = options_for(&elsewhere, uri, version);
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_TLS_SERVER_NAME, "elsewhere.example",
                                 MQTTKA_NUL_TERMINATED));
    refused(&elsewhere, options, MQTTKA_TRANSPORT_ERROR_WRONG_HOST);

    recorder_finish(&right, connected(&right, uri, version));
}

/* --- twice: one client connects again; whether TLS was resumed is seen from outside */

static void twice(const char *uri, int version)
{
    static struct recorder recorder;
    mqttka_client *client = connected(&recorder, uri, version);
    OK(mqttka_client_disconnect(client));
    recorder_wait(&recorder, &recorder.disconnected, 1);
    OK(mqttka_client_connect(client));
    recorder_wait(&recorder, &recorder.connected, 2);
    printf("%s\n", recorder.description);
    OK(mqttka_client_disconnect(client));
    recorder_wait(&recorder, &recorder.disconnected, 2);
    OK(mqttka_client_destroy_and_wait(client, -1));
}

/* --- ended: the broker's end is one event for each of its clients */

static void ended(int signal, pid_t broker, int count, char **arguments)
{
    static struct recorder recorders[MOST];
    mqttka_client *clients[MOST];
    EXPECT(count <= MOST);
    for (int i = 0; i < count; i++)
        clients[i] = connected(&recorders[i], arguments[2 * i], atoi(arguments[2 * i + 1]));
    EXPECT(kill(broker, signal) == 0);
    for (int i = 0; i < count; i++) {
        struct recorder *recorder = &recorders[i];
        recorder_wait(recorder, &recorder->disconnected, 1);
        printf("%s version %s: %s\n", arguments[2 * i], arguments[2 * i + 1],
               recorder->description);
        EXPECT(recorder->cause == MQTTKA_CAUSE_SERVER_DISCONNECT
               || recorder->cause == MQTTKA_CAUSE_CLOSED_BY_SERVER
               || recorder->cause == MQTTKA_CAUSE_TRANSPORT
               /* mochi says DISCONNECT in 3.1.1 too, which has none for brokers. */
               || (recorder->cause == MQTTKA_CAUSE_PROTOCOL && arguments[2 * i + 1][0] == '4'));
    }
    for (int i = 0; i < count; i++) {
        OK(mqttka_client_destroy_and_wait(clients[i], -1));
        EXPECT_INT(1, recorders[i].connected);
        EXPECT_INT(1, recorders[i].disconnected);
        EXPECT_INT(0, recorders[i].connect_failed);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*check)(const char *uri, int version);
    } checks[] = {
        {"messages", messages}, {"overlap", overlap}, {"will", will}, {"certificates", certificates}, {"twice", twice}};
    setvbuf(stdout, NULL, _IOLBF, 0);
    OK(mqttka_check_abi(MQTTKA_ABI_VERSION));
    if (argc > 4 && strcmp(argv[1], "ended") == 0) {
        int signal = strcmp(argv[2], "KILL") == 0 ? SIGKILL : SIGTERM;
        ended(signal, (pid_t)atol(argv[3]), (argc - 4) / 2, argv + 4);
        return 0;
    }
    if (argc >= 5) habit = habit_of(argv[4]);
    if (argc == 6) copies = atoi(argv[5]);
    aliases_by_filter = habit == BY_FILTER;
    for (size_t i = 0; argc >= 4 && argc <= 6 && i < sizeof checks / sizeof *checks; i++)
        if (strcmp(argv[1], checks[i].name) == 0) {
            checks[i].check(argv[2], atoi(argv[3]));
            return 0;
        }
    EXPECT_FAILED("usage: see the top of client.c");
}
