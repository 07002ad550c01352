/* A client in libuv's loop, without any thread of the library: a message five times a second; what comes is
 * printed. Ctrl-C, or the given number of messages that came, ends it.
 *
 *     cc loop_uv.c $(pkg-config --cflags --libs mqttka libuv)
 *     ./loop_uv mqtts://broker.example topic [messages]
 */
#include <mqttka.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

static const char *topic;
static long left = -1; /* messages to come; below 0: for ever */
static uv_poll_t watcher;
static uv_timer_t ticker;
static uv_signal_t interrupt;

static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data)
{
    (void)user_data;
    printf("%s\n", mqttka_event_description(event));
    if (mqttka_event_type(event) == MQTTKA_EVENT_CONNECTED)
        mqttka_client_subscribe(client, topic, MQTTKA_NUL_TERMINATED, 1, NULL, NULL);
}

/* The goodbye begins; the loop goes on until `terminated`. */
static void end(mqttka_client *client)
{
    uv_timer_stop(&ticker);
    uv_signal_stop(&interrupt);
    mqttka_client_destroy(client);
}

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    size_t length;
    const char *payload = (const char *)mqttka_message_payload(message, &length);
    (void)user_data;
    printf("received: %.*s\n", (int)length, payload);
    if (left > 0 && --left == 0) end(client);
}

/* The last callback: the descriptor is closed soon, and nothing keeps the loop. */
static void on_terminated(void *user_data)
{
    (void)user_data;
    uv_close((uv_handle_t *)&watcher, NULL);
    uv_close((uv_handle_t *)&ticker, NULL);
    uv_close((uv_handle_t *)&interrupt, NULL);
}

/* All callbacks of the library run in here. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    mqttka_client_process(poll->data);
}

static void on_tick(uv_timer_t *timer)
{
    static int count;
    char text[32];
    int length = snprintf(text, sizeof text, "tick %d", ++count);
    mqttka_client_publish(timer->data, topic, MQTTKA_NUL_TERMINATED, text, (size_t)length, 1, false, NULL, NULL);
}

static void on_interrupt(uv_signal_t *signal, int number)
{
    (void)number;
    end(signal->data);
}

/* For calls that fail only where what we ask for is wrong. */
static void check(int32_t error)
{
    if (error == MQTTKA_OK) return;
    fprintf(stderr, "%s\n", mqttka_last_error());
    exit(2);
}

int main(int argc, char **argv)
{
    mqttka_client *client;
    uv_loop_t *loop = uv_default_loop();
    if (argc < 3) {
        fprintf(stderr, "usage: %s URI TOPIC [MESSAGES]\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* each line at once, also into a file */
    topic = argv[2];
    if (argc > 3) left = atol(argv[3]);
    mqttka_options *options = mqttka_options_new();
    check(mqttka_options_set_uri(options, argv[1]));
    check(mqttka_options_set_event_callback(options, on_event));
    check(mqttka_options_set_message_callback(options, on_message));
    check(mqttka_options_set_terminated_callback(options, on_terminated));
    check(mqttka_client_new_hosted(options, &client));
    mqttka_options_free(options);
    check(mqttka_client_connect(client));

    uv_poll_init(loop, &watcher, mqttka_client_fd(client));
    uv_timer_init(loop, &ticker);
    uv_signal_init(loop, &interrupt);
    watcher.data = ticker.data = interrupt.data = client;
    uv_poll_start(&watcher, UV_READABLE, on_readable);
    uv_timer_start(&ticker, on_tick, 0, 200);
    uv_signal_start(&interrupt, on_interrupt, SIGINT);
    return uv_run(loop, UV_RUN_DEFAULT);
}
