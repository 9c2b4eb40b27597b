"""An export from the selection to the file: chosen sessions, read whole, written as records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sessionctl import columns, fields, pipeline, redaction
from sessionctl.app import App
from sessionctl.archives import Output
from sessionctl.batch import Batch
from sessionctl.errors import ExitCode, NotFound, Unsafe
from sessionctl.formats import load
from sessionctl.query import Condition, Query
from sessionctl.records import texts, write
from sessionctl.report import Field, Need, Report
from sessionctl.resolve import resolve_all
from sessionctl.terminal import encoded
from sessionctl.whole import Sized, Whole

FORMATS = ("ndjson", "json", "csv")
DOCUMENT = (write.FORMAT, *columns.DOCUMENT, fields.LAYOUT, fields.NAMESPACE, write.READ_AT)
"""What an export tells of a session, before its attributes, its companions and its raw bytes."""

SHOWN = 5  # sessions that a warning names


@dataclass(frozen=True)
class Wishes:
    """What is to be exported, and how. `output`: a file's name; None: standard output."""

    ids: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    raw: bool = True
    redact: bool = False
    output: str | None = None


def fields_of(wishes: Wishes, reveal: bool) -> tuple[Field, ...]:
    """The fields of the records of one run."""
    if wishes.redact:
        head = tuple(redaction.ID if one is fields.ID else one for one in DOCUMENT)
        return (*head, redaction.REDACTED, texts.field(redaction.without_ids), redaction.KEYS)
    whole = (*DOCUMENT, fields.ATTRIBUTES if reveal else texts.field(), write.KEYS)
    return (*whole, write.RAW) if wishes.raw else whole


class Export:
    """One run."""

    def __init__(self, app: App, wishes: Wishes, format: str) -> None:
        self.app = app
        self.wishes = wishes
        self.format = format
        self.fields = fields_of(wishes, app.reveal)
        self.tally = pipeline.Tally()
        self.missing: list[NotFound] = []
        self.whole = Whole(app, thorough=bool(wishes.ids))

    def run(self) -> ExitCode:
        """Writes everything. Raises UsageProblem where the file can't be written, and Unsafe where raw secrets would reach a terminal."""
        self._refuse_terminal()
        report = Report(self.fields, self._batches())
        if self.wishes.output is None:
            self.app.terminal.write(load(self.format).lines(report, self.app.style()))
        else:
            style = replace(self.app.style(), person=False, colour=False, width=None)
            with Output(self.wishes.output) as output:
                for text in load(self.format).lines(report, style):
                    output.write(encoded(text + "\n"))
        return self._told()

    def _refuse_terminal(self) -> None:
        if self.wishes.output is None and self.app.terminal.person and not self.app.reveal and write.RAW in self.fields:
            raise Unsafe("the raw bytes hold secrets, and this is a terminal", "add --output FILE, --no-raw or --reveal")

    def _batches(self) -> Iterator[Batch]:
        need = Query(self.fields, self.wishes.where).need
        need = replace(need, layout=False)  # the companions tell the layout
        with self.app.terminal.progress("exporting sessions") as progress:
            for batch in self.tally.over(self._chosen(self.whole.read(self._found(), need)), by_state=True):
                progress.advance(len(batch))
                yield batch

    def _chosen(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Those that the selection holds for, now that they are read."""
        return Query((), self.wishes.where).select(batches)

    def _found(self) -> Iterator[Sequence[Sized]]:
        return self._named() if self.wishes.ids else self._selected()

    def _named(self) -> Iterator[Sequence[Sized]]:
        for found in resolve_all(self.app, self.wishes.ids):
            if isinstance(found, NotFound):
                self.missing.append(found)
            else:
                yield [(found, None)]

    def _selected(self) -> Iterator[Sequence[Sized]]:
        query = Query((), self.wishes.where)
        source = pipeline.from_index(self.app, query)
        need = query.need | Need(size=self.whole.measurable)
        return self.whole.sized(query.select(self.app.store.scan(need, self.app.scope) if source is None else source))

    def _told(self) -> ExitCode:
        """The summary, and the exit code for it."""
        for error in self.missing:
            self.app.terminal.error(error)
        for id, reason in self.whole.too_large[:SHOWN]:
            self.app.terminal.warn(f"session {id[:8]}… isn't exported: {reason}")
        if len(self.whole.too_large) > SHOWN:
            self.app.terminal.warn(f"and {len(self.whole.too_large) - SHOWN:,} more that are too large")
        to = "" if self.wishes.output is None else f" written to {self.wishes.output}"
        self.app.say(pipeline.summary(self.tally, Query(())) + to)
        if self.whole.too_large:
            return ExitCode.PARTLY
        return ExitCode.NO if self.missing else ExitCode.DONE
