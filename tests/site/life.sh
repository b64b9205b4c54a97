# shellcheck shell=bash
# The life of a site: start, stop, start again, what goes wrong.  Sourced by
# run.sh.

get() { curl -s -f -m 60 --noproxy '*' -o /dev/null "$(cat "$1/url")${2-/ready}"; }

# fails_with TEXT COMMAND...: the command fails and says
# the text.
fails_with() {
	local text=$1 said
	shift
	said=$("$@" 2>&1) && {
		echo "it did not fail"
		return 1
	}
	grep -qF -- "$text" <<<"$said" && return
	printf '%s\n' "expected to read: $text" "$said"
	return 1
}

# Wait until a command succeeds, at most a minute.
within() {
	local until=$((SECONDS + 60))
	until "$@" >"$suite_dir/within" 2>&1; do
		if [[ $SECONDS -ge $until ]]; then
			cat "$suite_dir/within"
			return 1
		fi
		sleep 0.1
	done
}

# Processes that name the folder in their environment or command line.
processes_of() {
	grep -lsF -f <(printf '%s/\n' "$1") /proc/[0-9]*/environ \
		/proc/[0-9]*/cmdline | cut -d/ -f3 | sort -u
}

nothing_runs() {
	local pid
	for pid in $(processes_of "$1"); do
		[[ $pid != "$$" && $pid != "$BASHPID" ]] || continue
		echo "still there: $(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c1-120)"
		return 1
	done 2>/dev/null
}

supervisor() { cut -d' ' -f1 "$1/run/session"; }

sql() { psql -X -q -A -t -d "$(cat "$1/dsn")" -c "$2"; }

# workers VAR PROGRAM: the pids of the site's processes that run it.
workers() {
	local pid
	for pid in $(processes_of "$1"); do
		[[ $(readlink "/proc/$pid/exe" 2>/dev/null) != */"$2" ]] ||
			echo "$pid"
	done
}

new_worker() {
	local pid
	for pid in $(workers "$1" "$2"); do
		[[ $pid != "$3" ]] && return
	done
	return 1
}

kill_worker() {
	local pid
	pid=$(workers "$1" chat | head -n 1)
	kill -KILL "$pid" && within new_worker "$1" chat "$pid" &&
		within get "$1" /ready
}

# A second start keeps key, password and data, and restarts the server.
second_start() {
	local var=$1 key old
	key=$(cat "$var/api-key")
	old=$(supervisor "$var")
	sql "$var" "INSERT INTO slipway.tenants (name) VALUES ('kept')"
	site_up "$var" || return 1
	[[ $(cat "$var/api-key") == "$key" && $(supervisor "$var") != "$old" ]] &&
		[[ $(sql "$var" "SELECT count(*) FROM slipway.tenants
			WHERE name = 'kept'") == 1 ]] && get "$var"
}

modes_of() { stat -c '%a' "$@" | sort -u | paste -s -d ' '; }

files() {
	local var=$1
	[[ $(modes_of "$var/api-key" "$var/admin-password" "$var/dsn" \
		"$var/pgpass" "$var/pg-owner" "$var/superuser-dsn") == 600 ]] &&
		[[ $(modes_of "$var/slipway.conf" "$var/pg-web") == 640 ]] &&
		[[ $(modes_of "$var/pg") == 700 ]]
}

# PostgreSQL asks for a password and has no TCP port; the workers' role reads
# no table.
database() {
	local var=$1 web
	web="postgresql://slipway_web:$(cat "$var/pg-web")@/slipway?host=$var/run/pg"
	[[ $(sql "$var" 'SHOW listen_addresses') == '' ]] &&
		fails_with 'no password' psql -w -X -d slipway -h "$var/run/pg" \
			-U slipway_owner -c 'SELECT 1' &&
		fails_with 'permission denied' psql -X -d "$web" \
			-c 'SELECT * FROM slipway.users' &&
		[[ $(psql -X -A -t -d "$web" -c 'SHOW statement_timeout') == 10s ]]
}

no_root_workers() {
	local pid
	for pid in $(workers "$1" chat) $(workers "$1" health); do
		[[ $(stat -c %U "/proc/$pid") != root ]] || return 1
	done
}

# Crash of the supervisor: a stop leaves nothing, a start works again.
crash() {
	local var=$1
	kill -KILL "$(supervisor "$var")"
	site_make down "$var" && within nothing_runs "$var"
}

everything_killed() {
	local var=$1 pid
	for pid in $(processes_of "$var"); do
		[[ $pid == "$$" || $pid == "$BASHPID" ]] || kill -KILL "$pid" 2>/dev/null
	done
	site_up "$var" && get "$var"
}

# run_site VAR: `make run` in the background as a terminal starts it, in a
# process group of its own with signals as they are by default.  Sets run_pid.
run_site() {
	suite_sites+=("$1")
	env --default-signal setsid make --no-print-directory -s \
		BUILD="${BUILD:-build}" PORT=0 SAMPLES=none FSYNC=off run VAR="$1" \
		>"$suite_dir/run.out" 2>&1 </dev/null &
	run_pid=$!
	within test -s "$1/url"
}

# run_and_stop VAR SIGNAL TARGET: -group (Ctrl-C, a closed terminal) or only make.
run_and_stop() {
	local var=$1 target
	run_site "$var" && get "$var" || return 1
	within grep -qF "$(cat "$var/api-key")" "$suite_dir/run.out" || return 1
	target=$run_pid
	[[ $3 != group ]] || target=-$run_pid
	kill -"$2" -- "$target"
	wait "$run_pid"
	cat "$suite_dir/run.out"
	within nothing_runs "$var"
}

# When the web server dies, `make run` ends, says so and stops the database.
run_and_die() {
	local var=$1
	run_site "$var" || return 1
	kill -KILL "$(cat "$var/run/web.pid")"
	! wait "$run_pid" && grep -q 'lighttpd has ended' "$suite_dir/run.out" &&
		within nothing_runs "$var"
}

# `make down` ends a `make run`.
run_and_down() {
	local var=$1
	run_site "$var" && site_make down "$var" || return 1
	! wait "$run_pid" && within nothing_runs "$var"
}

# A key in the environment becomes a provider, in a file of its own.
provider_keys() {
	local var=$1
	OPENAI_API_KEY=sk-not-one site_up "$var" || return 1
	grep -q '^route = openai/gpt-5-mini,extract$' "$var/slipway.conf" &&
		[[ $(cat "$var/openai-key") == sk-not-one ]] &&
		[[ $(modes_of "$var/openai-key") == 640 ]] &&
		! grep -qsF sk-not-one "$var/slipway.conf" /proc/[0-9]*/environ
}

no_provider_keys() {
	site_up "$1" && [[ ! -e $1/openai-key ]] &&
		! grep -q openai "$1/slipway.conf"
}

installed() {
	local to=$suite_dir/installed prefix=/opt/slipway
	make --no-print-directory -s -C "$suite_root" BUILD="${BUILD:-build}" \
		install DESTDIR="$to" prefix="$prefix" || return 1
	to+=$prefix
	[[ -x $to/bin/slipway && -x $to/lib/slipway/cgi-bin/chat-stream ]] &&
		[[ -e $to/share/slipway/www/index.html ]] &&
		[[ -e $to/share/slipway/apache-conf/common.conf ]] &&
		[[ -e $to/share/slipway/lighttpd-conf/slipway.conf ]] &&
		[[ -e $to/share/slipway/sql/roles.sql ]] &&
		[[ $(find "$to/lib/slipway/cgi-bin" -name '*.o') == '' ]]
}

life() {
	local a=$suite_dir/a b=$suite_dir/b c port
	check "make up" site_up "$a"
	check "it answers" get "$a"
	check "files are for those who need them" files "$a"
	check "the database is closed to others" database "$a"
	check "make up again keeps everything" second_start "$a"
	[[ $EUID -ne 0 ]] || check "no worker is root" no_root_workers "$a"
	check "a worker that dies comes back" kill_worker "$a"
	check "the status page has its facts" within get "$a" /status/status.json
	check "a second site beside it" site_up "$b" SERVER=apache-proxy
	check "both answer" eval 'get "$a" && get "$b"'
	check "its worker comes back, too" kill_worker "$b"
	check "stop one" site_make down "$b"
	check "the other goes on" get "$a"
	check "nothing of the stopped one runs" within nothing_runs "$b"
	check "stop it again" site_make down "$b"
	port=$(sed 's/.*://' "$a/url")
	check "a port in use" fails_with "port $port is in use" site_up "$b" PORT="$port"
	check "and nothing is left running" within nothing_runs "$b"

	check "stop after a crash of the supervisor" crash "$a"
	check "start after it" site_up "$a"
	check "start after everything was killed" everything_killed "$a"
	check "make down" site_make down "$a"
	check "nothing runs" within nothing_runs "$a"
	check "no url any more" test ! -e "$a/url"

	check "SERVER= of an unknown kind" fails_with 'SERVER=nginx' site_up "$b" SERVER=nginx
	check "PORT= that is none" fails_with 'PORT=x' site_up "$b" PORT=x
	check "CONF= that is not there" fails_with 'CONF=/nowhere' site_up "$b" CONF=/nowhere
	printf '[server]\nnonsense = 1\n' >"$suite_dir/bad.conf"
	check "a setting that does not exist" fails_with nonsense \
		site_up "$b" CONF="$suite_dir/bad.conf"
	check "and nothing is left running" within nothing_runs "$b"
	printf '[server]\nname = Ferry\n' >"$suite_dir/good.conf"
	check "CONF= is appended" site_up "$b" CONF="$suite_dir/good.conf"
	check "and counts" eval "curl -s --noproxy '*' \$(cat $b/url)/about | grep -q Ferry"
	check "stop it" site_down "$b"

	check "a key of a provider" provider_keys "$b"
	check "without it again" no_provider_keys "$b"
	check "stop it" site_down "$b"
	check "make install" installed

	check "make run until Ctrl-C" run_and_stop "$a" INT group
	check "make run until the terminal closes" run_and_stop "$a" HUP group
	check "make run until make is stopped" run_and_stop "$a" TERM make
	check "make run until make down" run_and_down "$a"
	check "make run until the web server dies" run_and_die "$a"
	site_down "$a"

	c=$suite_dir/$(printf 'a-long-name-%.0s' 1 2 3 4 5 6 7 8 9)
	check "a path too long for a socket" site_up "$c" SERVER=apache-fcgid
	check "it answers" get "$c"
	check "stop it" site_make down "$c"
	check "without leftovers in /tmp" test ! -e "$(readlink "$c/alias" || echo /nowhere)"
	site_down "$c"

	if [[ $EUID -ne 0 ]]; then
		skip "a folder closed to the servers' users" "only root has that"
		skip "a plain user" "this run is one already"
		return
	fi
	mkdir -m 700 "$suite_dir/closed"
	c=$suite_dir/closed/var
	check "a folder closed to the servers' users" site_up "$c" SERVER=apache-cgi
	check "it answers" get "$c"
	check "its files are at hand" eval "cat $c/api-key $c/dsn $c/slipway.conf >/dev/null"
	check "stop it" site_make down "$c"
	site_down "$c"
	plain_user
}

# As nobody: the site in a folder of its own, every server mode.
plain_user() {
	local mode var=$suite_dir/nobody/var
	if ! setpriv --reuid nobody --regid nogroup --clear-groups \
		test -x "$suite_root/${BUILD:-build}/slipway" -a -r "$suite_root/www/index.html"; then
		skip "a plain user" "the checkout is closed to nobody"
		return
	fi
	mkdir "$suite_dir/nobody"
	chown nobody "$suite_dir/nobody"
	for mode in lighttpd apache-proxy apache-fcgid apache-cgi; do
		check "a plain user, $mode" as_nobody up "$var" "$mode"
		check "it answers" get "$var"
	done
	check "everything runs as that user" only_nobody "$var"
	check "a plain user stops it" as_nobody down "$var" lighttpd
	check "nothing runs" within nothing_runs "$var"
	rm -rf "$suite_dir/nobody"
}

as_nobody() {
	setpriv --reuid nobody --regid nogroup --clear-groups \
		env -i PATH="$PATH" HOME="$suite_dir/nobody" VAR="$2" SERVER="$3" \
		PORT=0 SAMPLES=none FSYNC=off BUILD="$suite_root/${BUILD:-build}" \
		"$suite_root/dist/site.sh" "$1"
}

only_nobody() {
	local pid
	for pid in $(workers "$1" chat) $(workers "$1" apache2) \
		$(workers "$1" postgres); do
		[[ $(stat -c %U "/proc/$pid") == nobody ]] || return 1
	done
}
