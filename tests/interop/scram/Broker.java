import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.embedded.EmbeddedHiveMQ;
import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.auth.EnhancedAuthenticator;
import com.hivemq.extension.sdk.api.auth.parameter.EnhancedAuthConnectInput;
import com.hivemq.extension.sdk.api.auth.parameter.EnhancedAuthInput;
import com.hivemq.extension.sdk.api.auth.parameter.EnhancedAuthOutput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartOutput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopOutput;
import com.hivemq.extension.sdk.api.services.Services;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

import static java.nio.charset.StandardCharsets.UTF_8;

/** HiveMQ's Community Edition that knows user "user" by SCRAM-SHA-256: {@code java Broker FOLDER PASSWORD}. */
public class Broker {
    /** The server's side of RFC 7677, by Java's own cryptography. "impostor" accepts everybody and proves nothing. */
    static class Scram implements EnhancedAuthenticator {
        static final byte[] SALT = "a salt of sixteen".getBytes(UTF_8);
        static final int ITERATIONS = 10_000;
        final String password;
        String bare, first;

        Scram(String password) {
            this.password = password;
        }

        static byte[] mac(byte[] key, byte[] message) throws Exception {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(message);
        }

        static String text(Optional<ByteBuffer> data) {
            return UTF_8.decode(data.orElseThrow()).toString();
        }

        void begin(Optional<ByteBuffer> data, EnhancedAuthOutput output) {
            bare = text(data).substring("n,,".length());
            String nonce = bare.substring(bare.indexOf(",r=") + 3) + "theirs";
            first = "r=" + nonce + ",s=" + Base64.getEncoder().encodeToString(SALT) + ",i=" + ITERATIONS;
            output.continueAuthentication(first.getBytes(UTF_8));
        }

        @Override
        public void onConnect(EnhancedAuthConnectInput input, EnhancedAuthOutput output) {
            if (!"SCRAM-SHA-256".equals(input.getConnectPacket().getAuthenticationMethod().orElse(null))) {
                output.failAuthentication();
                return;
            }
            begin(input.getConnectPacket().getAuthenticationData(), output);
        }

        @Override
        public void onReAuth(EnhancedAuthInput input, EnhancedAuthOutput output) {
            begin(input.getAuthPacket().getAuthenticationData(), output);
        }

        @Override
        public void onAuth(EnhancedAuthInput input, EnhancedAuthOutput output) {
            try {
                String last = text(input.getAuthPacket().getAuthenticationData());
                int proof = last.indexOf(",p=");
                byte[] message = (bare + "," + first + "," + last.substring(0, proof)).getBytes(UTF_8);
                byte[] salted = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(password.toCharArray(), SALT, ITERATIONS, 256)).getEncoded();
                byte[] stored = MessageDigest.getInstance("SHA-256").digest(mac(salted, "Client Key".getBytes(UTF_8)));
                byte[] key = Base64.getDecoder().decode(last.substring(proof + 3));
                byte[] signature = mac(stored, message);
                for (int i = 0; i < key.length; i++) key[i] ^= signature[i];
                boolean knows = Arrays.equals(stored, MessageDigest.getInstance("SHA-256").digest(key));
                if (!knows && !password.equals("impostor")) {
                    output.failAuthentication("it does not know the password");
                    return;
                }
                byte[] server = mac(mac(salted, "Server Key".getBytes(UTF_8)), message);
                output.authenticateSuccessfully(("v=" + Base64.getEncoder().encodeToString(server)).getBytes(UTF_8));
            } catch (Exception error) {
                error.printStackTrace();
                output.failAuthentication();
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        ExtensionMain main = new ExtensionMain() {
            @Override
            public void extensionStart(ExtensionStartInput input, ExtensionStartOutput output) {
                Services.securityRegistry().setEnhancedAuthenticatorProvider(it -> new Scram(arguments[1]));
            }

            @Override
            public void extensionStop(ExtensionStopInput input, ExtensionStopOutput output) {}
        };
        EmbeddedHiveMQ broker = EmbeddedHiveMQ.builder()
            .withConfigurationFolder(folder)
            .withDataFolder(folder.resolve("data"))
            .withExtensionsFolder(folder.resolve("extensions"))
            .withEmbeddedExtension(EmbeddedExtension.builder().withId("scram").withName("SCRAM").withVersion("1")
                .withAuthor("mqttka").withPriority(0).withStartPriority(1000).withExtensionMain(main).build())
            .build();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> broker.stop().join()));
        broker.start().join();
        Thread.currentThread().join();
    }
}
