// Request and response (MQTT 5.0): one client asks "square" what 12 times 12 is, and answers it.
//
//     ./request_response mqtt://localhost
#include <mqttka.hpp>

#include <future>
#include <iostream>
#include <string>

int main(int argc, char **argv) try {
    if (argc != 2) {
        std::cerr << "usage: " << argv[0] << " URI\n";
        return 2;
    }
    std::promise<std::string> answer;
    mqttka::client client{mqttka::options(argv[1])};
    client.connect();

    // The one who answers; usually another program.
    const auto server = client.subscribe_with(
        mqttka::subscribe_request("examples/square", 1), [](mqttka::client_view client, mqttka::message_view request) {
            const auto topic = request.response_topic();
            if (!topic) return; // nobody waits for a response
            const long number = std::stol(std::string(request.payload()));
            mqttka::message response(*topic, std::to_string(number * number), 1);
            if (const auto mark = request.correlation_data()) response.correlation_data(*mark);
            client.publish(response);
        });
    // The one who asks.
    const auto asking = client.subscribe_with(mqttka::subscribe_request("examples/square/response", 1), [&](mqttka::message_view response) {
        if (response.correlation_data() == "request 1") answer.set_value(std::string(response.payload()));
    });
    client.publish(mqttka::message("examples/square", "12", 1)
                       .response_topic("examples/square/response")
                       .correlation_data("request 1"));

    std::cout << "response to request 1: " << answer.get_future().get() << '\n';
    return 0;
} catch (const mqttka::error &error) {
    std::cerr << error.what() << '\n';
    return 2;
}
