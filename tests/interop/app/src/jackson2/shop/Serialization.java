package shop;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.serializer.GenericJackson2JsonRedisSerializer;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.security.jackson2.SecurityJackson2Modules;

/** Sessions as JSON, as the reference documentation of Spring Session 2 and 3 has it. */
@Configuration
@ConditionalOnProperty(name = "serializer", havingValue = "json")
class Serialization {
    /** Added to a class, it puts it on the list of what Spring Security lets in. */
    interface Allowed {}

    @Bean
    RedisSerializer<Object> springSessionDefaultRedisSerializer() {
        ObjectMapper mapper = new ObjectMapper().registerModule(new JavaTimeModule());
        mapper.registerModules(SecurityJackson2Modules.getModules(getClass().getClassLoader()));
        Goods.AS_TEXT.forEach(type -> mapper.configOverride(type).setFormat(JsonFormat.Value.forShape(JsonFormat.Shape.STRING)));
        Goods.TYPES.forEach(type -> mapper.addMixIn(type, Allowed.class));
        return new GenericJackson2JsonRedisSerializer(mapper);
    }
}
