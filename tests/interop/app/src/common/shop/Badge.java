package shop;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.Collection;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;

/** An authentication of the application's own. */
@JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
@JsonIgnoreProperties(value = {"authenticated", "name"}, ignoreUnknown = true)
public class Badge extends AbstractAuthenticationToken {
    private static final long serialVersionUID = 81;
    private final String holder;

    @JsonCreator
    public Badge(@JsonProperty("principal") String holder, @JsonProperty("authorities") Collection<? extends GrantedAuthority> authorities) {
        super(authorities);
        this.holder = holder;
        setAuthenticated(true);
    }

    @Override public String getPrincipal() {
        return holder;
    }

    @Override public Object getCredentials() {
        return null;
    }
}
