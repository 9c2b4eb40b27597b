package generator;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.security.access.intercept.RunAsUserToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.jackson2.SecurityJackson2Modules;
import org.springframework.security.ldap.userdetails.LdapUserDetailsImpl;
import org.springframework.security.saml2.provider.service.authentication.DefaultSaml2AuthenticatedPrincipal;
import org.springframework.security.saml2.provider.service.authentication.Saml2Authentication;
import org.springframework.security.web.savedrequest.SavedCookie;
import org.springframework.security.authentication.ott.OneTimeTokenAuthenticationToken;
import org.springframework.security.web.webauthn.api.Bytes;
import org.springframework.security.web.webauthn.api.ImmutablePublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.authentication.WebAuthnAuthentication;

/** What only this generation of Spring Security has. */
final class Extras {
    private Extras() {}

    static void add(Map<String, Authentication> all, User alice) {
        all.put("run-as", new RunAsUserToken("key", alice, "hunter2", Contexts.ROLES, UsernamePasswordAuthenticationToken.class));
        all.put("ldap", Contexts.web(new UsernamePasswordAuthenticationToken(ldap(), null, Contexts.ROLES)));
        var attributes = Map.<String, List<Object>>of("mail", new ArrayList<>(List.of("sam@example.org")));
        var principal = new DefaultSaml2AuthenticatedPrincipal("sam", attributes);
        all.put("saml2", Contexts.web(new Saml2Authentication(principal, "<saml-secret/>", Contexts.ROLES)));
        all.put("one-time-token", Contexts.web(OneTimeTokenAuthenticationToken.authenticated(alice, Contexts.ROLES)));
        var entity = ImmutablePublicKeyCredentialUserEntity.builder().name("wanda").id(new Bytes(new byte[] {1, 2, 3})).displayName("Wanda W.").build();
        all.put("webauthn", Contexts.web(new WebAuthnAuthentication(entity, Contexts.ROLES)));
    }

    private static LdapUserDetailsImpl ldap() {
        var essence = new LdapUserDetailsImpl.Essence();
        essence.setDn("uid=lea,ou=people");
        essence.setUsername("lea");
        essence.setAuthorities(Contexts.ROLES);
        return (LdapUserDetailsImpl) essence.createUserDetails();
    }

    static SavedCookie cookie(String name, String value) {
        return new SavedCookie(name, value, null, -1, "/", true);
    }

    static Generate.Encoder securityModules() {
        ObjectMapper mapper = new ObjectMapper().registerModule(new JavaTimeModule());
        mapper.registerModules(SecurityJackson2Modules.getModules(Extras.class.getClassLoader()));
        SecurityJackson2Modules.enableDefaultTyping(mapper);
        return mapper::writeValueAsBytes;
    }
}
