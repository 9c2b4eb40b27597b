#!/bin/sh
# Writes ../contexts.ndjson anew: needs a JDK of version 17 or later and Maven. Everything but the result stays in a temporary directory.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

generate() { # profile, then the arguments of generator.Generate
  profile=$1
  shift
  mvn -q -B -f "$here/pom.xml" -P"$profile" dependency:copy-dependencies -DoutputDirectory="$work/$profile/lib" >&2
  javac -nowarn -d "$work/$profile/classes" -cp "$work/$profile/lib/*" "$here"/src/common/*/*.java "$here/src/$profile"/generator/*.java >&2
  java -cp "$work/$profile/classes:$work/$profile/lib/*" generator.Generate "$@"
}

{
  generate boot2 jdk
  generate boot3 security-modules typed-arrays:user,switched,oidc,jwt,own-username,map,enum,uuid
  generate boot4 jdk untyped typed:user,oauth2,opaque-token,own-wrapped,jwt-user security-modules:user,factor,oidc,webauthn,jwt-user
} > "$work/contexts.ndjson"
mv "$work/contexts.ndjson" "$here/../contexts.ndjson"
