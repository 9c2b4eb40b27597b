package generator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authentication.ott.OneTimeTokenAuthentication;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.FactorGrantedAuthority;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.jackson.SecurityJacksonModules;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.security.web.savedrequest.SavedCookie;
import org.springframework.security.web.webauthn.api.Bytes;
import org.springframework.security.web.webauthn.api.ImmutablePublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.authentication.WebAuthnAuthentication;
import tools.jackson.databind.json.JsonMapper;

/** What only this generation of Spring Security has. */
final class Extras {
    private Extras() {}

    static void add(Map<String, Authentication> all, User alice) {
        all.put("one-time-token", Contexts.web(new OneTimeTokenAuthentication(alice, Contexts.ROLES)));
        var entity = ImmutablePublicKeyCredentialUserEntity.builder().name("wanda").id(new Bytes(new byte[] {1, 2, 3})).displayName("Wanda W.").build();
        all.put("webauthn", Contexts.web(new WebAuthnAuthentication(entity, Contexts.ROLES)));
        List<GrantedAuthority> roles = new ArrayList<>(Contexts.ROLES);
        roles.add(FactorGrantedAuthority.withFactor("PASSWORD").issuedAt(Contexts.THEN).build());
        all.put("factor", Contexts.web(new UsernamePasswordAuthenticationToken(alice, null, roles)));
        var jwt = Jwt.withTokenValue("jwt-secret").header("alg", "none").subject("service-1").build();
        all.put("jwt-user", Contexts.web(new JwtAuthenticationToken(jwt, alice, Contexts.ROLES)));
    }

    static SavedCookie cookie(String name, String value) {
        return new SavedCookie(name, value, null, -1, "/", true);
    }

    static Generate.Encoder securityModules() {
        JsonMapper mapper = JsonMapper.builder().addModules(SecurityJacksonModules.getModules(Extras.class.getClassLoader())).build();
        return mapper::writeValueAsBytes;
    }
}
