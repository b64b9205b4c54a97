#!/bin/sh
# What the image runs: lighttpd with its workers, the timers, and the log on
# standard output.  With arguments it is the slipway command.
#
#   SLIPWAY_CONF    the configuration: /etc/slipway/slipway.conf
#   SLIPWAY_VAR     what must survive: /var/lib/slipway
#   SLIPWAY_PORT, SLIPWAY_ADDR  where it listens: 8080, 0.0.0.0
#   SLIPWAY_TIMERS  commands to run each minute: probe janitor alerts traces
#   SLIPWAY_PREFIX  where it is installed: /usr/local
set -eu
prefix=${SLIPWAY_PREFIX:-/usr/local}
export SLIPWAY_CONF="${SLIPWAY_CONF:-/etc/slipway/slipway.conf}"
[ $# -eq 0 ] || exec "$prefix/bin/slipway" "$@"

export SLIPWAY_VAR="${SLIPWAY_VAR:-/var/lib/slipway}"
export SLIPWAY_ADDR="${SLIPWAY_ADDR:-0.0.0.0}" SLIPWAY_PORT="${SLIPWAY_PORT:-8080}"
export SLIPWAY_BIN="$prefix/lib/slipway/cgi-bin" SLIPWAY_WWW="$prefix/share/slipway/www"
# only a server that root starts would change to them
export SLIPWAY_USER=www-data SLIPWAY_GROUP=www-data

mkdir -p "$SLIPWAY_VAR/log" "$SLIPWAY_VAR/tmp" || {
	echo "container.sh: user $(id -u) cannot write $SLIPWAY_VAR: make the volume its own" >&2
	exit 1
}
SLIPWAY_RUN=$(mktemp -d)
export SLIPWAY_RUN

# Workers without [server] log_file write where lighttpd does.
log=$SLIPWAY_VAR/log/lighttpd-error.log
rm -f "$log" "$SLIPWAY_VAR/log/access.log"
mkfifo -m 600 "$log"
ln -s /dev/null "$SLIPWAY_VAR/log/access.log"
# both ends are held here, so that nobody who writes waits or is ended
cat <>"$log" &
printer=$!

# What cron does elsewhere.
timers() {
	trap 'kill $! 2>/dev/null; exit 0' TERM
	while :; do
		for command in ${SLIPWAY_TIMERS-probe janitor alerts traces}; do
			"$prefix/bin/slipway" "$command" >/dev/null || :
		done
		sleep 60 &
		wait $!
	done
}
timers &
timers=$!

lighttpd -D -f "$prefix/share/slipway/lighttpd-conf/private.conf" &
web=$!
trap 'kill -TERM $web 2>/dev/null || :' TERM INT

status=0
while kill -0 $web 2>/dev/null; do
	wait $web && status=0 || status=$?
done
kill $timers 2>/dev/null || :
wait $timers || :

# Workers finish, and settle what they have begun.
workers() {
	for exe in /proc/[0-9]*/exe; do
		case $(readlink "$exe" 2>/dev/null) in
		"$SLIPWAY_BIN"/*)
			tr '\0' '\n' <"${exe%exe}environ" 2>/dev/null |
				grep -qx "SLIPWAY_CONF=$SLIPWAY_CONF" && return 0
			;;
		esac
	done
	return 1
}
while workers; do
	sleep 0.2
done
sleep 0.2
kill $printer 2>/dev/null || :
rm -rf "$SLIPWAY_RUN" "$log"
exit "$status"
