// The shortest program in C++17.
//
//     ./hello mqtt://localhost
//
// Connects, subscribes, publishes, prints what comes, and says goodbye.
#include <mqttka.hpp>

#include <future>
#include <iostream>

int main(int argc, char **argv) try {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " URI\n";
        return 2;
    }
    std::promise<void> received;
    mqttka::options options(argv[1]);
    options.on_event([](mqttka::event_view event) { std::cout << event << std::endl; });
    options.on_message([&](mqttka::message_view message) {
        std::cout << "received: " << message.payload() << std::endl;
        received.set_value();
    });

    mqttka::client client(options);
    client.connect(); // returns at once; what follows waits for the connection
    client.subscribe("greeting/cpp", 1);
    client.publish("greeting/cpp", "hello", 1);

    received.get_future().wait();
    return 0; // the client says goodbye
} catch (const mqttka::error &error) {
    std::cerr << error.what() << '\n';
    return 2;
}
