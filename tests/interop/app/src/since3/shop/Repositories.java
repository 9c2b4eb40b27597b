package shop;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.session.data.redis.RedisIndexedSessionRepository;
import org.springframework.session.data.redis.SortedSetRedisSessionExpirationStore;

/** The indexed repository with a sorted set instead of minute buckets, as the reference documentation has it. */
@Configuration
@ConditionalOnProperty(name = "repository", havingValue = "zset")
class Repositories {
    @Bean
    SortedSetRedisSessionExpirationStore redisSessionExpirationStore(RedisConnectionFactory connections) {
        RedisTemplate<String, Object> redis = new RedisTemplate<>();
        redis.setKeySerializer(RedisSerializer.string());
        redis.setHashKeySerializer(RedisSerializer.string());
        redis.setConnectionFactory(connections);
        redis.afterPropertiesSet();
        return new SortedSetRedisSessionExpirationStore(redis, RedisIndexedSessionRepository.DEFAULT_NAMESPACE);
    }
}
