/*
 * A child that was forked while other threads were inside the library calls every function of the
 * header: none hangs, those that need the library's threads say MQTTKA_ERROR_FORKED, the others
 * work. covered.py checks that none is missing. And the parent's connection goes on.
 */
#include "garbage.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORKS = 40, HAMMERS = 3, CHILD_SECONDS = 60 };

static mqttka_client *client;
static mqttka_options *options;
static mqttka_message *message;
static mqttka_subscribe_request *request;
static mqttka_stream *stream;
static mqttka_requests *answering;
static mqttka_received_request *received; /* without an answer */
static const mqttka_event *event;   /* while an event callback runs */
static const mqttka_result *result; /* while a completion runs */
static mqttka_connection_request *asked; /* without an answer; once the provider was called */
static mqttka_authentication_request *proving; /* the same of the authenticator, */
static mqttka_name_request *naming;            /* and of the resolver */

static int64_t number;
static const char *text, *name;
static const uint8_t *bytes;
static size_t length, name_length;

#include "fork_refused.h"
#include "fork_works.h"
#include "fork_outcomes.h"

enum { ALL = REFUSED_COUNT + WORKS_COUNT + OUTCOMES_COUNT };

static const struct test *test_at(int index)
{
    if (index < REFUSED_COUNT) return &REFUSED[index];
    index -= REFUSED_COUNT;
    return index < WORKS_COUNT ? &WORKS[index] : &OUTCOMES[index - WORKS_COUNT];
}

/* What the child has reached, and what it has finished; in memory that parent and child share. */
struct progress {
    const char *inside;
    int finished;
};
static struct progress *progress;
static bool reached[ALL];

static bool fits(const char *function)
{
    if (strncmp(function, "mqttka_event_", 13) == 0) return event != NULL;
    if (strncmp(function, "mqttka_result_", 14) == 0) return result != NULL;
    if (strncmp(function, "mqttka_connection_request_", 26) == 0) return asked != NULL;
    if (strncmp(function, "mqttka_authentication_request_", 30) == 0) return proving != NULL;
    if (strncmp(function, "mqttka_name_request_", 20) == 0) return naming != NULL;
    if (strncmp(function, "mqttka_received_request_", 24) == 0) return received != NULL;
    return true;
}

/* Forks, and has the child call all functions for which there is an object. */
static void fork_and_call(void)
{
    int status, expected = 0;
    for (int i = 0; i < ALL; i++) {
        if (!fits(test_at(i)->name)) continue;
        reached[i] = true;
        expected += 1;
    }
    progress->inside = "nothing";
    progress->finished = 0;
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        alarm(CHILD_SECONDS); /* ends it where a call hangs */
        for (int i = 0; i < ALL; i++) {
            if (!fits(test_at(i)->name)) continue;
            progress->inside = test_at(i)->name;
            test_at(i)->run();
            progress->finished += 1;
        }
        _exit(0);
    }
    EXPECT(waitpid(child, &status, 0) == child);
    /* Not by its exit status: to valgrind the memory of the threads that are gone is lost. */
    if (progress->finished != expected)
        EXPECT_FAILED("the child ended with %#x inside %s", (unsigned)status, progress->inside);
}

static void on_event(struct recorder *recorder, mqttka_client *from, const mqttka_event *given)
{
    EXPECT(recorder != NULL && from != NULL);
    if (mqttka_event_type(given) != MQTTKA_EVENT_CONNECTED) return;
    client = from;
    OK(mqttka_client_open_stream(client, "stream", NUL, &stream));
    OK(mqttka_client_counters(client, &counters));
    mqttka_subscribe_request *questions = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(questions, "fork/question", NUL, 1, 0));
    OK(mqttka_client_subscribe_requests(client, questions, NULL, NULL, &answering));
    mqttka_subscribe_request_free(questions);
    event = given;
    fork_and_call();
    event = NULL;
}

static void on_completion(struct recorder *recorder, mqttka_client *from,
                          const mqttka_result *given)
{
    EXPECT(recorder != NULL && from == client);
    if (mqttka_result_packet_id(given) == 0 || recorder->completions > 0) return;
    result = given;
    fork_and_call();
    result = NULL;
}

static atomic_bool hammering;

/* Holds as many locks of the library as can be, for as much of the time as can be. */
static void *hammer(void *which)
{
    int64_t value;
    while (hammering) {
        mqttka_client_publish(client, "hammered", NUL, "x", 1, *(int *)which % 2, false, NULL, NULL);
        OK(mqttka_client_get_int(client, MQTTKA_STATUS_STATE, &value));
        OK(mqttka_client_probe_now(client, 60000));
        if (*(int *)which == 0) {
            mqttka_client *other;
            mqttka_options *others = mqttka_options_new();
            OK(mqttka_options_set_string(others, MQTTKA_OPTION_HOST, "127.0.0.1", NUL));
            OK(mqttka_client_new(others, &other));
            mqttka_options_free(others);
            OK(mqttka_client_destroy_and_wait(other, -1));
        }
    }
    return NULL;
}

/* The attempt of a second client waits for its answer as long as there are children. */
static int requests;

static void keep_request(mqttka_connection_request *given, void *user_data)
{
    asked = given;
    recorder_add(user_data, &requests);
}

static void keep_step(mqttka_authentication_request *given, void *user_data)
{
    proving = given;
    recorder_add(user_data, &requests);
}

static void keep_name(mqttka_name_request *given, void *user_data)
{
    EXPECT(user_data == NULL);
    naming = given;
}

/* A third one's waits for its authenticator, */
static mqttka_client *prove(struct recorder *recorder)
{
    mqttka_client *made;
    recorder_init(recorder);
    mqttka_options *with = recorder_options(recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_options_set_int(with, MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 600000));
    OK(mqttka_options_set_authenticator(with, "m", keep_step, recorder, NULL));
    OK(mqttka_client_new(with, &made));
    mqttka_options_free(with);
    OK(mqttka_client_connect(made));
    recorder_wait(recorder, &requests, 2);
    return made;
}

/* and a fourth one's, which this program drives, for its resolver. */
static mqttka_client *resolve(void)
{
    mqttka_client *made;
    mqttka_options *with = mqttka_options_new();
    OK(mqttka_options_set_uri(with, "mqtt://broker.example"));
    OK(mqttka_options_set_int(with, MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 600000));
    OK(mqttka_options_set_resolver(with, keep_name, NULL, NULL));
    OK(mqttka_client_new_hosted(with, &made));
    mqttka_options_free(with);
    OK(mqttka_client_connect(made));
    while (naming == NULL) OK(mqttka_client_process(made));
    return made;
}

static mqttka_client *ask(struct recorder *recorder)
{
    mqttka_client *asking;
    recorder_init(recorder);
    mqttka_options *with = recorder_options(recorder, test_port("MQTTKA_TEST_PORT"));
    OK(mqttka_options_set_int(with, MQTTKA_OPTION_CONNECT_TIMEOUT_MS, 600000));
    OK(mqttka_options_set_provider(with, keep_request, recorder, NULL));
    OK(mqttka_client_new(with, &asking));
    mqttka_options_free(with);
    OK(mqttka_client_connect(asking));
    recorder_wait(recorder, &requests, 1);
    return asking;
}

/* A request of its own, which has no answer. */
static void question(void)
{
    mqttka_message *asks;
    OK(mqttka_message_new("fork/question", NUL, "?", 1, 1, false, &asks));
    OK(mqttka_message_set_string(asks, MQTTKA_PROPERTY_RESPONSE_TOPIC, "fork/answer", NUL));
    OK(mqttka_client_publish_message(client, asks, NULL, NULL));
    mqttka_message_free(asks);
    OK(mqttka_requests_next(answering, 60000, &received));
}

static void children(void)
{
    struct recorder recorder, asking_recorder, proving_recorder;
    pthread_t threads[HAMMERS];
    int numbers[HAMMERS];
    recorder_init(&recorder);
    recorder.on_event = on_event;
    recorder.on_completion = on_completion;
    mqttka_client *asking = ask(&asking_recorder);
    mqttka_client *proves = prove(&proving_recorder), *resolves = resolve();
    recorder_connected(&recorder, test_port("MQTTKA_TEST_PORT"));
    question();
    OK(mqttka_client_publish(client, "a", 1, "x", 1, 1, false, recorder_completion, &recorder));
    recorder_wait(&recorder, &recorder.completions, 1);
    for (int i = 0; i < ALL; i++)
        if (!reached[i]) EXPECT_FAILED("no child called %s", test_at(i)->name);

    hammering = true;
    for (int i = 0; i < HAMMERS; i++) {
        numbers[i] = i;
        EXPECT(pthread_create(&threads[i], NULL, hammer, &numbers[i]) == 0);
    }
    for (int i = 0; i < (getenv("MQTTKA_TEST_SLOW") ? 3 : FORKS); i++) fork_and_call();
    hammering = false;
    for (int i = 0; i < HAMMERS; i++) EXPECT(pthread_join(threads[i], NULL) == 0);

    /* What hammered may have left the queue full, which empties. */
    int32_t error;
    while ((error = mqttka_client_publish(client, "a", 1, "x", 1, 1, false, recorder_completion, &recorder)) ==
           MQTTKA_ERROR_QUEUE_FULL)
        sched_yield();
    OK(error);
    recorder_wait(&recorder, &recorder.completions, 2);
    EXPECT_INT(MQTTKA_OK, recorder.error);
    mqttka_stream_close(stream);
    OK(mqttka_received_request_reply(received, "!", 1));
    mqttka_received_request_free(received);
    mqttka_requests_close(answering);
    recorder_finish(&recorder, client);

    OK(mqttka_client_destroy_and_wait(proves, -1));
    mqttka_authentication_request_free(proving);
    OK(mqttka_client_destroy_and_wait(resolves, -1));
    mqttka_name_request_free(naming);
    OK(mqttka_connection_request_provide(asked));
    mqttka_connection_request_free(asked);
    recorder_wait(&asking_recorder, &asking_recorder.connected, 1);
    recorder_finish(&asking_recorder, asking);
}

int main(void)
{
    progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(progress != MAP_FAILED);
    options = mqttka_options_new();
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", NUL));
    OK(mqttka_message_new("a", 1, "x", 1, 0, false, &message));
    request = mqttka_subscribe_request_new();
    OK(mqttka_subscribe_request_add(request, "a", 1, 0, 0));
    goodbye = mqttka_disconnect_request_new();
    unsubscribe = mqttka_unsubscribe_request_new();
    canceller = mqttka_canceller_new();
    OK(mqttka_refusal_new(0x80, &refusal));
    children();
    mqttka_counters_free(counters);
    mqttka_refusal_free(refusal);
    mqttka_canceller_free(canceller);
    mqttka_unsubscribe_request_free(unsubscribe);
    mqttka_disconnect_request_free(goodbye);
    mqttka_options_free(options);
    mqttka_message_free(message);
    mqttka_subscribe_request_free(request);
    return 0;
}
