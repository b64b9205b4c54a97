# shellcheck shell=bash
# What the parts of ledger_live.sh share: a PostgreSQL server, a configuration,
# one process with a ledger that is asked line by line, and assertions.
# Sourced by ../ledger_live.sh.
# shellcheck disable=SC2154 # bin is ../ledger_live.sh's, the rest suite.sh's

pg=$suite_dir/pg
mkdir -m 755 "$pg"
as=()
if [[ $(id -u) -eq 0 ]]; then # PostgreSQL refuses to run as root
	as=(runuser -u postgres --)
	chown postgres "$pg"
fi

pg_start() {
	"${as[@]}" "$bin/pg_ctl" -D "$pg/data" -l "$pg/log" -w -t 60 \
		-o "-c listen_addresses='' -c unix_socket_directories=$pg -c fsync=off" \
		start >/dev/null 7>&- 8<&-
}
pg_stop() { # MODE
	"${as[@]}" "$bin/pg_ctl" -D "$pg/data" -w -t 60 -m "$1" stop >/dev/null
}
pg_signal() { # SIGNAL: to the server and all its backends
	local main
	main=$(head -n 1 "$pg/data/postmaster.pid")
	# shellcheck disable=SC2046 # one word for each process
	kill "-$1" $(ps -o pid= --ppid "$main") "$main"
}

# Rows of a query as the owner, without decoration.
query() {
	psql -X -A -t -q -v ON_ERROR_STOP=1 -h "$pg" -U owner -d slipway -c "$1"
}

live_pid=
finish() {
	exec 7>&- 2>/dev/null
	if [[ -n $live_pid ]]; then
		kill -KILL "$live_pid" 2>/dev/null
		wait "$live_pid" 2>/dev/null
	fi
	if [[ -f $pg/data/postmaster.pid ]]; then
		pg_signal CONT 2>/dev/null
		pg_stop immediate
	fi
	suite_cleanup
}
trap finish EXIT

pg_create() {
	"${as[@]}" "$bin/initdb" -D "$pg/data" -U owner -A trust -E UTF8 \
		--locale=C.UTF-8 --no-sync &&
		printf '%s\n' 'local all stranger scram-sha-256' \
			'local all all trust' |
		"${as[@]}" tee "$pg/data/pg_hba.conf" &&
		pg_start && "${as[@]}" "$bin/createdb" -h "$pg" -U owner slipway
}
if ! pg_create >"$suite_dir/initdb" 2>&1; then
	cat "$suite_dir/initdb" "$pg/log"
	echo "0 passed, 1 failed"
	exit 1
fi

# the configuration

state=$suite_dir/state
mkdir "$state"
conf=$suite_dir/slipway.conf
# A machine that stands still for a moment must not decide; what waits for a
# timeout takes hasty.conf.
write_conf() { # FILE USER TIMEOUT
	cat >"$1" <<-END
		[server]
		state_dir = $state
		[database]
		dsn = host=$pg dbname=slipway user=$2
		admin_dsn = host=$pg dbname=slipway user=owner
		connect_timeout = $3
		statement_timeout = $3
		pool_size = 3
		[limits]
		user_rpm = 0
		tenant_rpm = 0
		user_daily_usd = 5
		tenant_daily_usd = 500
		system_daily_usd = 5000
	END
}
write_conf "$conf" worker 60s
write_conf "$suite_dir/hasty.conf" worker 2s
slipway() { "$BUILD/slipway" -c "$conf" "$@"; }

# one process with a ledger

# live_up [CONF]: start it; live COMMAND...: ask it; live_down: end it
live_up() {
	rm -f "$suite_dir/in" "$suite_dir/out"
	mkfifo "$suite_dir/in" "$suite_dir/out"
	"$BUILD/tests/unit/ledger_live" "${1:-$conf}" <"$suite_dir/in" \
		>"$suite_dir/out" 2>>"$suite_dir/log" 7>&- 8<&- &
	live_pid=$!
	exec 7>"$suite_dir/in" 8<"$suite_dir/out"
}
live() {
	local answer
	echo "$*" >&7
	if ! read -r -t 120 answer <&8; then
		answer="no answer to $*"
	fi
	echo "$answer"
}
live_down() {
	exec 7>&- 8<&-
	wait "$live_pid"
	local status=$?
	live_pid=
	return "$status"
}
live_kill() {
	kill -KILL "$live_pid"
	wait "$live_pid" 2>/dev/null
	live_pid=
	exec 7>&- 8<&-
}

# is WANT COMMAND...: the output of the command is WANT
is() {
	local want=$1 got
	shift
	got=$("$@" 2>&1)
	[[ $got == "$want" ]] || {
		printf 'want: %s\ngot:  %s\n' "$want" "$got"
		return 1
	}
}
# like PATTERN COMMAND...: a shell pattern
like() {
	local want=$1 got
	shift
	got=$("$@" 2>&1)
	# shellcheck disable=SC2053 # it is a pattern
	[[ $got == $want ]] || {
		printf 'want: %s\ngot:  %s\n' "$want" "$got"
		return 1
	}
}
# fails STATUS PATTERN COMMAND...
fails() {
	local status=$1 want=$2 got rc
	shift 2
	got=$("$@" 2>&1)
	rc=$?
	# shellcheck disable=SC2053 # it is a pattern
	[[ $rc -eq $status && $got == $want ]] || {
		printf 'want: %s %s\ngot:  %s %s\n' "$status" "$want" "$rc" \
			"$got"
		return 1
	}
}
# within SECONDS WANT COMMAND...: until its output is WANT
within() {
	local until=$((SECONDS + $1)) want=$2 got
	shift 2
	while got=$("$@" 2>&1); [[ $got != "$want" ]]; do
		if [[ $SECONDS -ge $until ]]; then
			printf 'want: %s\ngot:  %s\n' "$want" "$got"
			return 1
		fi
		sleep 0.05
	done
}
spooled() { find "$state" -name 'settle-*.jsonl' | wc -l; }
sound() { is "" query "SELECT * FROM slipway.ledger_check"; }
outcome() {
	query "SELECT outcome, cost_pico FROM slipway.llm_calls
		WHERE request_id = '$1'"
}
reserved() {
	query "SELECT count(*) FROM slipway.reservations
		WHERE request_id LIKE '$1%'"
}
