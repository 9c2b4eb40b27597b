package shop;

import java.io.Serializable;
import java.security.Principal;
import java.util.Collection;
import java.util.List;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.AuthenticatedPrincipal;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.userdetails.UserDetails;

/** The classes of an application's own, each getName() by another way. */
public final class Shop {
    private Shop() {}

    public enum Role implements GrantedAuthority {
        ADMIN, CLERK;

        @Override public String getAuthority() {
            return name();
        }
    }

    public enum Robot { CRAWLER }

    public abstract static class Account implements UserDetails {
        @Override public Collection<? extends GrantedAuthority> getAuthorities() {
            return List.of(Role.CLERK);
        }

        @Override public boolean isAccountNonExpired() {
            return true;
        }

        @Override public boolean isAccountNonLocked() {
            return true;
        }

        @Override public boolean isCredentialsNonExpired() {
            return true;
        }

        @Override public boolean isEnabled() {
            return true;
        }
    }

    public static class Customer extends Account {
        private final Long id = 42L;
        private final String name = "Alice Smith";
        private final String username = "alice";
        private final String password = "hunter2";

        @Override public String getUsername() {
            return username;
        }

        @Override public String getPassword() {
            return password;
        }
    }

    public static class Employee extends Account {
        private final Long id = 7L;
        private final String name = "Bob Brown";
        private final String email = "bob@example.org";
        private final String password = "hunter2";

        @Override public String getUsername() {
            return email;
        }

        @Override public String getPassword() {
            return password;
        }
    }

    public static class Entity implements Serializable {
        private final Long id = 9L;
        private final String userName = "carol";
        private final String password = "hunter2";
    }

    public static class LoginUser extends Account {
        private final Long userId = 9L;
        private final Entity user = new Entity();

        @Override public String getUsername() {
            return user.userName;
        }

        @Override public String getPassword() {
            return user.password;
        }
    }

    public record Member(String username, String password) implements UserDetails {
        @Override public Collection<? extends GrantedAuthority> getAuthorities() {
            return List.of();
        }

        @Override public String getUsername() {
            return username;
        }

        @Override public String getPassword() {
            return password;
        }

        @Override public boolean isAccountNonExpired() {
            return true;
        }

        @Override public boolean isAccountNonLocked() {
            return true;
        }

        @Override public boolean isCredentialsNonExpired() {
            return true;
        }

        @Override public boolean isEnabled() {
            return true;
        }
    }

    public record Point(int x, double y, String label) implements Serializable {}

    public static class Device implements Principal, Serializable {
        private final String name = "device-1";

        @Override public String getName() {
            return name;
        }
    }

    public static class Tenant implements AuthenticatedPrincipal, Serializable {
        private final String name = "tenant-1";

        @Override public String getName() {
            return name;
        }
    }

    public static class ApiKeyAuthentication extends AbstractAuthenticationToken {
        private final String apiKey = "k-123-secret";
        private final Object principal;

        public ApiKeyAuthentication(Object principal, Collection<? extends GrantedAuthority> authorities) {
            super(authorities);
            this.principal = principal;
            setAuthenticated(true);
        }

        @Override public Object getCredentials() {
            return apiKey;
        }

        @Override public Object getPrincipal() {
            return principal;
        }
    }
}
