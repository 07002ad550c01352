package hello;

import io.mqttka.Qos;
import io.mqttka.java.MqttkaClient;
import java.time.Duration;

public class HelloJava {
    public static void main(String[] arguments) throws InterruptedException {
        var uri = arguments.length > 0 ? arguments[0] : "mqtt://localhost";
        try (var client = MqttkaClient.builder(uri).keepAlive(Duration.ofSeconds(30)).build()) {
            client.connect().join();
            try (var messages = client.subscription("greetings/#", Qos.AT_LEAST_ONCE).join()) {
                client.publish("greetings/java", "hello", Qos.AT_LEAST_ONCE).join();
                var message = messages.take();
                System.out.println(message.getTopic() + ": " + message.getPayloadAsString());
            }
        }
    }
}
