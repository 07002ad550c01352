// Messages that the program fetches, in a loop of its own, instead of being called with them.
//
//     ./stream mqtt://localhost 3
//
// A QoS 1 or 2 message is acknowledged when done() says that it is consumed.
#include <mqttka.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

int main(int argc, char **argv) try {
    const int count = argc == 3 ? std::atoi(argv[2]) : 0;
    if (count < 1) {
        std::cerr << "usage: " << argv[0] << " URI COUNT\n";
        return 2;
    }
    mqttka::client client{mqttka::options(argv[1])};
    client.connect();
    auto stream = client.subscribe_stream(mqttka::subscribe_request("examples/stream/#", 1));
    for (int number = 1; number <= count; ++number)
        client.publish("examples/stream/" + std::to_string(number), "hello", 1);

    for (int number = 0; number < count; ++number) {
        const auto message = stream.next(); // throws where the stream has ended
        std::cout << "received: " << *message << '\n';
        stream.done();
    }
    return 0;
} catch (const mqttka::error &error) {
    std::cerr << error.what() << '\n';
    return 2;
}
