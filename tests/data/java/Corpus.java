import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.*;
import java.time.chrono.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.regex.Pattern;

/** Writes one line for each object: its name, its serialized bytes in base64, its class, and what must be shown for it. */
public final class Corpus {
    private static final List<String> LINES = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        Locale.setDefault(Locale.ROOT);
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        numbers();
        texts();
        arrays();
        collections();
        wrappers();
        maps();
        times();
        network();
        objects();
        streams();
        Files.write(Path.of(arguments[0]), LINES);
    }

    private static void numbers() throws Exception {
        for (long value : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1404360000000L}) add("long " + value, value);
        for (int value : new int[] {0, -1, 1800, Integer.MIN_VALUE, Integer.MAX_VALUE}) add("int " + value, value);
        for (double value : new double[] {0, -0.0, 0.1, 1e300, -2.5e-10, Double.MIN_VALUE, Double.NaN, Double.NEGATIVE_INFINITY}) add("double " + value, value);
        for (float value : new float[] {0, 0.1f, 1e-3f, 16777216f, Float.MAX_VALUE, Float.NaN, 3.3333333f}) add("float " + value, value);
        add("byte", (byte) -128);
        add("short", (short) 32767);
        add("true", true);
        add("false", false);
        for (char value : new char[] {'a', '\0', 'é', '€', '\ud83d'}) add("char " + (int) value, value);
        for (String value : new String[] {"0", "-1", "255", "-256", "123456789012345678901234567890", "-9223372036854775809"}) add("BigInteger " + value, new BigInteger(value));
        add("BigInteger of 4000 digits", BigInteger.TEN.pow(4000).subtract(BigInteger.ONE));
        for (String value : new String[] {"0", "0.00", "1.10", "-12.345", "1E+3", "1E-10", "0.000001", "123.456E+50", "-0.0000001", "99999999999999999999.99"})
            add("BigDecimal " + value, new BigDecimal(value));
        add("AtomicInteger", new AtomicInteger(5));
        add("AtomicLong", new AtomicLong(-5));
        add("AtomicBoolean", new AtomicBoolean(true));
        add("AtomicReference", new AtomicReference<>(List.of("a")));
        add("AtomicIntegerArray", new AtomicIntegerArray(new int[] {1, 2}));
        add("AtomicLongArray", new AtomicLongArray(new long[] {1, 2}));
        add("AtomicReferenceArray", new AtomicReferenceArray<>(new Object[] {"a", null}));
        LongAdder adder = new LongAdder();
        adder.add(12);
        add("LongAdder", adder);
        DoubleAdder doubles = new DoubleAdder();
        doubles.add(1.5);
        add("DoubleAdder", doubles);
        BitSet bits = new BitSet();
        bits.set(0); bits.set(63); bits.set(64); bits.set(200);
        add("BitSet", bits);
    }

    private static void texts() throws Exception {
        String[] texts = {"", "plain", "é ü ß", "日本語", "\0 inside", "\ud83d\ude00 pair", "\ud83d lone high", "\ude00 lone low", "\ude00\ud83d swapped", "a\u0301", "\u202e bidi", "\u001b[31m"};
        for (String text : texts) add("text " + Natural.quote(text), text);
        add("text of 65536 bytes", "x".repeat(65536));
        add("StringBuilder", new StringBuilder("built \ud83d\ude00"));
        add("StringBuffer", new StringBuffer("buffered"));
        add("UUID", UUID.fromString("5f2f5a3e-7b7c-4a0e-9e55-0d4a9b0d3c11"));
        add("UUID of ones", UUID.fromString("ffffffff-ffff-ffff-ffff-ffffffffffff"));
        for (String tag : new String[] {"", "de", "de-DE", "zh-Hans-CN", "sr-Latn", "th-TH-u-ca-buddhist", "en-US-posix", "es-419", "he"}) add("Locale " + tag, Locale.forLanguageTag(tag));
        add("Locale with variant", new Locale("no", "NO", "NY"));
        add("Locale of a region", new Locale("", "GB"));
        add("Currency", Currency.getInstance("EUR"));
        add("TimeZone", TimeZone.getTimeZone("Europe/Berlin"));
        add("SimpleTimeZone", new SimpleTimeZone(3600000, "Own"));
        add("Pattern", Pattern.compile("a+b"));
        add("Pattern with flags", Pattern.compile("a+b", Pattern.CASE_INSENSITIVE));
        add("File", new File("/var/tmp/x.txt"));
        add("enum", Samples.Colour.RED);
        add("enum with a body", Samples.Colour.GREEN);
        add("TimeUnit", TimeUnit.SECONDS);
        add("class", String.class);
        add("class of an array", int[][].class);
        add("class of a primitive", int.class);
        add("class of an enum", Samples.Colour.class);
    }

    private static void arrays() throws Exception {
        add("byte[]", new byte[] {0, 1, -1, 127});
        add("byte[] empty", new byte[0]);
        add("char[]", "chars é \ud83d\ude00".toCharArray());
        add("boolean[]", new boolean[] {true, false});
        add("short[]", new short[] {-1, 2});
        add("int[]", new int[] {Integer.MIN_VALUE, 0, 3});
        add("long[]", new long[] {Long.MIN_VALUE, 4});
        add("float[]", new float[] {0.5f, -2, 0.1f, Float.MAX_VALUE});
        add("double[]", new double[] {0.1, Double.POSITIVE_INFINITY});
        add("int[][]", new int[][] {{1, 2}, {}, null});
        add("String[]", new String[] {"a", null, "a"});
        add("Object[]", new Object[] {1, "two", 3.0, null, new Object[] {'4'}});
        add("Object[] of nothing", new Object[0]);
        add("enum[]", Samples.Colour.values());
        add("Object[] of nulls", new Object[300]);
    }

    private static void collections() throws Exception {
        List<Object> mixed = Arrays.asList("a", 1, 2.5, true, null, 'c', Samples.Colour.BLUE, new Date(0));
        List<String> words = List.of("one", "two", "three");
        add("ArrayList", new ArrayList<>(mixed));
        add("ArrayList empty", new ArrayList<>());
        add("LinkedList", new LinkedList<>(mixed));
        add("Vector", new Vector<>(mixed));
        Stack<Object> stack = new Stack<>();
        stack.addAll(mixed);
        add("Stack", stack);
        add("Arrays.asList", mixed);
        for (Collection<String> target : List.<Collection<String>>of(new ArrayDeque<>(), new PriorityQueue<>(), new CopyOnWriteArrayList<>(), new CopyOnWriteArraySet<>(),
                new HashSet<>(), new LinkedHashSet<>(), new TreeSet<>(), new ConcurrentSkipListSet<>(), new ConcurrentLinkedQueue<>(), new ConcurrentLinkedDeque<>(),
                new LinkedBlockingQueue<>(), new LinkedBlockingDeque<>(), new PriorityBlockingQueue<>(), new LinkedTransferQueue<>(), new TreeSet<>(Comparator.reverseOrder()),
                new PriorityQueue<>(Comparator.reverseOrder()))) {
            String name = target.getClass().getSimpleName() + (target instanceof TreeSet<?> set && set.comparator() != null ? " reversed" : "")
                    + (target instanceof PriorityQueue<?> queue && queue.comparator() != null ? " reversed" : "");
            add(name + " empty", target);
            target.addAll(words);
            add(name, target);
        }
        ArrayBlockingQueue<String> ring = new ArrayBlockingQueue<>(4);
        ring.addAll(List.of("x", "y", "one", "two"));
        ring.remove(); ring.remove();
        ring.add("three");
        add("ArrayBlockingQueue around its end", ring);
        add("ArrayBlockingQueue full", new ArrayBlockingQueue<>(3, false, words));
        add("ArrayBlockingQueue empty", new ArrayBlockingQueue<>(3));
        add("EnumSet", EnumSet.of(Samples.Colour.RED, Samples.Colour.BLUE));
        add("EnumSet empty", EnumSet.noneOf(Samples.Colour.class));
        add("List.of", List.of(1, "b"));
        add("List.of nothing", List.of());
        add("List.of many", List.of(1, 2, 3, 4, 5));
        add("Stream.toList", Arrays.stream(new String[] {"a", null}).toList());
        add("Set.of", Set.of("a", "b", "c"));
        add("Set.of one", Set.of("a"));
        add("nested", new ArrayList<>(List.of(new ArrayList<>(List.of(new HashSet<>(List.of(1)))), new LinkedList<>())));
        add("HashSet of lists", new HashSet<>(List.of(List.of(1), List.of(2))));
        List<Object> shared = new ArrayList<>(List.of("shared"));
        add("the same list twice", new ArrayList<>(List.of(shared, shared)));
        List<Object> cyclic = new ArrayList<>(List.of("before"));
        cyclic.add(cyclic);
        add("a list in itself", cyclic);
        add("list of 1000", new ArrayList<>(Collections.nCopies(1000, 7)));
    }

    private static void wrappers() throws Exception {
        List<String> list = new ArrayList<>(List.of("a", "b"));
        Set<String> set = new LinkedHashSet<>(list);
        SortedMap<String, Integer> map = new TreeMap<>(Map.of("k", 1, "l", 2));
        NavigableSet<String> sorted = new TreeSet<>(list);
        add("unmodifiableCollection", Collections.unmodifiableCollection(list));
        add("unmodifiableList", Collections.unmodifiableList(list));
        add("unmodifiableList linked", Collections.unmodifiableList(new LinkedList<>(list)));
        add("unmodifiableSet", Collections.unmodifiableSet(set));
        add("unmodifiableSortedSet", Collections.unmodifiableSortedSet(sorted));
        add("unmodifiableNavigableSet", Collections.unmodifiableNavigableSet(sorted));
        add("unmodifiableMap", Collections.unmodifiableMap(map));
        add("unmodifiableSortedMap", Collections.unmodifiableSortedMap(map));
        add("unmodifiableNavigableMap", Collections.unmodifiableNavigableMap(new TreeMap<>(map)));
        add("synchronizedCollection", Collections.synchronizedCollection(list));
        add("synchronizedList", Collections.synchronizedList(list));
        add("synchronizedList linked", Collections.synchronizedList(new LinkedList<>(list)));
        add("synchronizedSet", Collections.synchronizedSet(set));
        add("synchronizedSortedSet", Collections.synchronizedSortedSet(sorted));
        add("synchronizedNavigableSet", Collections.synchronizedNavigableSet(sorted));
        add("synchronizedMap", Collections.synchronizedMap(map));
        add("synchronizedSortedMap", Collections.synchronizedSortedMap(map));
        add("synchronizedNavigableMap", Collections.synchronizedNavigableMap(new TreeMap<>(map)));
        add("checkedCollection", Collections.checkedCollection(list, String.class));
        add("checkedList", Collections.checkedList(list, String.class));
        add("checkedList linked", Collections.checkedList(new LinkedList<>(list), String.class));
        add("checkedSet", Collections.checkedSet(set, String.class));
        add("checkedSortedSet", Collections.checkedSortedSet(sorted, String.class));
        add("checkedNavigableSet", Collections.checkedNavigableSet(sorted, String.class));
        add("checkedMap", Collections.checkedMap(map, String.class, Integer.class));
        add("checkedSortedMap", Collections.checkedSortedMap(map, String.class, Integer.class));
        add("checkedNavigableMap", Collections.checkedNavigableMap(new TreeMap<>(map), String.class, Integer.class));
        add("checkedQueue", Collections.checkedQueue(new ArrayDeque<>(list), String.class));
        add("emptyList", Collections.emptyList());
        add("emptySet", Collections.emptySet());
        add("emptyMap", Collections.emptyMap());
        add("emptySortedSet", Collections.emptySortedSet());
        add("emptySortedMap", Collections.emptySortedMap());
        add("singletonList", Collections.singletonList("x"));
        add("singleton", Collections.singleton("x"));
        add("singletonMap", Collections.singletonMap("k", "x"));
        add("nCopies", Collections.nCopies(3, "x"));
        add("nCopies none", Collections.nCopies(0, "x"));
        Set<String> concurrent = ConcurrentHashMap.newKeySet();
        concurrent.addAll(list);
        add("newKeySet", concurrent);
        add("keySet of a ConcurrentHashMap", new ConcurrentHashMap<>(map).keySet());
        add("values of a ConcurrentHashMap", new ConcurrentHashMap<>(map).values());
        add("entrySet of a ConcurrentHashMap", new ConcurrentHashMap<>(map).entrySet());
        Set<String> identity = Collections.newSetFromMap(new IdentityHashMap<>());
        identity.addAll(list);
        add("newSetFromMap", identity);
        add("asLifoQueue", Collections.asLifoQueue(new ArrayDeque<>(list)));
        add("reverseOrder", Collections.reverseOrder());
    }

    private static void maps() throws Exception {
        Map<Object, Object> mixed = new LinkedHashMap<>();
        mixed.put("text", "v"); mixed.put(1, 2L); mixed.put(true, null); mixed.put(null, 0.5); mixed.put(Samples.Colour.RED, 'c');
        mixed.put(UUID.fromString("5f2f5a3e-7b7c-4a0e-9e55-0d4a9b0d3c11"), List.of()); mixed.put(2.5, Map.of());
        Map<String, Object> named = new TreeMap<>(Map.of("a", 1, "b", "two", "c", 3.0));
        add("HashMap", new HashMap<>(named));
        add("HashMap empty", new HashMap<>());
        add("HashMap of many keys", new HashMap<>(mixed));
        add("LinkedHashMap", new LinkedHashMap<>(named));
        add("LinkedHashMap of many keys", mixed);
        add("TreeMap", new TreeMap<>(named));
        TreeMap<String, Object> reversed = new TreeMap<>(Comparator.reverseOrder());
        reversed.putAll(named);
        add("TreeMap reversed", reversed);
        add("Hashtable", new Hashtable<>(named));
        add("ConcurrentHashMap", new ConcurrentHashMap<>(named));
        add("ConcurrentHashMap empty", new ConcurrentHashMap<>());
        add("ConcurrentSkipListMap", new ConcurrentSkipListMap<>(named));
        add("ConcurrentSkipListMap empty", new ConcurrentSkipListMap<>());
        add("IdentityHashMap", new IdentityHashMap<>(named));
        add("EnumMap", new EnumMap<>(Map.of(Samples.Colour.BLUE, 1, Samples.Colour.RED, 2)));
        add("Map.of", Map.of("a", 1, "b", 2));
        add("Map.of one", Map.of("a", 1));
        add("Map.of nothing", Map.of());
        add("SimpleEntry", new AbstractMap.SimpleEntry<>("k", 1));
        add("SimpleImmutableEntry", new AbstractMap.SimpleImmutableEntry<>(List.of(1), null));
        Map<Object, Object> clash = new LinkedHashMap<>();
        clash.put(1, "number"); clash.put("1", "text");
        add("keys that look alike", clash);
        add("keys that are lists", new LinkedHashMap<>(Map.of(List.of("k"), "v")));
        add("keys that are objects", new HashMap<>(Map.of(new Samples.Point(1, 2, "p"), "v")));
        Map<Object, Object> doubles = new LinkedHashMap<>();
        for (double key : new double[] {0, 1e-3, 9999999, 1e7, 1.5e10, 1.25e-5, -1e100, Double.NaN}) doubles.put(key, "v");
        add("keys that are doubles", doubles);
        Properties properties = new Properties();
        properties.setProperty("colour", "blue");
        add("Properties", properties);
        Map<String, Object> cyclic = new HashMap<>();
        cyclic.put("self", cyclic);
        add("a map in itself", cyclic);
        add("map of maps", new HashMap<>(Map.of("m", new HashMap<>(Map.of("n", new HashMap<>(Map.of("o", "deep")))))));
    }

    private static void times() throws Exception {
        for (long value : new long[] {0, -1, 1404360000000L, -62135596800001L, 253402300800000L, 951782400123L, 4107542399999L}) {
            add("Date " + value, new Date(value));
            add("sql.Timestamp " + value, new java.sql.Timestamp(value));
        }
        java.sql.Timestamp exact = new java.sql.Timestamp(1404360000123L);
        exact.setNanos(123456789);
        add("sql.Timestamp with nanos", exact);
        add("sql.Date", new java.sql.Date(1404360000000L));
        add("sql.Time", new java.sql.Time(1404360000000L));
        Calendar calendar = new GregorianCalendar(TimeZone.getTimeZone("America/New_York"));
        calendar.setTimeInMillis(1404360000001L);
        add("Calendar", calendar);
        for (String value : new String[] {"1970-01-01T00:00:00Z", "2014-07-03T04:00:00.123Z", "2014-07-03T04:00:00.000123Z", "2014-07-03T04:00:00.000000001Z", "-0044-03-15T12:00:00Z", "+12345-01-01T00:00:00Z"})
            add("Instant " + value, Instant.parse(value));
        add("Instant.MIN", Instant.MIN);
        add("Instant.MAX", Instant.MAX);
        for (String value : new String[] {"PT0S", "PT1S", "PT-1S", "PT8H6M12.345S", "PT-0.5S", "PT-1.5S", "PT0.000000001S", "P10D", "PT59.999S", "PT-59M-0.001S", "PT-1H-30M"})
            add("Duration " + value, Duration.parse(value));
        add("Duration longest", Duration.ofSeconds(Long.MAX_VALUE, 999999999));
        add("Duration most negative", Duration.ofSeconds(Long.MIN_VALUE, 1));
        for (String value : new String[] {"2024-02-29", "0000-01-01", "-0001-12-31", "+10000-01-01"}) add("LocalDate " + value, LocalDate.parse(value));
        for (String value : new String[] {"00:00", "23:59", "12:34:56", "12:34:56.7", "12:00:00.000000001", "01:02:03.000004"}) {
            add("LocalTime " + value, LocalTime.parse(value));
            add("LocalDateTime " + value, LocalDateTime.parse("2024-02-29T" + value));
            add("OffsetTime " + value, OffsetTime.parse(value + "+01:00"));
            add("OffsetDateTime " + value, OffsetDateTime.parse("2024-02-29T" + value + "-03:30"));
        }
        for (String value : new String[] {"2024-07-03T04:00+02:00[Europe/Berlin]", "2024-07-03T04:00Z", "2024-07-03T04:00:01+05:45", "2024-07-03T04:00Z[UTC]"}) add("ZonedDateTime " + value, ZonedDateTime.parse(value));
        for (String value : new String[] {"Z", "+01:00", "-18:00", "+05:45", "-00:00:01", "+18:00"}) add("ZoneOffset " + value, ZoneOffset.of(value));
        add("ZoneId", ZoneId.of("Europe/Berlin"));
        add("Year", Year.of(2024));
        add("Year BC", Year.of(-5));
        add("YearMonth", YearMonth.of(2024, 2));
        add("MonthDay", MonthDay.of(12, 31));
        for (String value : new String[] {"P0D", "P1Y2M3D", "P-1M", "P14D"}) add("Period " + value, Period.parse(value));
        add("DayOfWeek", DayOfWeek.FRIDAY);
        add("Chronology", IsoChronology.INSTANCE);
        add("MinguoDate", MinguoDate.of(113, 2, 29));
        add("ThaiBuddhistDate", ThaiBuddhistDate.of(2567, 2, 29));
    }

    private static void network() throws Exception {
        add("URL", new URL("https://user@example.com:8443/path/a?b=c#d"));
        add("URL of a file", new URL("file:/etc/hosts"));
        add("URI", new URI("urn:isbn:0451450523"));
        byte[] four = {10, 0, 0, 7};
        byte[] six = new byte[16];
        six[0] = 0x20; six[1] = 1; six[2] = 0xd; six[3] = (byte) 0xb8; six[15] = 1;
        add("InetAddress", InetAddress.getByAddress(four), "\"10.0.0.7\"");
        add("InetAddress with a name", InetAddress.getByAddress("db.example", four), "\"db.example/10.0.0.7\"");
        add("Inet6Address", InetAddress.getByAddress("six.example", six), "\"six.example/2001:db8::1\"");
        add("InetSocketAddress", new InetSocketAddress(InetAddress.getByAddress("db.example", four), 6379), "\"db.example/10.0.0.7:6379\"");
        add("InetSocketAddress unresolved", InetSocketAddress.createUnresolved("db.example", 6379), "\"db.example:6379\"");
    }

    private static void objects() throws Exception {
        add("no fields", new Samples.Empty());
        add("primitives", new Samples.Primitives());
        add("boxes", new Samples.Boxes());
        add("superclass", new Samples.Base());
        add("subclass", new Samples.Derived());
        add("record", new Samples.Point(1, -0.5, "p"));
        add("generic record", new Samples.Box<>(List.of(1), new Samples.Point(1, 2, null), null));
        add("account", new Samples.Account());
        add("chain", new Samples.Node("a", new Samples.Node("b", new Samples.Node("c", null))));
        Samples.Node first = new Samples.Node("first", null);
        first.next = new Samples.Node("second", first);
        add("ring", first);
        add("one in and beside a ring", new ArrayList<>(List.of(first, first.next)));
        Samples.Family parent = new Samples.Family("parent", null);
        new Samples.Family("child", parent);
        new Samples.Family("other child", parent);
        add("family", parent);
        add("writeObject after the fields", new Samples.Extra(), object(new Samples.Extra(), "\"kept\":\"field\",\"@data\":[{\"@bytes\":\"AAABAgAEdGFpbA==\"},[\"x\"],{\"@bytes\":\"CQ==\"}]"));
        add("writeObject without fields", new Samples.Opaque(10), object(new Samples.Opaque(10), "\"@data\":[{\"@bytes\":" + zeros(10) + "}]"));
        add("writeObject of several blocks", new Samples.Opaque(2500), object(new Samples.Opaque(2500), "\"@data\":[{\"@bytes\":" + zeros(1024) + "},{\"@bytes\":" + zeros(1024) + "},{\"@bytes\":" + zeros(452) + "}]"));
        add("writeObject of the fields alone", new Samples.OnlyDefault());
        add("writeObject in two classes", new Samples.TwoTails(), object(new Samples.TwoTails(), "\"kept\":\"field\",\"own\":5,\"@data\":[{\"@bytes\":\"AAABAgAEdGFpbA==\"},[\"x\"],{\"@bytes\":\"CQ==\"},\"second\"]"));
        add("Externalizable", new Samples.Outside(), object(new Samples.Outside(), "\"@data\":[{\"@bytes\":\"AAAAAAAAAAE=\"},\"inner\",null]"));
        add("writeReplace", new Samples.Replaced(), "[\"instead\"]");
        Samples.NamedList list = new Samples.NamedList();
        list.add("USER");
        add("a list with a field", list, object(list, "\"@value\":[\"USER\"],\"name\":\"roles\""));
        Samples.PlainMap map = new Samples.PlainMap();
        map.put("k", 1);
        add("a map by another name", map);
        Samples.Tree tree = new Samples.Tree();
        tree.put("k", 1);
        add("a map with a field and data", tree, object(tree, "\"@value\":{\"k\":1},\"depth\":2,\"@data\":[\"more\"]"));
        add("a date by another name", new java.util.Date(5) {}, "\"1970-01-01T00:00:00.005Z\"");
        add("a timestamp with a field", new Samples.Stamp(5), object(new Samples.Stamp(5), "\"@value\":\"1970-01-01T00:00:00.005Z\",\"by\":\"clock\""));
        Object proxy = Proxy.newProxyInstance(Corpus.class.getClassLoader(), new Class<?>[] {Samples.Greeter.class, Comparable.class}, new Samples.Handler());
        add("proxy", proxy, "{\"@class\":\"java.lang.reflect.Proxy\",\"@suid\":null,\"@fields\":{\"@interfaces\":[\"Samples$Greeter\",\"java.lang.Comparable\"],\"h\":" + Natural.json(new Samples.Handler()) + "}}");
        add("exception", new IllegalStateException("no"));
        add("exception without a message", new RuntimeException());
        add("exception without a stack trace", new Samples.Quick());
        add("exception with a cause", new Samples.AppException("outer", new IOException("inner", new NotSerializableException("x")), 7));
        Exception suppressing = new Exception("main");
        suppressing.addSuppressed(new Error("suppressed"));
        add("exception with another suppressed", suppressing);
        add("exception from deep", deep(20));
        add("nested deep", nested(90));
        Map<String, Object> session = new LinkedHashMap<>();
        session.put("user", new Samples.Derived()); session.put("at", Instant.EPOCH); session.put("roles", EnumSet.allOf(Samples.Colour.class)); session.put("same", session.get("user"));
        add("a session's attributes", new HashMap<>(session));
    }

    private static void streams() throws Exception {
        add("null", null);
        add("class descriptor", ObjectStreamClass.lookup(Samples.Primitives.class), "{\"@class\":\"java.io.ObjectStreamClass\",\"@suid\":42,\"@fields\":{\"name\":\"Samples$Primitives\"}}");
        addStream("two objects", "[\"a\",[1]]", out -> { out.writeObject("a"); out.writeObject(List.of(1)); });
        addStream("the same object twice", "[\"a\",\"a\"]", out -> { out.writeObject("a"); out.writeObject("a"); });
        addStream("after a reset", "[\"a\",\"a\",{\"@bytes\":\"AAAABw==\"}]", out -> { out.writeObject("a"); out.reset(); out.writeObject("a"); out.writeInt(7); });
        addStream("primitives before an object", "[{\"@bytes\":\"AAAABwE=\"},\"a\"]", out -> { out.writeInt(7); out.writeBoolean(true); out.writeObject("a"); });
        addStream("unshared", "[\"a\",\"a\"]", out -> { out.writeUnshared("a"); out.writeUnshared("a"); });
        addStream("Externalizable of protocol version 1", "{\"@undecodable\":true}", out -> { out.useProtocolVersion(1); out.writeObject(new Samples.Outside()); });
        addStream("the writer failed", "{\"@undecodable\":true}", out -> {
            try {
                out.writeObject(new Samples.Broken());
            } catch (NotSerializableException expected) {
                out.flush();
            }
        });
        addStream("nothing at all", "{\"@undecodable\":true}", out -> {});
    }

    private interface Writer { void write(ObjectOutputStream out) throws IOException; }

    private static void add(String name, Object object) throws IOException {
        add(name, object, Natural.json(object));
    }

    private static void add(String name, Object object, String expected) throws IOException {
        addStream(name, expected, out -> out.writeObject(object));
    }

    private static void addStream(String name, String expected, Writer writer) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            writer.write(out);
        }
        String raw = Base64.getEncoder().encodeToString(bytes.toByteArray());
        LINES.add("{\"name\":" + Natural.quote(name) + ",\"raw\":\"" + raw + "\",\"expected\":" + expected + "}");
    }

    private static String object(Object value, String fields) {
        long suid = ObjectStreamClass.lookup(value.getClass()).getSerialVersionUID();
        return "{\"@class\":" + Natural.quote(value.getClass().getName()) + ",\"@suid\":" + suid + ",\"@fields\":{" + fields + "}}";
    }

    private static String zeros(int count) {
        return "\"" + Base64.getEncoder().encodeToString(new byte[count]) + "\"";
    }

    private static Exception deep(int levels) {
        return levels == 0 ? new Exception("deep") : deep(levels - 1);
    }

    private static List<Object> nested(int levels) {
        List<Object> list = new ArrayList<>();
        if (levels > 0) list.add(nested(levels - 1));
        return list;
    }
}
