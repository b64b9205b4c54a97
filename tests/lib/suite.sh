# shellcheck shell=bash
# Helpers of test suites in shell: counting, and a site to test against.
# A suite sources this file, calls check, skip and the site functions, and ends
# with `suite_end`.
#
#   check NAME COMMAND...   passes when the command does; its output is shown
#                           when it does not
#   skip NAME REASON        counts as neither
#   site_up VAR ARG...      make up with a free port, without samples
#   site_down VAR           make down, and remove what it kept
#
# Everything a suite makes lies in $suite_dir, which is removed at its end.

suite_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
suite_dir=$(mktemp -d "${TMPDIR:-/tmp}/slipway-suite.XXXXXX")
# users of servers must get through
chmod 755 "$suite_dir"
suite_passed=0
suite_failed=0
suite_skipped=0
suite_sites=()
# no test spends money
unset OPENAI_API_KEY ANTHROPIC_API_KEY

check() {
	local name=$1
	shift
	if ("$@") >"$suite_dir/output" 2>&1; then
		suite_passed=$((suite_passed + 1))
		echo "ok      $name"
	else
		suite_failed=$((suite_failed + 1))
		echo "FAILED  $name: $*"
		sed 's/^/        /' "$suite_dir/output"
	fi
}

skip() {
	suite_skipped=$((suite_skipped + 1))
	echo "skipped: $1: $2"
}

suite_end() {
	local more=
	[[ $suite_skipped -eq 0 ]] || more=", $suite_skipped skipped"
	echo "$suite_passed passed, $suite_failed failed$more"
	[[ $suite_failed -eq 0 ]]
}

# site_make TARGET VAR ARGUMENT...
site_make() {
	local target=$1 var=$2
	shift 2
	make --no-print-directory -s -C "$suite_root" BUILD="${BUILD:-build}" \
		PORT=0 SAMPLES=none FSYNC=off "$target" VAR="$var" "$@" </dev/null
}

site_up() {
	suite_sites+=("$1")
	site_make up "$@"
}

site_down() {
	site_make down "$1"
	[[ ! -L $1/state ]] || rm -rf "$(readlink "$1/state")"
	rm -rf "$1"
}

suite_cleanup() {
	local var
	trap - EXIT
	# neither this nor what it calls is to be interrupted
	trap '' INT TERM HUP
	for var in "${suite_sites[@]}"; do
		[[ ! -d $var ]] || site_down "$var"
	done
	rm -rf "$suite_dir"
}
trap suite_cleanup EXIT
trap "trap '' INT TERM HUP; exit 130" INT TERM HUP
