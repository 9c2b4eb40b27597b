package shop;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Where slow requests wait, each at a gate of its own, until somebody opens it. */
@RestController
class Gates {
    private final Map<String, CompletableFuture<Void>> closed = new ConcurrentHashMap<>();

    /** What is complete when the gate is open. */
    CompletableFuture<Void> at(String gate) {
        return closed.computeIfAbsent(gate, name -> new CompletableFuture<Void>().orTimeout(60, TimeUnit.SECONDS));
    }

    @GetMapping("/waiting")
    Set<String> waiting() {
        return closed.keySet();
    }

    @PostMapping("/open")
    void open(@RequestParam String gate) {
        closed.remove(gate).complete(null);
    }
}
