#!/bin/bash
# Copy the browser libraries from npm to www/vendor/, or compare them.
# Usage: vendor.sh [--check]
#
# --check  change nothing; say which files are not what the lock file names
#
# Ends with status 77 when npm cannot get the packages.
#
# What is copied is committed, so that a site needs neither npm nor a network.
# To update a library: change its version in vendor/package.json, run
# `npm install --package-lock-only --omit-lockfile-registry-resolved` there,
# `make vendor`, and the name in the pages that use it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
www=$here/../www/vendor
check=no
[[ ${1-} != --check ]] || check=yes
work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-vendor.XXXXXX")
trap 'rm -rf "$work"' EXIT

cp "$here"/vendor/package*.json "$work"
# npm refuses a package that has not the hash of the lock file
npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund \
	--prefer-offline --loglevel=error >&2 || exit 77

mkdir "$work/vendor"
while read -r package from to; do
	[[ $package != '#'* ]] || continue
	version=$(sed -n "s|^.*\"$package\": \"\(.*\)\".*|\1|p" \
		"$here/vendor/package.json")
	to=$work/vendor/${to/VERSION/$version}
	mkdir -p "${to%/*}"
	install -m 644 "$work/node_modules/$package/$from" "$to"
done <"$here/vendor/files.txt"

if [[ $check == yes ]]; then
	diff -rq "$work/vendor" "$www"
else
	rm -rf "$www"
	cp -R "$work/vendor" "$www"
fi
