# shellcheck shell=bash
# The site's configuration, made anew at each start, and what the first start
# puts into the database.  Sourced by site.sh after common.sh and postgres.sh.

# conf_owned FILE: readable for the workers, not for others.
conf_owned() {
	[[ $EUID -ne 0 ]] || chown "root:$web_group" "$1"
	chmod 640 "$1"
}

# The folders and files that servers and workers write to.
conf_folders() {
	local page logs=("$S/log/access.log" "$S/log/lighttpd-error.log"
		"$S/log/slipway.jsonl")
	(umask 022 && mkdir -p "$S/log" "$S/sock" "$S/spool" "$S/tmp")
	touch "${logs[@]}" "$S/log/server.log"
	# until the first probe, and until the demo is recorded
	for page in status demo; do
		(umask 022 && mkdir -p "$S/$page")
		[[ -e $S/$page/index.html ]] ||
			install -m 644 "$top/www/$page/index.html" "$S/$page/index.html"
	done
	chown "$web_user:$web_group" "$S/sock" "$S/spool" "$S/tmp" "${logs[@]}"
	chmod 750 "$S/spool" "$S/tmp"
	chmod 640 "$S/log/"*
}

# conf_provider NAME KEY MODEL: a provider, when there is a key, and its model
# for the features.  The key goes into a file: the workers' environment is not
# private enough.
conf_provider() {
	local name=$1 key=$2 model=$3 file=$S/$1-key
	if [[ -z $key ]]; then
		rm -f "$file"
		return
	fi
	(umask 077 && printf '%s\n' "$key" >"$file")
	conf_owned "$file"
	models+=("$name/$model")
	printf '\n[provider %s]\nkind = %s\napi_key_file = %s\n' "$name" "$name" "$file"
}

conf_features() {
	local models=() collection= IFS=,
	conf_provider openai "$openai_key" gpt-5-mini
	conf_provider anthropic "$anthropic_key" claude-haiku-4-5
	[[ $samples == none ]] || collection=default/postgresql
	cat <<-END

		[feature chat]
		route = ${models[*]:-extract}

		[feature docs]
		route = ${models[*]:+${models[*]},}extract
		collection = $collection
	END
	[[ -z $collection ]] || cat <<-END
		examples = How do I create an index without blocking writes? | What does VACUUM do, and when do I need it? | How can I back up one database?
	END
}

# The libpq connection string of a role; the password comes from elsewhere.
conf_conninfo() {
	printf "host='%s' dbname=slipway user=%s" "$S/run/pg" "$1"
}

# Text of slipway.conf.
conf_text() {
	cat <<-END
		# Made by dist/site.sh at each start; put changes into a file of
		# your own and name it: make up CONF=FILE

		[server]
		public_url = $url
		log_file = $S/log/slipway.jsonl
		state_dir = $S/spool

		[database]
		dsn = $(conf_conninfo slipway_web)
		password_file = $S/pg-web
		admin_dsn = $(conf_conninfo slipway_owner) passfile='$S/pgpass'

		[auth]
		secure_cookies = off

		[admin]
		dsn = $(conf_conninfo slipway_admin_web)
		password_file = $S/pg-admin

		[status]
		dir = $S/status

		[demo]
		dir = $S/demo
	END
	conf_features
	if [[ -n $CONF ]]; then
		printf '\n# From %s\n' "$CONF"
		cat "$CONF"
	fi
}

conf_write() {
	(umask 077 &&
		printf '*:*:*:slipway_owner:%s\n' "$(cat "$S/pg-owner")" \
			>"$S/pgpass" &&
		pg_dsn slipway_owner "$S/pg-owner" >"$S/dsn" &&
		pg_dsn postgres "$S/pg-superuser" >"$S/superuser-dsn" &&
		conf_text >"$S/slipway.conf.new") || die "cannot write $S/slipway.conf"
	conf_owned "$S/slipway.conf.new"
	mv "$S/slipway.conf.new" "$S/slipway.conf"
}

# Run the slipway command for this site.
slipway() {
	SLIPWAY_CONF=$S/slipway.conf "$build/slipway" "$@"
}

# Bring the schema up to date.
conf_migrate() {
	if ! slipway migrate --sql "$top/sql" >"$S/log/migrate.log" 2>&1; then
		cat "$S/log/migrate.log" >&2
		die "the database cannot be brought up to date"
	fi
	pg_role_limits
}

# The admin and a key, once.
conf_admin() {
	secret "$S/admin-password" >/dev/null
	[[ ! -s $S/api-key ]] || return 0
	slipway user list | grep -q '^default *admin ' ||
		slipway user create admin --admin >/dev/null ||
		die "cannot create the user admin"
	(umask 077 && slipway key create admin >"$S/api-key.new" 2>/dev/null) ||
		die "cannot create an API key"
	slipway user password admin <"$S/admin-password" >/dev/null ||
		die "cannot set the password of admin"
	mv "$S/api-key.new" "$S/api-key"
}

# The answers of the public demo, once, from the sample documents.
conf_demo() {
	[[ $samples != none && ! -e $S/demo/answers.json ]] || return 0
	slipway demo record "$top/dist/demo.json" --user admin --url "$url" \
		--daily-usd 0.05 >"$S/log/demo.log" 2>&1 ||
		say "/demo/ has no answers yet: $(tail -n 1 "$S/log/demo.log")"
}

# Where the pages of the PostgreSQL manual lie: as installed, or unpacked from
# the package here, because many machines leave /usr/share/doc out.
samples_folder() {
	local doc=usr/share/doc/postgresql-doc-15/html
	local dir
	for dir in "/$doc" "$S/cache/$doc"; do
		if [[ -e $dir/index.html ]]; then
			echo "$dir"
			return
		fi
	done
	mkdir -p "$S/cache/deb"
	# apt's own user cannot write here; it warns about that, we know
	(cd "$S/cache/deb" &&
		apt-get -q download postgresql-doc-15 >"$S/log/samples.log" 2>&1 &&
		dpkg-deb -x postgresql-doc-15_*.deb ..) || return 1
	rm -rf "$S/cache/deb"
	echo "$S/cache/$doc"
}

# Index the sample documents, once.
conf_samples() {
	local dir
	[[ $samples != none && ! -e $S/samples-indexed ]] || return 0
	say "indexing the PostgreSQL manual as sample documents"
	if ! dir=$(samples_folder); then
		say "cannot download postgresql-doc-15 (see $S/log/samples.log);" \
			"going on without sample documents"
		samples=none
		conf_write
		return
	fi
	slipway ingest "$dir" --collection postgresql \
		--base-url https://www.postgresql.org/docs/15/ \
		>"$S/log/samples.log" 2>&1 ||
		{
			tail -n 5 "$S/log/samples.log" >&2
			die "cannot index $dir"
		}
	touch "$S/samples-indexed"
}
