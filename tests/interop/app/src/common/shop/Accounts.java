package shop;

import java.util.List;
import java.util.Map;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.RememberMeAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.core.user.DefaultOAuth2User;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;

/** Everybody's password is hunter2; the name decides which class of authentication a login leaves in the session. */
final class Accounts {
    private static final List<GrantedAuthority> ROLES = AuthorityUtils.createAuthorityList("ROLE_ADMIN", "ROLE_USER");

    private Accounts() {}

    static Authentication login(Authentication asked) {
        if (!"hunter2".equals(asked.getCredentials())) {
            throw new BadCredentialsException("wrong password");
        }
        AbstractAuthenticationToken known = known(asked.getName());
        known.setDetails(asked.getDetails());
        return known;
    }

    private static AbstractAuthenticationToken known(String name) {
        User user = new User(name, "hunter2", ROLES);
        return switch (name) {
            case "bob" -> new UsernamePasswordAuthenticationToken(name, "hunter2", ROLES);
            case "rita" -> new RememberMeAuthenticationToken("key", user, ROLES);
            case "CN=Paula" -> new PreAuthenticatedAuthenticationToken(name, "N/A", ROLES);
            case "zoe" -> new OAuth2AuthenticationToken(new DefaultOAuth2User(ROLES, Map.of("id", 4711, "login", name), "login"), ROLES, "github");
            case "olga" -> new Badge(name, ROLES);
            default -> new UsernamePasswordAuthenticationToken(user, "hunter2", ROLES);
        };
    }
}
