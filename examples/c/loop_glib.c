/* A client in GLib's main loop, without any thread of the library: a message five times a second; what comes is
 * printed. Ctrl-C, or the given number of messages that came, ends it.
 *
 *     cc loop_glib.c $(pkg-config --cflags --libs mqttka glib-2.0)
 *     ./loop_glib mqtts://broker.example topic [messages]
 */
#include <glib-unix.h>
#include <glib.h>
#include <mqttka.h>
#include <stdlib.h>

static const char *topic;
static long left = -1; /* messages to come; below 0: for ever */
static GMainLoop *loop;
static guint ticker, watcher;

static void on_event(mqttka_client *client, const mqttka_event *event, void *user_data)
{
    (void)user_data;
    g_print("%s\n", mqttka_event_description(event));
    if (mqttka_event_type(event) == MQTTKA_EVENT_CONNECTED)
        mqttka_client_subscribe(client, topic, MQTTKA_NUL_TERMINATED, 1, NULL, NULL);
}

/* The goodbye begins; the loop goes on until `terminated`. */
static gboolean end(gpointer client)
{
    if (ticker == 0) return G_SOURCE_REMOVE; /* it has begun */
    g_source_remove(ticker);
    ticker = 0;
    mqttka_client_destroy(client);
    return G_SOURCE_REMOVE;
}

static void on_message(mqttka_client *client, const mqttka_message *message, void *user_data)
{
    size_t length;
    const char *payload = (const char *)mqttka_message_payload(message, &length);
    (void)user_data;
    g_print("received: %.*s\n", (int)length, payload);
    if (left > 0 && --left == 0) end(client);
}

/* The last callback: the descriptor is closed soon. */
static void on_terminated(void *user_data)
{
    (void)user_data;
    g_source_remove(watcher);
    g_main_loop_quit(loop);
}

/* All callbacks of the library run in here. */
static gboolean on_readable(gint fd, GIOCondition condition, gpointer client)
{
    (void)fd, (void)condition;
    mqttka_client_process(client);
    return G_SOURCE_CONTINUE;
}

static gboolean on_tick(gpointer client)
{
    static int count;
    gchar *text = g_strdup_printf("tick %d", ++count);
    mqttka_client_publish(client, topic, MQTTKA_NUL_TERMINATED, text, MQTTKA_NUL_TERMINATED, 1, false, NULL, NULL);
    g_free(text);
    return G_SOURCE_CONTINUE;
}

/* For calls that fail only where what we ask for is wrong. */
static void check(int32_t error)
{
    if (error == MQTTKA_OK) return;
    g_printerr("%s\n", mqttka_last_error());
    exit(2);
}

int main(int argc, char **argv)
{
    mqttka_client *client;
    if (argc < 3) {
        g_printerr("usage: %s URI TOPIC [MESSAGES]\n", argv[0]);
        return 2;
    }
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

    loop = g_main_loop_new(NULL, FALSE);
    watcher = g_unix_fd_add(mqttka_client_fd(client), G_IO_IN, on_readable, client);
    ticker = g_timeout_add(200, on_tick, client);
    g_unix_signal_add(SIGINT, end, client);
    g_main_loop_run(loop);
    g_main_loop_unref(loop);
    return 0;
}
