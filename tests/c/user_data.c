/* The destructor of user_data runs exactly once, whatever becomes of options and client. */
#include "recorder.h"

static int runs;

static void count(void *user_data)
{
    EXPECT(user_data == &runs);
    __atomic_add_fetch(&runs, 1, __ATOMIC_SEQ_CST);
}

static int taken_runs(void)
{
    return __atomic_exchange_n(&runs, 0, __ATOMIC_SEQ_CST);
}

static mqttka_options *options_with_host(void)
{
    mqttka_options *options = mqttka_options_new();
    OK(mqttka_options_set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", MQTTKA_NUL_TERMINATED));
    return options;
}

static void without_a_client(void)
{
    mqttka_options *options = mqttka_options_new();
    OK(mqttka_options_set_user_data(options, &runs, count));
    EXPECT_INT(0, runs);
    mqttka_options_free(options);
    EXPECT_INT(1, taken_runs());
}

static void where_client_new_fails(void)
{
    mqttka_client *client = (mqttka_client *)&runs;
    mqttka_options *options = mqttka_options_new(); /* no host */
    OK(mqttka_options_set_user_data(options, &runs, count));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(options, &client));
    EXPECT(client == NULL);
    EXPECT(strstr(mqttka_last_error(), "MQTTKA_OPTION_HOST") != NULL);
    EXPECT_INT(MQTTKA_ERROR_NULL, mqttka_client_new(options, NULL));
    EXPECT_INT(0, runs);
    mqttka_options_free(options);
    EXPECT_INT(1, taken_runs());
}

static void with_a_client(bool free_options_first)
{
    mqttka_client *client;
    mqttka_options *options = options_with_host();
    OK(mqttka_options_set_user_data(options, &runs, count));
    OK(mqttka_client_new(options, &client));
    if (free_options_first) mqttka_options_free(options);
    EXPECT_INT(0, runs);
    OK(mqttka_client_destroy_and_wait(client, -1));
    EXPECT_INT(1, taken_runs());
    if (!free_options_first) mqttka_options_free(options);
    EXPECT_INT(0, taken_runs());
}

static void a_second_client_needs_its_own(void)
{
    mqttka_client *first, *second = (mqttka_client *)&runs;
    mqttka_options *options = options_with_host();
    OK(mqttka_options_set_user_data(options, &runs, count));
    OK(mqttka_client_new(options, &first));
    EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, mqttka_client_new(options, &second));
    EXPECT(second == NULL);
    OK(mqttka_options_set_user_data(options, &runs, count));
    OK(mqttka_client_new(options, &second));
    mqttka_options_free(options);
    OK(mqttka_client_destroy_and_wait(first, -1));
    EXPECT_INT(1, taken_runs());
    OK(mqttka_client_destroy_and_wait(second, -1));
    EXPECT_INT(1, taken_runs());
}

static void without_a_destructor_it_serves_many(void)
{
    mqttka_client *first, *second;
    mqttka_options *options = options_with_host();
    OK(mqttka_options_set_user_data(options, &runs, NULL));
    OK(mqttka_client_new(options, &first));
    OK(mqttka_client_new(options, &second));
    mqttka_options_free(options);
    OK(mqttka_client_destroy_and_wait(first, -1));
    OK(mqttka_client_destroy_and_wait(second, -1));
    EXPECT_INT(0, taken_runs());
}

static void replaced(void)
{
    mqttka_options *options = mqttka_options_new();
    OK(mqttka_options_set_user_data(options, &runs, count));
    OK(mqttka_options_set_user_data(options, &runs, count)); /* the same: nothing to release */
    EXPECT_INT(0, runs);
    OK(mqttka_options_set_user_data(options, NULL, NULL));
    EXPECT_INT(1, taken_runs());
    OK(mqttka_options_set_user_data(options, &runs, count));
    OK(mqttka_options_set_user_data(options, &runs, NULL)); /* the caller's again */
    mqttka_options_free(options);
    EXPECT_INT(0, taken_runs());
}

int main(void)
{
    without_a_client();
    where_client_new_fails();
    with_a_client(true);
    with_a_client(false);
    a_second_client_needs_its_own();
    without_a_destructor_it_serves_many();
    replaced();
    return 0;
}
