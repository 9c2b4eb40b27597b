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
import org.springframework.security.ldap.userdetails.InetOrgPerson;
import org.springframework.security.ldap.userdetails.LdapUserDetailsImpl;
import org.springframework.security.saml2.provider.service.authentication.DefaultSaml2AuthenticatedPrincipal;
import org.springframework.security.saml2.provider.service.authentication.Saml2Authentication;
import org.springframework.security.web.savedrequest.SavedCookie;
import org.jasig.cas.client.validation.AssertionImpl;
import org.springframework.security.cas.authentication.CasAuthenticationToken;

/** What only this generation of Spring Security has. */
final class Extras {
    private Extras() {}

    static void add(Map<String, Authentication> all, User alice) {
        all.put("run-as", new RunAsUserToken("key", alice, "hunter2", Contexts.ROLES, UsernamePasswordAuthenticationToken.class));
        all.put("ldap", Contexts.web(new UsernamePasswordAuthenticationToken(ldap(), null, Contexts.ROLES)));
        all.put("ldap-person", Contexts.web(new UsernamePasswordAuthenticationToken(person(), null, Contexts.ROLES)));
        var attributes = Map.<String, List<Object>>of("mail", new ArrayList<>(List.of("sam@example.org")));
        var principal = new DefaultSaml2AuthenticatedPrincipal("sam", attributes);
        all.put("saml2", Contexts.web(new Saml2Authentication(principal, "<saml-secret/>", Contexts.ROLES)));
        var assertion = new AssertionImpl("alice");
        all.put("cas", Contexts.web(new CasAuthenticationToken("key", alice, "ST-secret", Contexts.ROLES, alice, assertion)));
    }

    private static LdapUserDetailsImpl ldap() {
        var essence = new LdapUserDetailsImpl.Essence();
        essence.setDn("uid=lea,ou=people");
        essence.setUsername("lea");
        essence.setAuthorities(Contexts.ROLES);
        return (LdapUserDetailsImpl) essence.createUserDetails();
    }

    private static Object person() {
        var essence = new InetOrgPerson.Essence();
        essence.setDn("uid=lea,ou=people");
        essence.setUid("lea");
        essence.setUsername("lea");
        essence.setSn("Lake");
        essence.setCn(new String[] {"Lea Lake"});
        essence.setMail("lea@example.org");
        essence.setAuthorities(Contexts.ROLES);
        return essence.createUserDetails();
    }

    static SavedCookie cookie(String name, String value) {
        return new SavedCookie(name, value, null, null, -1, "/", true, 0);
    }

    static Generate.Encoder securityModules() {
        ObjectMapper mapper = new ObjectMapper().registerModule(new JavaTimeModule());
        mapper.registerModules(SecurityJackson2Modules.getModules(Extras.class.getClassLoader()));
        SecurityJackson2Modules.enableDefaultTyping(mapper);
        return mapper::writeValueAsBytes;
    }
}
