package generator;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.RememberMeAuthenticationToken;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authentication.jaas.JaasAuthenticationToken;
import org.springframework.security.authentication.jaas.JaasGrantedAuthority;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.client.authentication.OAuth2LoginAuthenticationToken;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2RefreshToken;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationExchange;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationResponse;
import org.springframework.security.oauth2.core.oidc.OidcIdToken;
import org.springframework.security.oauth2.core.oidc.OidcUserInfo;
import org.springframework.security.oauth2.core.oidc.user.DefaultOidcUser;
import org.springframework.security.oauth2.core.oidc.user.OidcUserAuthority;
import org.springframework.security.oauth2.core.user.DefaultOAuth2User;
import org.springframework.security.oauth2.core.user.OAuth2UserAuthority;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthentication;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;
import org.springframework.security.web.authentication.switchuser.SwitchUserGrantedAuthority;
import org.springframework.security.web.csrf.DefaultCsrfToken;
import org.springframework.security.web.savedrequest.DefaultSavedRequest;
import shop.Shop;

/** One authentication of each class, as a login would leave it in the session; and the attributes that hold secrets. */
final class Contexts {
    static final Instant THEN = Instant.parse("2024-07-03T04:00:00.123456789Z");
    static final List<GrantedAuthority> ROLES = AuthorityUtils.createAuthorityList("ROLE_USER", "ROLE_ADMIN");

    private Contexts() {}

    static Map<String, Authentication> all() {
        Map<String, Authentication> all = new LinkedHashMap<>();
        User alice = new User("alice", "hunter2", ROLES);
        all.put("user", web(new UsernamePasswordAuthenticationToken(alice, null, ROLES)));
        all.put("text", web(new UsernamePasswordAuthenticationToken("bob ü \uD83D\uDE00", "hunter2", ROLES)));
        all.put("unauthenticated", new UsernamePasswordAuthenticationToken("bob", "hunter2"));
        all.put("remembered", web(new RememberMeAuthenticationToken("key", alice, ROLES)));
        all.put("pre-authenticated", web(new PreAuthenticatedAuthenticationToken("CN=Alice", "N/A", ROLES)));
        all.put("anonymous", web(new AnonymousAuthenticationToken("key", "anonymousUser", AuthorityUtils.createAuthorityList("ROLE_ANONYMOUS"))));
        all.put("testing", new TestingAuthenticationToken("tester", "hunter2", "ROLE_USER"));
        all.put("jaas", new JaasAuthenticationToken("jaas-user", "hunter2", List.of(new JaasGrantedAuthority("ROLE_JAAS", new Shop.Device())), null));
        all.put("switched", switched(alice));
        oauth2(all);
        own(all);
        Extras.add(all, alice);
        return all;
    }

    private static Authentication switched(User alice) {
        Authentication source = new UsernamePasswordAuthenticationToken("admin", "hunter2", ROLES);
        List<GrantedAuthority> roles = new ArrayList<>(ROLES);
        roles.add(new SwitchUserGrantedAuthority("ROLE_PREVIOUS_ADMINISTRATOR", source));
        return web(new UsernamePasswordAuthenticationToken(alice, null, roles));
    }

    private static void oauth2(Map<String, Authentication> all) {
        Map<String, Object> attributes = new LinkedHashMap<>(Map.of("id", 42, "login", "zoe", "email", "zoe@example.org"));
        var authorities = AuthorityUtils.createAuthorityList("SCOPE_read");
        var byLogin = new DefaultOAuth2User(List.of(new OAuth2UserAuthority(attributes)), attributes, "login");
        var byNumber = new DefaultOAuth2User(authorities, attributes, "id");
        all.put("oauth2", web(new OAuth2AuthenticationToken(byLogin, byLogin.getAuthorities(), "github")));
        all.put("oauth2-number", web(new OAuth2AuthenticationToken(byNumber, authorities, "github")));
        var idToken = new OidcIdToken("id-token-secret", THEN, THEN.plusSeconds(60), Map.of("sub", "subject-1", "iss", "https://id.example.org", "email", "zoe@example.org"));
        var bySubject = new DefaultOidcUser(List.of(new OidcUserAuthority(idToken)), idToken);
        var byClaim = new DefaultOidcUser(authorities, idToken, new OidcUserInfo(Map.of("preferred_username", "zoe")), "preferred_username");
        all.put("oidc", web(new OAuth2AuthenticationToken(bySubject, bySubject.getAuthorities(), "okta")));
        all.put("oidc-claim", web(new OAuth2AuthenticationToken(byClaim, authorities, "okta")));
        all.put("oauth2-login", web(new OAuth2LoginAuthenticationToken(registration(), exchange(), byLogin, authorities, accessToken(), refreshToken())));
        var jwt = Jwt.withTokenValue("jwt-secret").header("alg", "none").subject("service-1").issuedAt(THEN).build();
        all.put("jwt", web(new JwtAuthenticationToken(jwt, authorities)));
        all.put("jwt-named", web(new JwtAuthenticationToken(jwt, authorities, "given")));
        var principal = new DefaultOAuth2AuthenticatedPrincipal("opaque-1", attributes, authorities);
        all.put("opaque-token", web(new BearerTokenAuthentication(principal, accessToken(), authorities)));
    }

    private static void own(Map<String, Authentication> all) {
        all.put("own-username", by(new Shop.Customer()));
        all.put("own-email", by(new Shop.Employee()));
        all.put("own-wrapped", by(new Shop.LoginUser()));
        all.put("own-record", by(new Shop.Member("dora", "hunter2")));
        all.put("own-principal", by(new Shop.Device()));
        all.put("own-authenticated-principal", by(new Shop.Tenant()));
        all.put("record", by(new Shop.Point(1, 2.5e10, null)));
        all.put("map", by(new LinkedHashMap<>(Map.of("a", 1))));
        all.put("list", by(new ArrayList<>(List.of("a", true, 0.5))));
        all.put("set", by(new LinkedHashSet<>(List.of(1L))));
        all.put("number", by(4711L));
        all.put("uuid", by(UUID.fromString("265b0ed5-b9c5-4f63-8f68-2e4d0f9022c1")));
        all.put("enum", by(Shop.Robot.CRAWLER));
        all.put("null", by(null));
        all.put("own-authentication", web(new Shop.ApiKeyAuthentication("client-1", List.of(Shop.Role.ADMIN))));
        all.put("own-authentication-user", web(new Shop.ApiKeyAuthentication(new Shop.Customer(), List.of(Shop.Role.ADMIN, Shop.Role.CLERK))));
    }

    private static Authentication by(Object principal) {
        return new UsernamePasswordAuthenticationToken(principal, "hunter2", List.of(Shop.Role.CLERK));
    }

    static <T extends org.springframework.security.authentication.AbstractAuthenticationToken> T web(T token) {
        token.setDetails(new WebAuthenticationDetails("10.0.0.7", "login-session-1"));
        return token;
    }

    static Map<String, Object> attributes() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("org.springframework.security.web.csrf.HttpSessionCsrfTokenRepository.CSRF_TOKEN", new DefaultCsrfToken("X-CSRF-TOKEN", "_csrf", "csrf-secret"));
        var client = new OAuth2AuthorizedClient(registration(), "zoe", accessToken(), refreshToken());
        all.put("org.springframework.security.oauth2.client.web.HttpSessionOAuth2AuthorizedClientRepository.AUTHORIZED_CLIENTS", new LinkedHashMap<>(Map.of("github", client)));
        all.put("org.springframework.security.oauth2.client.web.HttpSessionOAuth2AuthorizationRequestRepository.AUTHORIZATION_REQUEST", request());
        all.put("SPRING_SECURITY_SAVED_REQUEST", savedRequest());
        return all;
    }

    private static DefaultSavedRequest savedRequest() {
        var headers = new java.util.TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
        headers.put("cookie", new ArrayList<>(List.of("SESSION=header-secret")));
        headers.put("authorization", new ArrayList<>(List.of("Bearer header-secret")));
        headers.put("host", new ArrayList<>(List.of("shop.example.org")));
        var parameters = new java.util.TreeMap<String, String[]>();
        parameters.put("token", new String[] {"parameter-secret"});
        parameters.put("page", new String[] {"2"});
        return new DefaultSavedRequest.Builder()
            .setCookies(new ArrayList<>(List.of(Extras.cookie("SESSION", "cookie-secret"))))
            .setHeaders(headers).setParameters(parameters).setLocales(new ArrayList<>())
            .setScheme("https").setServerName("shop.example.org").setServerPort(443).setMethod("GET")
            .setContextPath("").setServletPath("/orders").setRequestURI("/orders")
            .setRequestURL("https://shop.example.org/orders").setQueryString("page=2&token=parameter-secret").build();
    }

    private static ClientRegistration registration() {
        return ClientRegistration.withRegistrationId("github").clientId("client-1").clientSecret("client-secret")
            .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE).redirectUri("https://shop.example.org/login")
            .authorizationUri("https://id.example.org/authorize").tokenUri("https://id.example.org/token").build();
    }

    private static OAuth2AuthorizationRequest request() {
        return OAuth2AuthorizationRequest.authorizationCode().clientId("client-1").authorizationUri("https://id.example.org/authorize")
            .redirectUri("https://shop.example.org/login").state("state-1").attributes(a -> a.put("code_verifier", "verifier-secret")).build();
    }

    private static OAuth2AuthorizationExchange exchange() {
        var response = OAuth2AuthorizationResponse.success("code-1").redirectUri("https://shop.example.org/login").state("state-1").build();
        return new OAuth2AuthorizationExchange(request(), response);
    }

    private static OAuth2AccessToken accessToken() {
        return new OAuth2AccessToken(OAuth2AccessToken.TokenType.BEARER, "access-secret", THEN, THEN.plusSeconds(60));
    }

    private static OAuth2RefreshToken refreshToken() {
        return new OAuth2RefreshToken("refresh-secret", THEN);
    }
}
