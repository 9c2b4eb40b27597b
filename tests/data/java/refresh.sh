#!/bin/sh
# Regenerates corpus.ndjson: serialized objects, and what must be shown for each, both told by Java. Needs a JDK of version 17.
set -eu
cd "$(dirname "$0")"
build=$(mktemp -d)
trap 'rm -r "$build"' EXIT
javac -Xlint:-serial -d "$build" Corpus.java Natural.java Samples.java
java -cp "$build" --add-opens java.base/java.util=ALL-UNNAMED --add-opens java.base/java.util.regex=ALL-UNNAMED --add-opens java.base/java.lang=ALL-UNNAMED Corpus corpus.ndjson
