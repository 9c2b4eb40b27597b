import java.io.File;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.URL;
import java.time.Instant;
import java.time.chrono.Chronology;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collection;
import java.util.Currency;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.UUID;
import java.util.concurrent.atomic.*;
import java.util.regex.Pattern;

/** What the reader in Python must show for an object, told by Java from the live object, as JSON. */
final class Natural {
    private static final int MAX_STACK_FRAMES = 8;
    private final List<Object> open = new ArrayList<>();

    static String json(Object value) {
        return new Natural().of(value);
    }

    private String of(Object value) {
        if (value == null) return "null";
        if (value instanceof Byte || value instanceof Short || value instanceof Integer || value instanceof Long || value instanceof BigInteger
                || value instanceof Float || value instanceof Double || value instanceof Boolean || value instanceof AtomicInteger
                || value instanceof AtomicLong || value instanceof AtomicBoolean || value instanceof LongAdder || value instanceof DoubleAdder)
            return value.toString();
        String text = text(value);
        if (text != null) return quote(text);
        if (value instanceof byte[] bytes) return "{\"@bytes\":" + quote(Base64.getEncoder().encodeToString(bytes)) + "}";
        for (Object outer : open)
            if (outer == value) return "{\"@reference\":" + quote(value.getClass().getName()) + "}";
        open.add(value);
        try {
            return composite(value);
        } finally {
            open.remove(open.size() - 1);
        }
    }

    private String composite(Object value) {
        if (value instanceof BitSet bits) return of(bits.stream().toArray());
        if (value instanceof AtomicReference<?> reference) return of(reference.get());
        if (value instanceof AtomicIntegerArray || value instanceof AtomicLongArray || value instanceof AtomicReferenceArray) return elements(value);
        if (value.getClass().isArray()) return array(value);
        if (value instanceof Map.Entry<?, ?> entry) return "{\"key\":" + of(entry.getKey()) + ",\"value\":" + of(entry.getValue()) + "}";
        if (value instanceof Collection<?> collection) return array(collection.toArray());
        if (value instanceof Map<?, ?> map) return map(map);
        return object(value);
    }

    /** The text of what is shown as text; null for all else. */
    private static String text(Object value) {
        if (value instanceof String || value instanceof Character || value instanceof UUID || value instanceof Locale || value instanceof BigDecimal
                || value instanceof Currency || value instanceof URL || value instanceof URI || value instanceof StringBuilder
                || value instanceof StringBuffer || value instanceof File)
            return value.toString();
        if (value instanceof Pattern pattern && pattern.flags() == 0) return pattern.pattern();
        if (value instanceof char[] characters) return new String(characters);
        if (value instanceof Class<?> type) return type.getName();
        if (value instanceof Enum<?> constant) return constant.name();
        if (value instanceof TimeZone zone) return zone.getID();
        if (value instanceof Instant instant) return milliseconds(instant);
        if (value instanceof java.sql.Timestamp timestamp) return milliseconds(timestamp.toInstant());
        if (value instanceof Date date) return milliseconds(Instant.ofEpochMilli(date.getTime()));
        if (value instanceof Calendar calendar) return milliseconds(calendar.toInstant());
        if (value instanceof TemporalAccessor || value instanceof TemporalAmount || value instanceof ZoneId || value instanceof Chronology)
            return value.toString();
        if (value instanceof StackTraceElement frame) return frame(frame);
        return null;
    }

    private static String milliseconds(Instant instant) {
        String text = instant.toString();
        return text.contains(".") ? text : text.replace("Z", ".000Z");
    }

    private static String frame(StackTraceElement frame) {
        String where = frame.isNativeMethod() ? "Native Method" : frame.getFileName() == null ? "Unknown Source"
                : frame.getLineNumber() >= 0 ? frame.getFileName() + ":" + frame.getLineNumber() : frame.getFileName();
        return frame.getClassName() + "." + frame.getMethodName() + "(" + where + ")";
    }

    private String array(Object array) {
        List<String> elements = new ArrayList<>();
        for (int i = 0; i < Array.getLength(array); i++) elements.add(of(Array.get(array, i)));
        return "[" + String.join(",", elements) + "]";
    }

    private String elements(Object atomic) {
        List<String> elements = new ArrayList<>();
        if (atomic instanceof AtomicIntegerArray array) for (int i = 0; i < array.length(); i++) elements.add("" + array.get(i));
        if (atomic instanceof AtomicLongArray array) for (int i = 0; i < array.length(); i++) elements.add("" + array.get(i));
        if (atomic instanceof AtomicReferenceArray<?> array) for (int i = 0; i < array.length(); i++) elements.add(of(array.get(i)));
        return "[" + String.join(",", elements) + "]";
    }

    private String map(Map<?, ?> map) {
        List<String> named = new ArrayList<>();
        List<String> pairs = new ArrayList<>();
        Set<String> names = new HashSet<>();
        boolean plain = true;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            Object key = entry.getKey();
            String name = key == null || key instanceof Number || key instanceof Boolean ? String.valueOf(key) : text(key);
            plain &= name != null && names.add(name);
            String value = of(entry.getValue());
            named.add(name == null ? "" : quote(name) + ":" + value);
            pairs.add("{\"key\":" + of(key) + ",\"value\":" + value + "}");
        }
        return plain ? "{" + String.join(",", named) + "}" : "[" + String.join(",", pairs) + "]";
    }

    private String object(Object value) {
        List<String> fields = new ArrayList<>();
        if (value instanceof Throwable failure) throwable(failure, fields);
        fields(value, value.getClass(), fields);
        return object(value, fields);
    }

    private static String object(Object value, List<String> fields) {
        long suid = ObjectStreamClass.lookup(value.getClass()).getSerialVersionUID();
        return "{\"@class\":" + quote(value.getClass().getName()) + ",\"@suid\":" + suid + ",\"@fields\":{" + String.join(",", fields) + "}}";
    }

    private void throwable(Throwable failure, List<String> fields) {
        List<String> frames = new ArrayList<>();
        StackTraceElement[] trace = failure.getStackTrace();
        for (int i = 0; i < Math.min(trace.length, MAX_STACK_FRAMES); i++) frames.add(quote(frame(trace[i])));
        if (trace.length > MAX_STACK_FRAMES) frames.add(quote("... " + (trace.length - MAX_STACK_FRAMES) + " more"));
        fields.add("\"detailMessage\":" + of(failure.getMessage()));
        fields.add("\"cause\":" + of(failure.getCause()));
        fields.add("\"stackTrace\":[" + String.join(",", frames) + "]");
        fields.add("\"suppressedExceptions\":" + of(failure.getSuppressed()));
    }

    private void fields(Object value, Class<?> type, List<String> fields) {
        if (type == null || !Serializable.class.isAssignableFrom(type) || type == Throwable.class) return;
        fields(value, type.getSuperclass(), fields);
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) || Modifier.isTransient(field.getModifiers())) continue;
            try {
                field.setAccessible(true);
                fields.add(quote(field.getName()) + ":" + of(field.get(value)));
            } catch (ReflectiveOperationException impossible) {
                throw new AssertionError(impossible);
            }
        }
    }

    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') quoted.append('\\').append(c);
            else if (c < ' ' || c > '~') quoted.append(String.format("\\u%04x", (int) c));
            else quoted.append(c);
        }
        return quoted.append('"').toString();
    }
}
