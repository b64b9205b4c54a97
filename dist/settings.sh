#!/bin/sh
# Rewrite the texts that are made from the tables of settings:
# src/conf/README.md (from its first table on) and dist/slipway.conf.example.
# Usage: dist/settings.sh, after a build; called by `make settings`.
set -eu
cd "$(dirname "$0")/.."
slipway=${BUILD:-build}/slipway
readme=src/conf/README.md
example=dist/slipway.conf.example
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed '/^### `\[server\]`/,$d' "$readme" >"$work/readme"
"$slipway" config --markdown >>"$work/readme"

printf '[provider openai]\nkind = openai\n[feature chat]\n[feature docs]\n' \
	>"$work/conf"
sed '/^# This service/,$d' "$example" >"$work/example"
SLIPWAY_CONF=$work/conf "$slipway" config |
	sed -e '/^# secret: /d' -e 's/^\[provider/#&/' -e 's/^kind = /#&/' \
		>>"$work/example"

cat "$work/readme" >"$readme"
cat "$work/example" >"$example"
