import java.nio.file.Path;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;

/** Artemis: {@code java Broker FOLDER}, which has its broker.xml. */
public class Broker {
    public static void main(String[] arguments) throws Exception {
        EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
        broker.setConfigResourcePath(Path.of(arguments[0], "broker.xml").toUri().toString());
        broker.start();
        Thread.currentThread().join();
    }
}
