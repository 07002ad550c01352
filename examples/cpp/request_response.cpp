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
    const auto server = client.respond(mqttka::subscribe_request("examples/square", 1),
                                       [](mqttka::message_view request, mqttka::reply_view reply) {
                                           const long number = std::stol(std::string(request.payload()));
                                           reply.payload(std::to_string(number * number));
                                       });
    // The one who asks.
    client.request(mqttka::message("examples/square", "12", 1),
                   [&](std::optional<mqttka::message_view> response, mqttka::result_view result) {
                       answer.set_value(response ? std::string(response->payload()) : "none: " + std::string(mqttka::error_text(result.error_code())));
                   });

    std::cout << "response: " << answer.get_future().get() << '\n';
    return 0;
} catch (const mqttka::error &error) {
    std::cerr << error.what() << '\n';
    return 2;
}
