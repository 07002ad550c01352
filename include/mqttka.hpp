/*
 * mqttka for C++17: the C library in the shape of C++. Header only; link libmqttka.
 *
 *     mqttka::options options("mqtts://broker.example");
 *     options.on_event([](mqttka::event_view event) { std::cout << event << '\n'; });
 *     options.on_message([](mqttka::message_view message) {
 *         std::cout << message.topic() << ": " << message.payload() << '\n';
 *     });
 *     mqttka::client client(options);
 *     client.connect();
 *     client.subscribe("greeting", 1);
 *     client.publish("greeting", "hello", 1);
 *     ...
 *     // client's destructor says goodbye, and waits for its callbacks
 *
 * What the functions do, their numbers (MQTTKA_OPTION_*, MQTTKA_EVENT_*, ...), threads, the order of
 * events and what is promised: mqttka.h. What C++ adds:
 *
 * - What owns something frees it, can be moved, and not be copied (a message can: its content is
 *   shared). Names that end in _view own nothing: they are valid as long as what they were given
 *   for, in a callback until it returns.
 * - What fails throws mqttka::error, with the number and mqttka_last_error(). Values that may be
 *   missing are std::optional. Destructors do not throw.
 * - Callbacks are std::function. They run on threads of the library, as mqttka.h says. An exception
 *   that leaves one ends the program by std::terminate(), as it does for std::thread.
 * - Strings and bytes are std::string_view, in both directions; what is passed in is copied.
 */
#ifndef MQTTKA_HPP
#define MQTTKA_HPP

#include "mqttka/client.hpp"
#include "mqttka/own_loop.hpp"

#endif // MQTTKA_HPP
