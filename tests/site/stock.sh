# shellcheck shell=bash
# The files for operators, in copies of the configuration that Debian ships:
# debian.conf of both servers, and the .htaccess of shared hosts.  A site that
# runs already lends database, key and workers.  Sourced by run.sh.

# A port that was free a moment ago, from the one place that knows how.
stock_port() {
	(
		top=$suite_root
		# shellcheck source=dist/site/server.sh
		. "$suite_root/dist/site/server.sh"
		free_port
	)
}

# stock_surface NAME VAR PORT: the same tests as for our own servers.
stock_surface() {
	mkdir "$stock/var"
	echo "http://127.0.0.1:$3" >"$stock/var/url"
	cp "$2/api-key" "$stock/var"
	check "$1: it starts" within get "$stock/var" /ready
	surface "$1" "$stock/var"
	# a shared host has the probe's page in its document root
	[[ $1 == 'shared host' ]] || status_surface "$1" "$2"
	rm -r "$stock/var"
}

# Start COMMAND..., and remember it for stock_stop.
stock_start() {
	"$@" >"$stock/out" 2>&1 </dev/null &
	stock_pid=$!
}

stock_stop() {
	kill -TERM "$stock_pid"
	wait "$stock_pid"
	rm -rf "$stock"
}

# stock_apache VAR PORT MODULE...: a copy of /etc/apache2 that listens there,
# with the modules enabled as a2enmod does it, and no site.
stock_apache() {
	local var=$1 port=$2 module file
	shift 2
	stock=$suite_dir/stock
	mkdir -p "$stock/log" "$stock/run/socks" "$stock/lock"
	chmod 755 "$stock"
	[[ $EUID -ne 0 ]] || chown www-data "$stock/run" "$stock/run/socks"
	cp -r /etc/apache2 "$stock/etc"
	rm -f "$stock/etc/sites-enabled/"*
	echo "Listen 127.0.0.1:$port" >"$stock/etc/ports.conf"
	for module in "$@"; do
		for file in "$stock/etc/mods-available/$module".{load,conf}; do
			[[ ! -e $file ]] || ln -sf "$file" "$stock/etc/mods-enabled/"
		done
	done
	printf 'FcgidIPCDir %s\nFcgidProcessTableFile %s\n' "$stock/run/fcgid" \
		"$stock/run/fcgid/table" >>"$stock/etc/mods-available/fcgid.conf"
}

stock_apache_start() {
	local user=www-data
	[[ $EUID -eq 0 ]] || user=$(id -un)
	stock_start env APACHE_RUN_USER="$user" \
		APACHE_RUN_GROUP="$(id -gn "$user")" \
		APACHE_PID_FILE="$stock/run/apache.pid" \
		APACHE_RUN_DIR="$stock/run" APACHE_LOCK_DIR="$stock/lock" \
		APACHE_LOG_DIR="$stock/log" PATH="$PATH:/usr/sbin" \
		apache2 -D FOREGROUND -d "$stock/etc" -f "$stock/etc/apache2.conf"
}

# debian.conf, with the paths of this checkout and of the site.
stock_apache_site() {
	local var=$1 port=$2 way=$3
	sed -e "s|/usr/local/share/slipway/apache-conf|$suite_root/apache-conf|" \
		-e "s|/usr/local/lib/slipway/cgi-bin|$4/cgi-bin|" \
		-e "s|/usr/local/share/slipway/www|$4/www|" \
		-e "s|/etc/slipway/slipway.conf|$var/slipway.conf|" \
		-e "s|/run/slipway|$var/sock|" -e "s|/var/lib/slipway|$var|" \
		-e "s|\*:80|*:$port|" -e "s|/fcgid.conf|/$way.conf|" \
		"$suite_root/apache-conf/debian.conf" \
		>"$stock/etc/sites-enabled/slipway.conf"
}

# Files that the servers' users can read: binaries and pages.
stock_files() {
	mkdir -m 755 "$suite_dir/files"
	cp -r "$suite_root/${BUILD:-build}/cgi-bin" "$suite_root/www" "$suite_dir/files"
	chmod -R a+rX "$suite_dir/files"
}

# The document root of a shared host: pages, binaries, .htaccess.
stock_shared() {
	local var=$1 port=$2 root=$suite_dir/files/public
	cp -r "$suite_dir/files/www" "$root"
	cp -r "$suite_dir/files/cgi-bin" "$root/cgi"
	sed "s|/home/you/slipway/slipway.conf|$var/slipway.conf|" \
		"$suite_root/dist/htaccess/htaccess" >"$root/.htaccess"
	cat >"$stock/etc/sites-enabled/shared.conf" <<-END
		<VirtualHost *:$port>
			DocumentRoot $root
			<Directory $root>
				AllowOverride All
				Require all granted
			</Directory>
		</VirtualHost>
	END
}

stock_lighttpd() {
	local var=$1 port=$2 conf=$suite_dir/stock/etc/lighttpd.conf
	stock=$suite_dir/stock
	mkdir -m 755 "$stock"
	cp -r /etc/lighttpd "$stock/etc"
	mkdir "$stock/sock" "$stock/uploads" "$stock/log"
	sed -e "s|/etc/lighttpd/|$stock/etc/|" -e "s|/var/log/lighttpd|$stock/log|" \
		-e "s|/run/lighttpd.pid|$stock/pid|" \
		-e "s|/var/cache/lighttpd/uploads|$stock/uploads|" \
		-e "s|= 80$|= $port|" -e '/use-ipv6/d' /etc/lighttpd/lighttpd.conf >"$conf"
	echo 'server.bind = "127.0.0.1"' >>"$conf"
	if [[ $EUID -eq 0 ]]; then
		chown www-data "$stock/sock" "$stock/uploads" "$stock/log"
	else
		sed -i '/^server.username/d; /^server.groupname/d' "$conf"
	fi
	sed -e "s|/usr/local/share/slipway/lighttpd-conf|$suite_root/lighttpd-conf|" \
		-e "s|slipway.example.org|127.0.0.1:$port|" \
		"$suite_root/lighttpd-conf/debian.conf" \
		>"$stock/etc/conf-enabled/50-slipway.conf"
	stock_start env SLIPWAY_BIN="$suite_dir/files/cgi-bin" \
		SLIPWAY_CONF="$var/slipway.conf" SLIPWAY_RUN="$stock/sock" \
		SLIPWAY_VAR="$var" SLIPWAY_WWW="$suite_dir/files/www" \
		PATH="$PATH:/usr/sbin" lighttpd -D -f "$conf"
}

stock() {
	local var=$suite_dir/lender port way modules stock stock_pid
	stock_files
	check "stock: a site that lends its database" site_up "$var" SERVER=apache-proxy
	if [[ ! -e /etc/apache2/apache2.conf ]]; then
		skip "stock Apache" "/etc/apache2 is not there"
	else
		for way in fcgid cgi proxy; do
			port=$(stock_port)
			case $way in
			proxy) modules='proxy proxy_fcgi' ;;
			cgi) modules=cgid ;;
			*) modules=$way ;;
			esac
			# shellcheck disable=SC2086 # two words
			stock_apache "$var" "$port" $modules headers rewrite
			stock_apache_site "$var" "$port" "$way" "$suite_dir/files"
			stock_apache_start
			stock_surface "stock Apache, $way" "$var" "$port"
			stock_stop
		done
		trust "$var"
		port=$(stock_port)
		stock_apache "$var" "$port" cgid headers rewrite
		stock_shared "$var" "$port"
		stock_apache_start
		stock_surface "shared host" "$var" "$port"
		stock_stop
	fi
	if [[ ! -e /etc/lighttpd/lighttpd.conf ]]; then
		skip "stock lighttpd" "/etc/lighttpd is not there"
	else
		port=$(stock_port)
		stock_lighttpd "$var" "$port"
		stock_surface "stock lighttpd" "$var" "$port"
		stock_stop
	fi
	site_down "$var"
}
