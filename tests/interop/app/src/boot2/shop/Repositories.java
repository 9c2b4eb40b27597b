package shop;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.session.config.annotation.web.http.EnableSpringHttpSession;
import org.springframework.session.data.redis.RedisSessionRepository;

/** The repository that Spring Boot 2 doesn't configure: the simple one. */
@Configuration
@EnableSpringHttpSession
@ConditionalOnProperty(name = "repository", havingValue = "simple")
class Repositories {
    @Bean
    RedisSessionRepository sessionRepository(RedisConnectionFactory connections, ObjectProvider<RedisSerializer<Object>> serializer) {
        RedisTemplate<String, Object> redis = new RedisTemplate<>();
        redis.setKeySerializer(RedisSerializer.string());
        redis.setHashKeySerializer(RedisSerializer.string());
        serializer.ifAvailable(redis::setDefaultSerializer);
        redis.setConnectionFactory(connections);
        redis.afterPropertiesSet();
        return new RedisSessionRepository(redis);
    }
}
