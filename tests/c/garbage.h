/* What the two programs share that call every function with NULL and garbage. */
#ifndef GARBAGE_H
#define GARBAGE_H
#include "recorder.h"

#define NUL MQTTKA_NUL_TERMINATED

static const int32_t GARBAGE[] = {INT32_MIN, -1000, -1, 0x7d, 999, 65536, INT32_MAX};
enum { GARBAGES = sizeof GARBAGE / sizeof *GARBAGE };

#define NULL_ERROR(call) EXPECT_INT(MQTTKA_ERROR_NULL, call)
#define INVALID(call) EXPECT_INT(MQTTKA_ERROR_INVALID_ARGUMENT, call)
#define UNKNOWN(call) EXPECT_INT(MQTTKA_ERROR_UNKNOWN_OPTION, call)
#define BAD_TOPIC(call) EXPECT_INT(MQTTKA_ERROR_INVALID_TOPIC, call)
#define BAD_STRING(call) EXPECT_INT(MQTTKA_ERROR_INVALID_STRING, call)
#define TEST(function) static void test_##function(void)

/* The list of a program's tests. */
#define ENTRY(function) {#function, test_##function}
struct test {
    const char *name;
    void (*run)(void);
};

#endif
