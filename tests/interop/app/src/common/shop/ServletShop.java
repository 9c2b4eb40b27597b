package shop;

import java.security.Principal;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** The application on servlets. It names no class of the servlet API, whose package is another one since Spring Boot 3. */
@RestController
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class ServletShop {
    private static final Set<String> OPEN = Set.of("/events", "/waiting", "/open");
    private final Gates gates;

    ServletShop(Gates gates) {
        this.gates = gates;
    }

    @Bean
    static SecurityFilterChain guarded(HttpSecurity http) throws Exception {
        http.authorizeHttpRequests(all -> all.requestMatchers(request -> OPEN.contains(request.getRequestURI())).permitAll().anyRequest().authenticated());
        http.formLogin(form -> form.defaultSuccessUrl("/me", true)).csrf(csrf -> csrf.disable());
        return http.build();
    }

    /** Asks for accounts. */
    @Component
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    static class Door implements AuthenticationProvider {
        @Override public Authentication authenticate(Authentication asked) {
            return Accounts.login(asked);
        }

        @Override public boolean supports(Class<?> authentication) {
            return true;
        }
    }

    private static ServletRequestAttributes current() {
        return (ServletRequestAttributes) RequestContextHolder.currentRequestAttributes();
    }

    @GetMapping("/me")
    Map<String, Object> me(Principal user) {
        var session = current().getRequest().getSession();
        return Map.of("id", session.getId(), "user", user.getName(), "names", Collections.list(session.getAttributeNames()),
            "created", session.getCreationTime(), "accessed", session.getLastAccessedTime(), "max", session.getMaxInactiveInterval());
    }

    @GetMapping("/values")
    Map<String, String> values() {
        var session = current().getRequest().getSession();
        Map<String, String> values = new TreeMap<>();
        Collections.list(session.getAttributeNames()).forEach(name -> values.put(name, Goods.described(session.getAttribute(name))));
        return values;
    }

    @PostMapping("/fill")
    void fill() {
        var session = current().getRequest().getSession();
        Goods.all().forEach(session::setAttribute);
    }

    @PostMapping("/set")
    void set(@RequestParam String name, @RequestParam String value) {
        current().getRequest().getSession().setAttribute(name, value);
    }

    @PostMapping("/remove")
    void remove(@RequestParam String name) {
        current().getRequest().getSession().removeAttribute(name);
    }

    @PostMapping("/timeout")
    void timeout(@RequestParam int seconds) {
        current().getRequest().getSession().setMaxInactiveInterval(seconds);
    }

    @PostMapping("/slow")
    void slow(@RequestParam String gate) {
        var session = current().getRequest().getSession();
        session.setAttribute("early", gate);
        gates.at(gate).join();
        session.setAttribute("late", gate);
    }
}
