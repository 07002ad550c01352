/* The functions of authentication and of the program's own loop, as null_and_garbage.c has the
 * others. */
#include "garbage.h"
#include "silent.h"

#include <unistd.h>

static mqttka_options *options;
static mqttka_client *client;
static mqttka_authentication_request *request;
static mqttka_name_request *name;
static const char bad[] = "\xff";
static int calls;

#define ANSWERED(call) FAILS(MQTTKA_ERROR_ALREADY_ANSWERED, call)

static void never(void *user_data) { EXPECT_FAILED("destructor of %p", user_data); }

static void keep(mqttka_authentication_request *given, void *user_data)
{
    request = given;
    recorder_add(user_data, &calls);
}

static void keep_name(mqttka_name_request *given, void *user_data)
{
    EXPECT(user_data == NULL);
    name = given;
}

/* Without an authenticator the destructor is not called. */
TEST(mqttka_options_set_authenticator)
{
    NULL_ERROR(mqttka_options_set_authenticator(NULL, "m", keep, &calls, never));
    NULL_ERROR(mqttka_options_set_authenticator(options, NULL, keep, &calls, never));
    BAD_STRING(mqttka_options_set_authenticator(options, bad, keep, &calls, never));
    OK(mqttka_options_set_authenticator(options, NULL, NULL, &calls, never));
}

TEST(mqttka_options_set_scram_sha256)
{
    static char longest[1025];
    memset(longest, 'x', sizeof longest);
    NULL_ERROR(mqttka_options_set_scram_sha256(NULL, "u", 1, "p", 1, 0));
    NULL_ERROR(mqttka_options_set_scram_sha256(options, NULL, 1, "p", 1, 0));
    NULL_ERROR(mqttka_options_set_scram_sha256(options, "u", 1, NULL, 1, 0));
    BAD_STRING(mqttka_options_set_scram_sha256(options, bad, 1, "p", 1, 0));
    BAD_STRING(mqttka_options_set_scram_sha256(options, "u", 1, bad, 1, 0));
    INVALID(mqttka_options_set_scram_sha256(options, NULL, 0, "p", 1, 0));
    INVALID(mqttka_options_set_scram_sha256(options, "u", 1, NULL, 0, 0));
    INVALID(mqttka_options_set_scram_sha256(options, "u", 1, longest, sizeof longest, 0));
    INVALID(mqttka_options_set_scram_sha256(options, "u", 1, "\a", 1, 0));
    INVALID(mqttka_options_set_scram_sha256(options, "u", 1, "p", 1, -1));
    INVALID(mqttka_options_set_scram_sha256(options, "u", 1, "p", 1, 4095));
    INVALID(mqttka_options_set_scram_sha256(options, "u", 1, "p", 1, INT64_MAX));
    OK(mqttka_options_set_scram_sha256(options, "u", 1, longest, sizeof longest - 1, 4096));
    OK(mqttka_options_set_authenticator(options, NULL, NULL, NULL, NULL));
}

TEST(mqttka_authentication_request_step)
{
    EXPECT_INT(0, mqttka_authentication_request_step(NULL));
    EXPECT_INT(MQTTKA_AUTHENTICATION_START, mqttka_authentication_request_step(request));
}

TEST(mqttka_authentication_request_exchange)
{
    EXPECT_INT(0, mqttka_authentication_request_exchange(NULL));
    EXPECT_INT(1, mqttka_authentication_request_exchange(request));
}

TEST(mqttka_authentication_request_time_left_ms)
{
    EXPECT_INT(0, mqttka_authentication_request_time_left_ms(NULL));
    EXPECT(mqttka_authentication_request_time_left_ms(request) > 0);
}

TEST(mqttka_authentication_request_data)
{
    const uint8_t *data = (const uint8_t *)"";
    size_t length = 5;
    NULL_ERROR(mqttka_authentication_request_data(NULL, &data, &length));
    EXPECT(data == NULL && length == 0);
    NULL_ERROR(mqttka_authentication_request_data(request, NULL, &length));
    NULL_ERROR(mqttka_authentication_request_data(request, &data, NULL));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_authentication_request_data(request, &data, &length));
}

TEST(mqttka_authentication_request_reason_string)
{
    const char *text;
    size_t length;
    NULL_ERROR(mqttka_authentication_request_reason_string(NULL, &text, &length));
    EXPECT(text == NULL && length == 0);
    NULL_ERROR(mqttka_authentication_request_reason_string(request, NULL, &length));
    NULL_ERROR(mqttka_authentication_request_reason_string(request, &text, NULL));
    FAILS(MQTTKA_ERROR_NOT_PRESENT,
          mqttka_authentication_request_reason_string(request, &text, &length));
}

TEST(mqttka_authentication_request_user_property_count)
{
    EXPECT_INT(0, mqttka_authentication_request_user_property_count(NULL));
    EXPECT_INT(0, mqttka_authentication_request_user_property_count(request));
}

TEST(mqttka_authentication_request_user_property_at)
{
    const char *text;
    size_t length;
    NULL_ERROR(mqttka_authentication_request_user_property_at(NULL, 0, &text, &length, &text, &length));
    NULL_ERROR(mqttka_authentication_request_user_property_at(request, 0, NULL, &length, &text, &length));
    NULL_ERROR(mqttka_authentication_request_user_property_at(request, 0, &text, NULL, &text, &length));
    NULL_ERROR(mqttka_authentication_request_user_property_at(request, 0, &text, &length, NULL, &length));
    NULL_ERROR(mqttka_authentication_request_user_property_at(request, 0, &text, &length, &text, NULL));
    FAILS(MQTTKA_ERROR_NOT_PRESENT, mqttka_authentication_request_user_property_at(request, (size_t)-1, &text, &length, &text, &length));
}

TEST(mqttka_authentication_request_add_user_property)
{
    NULL_ERROR(mqttka_authentication_request_add_user_property(NULL, "n", 1, "v", 1));
    NULL_ERROR(mqttka_authentication_request_add_user_property(request, NULL, 1, "v", 1));
    NULL_ERROR(mqttka_authentication_request_add_user_property(request, "n", 1, NULL, 1));
    BAD_STRING(mqttka_authentication_request_add_user_property(request, bad, 1, "v", 1));
    BAD_STRING(mqttka_authentication_request_add_user_property(request, "n", 1, bad, 1));
    BAD_STRING(mqttka_authentication_request_add_user_property(request, "n\0", 2, "v", 1));
    /* The step begins a connection. */
    INVALID(mqttka_authentication_request_add_user_property(request, "n", 1, "v", 1));
}

TEST(mqttka_authentication_request_reply)
{
    static char longest[65536];
    NULL_ERROR(mqttka_authentication_request_reply(NULL, "x", 1));
    NULL_ERROR(mqttka_authentication_request_reply(request, NULL, 1));
    INVALID(mqttka_authentication_request_reply(request, "x", SIZE_MAX - 1));
    INVALID(mqttka_authentication_request_reply(request, longest, sizeof longest));
}

TEST(mqttka_authentication_request_fail)
{
    NULL_ERROR(mqttka_authentication_request_fail(NULL, "no", 2, false));
    NULL_ERROR(mqttka_authentication_request_fail(request, NULL, 2, false));
    BAD_STRING(mqttka_authentication_request_fail(request, bad, 1, false));
    OK(mqttka_authentication_request_fail(request, "no", NUL, false));
    ANSWERED(mqttka_authentication_request_fail(request, NULL, 0, true));
    ANSWERED(mqttka_authentication_request_reply(request, NULL, 0));
    ANSWERED(mqttka_authentication_request_add_user_property(request, "n", 1, "v", 1));
    EXPECT_INT(1, mqttka_authentication_request_exchange(request));
}

TEST(mqttka_authentication_request_free)
{
    mqttka_authentication_request_free(NULL);
    mqttka_authentication_request_free(request);
}

TEST(mqttka_client_reauthenticate)
{
    NULL_ERROR(mqttka_client_reauthenticate(NULL, NULL, NULL));
    /* There is no authenticator. */
    INVALID(mqttka_client_reauthenticate(client, recorder_completion, NULL));
}

TEST(mqttka_client_new_hosted)
{
    mqttka_client *made = client;
    NULL_ERROR(mqttka_client_new_hosted(NULL, &made));
    EXPECT(made == NULL);
    NULL_ERROR(mqttka_client_new_hosted(options, NULL));
    INVALID(mqttka_client_new_hosted(options, &made)); /* no MQTTKA_OPTION_HOST */
}

TEST(mqttka_client_fd)
{
    EXPECT_INT(-1, mqttka_client_fd(NULL));
    EXPECT(mqttka_client_fd(client) >= 0);
}

TEST(mqttka_client_deadline_ms)
{
    EXPECT_INT(-1, mqttka_client_deadline_ms(NULL));
    EXPECT_INT(0, mqttka_client_deadline_ms(client));
}

TEST(mqttka_client_process)
{
    NULL_ERROR(mqttka_client_process(NULL));
    OK(mqttka_client_process(client));
    OK(mqttka_client_process(client));
    EXPECT_INT(-1, mqttka_client_deadline_ms(client));
}

/* Without a resolver the destructor is not called. */
TEST(mqttka_options_set_resolver)
{
    NULL_ERROR(mqttka_options_set_resolver(NULL, keep_name, NULL, never));
    OK(mqttka_options_set_resolver(options, NULL, &calls, never));
}

TEST(mqttka_name_request_name)
{
    EXPECT_TEXT("", mqttka_name_request_name(NULL));
    EXPECT_TEXT("broker.example", mqttka_name_request_name(name));
}

TEST(mqttka_name_request_time_left_ms)
{
    EXPECT_INT(0, mqttka_name_request_time_left_ms(NULL));
    EXPECT(mqttka_name_request_time_left_ms(name) > 0);
}

TEST(mqttka_name_request_add_address)
{
    NULL_ERROR(mqttka_name_request_add_address(NULL, "::1"));
    NULL_ERROR(mqttka_name_request_add_address(name, NULL));
    BAD_STRING(mqttka_name_request_add_address(name, bad));
    INVALID(mqttka_name_request_add_address(name, ""));
    INVALID(mqttka_name_request_add_address(name, "127.0.0.1:1883"));
    INVALID(mqttka_name_request_add_address(name, "localhost"));
    for (int i = 0; i < 256; i++) OK(mqttka_name_request_add_address(name, "::1"));
    INVALID(mqttka_name_request_add_address(name, "::1"));
}

TEST(mqttka_name_request_answer) { NULL_ERROR(mqttka_name_request_answer(NULL)); }

TEST(mqttka_name_request_fail)
{
    NULL_ERROR(mqttka_name_request_fail(NULL, "no", 2));
    NULL_ERROR(mqttka_name_request_fail(name, NULL, 2));
    BAD_STRING(mqttka_name_request_fail(name, bad, 1));
    OK(mqttka_name_request_fail(name, "no", NUL));
    ANSWERED(mqttka_name_request_fail(name, NULL, 0));
    ANSWERED(mqttka_name_request_answer(name));
    ANSWERED(mqttka_name_request_add_address(name, "::1"));
}

TEST(mqttka_name_request_free)
{
    mqttka_name_request_free(NULL);
    mqttka_name_request_free(name);
}

static const struct test TESTS[] = {
    ENTRY(mqttka_options_set_authenticator),
    ENTRY(mqttka_options_set_scram_sha256),
    ENTRY(mqttka_options_set_resolver),
    ENTRY(mqttka_client_new_hosted),
    ENTRY(mqttka_client_fd),
    ENTRY(mqttka_client_deadline_ms),
    ENTRY(mqttka_client_process),
    ENTRY(mqttka_client_reauthenticate),
    ENTRY(mqttka_authentication_request_step),
    ENTRY(mqttka_authentication_request_exchange),
    ENTRY(mqttka_authentication_request_time_left_ms),
    ENTRY(mqttka_authentication_request_data),
    ENTRY(mqttka_authentication_request_reason_string),
    ENTRY(mqttka_authentication_request_user_property_count),
    ENTRY(mqttka_authentication_request_user_property_at),
    ENTRY(mqttka_authentication_request_add_user_property),
    ENTRY(mqttka_authentication_request_reply),
    ENTRY(mqttka_authentication_request_fail),
    ENTRY(mqttka_authentication_request_free),
    ENTRY(mqttka_name_request_name),
    ENTRY(mqttka_name_request_time_left_ms),
    ENTRY(mqttka_name_request_add_address),
    ENTRY(mqttka_name_request_answer),
    ENTRY(mqttka_name_request_fail),
    ENTRY(mqttka_name_request_free),
};

/* An attempt whose authenticator was asked. */
static mqttka_client *asking(struct recorder *recorder, int port)
{
    mqttka_client *made;
    recorder_init(recorder);
    mqttka_options *with = recorder_options(recorder, port);
    OK(mqttka_options_set_authenticator(with, "m", keep, recorder, NULL));
    OK(mqttka_client_new(with, &made));
    mqttka_options_free(with);
    OK(mqttka_client_connect(made));
    recorder_wait(recorder, &calls, 1);
    return made;
}

/* One whose resolver was asked. */
static mqttka_client *resolving(void)
{
    mqttka_client *made;
    mqttka_options *with = mqttka_options_new();
    OK(mqttka_options_set_uri(with, "mqtt://broker.example"));
    OK(mqttka_options_set_resolver(with, keep_name, NULL, NULL));
    OK(mqttka_client_new_hosted(with, &made));
    mqttka_options_free(with);
    OK(mqttka_client_connect(made));
    while (name == NULL) OK(mqttka_client_process(made));
    return made;
}

int main(void)
{
    struct recorder recorder;
    int port, listener = silent_listen(&port);
    mqttka_client *asks = asking(&recorder, port), *resolves = resolving();
    mqttka_options *with = mqttka_options_new();
    OK(mqttka_options_set_uri(with, "mqtt://127.0.0.1"));
    OK(mqttka_client_new_hosted(with, &client));
    mqttka_options_free(with);
    options = mqttka_options_new();
    for (size_t i = 0; i < sizeof TESTS / sizeof *TESTS; i++) TESTS[i].run();
    mqttka_options_free(options);
    OK(mqttka_client_destroy_and_wait(client, -1));
    OK(mqttka_client_destroy_and_wait(resolves, -1));
    OK(mqttka_client_destroy_and_wait(asks, -1));
    close(listener);
    return 0;
}
