import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Classes of an application. */
final class Samples {
    static class Empty implements Serializable {}

    static class Primitives implements Serializable {
        private static final long serialVersionUID = 42;
        boolean aBoolean = true; byte aByte = -1; char aChar = 'ß'; double aDouble = Math.PI; float aFloat = 0.1f;
        int anInt = Integer.MIN_VALUE; long aLong = Long.MAX_VALUE; short aShort = -32768;
    }

    static class Boxes implements Serializable {
        Boolean aBoolean = false; Byte aByte = 1; Character aChar = '\ud800'; Double aDouble = -0.0; Float aFloat = 1e-3f;
        Integer anInt = 7; Long aLong = -8L; Short aShort = 9; String text = "é"; Object nothing = null;
        transient String secret = "never written";
    }

    static class Base implements Serializable {
        String name = "base"; int number = 1;
    }

    static class Derived extends Base {
        private static final long serialVersionUID = -7;
        List<Object> items = new ArrayList<>(List.of("a", 1, true)); double ratio = 0.5;
    }

    static class Node implements Serializable {
        String name; Node next;
        Node(String name, Node next) { this.name = name; this.next = next; }
    }

    static class Family implements Serializable {
        String name; Family parent; List<Family> children = new ArrayList<>();
        Family(String name, Family parent) { this.name = name; this.parent = parent; if (parent != null) parent.children.add(this); }
    }

    record Point(int x, double y, String label) implements Serializable {}

    record Box<T>(T content, Point... corners) implements Serializable {}

    enum Colour { RED, GREEN { @Override public String toString() { return "grün"; } }, BLUE }

    static class Account implements Serializable {
        Colour favourite = Colour.GREEN; Class<?> type = Account.class; Map<Colour, Integer> counts = new HashMap<>(Map.of(Colour.RED, 1));
        int[][] grid = {{1, 2}, {}, null}; byte[] key = {0, 1, -1}; char[] pin = {'1', '2'};
    }

    /** Writes its fields and then more. */
    static class Extra implements Serializable {
        String kept = "field";
        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject(); out.writeInt(258); out.writeUTF("tail"); out.writeObject(List.of("x")); out.writeByte(9);
        }
    }

    /** Has no fields to write, but more data than fits into one block. */
    static class Opaque implements Serializable {
        transient int size;
        Opaque(int size) { this.size = size; }
        private void writeObject(ObjectOutputStream out) throws IOException { out.write(new byte[size]); }
    }

    static class OnlyDefault implements Serializable {
        String field = "plain";
        private void writeObject(ObjectOutputStream out) throws IOException { out.defaultWriteObject(); }
    }

    static class TwoTails extends Extra {
        int own = 5;
        private void writeObject(ObjectOutputStream out) throws IOException { out.defaultWriteObject(); out.writeObject("second"); }
    }

    public static class Outside implements Externalizable {
        private static final long serialVersionUID = 11;
        public Outside() {}
        @Override public void writeExternal(ObjectOutput out) throws IOException { out.writeLong(1); out.writeObject("inner"); out.writeObject(null); }
        @Override public void readExternal(ObjectInput in) {}
    }

    static class Replaced implements Serializable {
        Object writeReplace() { return List.of("instead"); }
    }

    static class Broken implements Serializable {
        Object bad = new Object();
    }

    static class NamedList extends ArrayList<String> {
        String name = "roles";
    }

    static class PlainMap extends HashMap<String, Object> {}

    static class Stamp extends java.sql.Timestamp {
        String by = "clock";
        Stamp(long time) { super(time); }
    }

    static class Tree extends HashMap<String, Object> {
        int depth = 2;
        private void writeObject(ObjectOutputStream out) throws IOException { out.defaultWriteObject(); out.writeObject("more"); }
    }

    interface Greeter { String greet(); }

    static class Handler implements InvocationHandler, Serializable {
        String greeting = "hello";
        @Override public Object invoke(Object proxy, Method method, Object[] arguments) { return greeting; }
    }

    static class Quick extends RuntimeException {
        Quick() { super("quick", null, true, false); }
    }

    static class AppException extends RuntimeException {
        final int code;
        AppException(String message, Throwable cause, int code) { super(message, cause); this.code = code; }
    }
}
