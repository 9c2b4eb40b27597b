package shop;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.context.ApplicationListener;
import org.springframework.session.Session;
import org.springframework.session.events.AbstractSessionEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The events of sessions that this node has heard of, in their order. */
@RestController
class Events implements ApplicationListener<AbstractSessionEvent> {
    private final List<Map<String, Object>> heard = new CopyOnWriteArrayList<>();

    @Override public void onApplicationEvent(AbstractSessionEvent event) {
        Session session = event.getSession();
        Set<String> names = session == null ? Set.of() : new TreeSet<>(session.getAttributeNames());
        heard.add(Map.of("event", event.getClass().getSimpleName(), "id", event.getSessionId(), "names", names));
    }

    @GetMapping("/events")
    List<Map<String, Object>> heard() {
        return heard;
    }
}
