package generator;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.jsontype.impl.LaissezFaireSubTypeValidator;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.SpringSecurityCoreVersion;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.authentication.WebAuthenticationDetails;

/** Prints each value in each encoding, with what the application answers about it: one JSON object a line. */
public final class Generate {
    interface Encoder {
        byte[] encode(Object value) throws Exception;
    }

    private static final ObjectMapper OUT = new ObjectMapper();

    private Generate() {}

    /** Arguments: encodings, each with the cases to write in it after a colon, or all: {@code jdk typed:user,oidc}. */
    public static void main(String[] args) {
        for (String arg : args) {
            String[] parts = arg.split(":");
            write(parts[0], parts.length > 1 ? Set.of(parts[1].split(",")) : null);
        }
    }

    private static void write(String encoding, Set<String> cases) {
        Encoder encoder = encoder(encoding);
        Contexts.all().forEach((name, authentication) -> {
            if (cases == null || cases.contains(name)) {
                print(name, "context", encoding, encoder, new SecurityContextImpl(authentication), expected(authentication));
            }
        });
        if (cases == null) {
            print("nobody", "context", encoding, encoder, new SecurityContextImpl(), Map.of());
            Contexts.attributes().forEach((name, value) -> print(name, "attribute", encoding, encoder, value, Map.of()));
        }
    }

    private static Encoder encoder(String name) {
        return switch (name) {
            case "jdk" -> Generate::jdk;
            case "security-modules" -> Extras.securityModules();
            case "typed" -> typed(JsonTypeInfo.As.PROPERTY)::writeValueAsBytes;
            case "typed-arrays" -> typed(JsonTypeInfo.As.WRAPPER_ARRAY)::writeValueAsBytes;
            case "untyped" -> mapper()::writeValueAsBytes;
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Map<String, Object> expected(Authentication authentication) {
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("name", authentication.getName());
        expected.put("authorities", authentication.getAuthorities().stream().map(GrantedAuthority::getAuthority).toList());
        expected.put("authenticated", authentication.isAuthenticated());
        expected.put("class", authentication.getClass().getName());
        if (authentication.getDetails() instanceof WebAuthenticationDetails details) {
            expected.put("remoteAddress", details.getRemoteAddress());
            expected.put("sessionId", details.getSessionId());
        }
        return expected;
    }

    private static void print(String name, String kind, String encoding, Encoder encoder, Object value, Map<String, Object> expected) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("case", name);
        line.put("kind", kind);
        line.put("release", SpringSecurityCoreVersion.class.getPackage().getImplementationVersion());
        line.put("encoding", encoding);
        try {
            byte[] raw = encoder.encode(value);
            if (encoding.equals("jdk")) {
                line.put("base64", Base64.getEncoder().encodeToString(raw));
            } else {
                line.put("json", new String(raw, StandardCharsets.UTF_8));
            }
            line.put("expected", expected);
            System.out.println(OUT.writeValueAsString(line));
        } catch (Exception problem) {
            System.err.println(encoding + " can't write " + name + ": " + problem.getMessage().lines().findFirst().orElse(""));
        }
    }

    private static ObjectMapper mapper() {
        return new ObjectMapper().registerModule(new JavaTimeModule()).disable(SerializationFeature.FAIL_ON_EMPTY_BEANS);
    }

    private static ObjectMapper typed(JsonTypeInfo.As as) {
        return mapper().activateDefaultTyping(LaissezFaireSubTypeValidator.instance, ObjectMapper.DefaultTyping.NON_FINAL, as);
    }

    private static byte[] jdk(Object value) throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }
        return bytes.toByteArray();
    }
}
