/* Assertions that end the program at once: other threads may be running. */
#ifndef EXPECT_H
#define EXPECT_H
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT_FAILED(...)                                                                         \
    (fprintf(stderr, "%s:%d: ", __FILE__, __LINE__), fprintf(stderr, __VA_ARGS__),                 \
     fputc('\n', stderr), _Exit(1))

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) EXPECT_FAILED("%s", #condition);                                         \
    } while (0)

#define EXPECT_INT(expected, actual)                                                               \
    do {                                                                                           \
        int64_t expected_ = (int64_t)(expected), actual_ = (int64_t)(actual);                      \
        if (expected_ != actual_)                                                                  \
            EXPECT_FAILED("%s is %" PRId64 ", not %s = %" PRId64, #actual, actual_, #expected,     \
                          expected_);                                                              \
    } while (0)

#define EXPECT_TEXT(expected, actual)                                                              \
    do {                                                                                           \
        const char *expected_ = (expected), *actual_ = (actual);                                   \
        if (strcmp(expected_, actual_) != 0)                                                       \
            EXPECT_FAILED("%s is \"%s\", not \"%s\"", #actual, actual_, expected_);                \
    } while (0)

/* A string of the library: not NUL-terminated. */
#define EXPECT_BYTES(expected, expected_length, actual, actual_length)                             \
    do {                                                                                           \
        EXPECT_INT(expected_length, actual_length);                                                \
        EXPECT((actual) != NULL);                                                                  \
        EXPECT(memcmp(expected, actual, expected_length) == 0);                                    \
    } while (0)

/* A call of the library that must succeed. */
#define OK(call)                                                                                   \
    do {                                                                                           \
        int32_t error_ = (call);                                                                   \
        if (error_ != MQTTKA_OK)                                                                   \
            EXPECT_FAILED("%s: %s: %s", #call, mqttka_strerror(error_), mqttka_last_error());      \
    } while (0)

#endif
