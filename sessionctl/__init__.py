"""sessionctl administers the sessions that Spring Session keeps in Redis.

A run is one straight pipe, and five things in it vary, each a package of one shape (a table in ``__init__.py``, a protocol in
``base.py``, one small file a member):

    argv ─▶ options ─▶ connection ─▶ scan ─▶ decode ─▶ filter ─▶ sort/limit ─▶ render ─▶ stdout
    cli     options    topologies/   scan    codecs/   filters   query         formats/  terminal
                       wire          store   fields    query

What flows is a batch: some hundred sessions held as columns. A field is a function from a batch to a column, a filter a function from
columns to a mask, a format zips columns into lines. What a column needs of Redis it says beforehand (`Need`), so a scan asks for exactly
what will be shown.

Layers; a module imports its own or a lower one, never a higher one, never in a circle (``tests/test_architecture.py``):

    4  cli, commands, options, shared, offers, completion, help           click
    3  app, pipeline, columns, detail, detection, discovery, resolve, demo  what composes the pipe for one command
       changing, selecting, snapshots, changes, endings, extensions, lastlook, outcomes   the same for commands that change sessions
       bulk, purging, recording, planfile                                the same for very many of them
       exports, importing, imports, returns, differences, whole          the same for sessions in files
    2  dial, greeting, wire, topologies, scan, store, journal, terminal              hiredis (wire)
       companions, scripts, guarded, farewells, words, planned, stencils, stamped, apply, interrupts
       archives, restoring, finder, lanes
    1  codecs, layouts, formats, records, batch, rows, fields, filters, query, identity, security, secrets, attributes, times, seen, cookies
       ledger                                                              rich and tabulate (formats)
    0  model, errors, units, target, report, plan, remembered, chunks      the standard library only

A change goes the same way, and comes back: what is chosen is read some sessions at a time, with what lies beside them (`snapshots`); a
layout returns a plan for each, plain data (`plan`); the plan's guarded step on the hash and its other writes are applied (`apply`), and
what became of each session is one row. A dry run shows the plans instead. The state that was judged is the state that is changed. A purge
has a million sessions that are alike: what is sent for one is learnt from its plan (`stencils`), and stamped for the others (`stamped`);
whatever doesn't go as usual goes on by a plan of its own (`planned`).

Where the next thing goes: a column is one `Field` in `fields`; a format, a codec, a layout or a topology one file and one row in its
package's table; a command one file in ``commands/`` and one row in `cli.COMMANDS`.

Invariants, the things absent on purpose: no I/O and no clock in layers 0 and 1 (the clock is an argument); no redis-py at run time outside
the demo (its import costs more than everything else together, and its pipelines three times what Redis needs); ``print`` and
``sys.stdout`` only in `terminal`; environment variables only through click; no command formats text, no format filters; decoding never
raises, it answers `Undecodable`; no value of a session is ever executed, imported or unpickled.
"""

__version__ = "0.1.0"
