// Assertions that end the program at once: other threads may be running.
#ifndef EXPECT_HPP
#define EXPECT_HPP

#include <mqttka.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::cerr << __FILE__ << ':' << __LINE__ << ": " << #condition << std::endl;                               \
            std::_Exit(1);                                                                                             \
        }                                                                                                              \
    } while (0)

// The expression throws mqttka::error with this number, and its text begins with what failed.
#define THROWS(number, begin, expression)                                                                              \
    do {                                                                                                               \
        std::int32_t thrown_ = MQTTKA_OK;                                                                              \
        std::string text_;                                                                                             \
        try {                                                                                                          \
            static_cast<void>(expression);                                                                             \
        } catch (const mqttka::error &error) {                                                                         \
            thrown_ = error.code();                                                                                    \
            text_ = error.what();                                                                                      \
        }                                                                                                              \
        if (thrown_ != (number) || text_.find(begin) != 0) {                                                           \
            std::cerr << __FILE__ << ':' << __LINE__ << ": " << #expression << " threw " << thrown_ << ": " << text_   \
                      << std::endl;                                                                                    \
            std::_Exit(1);                                                                                             \
        }                                                                                                              \
    } while (0)

// Waits for what other threads do; a minute is a net against hanging.
class waiting {
public:
    template <class Change> void change(Change change) {
        const std::lock_guard<std::mutex> guard(lock_);
        change();
        changed_.notify_all();
    }
    template <class Condition> bool until(Condition condition) {
        std::unique_lock<std::mutex> guard(lock_);
        return changed_.wait_for(guard, std::chrono::minutes(1), condition);
    }

private:
    std::mutex lock_;
    std::condition_variable changed_;
};

template <class T> std::string printed(const T &value) {
    std::ostringstream stream;
    stream << value;
    return stream.str();
}

#endif
