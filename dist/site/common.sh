# shellcheck shell=bash
# What the other files of the site engine share: messages, folders, users and
# the identity of processes.  Sourced by site.sh, which sets top.
#
# S is the state folder: $VAR itself, or the place that $VAR/state points to.
# Everything that is started writes below S and nowhere else.

say() { printf 'slipway: %s\n' "$*" >&2; }
die() {
	say "$*"
	exit 1
}

# Whom the web server and the workers run as, and PostgreSQL.
site_users() {
	if [[ $EUID -eq 0 ]]; then
		web_user=www-data
		pg_user=postgres
	else
		web_user=$(id -un)
		pg_user=$web_user
	fi
	web_group=$(id -gn "$web_user") ||
		die "there is no user $web_user; run: make deps"
	id "$pg_user" >/dev/null 2>&1 ||
		die "there is no user $pg_user; run: make deps"
}

# as USER COMMAND...: run it as that user.
as() {
	local user=$1
	shift
	if [[ $EUID -eq 0 && $user != root ]]; then
		# from a folder that every user may enter
		(cd / && exec setpriv --reuid "$user" --regid "$(id -g "$user")" \
			--init-groups -- "$@")
	else
		"$@"
	fi
}

# Can the users of the servers get to this folder?
reachable() {
	as "$web_user" test -x "$1" && as "$pg_user" test -x "$1"
}

# Choose and make the state folder.  A checkout below /root or in a private
# temporary folder is closed to www-data and postgres: then the state lies in
# /var/lib/slipway-site and $VAR holds links to it.
site_state() {
	[[ -d $VAR ]] || (umask 022 && mkdir -p "$VAR")
	VAR=$(cd "$VAR" && pwd -P)
	[[ $EUID -ne 0 ]] || chmod a+x "$VAR"
	S=$VAR
	if [[ -L $VAR/state ]]; then
		S=$(readlink "$VAR/state")
	elif ! reachable "$VAR"; then
		S=/var/lib/slipway-site/$(cksum <<<"$VAR" | cut -d' ' -f1)
		ln -s "$S" "$VAR/state"
	fi
	(umask 022 && mkdir -p "$S/run")
	site_alias
}

# The path of a unix socket has at most 107 bytes.  When S is too long for
# that, the servers see it through a short link, made anew at each start.
longest_socket=run/docs-search.sock-0
site_alias() {
	if [[ $((${#S} + 1 + ${#longest_socket})) -le 100 ]]; then
		return
	fi
	if [[ -L $S/alias && -L $(readlink "$S/alias")/s ]]; then
		S=$(readlink "$S/alias")/s
		return
	fi
	local short
	short=$(mktemp -d /tmp/slipway.XXXXXX)
	chmod 711 "$short"
	ln -s "$S" "$short/s"
	ln -sfn "$short" "$S/alias"
	S=$short/s
}

site_alias_remove() {
	local short
	[[ -L $S/alias ]] || return 0
	short=$(readlink "$S/alias")
	rm -f "$S/alias" "$short/s"
	rmdir "$short"
}

# A link in $VAR to what an operator looks for, when the state is elsewhere.
site_links() {
	local name
	[[ -L $VAR/state ]] || return 0
	for name in admin-password api-key dsn log slipway.conf superuser-dsn url; do
		ln -sfn "state/$name" "$VAR/$name"
	done
}

# Nobody else may start or stop this site at the same time.
site_lock() {
	exec 9>"$S/run/lock"
	flock -w 120 9 || die "another make works on $VAR; try again later"
}

site_unlock() { exec 9>&-; }

# secret FILE: the random password in FILE, made when missing.
secret() {
	local file=$1
	if [[ ! -s $file ]]; then
		(umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' 'xy' \
			>"$file.new")
		mv "$file.new" "$file"
	fi
	cat "$file"
}

# Print the processes of the site's session that carry its mark, the variable
# SLIPWAY_CONF: an old pid that another program has got meanwhile does not.
site_processes() {
	local sid mark file stat
	read -r sid mark 2>/dev/null <"$S/run/session" || return 0
	for file in /proc/[0-9]*/stat; do
		read -r stat 2>/dev/null <"$file" || continue
		# after the name: state, parent, group, session
		[[ "${stat##*) }" == [A-Z]\ [0-9]*\ [0-9]*\ "$sid "* ]] || continue
		grep -qzxF "SLIPWAY_CONF=$mark" "${file%stat}environ" \
			2>/dev/null && basename "${file%/stat}"
	done
	return 0
}
