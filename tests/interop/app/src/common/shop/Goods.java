package shop;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** Attributes of many Java types. */
final class Goods {
    /** What Spring Security's modules for Jackson don't accept without being asked to. */
    static final List<Class<?>> TYPES = List.of(BigDecimal.class, BigInteger.class, Long.class, LinkedHashSet.class, LinkedList.class,
        TreeSet.class, Cart.class, Cart.Item.class, Badge.class, Point.class, Size.class);

    /** What JSON with type names can't hold as the array of numbers that Jackson would write: it would be taken for such a name. */
    static final List<Class<?>> AS_TEXT = List.of(LocalDate.class, LocalDateTime.class);

    private Goods() {}

    /** A record. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
    public record Point(int x, double y, String label) implements Serializable {}

    /** An enumeration that is not final, for one constant has a body of its own: Jackson names its class. */
    public enum Size {
        SMALL,
        LARGE {
            @Override public String toString() {
                return "very large";
            }
        }
    }

    static Map<String, Object> all() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("theme", "dark");
        all.put("unicode", "Grüße 日本 😀 \0 end");
        all.put("visits", 7);
        all.put("count:with:colons", 1);
        all.put("flag", true);
        all.put("ratio", 0.25);
        all.put("big", 1404360000000L);
        all.put("small", 5L);
        all.put("price", new BigDecimal("19.90"));
        all.put("huge", new BigInteger("123456789012345678901234567890"));
        all.put("uuid", UUID.fromString("265b0ed5-b9c5-4f63-8f68-2e4d0f9022c1"));
        all.put("size", Size.SMALL);
        all.put("point", new Point(1, 2.5, "here"));
        all.put("cart", Cart.filled());
        times(all);
        collections(all);
        return all;
    }

    private static void times(Map<String, Object> all) {
        all.put("date", new Date(1404360000000L));
        all.put("instant", Instant.parse("2024-07-03T04:00:00.123456789Z"));
        all.put("day", LocalDate.of(2024, 2, 29));
        all.put("dayTime", LocalDateTime.of(2024, 2, 29, 23, 59, 58));
        all.put("zoned", ZonedDateTime.of(2024, 2, 29, 23, 59, 58, 0, ZoneId.of("Europe/Berlin")));
        all.put("span", Duration.ofMinutes(90));
    }

    private static void collections(Map<String, Object> all) {
        all.put("roles", new ArrayList<>(List.of("a", "b")));
        all.put("linked", new LinkedList<>(List.of("first", "second")));
        all.put("set", new LinkedHashSet<>(List.of(3, 1, 2)));
        all.put("sorted", new TreeSet<>(List.of("b", "a")));
        all.put("map", new HashMap<>(Map.of("n", 3, "k", "v")));
        all.put("tree", new TreeMap<>(Map.of("b", new ArrayList<>(List.of(true)), "a", "x")));
    }

    /** What an attribute is for the application. */
    static String described(Object value) {
        return value.getClass().getName() + " " + (value instanceof Cart ? "" : value);
    }
}
