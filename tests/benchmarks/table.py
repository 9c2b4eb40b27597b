"""What a measurement says, and the Markdown table of it."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = "| what | measured | peer | ratio | target | |\n|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Row:
    """`value` against `peer`, in `unit`; without a peer, `target` is a limit of the value itself, else of the ratio."""

    what: str
    value: float
    peer: float | None
    target: float | None
    unit: str = "s"
    peer_name: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.value / self.peer

    @property
    def verdict(self) -> str:
        judged = self.value if self.ratio is None else self.ratio
        if self.target is None:
            return ""
        return "ok" if judged <= self.target else "missed"

    def __str__(self) -> str:
        peer = "" if self.peer is None else f"{_number(self.peer)} {self.unit} ({self.peer_name})"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        target = "" if self.target is None else f"≤ {self.target:g}" + (f" {self.unit}" if self.peer is None else "")
        return f"| {self.what} | {_number(self.value)} {self.unit} | {peer} | {ratio} | {target} | {self.verdict} |"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
