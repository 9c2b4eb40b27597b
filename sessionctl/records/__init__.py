"""Sessions as records: one JSON object a line, whole enough to be restored byte for byte. Exports and journals share this format.

A record has the names of the session document (``ls -o ndjson``), and beside them:

    format     "sessionctl/1"; a reader refuses what it doesn't know
    readAt     the instant at which the session was read, by Redis's clock: `ttl` counts from it
    raw        the hash: {"fields": [name…], "lengths": [bytes…], "values": base64 of all values, one after the other}
    keys       the companions that existed: [{"key", "type", "role", "ttl", "members": [base64…], "score"}], members as they are stored;
               absent where nobody looked, and an import then writes what the layout has
    redacted   true: ids are hashed and secrets masked; no import takes it

A name or id that is no UTF-8 has its bytes as ``\\udcXX``, as everywhere in sessionctl's JSON. In the array of ``export -o json`` every
record has its line, too, so one reader serves both.

A journal is written so, before the sessions of `batch` end (`sessionctl.journal`)::

    batch = store.get(ids, write.NEED | …, replace(scope, now=app.later()))
    journal.write(write.lines(batch, fields.LAYOUT))

`write.lines` takes any further fields that the batch can compute; `write.KEYS` where ``batch.raw[write.BESIDE]`` has the companions. The
layout is worth recording: without it an import has to guess it from the TTL.
"""
