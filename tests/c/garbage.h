/* What the two programs share that call every function with NULL and garbage. */
#ifndef GARBAGE_H
#define GARBAGE_H
#include "recorder.h"

#define NUL MQTTKA_NUL_TERMINATED

static const int32_t GARBAGE[] = {INT32_MIN, -1000, -1, 0x7d, 999, 65536, INT32_MAX};
enum { GARBAGES = sizeof GARBAGE / sizeof *GARBAGE };

/* The call fails so, and mqttka_last_error() begins with the name of the function that was called. */
#define FAILS(error, call)                                                                         \
    do {                                                                                           \
        EXPECT_INT(error, call);                                                                   \
        size_t name_ = strcspn(#call, "(");                                                        \
        const char *last_ = mqttka_last_error();                                                   \
        if (strncmp(last_, #call, name_) != 0 || strncmp(last_ + name_, ": ", 2) != 0)             \
            EXPECT_FAILED("%s: the error is \"%s\"", #call, last_);                                \
    } while (0)
/* What it says behind that name. */
#define LAST_ERROR(text) EXPECT_TEXT(text, strstr(mqttka_last_error(), ": ") + 2)
#define NULL_ERROR(call) FAILS(MQTTKA_ERROR_NULL, call)
#define INVALID(call) FAILS(MQTTKA_ERROR_INVALID_ARGUMENT, call)
#define UNKNOWN(call) FAILS(MQTTKA_ERROR_UNKNOWN_OPTION, call)
#define BAD_TOPIC(call) FAILS(MQTTKA_ERROR_INVALID_TOPIC, call)
#define BAD_STRING(call) FAILS(MQTTKA_ERROR_INVALID_STRING, call)
#define TEST(function) static void test_##function(void)

/* The list of a program's tests. */
#define ENTRY(function) {#function, test_##function}
struct test {
    const char *name;
    void (*run)(void);
};

#endif
