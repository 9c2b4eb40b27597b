package shop;

import java.security.Principal;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Mono;

/** The application on WebFlux. */
@RestController
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
class ReactiveShop {
    private final Gates gates;

    ReactiveShop(Gates gates) {
        this.gates = gates;
    }

    @Bean
    static SecurityWebFilterChain guarded(ServerHttpSecurity http) {
        http.authorizeExchange(all -> all.pathMatchers("/events", "/waiting", "/open").permitAll().anyExchange().authenticated());
        return http.formLogin(Customizer.withDefaults()).csrf(csrf -> csrf.disable()).build();
    }

    @Bean
    static ReactiveAuthenticationManager door() {
        return asked -> Mono.fromCallable(() -> Accounts.login(asked));
    }

    @GetMapping("/me")
    Map<String, Object> me(WebSession session, Principal user) {
        return Map.of("id", session.getId(), "user", user.getName(), "names", session.getAttributes().keySet(),
            "created", session.getCreationTime().toEpochMilli(), "accessed", session.getLastAccessTime().toEpochMilli(),
            "max", session.getMaxIdleTime().toSeconds());
    }

    @GetMapping("/values")
    Map<String, String> values(WebSession session) {
        Map<String, String> values = new TreeMap<>();
        session.getAttributes().forEach((name, value) -> values.put(name, Goods.described(value)));
        return values;
    }

    @PostMapping("/fill")
    void fill(WebSession session) {
        session.getAttributes().putAll(Goods.all());
    }

    @PostMapping("/set")
    void set(@RequestParam String name, @RequestParam String value, WebSession session) {
        session.getAttributes().put(name, value);
    }

    @PostMapping("/remove")
    void remove(@RequestParam String name, WebSession session) {
        session.getAttributes().remove(name);
    }

    @PostMapping("/timeout")
    void timeout(@RequestParam int seconds, WebSession session) {
        session.setMaxIdleTime(Duration.ofSeconds(seconds));
    }

    @PostMapping("/slow")
    Mono<Void> slow(@RequestParam String gate, WebSession session) {
        session.getAttributes().put("early", gate);
        return Mono.fromFuture(gates.at(gate)).then(Mono.fromRunnable(() -> session.getAttributes().put("late", gate)));
    }
}
