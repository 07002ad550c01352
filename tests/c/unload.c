/*
 * dlclose leaves the library's code where its threads run. Two things see to that: the linker flag
 * -z nodelete, which tests/install looks for, and the thread-locals of threads that live on.
 */
#include <dlfcn.h>
#include <mqttka.h>

#include "expect.h"

static void *symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);
    if (found == NULL) EXPECT_FAILED("%s", dlerror());
    return found;
}

int main(void)
{
    const char *path = getenv("MQTTKA_TEST_LIBRARY");
    EXPECT(path != NULL);
    EXPECT(dlopen(path, RTLD_NOW | RTLD_NOLOAD) == NULL);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) EXPECT_FAILED("%s", dlerror());

    mqttka_options *(*options_new)(void);
    void (*options_free)(mqttka_options *);
    int32_t (*set_string)(mqttka_options *, int32_t, const char *, size_t);
    int32_t (*client_new)(mqttka_options *, mqttka_client **);
    int32_t (*destroy_and_wait)(mqttka_client *, int64_t);
    *(void **)&options_new = symbol(library, "mqttka_options_new");
    *(void **)&options_free = symbol(library, "mqttka_options_free");
    *(void **)&set_string = symbol(library, "mqttka_options_set_string");
    *(void **)&client_new = symbol(library, "mqttka_client_new");
    *(void **)&destroy_and_wait = symbol(library, "mqttka_client_destroy_and_wait");

    mqttka_client *client;
    mqttka_options *options = options_new();
    EXPECT_INT(0, set_string(options, MQTTKA_OPTION_HOST, "127.0.0.1", MQTTKA_NUL_TERMINATED));
    EXPECT_INT(0, client_new(options, &client));
    options_free(options);
    /* The engine's thread still runs this code. */
    EXPECT(dlclose(library) == 0);
    EXPECT_INT(0, destroy_and_wait(client, -1));
    void *again = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    EXPECT(again != NULL);
    EXPECT(symbol(again, "mqttka_options_new") == *(void **)&options_new);
    return 0;
}
