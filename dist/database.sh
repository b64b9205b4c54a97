#!/bin/bash
# The database of a site on a server of your own: roles with random passwords
# and an empty database, where they are missing.  It prints the settings that
# name them.  Run it again after `slipway migrate`: then it gives the roles their
# time limits, too.
# Usage: dist/database.sh [FOLDER]
#
#   FOLDER   of the configuration, where the passwords go: /etc/slipway
#   PSQL     a superuser's psql: runuser -u postgres -- psql
#   DB_HOST  where the workers reach PostgreSQL: 127.0.0.1
#   GROUP    whose members read what workers read: www-data
set -euo pipefail
folder=${1:-/etc/slipway}
here=$(cd "$(dirname "$0")" && pwd)
host=${DB_HOST:-127.0.0.1}
group=${GROUP:-www-data}
case $host in
127.* | localhost | /*) ssl=' sslmode=disable' ;;
*) ssl= ;;
esac
read -ra psql <<<"${PSQL:-runuser -u postgres -- psql}"

die() {
	echo "database.sh: $*" >&2
	exit 1
}

# sql DATABASE ARG...: run the statements on standard input.
sql() {
	(cd / && PGOPTIONS='-c client_min_messages=warning' \
		"${psql[@]}" -d "$1" "${@:2}" -X -q -A -t -v ON_ERROR_STOP=1)
}

# login ROLE FILE MODE: a password in FILE, made when missing, for ROLE.
login() {
	local path=$folder/$2
	[[ -s $path ]] || (umask 077 && head -c 24 /dev/urandom | base64 |
		tr '+/' '-_' >"$path")
	chmod "$3" "$path"
	[[ $3 == 600 ]] || chgrp "$group" "$path"
	{
		printf '\\set role %s\n\\set password %s\n' "$1" "$(cat "$path")"
		cat "$here/site/password.sql"
	} | sql postgres
}

getent group "$group" >/dev/null || die "there is no group $group; set GROUP"
sql postgres <<<'SELECT' >/dev/null ||
	die "no superuser's PostgreSQL by \`${psql[*]}\`: run this as root on its server, or set PSQL"
mkdir -p "$folder" || die "run this as root, or name a FOLDER of your own"
sql postgres <"$here/site/roles.sql"
login slipway_owner pg-owner 600
login slipway_web pg-web 640
login slipway_admin_web pg-admin 640
sql slipway <<'END'
SELECT 'SELECT FROM slipway.role_limits_apply()'
WHERE to_regprocedure('slipway.role_limits_apply()') IS NOT NULL
\gexec
END
cat <<END
[database]
dsn = host=$host dbname=slipway user=slipway_web$ssl
password_file = $folder/pg-web
admin_dsn = host=$host dbname=slipway user=slipway_owner$ssl
admin_password_file = $folder/pg-owner
[admin]
dsn = host=$host dbname=slipway user=slipway_admin_web$ssl
password_file = $folder/pg-admin
END
