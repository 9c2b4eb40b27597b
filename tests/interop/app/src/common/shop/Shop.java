package shop;

import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A small application whose sessions are in Redis: as many nodes of it as -Dnodes says, which end with standard input. */
@SpringBootApplication
public class Shop {
    public static void main(String[] arguments) throws Exception {
        List<String> ports = new ArrayList<>();
        for (int node = 0; node < Integer.getInteger("nodes", 1); node++) {
            ports.add(new SpringApplication(Shop.class).run(arguments).getEnvironment().getProperty("local.server.port"));
        }
        System.out.println("listening " + String.join(" ", ports));
        while (System.in.read() >= 0) {
            continue;
        }
        System.exit(0);
    }
}
