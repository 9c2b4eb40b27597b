"""Where in a database there are sessions: hashes named ``<namespace>:sessions:<id>`` with Spring Session's fields."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace

from sessionctl.app import App
from sessionctl.detection import detect
from sessionctl.errors import Refused
from sessionctl.layouts.keys import Keys, text
from sessionctl.layouts.reads import METADATA
from sessionctl.report import Field, Kind
from sessionctl.store import Store

FIELDS = (
    Field("namespace", "NAMESPACE", Kind.TEXT, "what to give --namespace"),
    Field("sessions", "SESSIONS", Kind.COUNT, "how many hashes"),
    Field("layouts", "LAYOUTS", Kind.NAMES, "in a sample"),
)
PATTERN = b"*:sessions:*"
SAMPLE = 10  # hashes that are opened to see whether they are Spring Session's
LOOK_AROUND = 300  # SCANs
MOST = 10_000  # namespaces; a database full of other things must not fill the memory


def namespaces(app: App, steps: int | None = None) -> Iterator[tuple[str, int, list[str]]]:
    """Each namespace with the number of its sessions and the layouts of a sample.

    Those that an ACL hides are told of at the end; Refused is raised where that is all there are.
    """
    counts, samples = _counted(app, steps)
    hidden: dict[str, Refused] = {}
    seen = False
    for namespace, count in counts.most_common():
        try:
            if any(_is_session(app, name) for name in samples[namespace]):
                seen = True
                yield namespace, count, _layouts(app, namespace)
        except Refused as refused:
            hidden[namespace] = refused
    if hidden and not seen:
        raise next(iter(hidden.values()))
    if hidden:
        app.say(f"this user may not look into {', '.join(list(hidden)[:SAMPLE])}")


def _counted(app: App, steps: int | None) -> tuple[Counter[str], dict[str, list[bytes]]]:
    """How many hashes there are in what may be a namespace by its name, and some of them."""
    counts: Counter[str] = Counter()
    samples: defaultdict[str, list[bytes]] = defaultdict(list)
    for names in app.store.hashes(PATTERN, steps):
        for name in names:
            namespace = text(name.rpartition(b":sessions:")[0])
            if namespace in counts or len(counts) < MOST:
                counts[namespace] += 1
                if len(samples[namespace]) < SAMPLE:
                    samples[namespace].append(name)
    return counts, samples


def _is_session(app: App, name: bytes) -> bool:
    return any(value is not None for value in app.store.call(name, b"HMGET", name, *(field.encode() for field in METADATA)))


def _layouts(app: App, namespace: str) -> list[str]:
    """The layouts of a sample; none where this user may not look for companions."""
    keys = Keys(namespace)
    try:
        return [name for name, _ in detect(Store(app.topology, keys), replace(app.scope, keys=keys)).layouts.most_common()]
    except Refused:
        return []


def elsewhere(app: App) -> str:
    """The first namespaces that a look around finds, in words; empty where there is none."""
    found = [f"{namespace} ({count:,})" for namespace, count, _ in namespaces(app, LOOK_AROUND) if namespace != app.namespace]
    return ", ".join(found[:5])


def summary(rows: list[list[object]]) -> str:
    """One line for the person."""
    many = "1 namespace" if len(rows) == 1 else f"{len(rows)} namespaces"
    return f"{many} with sessions"
