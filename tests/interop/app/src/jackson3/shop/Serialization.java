package shop;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.serializer.JacksonJsonRedisSerializer;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.security.jackson.SecurityJacksonModules;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

/** Sessions as JSON, as the reference documentation of Spring Session 4 has it. */
@Configuration
@ConditionalOnProperty(name = "serializer", havingValue = "json")
class Serialization {
    @Bean
    RedisSerializer<Object> springSessionDefaultRedisSerializer() {
        var allowed = BasicPolymorphicTypeValidator.builder();
        Goods.TYPES.forEach(allowed::allowIfSubType);
        var modules = SecurityJacksonModules.getModules(getClass().getClassLoader(), allowed);
        var text = JsonFormat.Value.forShape(JsonFormat.Shape.STRING);
        var mapper = JsonMapper.builder().addModules(modules);
        Goods.AS_TEXT.forEach(type -> mapper.withConfigOverride(type, override -> override.setFormat(text)));
        return new JacksonJsonRedisSerializer<>(mapper.build(), Object.class);
    }
}
