#!/bin/bash
# Runs clang-tidy with the repository's .clang-tidy.
# Usage: tests/check/tidy.sh [FILE|FOLDER...], else src and cgi-bin
#
# The last line is "N passed, N failed": files without and with findings.
set -u
cd "$(dirname "$0")/../.." || exit 1

if ! command -v clang-tidy >/dev/null; then
	echo "skipped: clang-tidy is not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

[[ $# -gt 0 ]] || set -- src cgi-bin
out=$(mktemp -d "${TMPDIR:-/tmp}/slipway-tidy.XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT

read -r -a includes < <(make -s --no-print-directory CC=clang \
	--eval 'package-flags: ; @echo $(PKG_INC)' package-flags)
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Isrc)
flags+=("${includes[@]}")

tidy() { # FILE
	clang-tidy --quiet "$1" -- "${flags[@]}" -I"$(dirname "$1")" \
		>"$out/${1//\//_}" 2>/dev/null
}

# As many at a time as there are processors.
mapfile -t files < <(find "$@" -name '*.c' | sort)
for file in "${files[@]}"; do
	while [[ $(jobs -rp | wc -l) -ge $(nproc) ]]; do
		wait -n
	done
	tidy "$file" &
done
wait

failed=0
for file in "${files[@]}"; do
	if grep -qE '(warning|error):' "$out/${file//\//_}"; then
		failed=$((failed + 1))
		sed "s|^$PWD/||" "$out/${file//\//_}"
	fi
done
echo "$((${#files[@]} - failed)) passed, $failed failed"
[[ $failed -eq 0 ]]
