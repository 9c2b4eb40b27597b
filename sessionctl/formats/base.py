"""What a format is. The member's module itself satisfies this protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from sessionctl.report import Report, Style


class Format(Protocol):
    """How a report becomes text. Pure: what it may know of the place where the text goes is in the style."""

    def lines(self, report: Report, style: Style) -> Iterator[str]:
        """One or more complete lines at a time, without the last newline, while the batches come in.

        Text that ends in NUL has its end already. On a terminal nothing that is stored is yielded raw.
        """
