#!/bin/sh
# Builds everything with gcc and with clang, warnings as errors, and checks
# that a stripped route binary stays under 1 MiB. Prints "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
base=${BUILD:-build}
max_bytes=1048576
passed=0
failed=0

report() { # 0|1 NAME
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "build: $2: FAILED"
	fi
}

build() { # COMPILER FOLDER
	log=$base/$1-build.log
	mkdir -p "$base"
	make -j2 CC="$1" BUILD="$2" all units mock >"$log" 2>&1
	status=$?
	[ $status -eq 0 ] || grep -E 'error|warning' "$log" | head -20
	report $status "with $1"
}

# what was built before the tests is gcc's, with the same flags
case ${CC:-gcc} in
*clang*) gcc=$base/gcc ;;
*) gcc=$base ;;
esac
build gcc "$gcc"
build clang "$base/clang"
for route in "$gcc"/cgi-bin/*; do
	case $route in *.o | *.d) continue ;; esac
	strip -o "$base/stripped" "$route"
	bytes=$(wc -c <"$base/stripped")
	[ "$bytes" -lt $max_bytes ]
	report $? "$route is $bytes bytes when stripped"
done
rm -f "$base/stripped"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
