#!/bin/bash
# Install the Debian packages that Slipway needs and that are missing.
# Usage: deps.sh [--try] [GROUP...]
#
# GROUP  groups of packages.txt; without one, all of them
# --try  when packages cannot be installed, say so and go on
#
# Nothing happens, and quickly, when nothing is missing.  Servers that come
# with the packages are neither started nor set to start with the machine; one
# that was installed before is left alone.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
policy=/usr/sbin/policy-rc.d
createcluster=/etc/postgresql-common/createcluster.conf
createcluster_template=/usr/share/postgresql-common/createcluster.conf
services=(apache2 apache-htcacheclean lighttpd pgbouncer postgresql)

say() { printf 'deps: %s\n' "$*" >&2; }

# Print the packages of the groups, without those that a command stands for.
wanted() {
	local group package command
	while read -r group package command; do
		[[ $group == '#'* || -z $package ]] && continue
		[[ " $* " == *" $group "* ]] || continue
		[[ -n $command ]] && command -v "$command" >/dev/null && continue
		printf '%s\n' "$package"
	done <"$here/packages.txt"
}

# Print those of the packages that are not installed.
missing() {
	comm -23 <(printf '%s\n' "$@" | sort -u) \
		<(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" \
			2>/dev/null | sed -n 's/ installed$//p' | sort -u)
}

# Run a command as root.
as_root() {
	if [[ $EUID -eq 0 ]]; then
		"$@"
	else
		sudo -- "$@"
	fi
}

can_be_root() {
	[[ $EUID -eq 0 ]] || command -v sudo >/dev/null
}

# The services among ours that are installed already, by name.
known_services() {
	local s
	for s in "${services[@]}"; do
		[[ -e /etc/init.d/$s || -e /lib/systemd/system/$s.service ]] &&
			printf '%s\n' "$s"
	done
	return 0
}

# While packages are unpacked: no service starts, no cluster is made.
made=()
hold_services() {
	if [[ ! -e $policy ]]; then
		made+=("$policy")
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	if [[ ! -e $createcluster ]]; then
		made+=("$createcluster")
		as_root mkdir -p "${createcluster%/*}"
		echo 'create_main_cluster = false' |
			as_root tee "$createcluster" >/dev/null
	fi
}

# Take that away again, and leave what the package would have put there.
release_services() {
	local file
	for file in "${made[@]}"; do
		as_root rm -f "$file"
	done
	[[ -e $createcluster || ! -e $createcluster_template ]] ||
		as_root cp "$createcluster_template" "$createcluster"
}

# Services that this run brought: they must not start with the machine.
disable_new_services() {
	local s
	while read -r s; do
		[[ " $1 " == *" $s "* ]] ||
			as_root update-rc.d "$s" disable >/dev/null 2>&1 || true
	done < <(known_services)
}

install_packages() {
	local before
	before=$(known_services | tr '\n' ' ')
	trap release_services EXIT
	hold_services
	as_root apt-get -q update >&2 || true
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		--no-install-recommends -o Dpkg::Options::=--force-confold \
		install "$@" >&2 || return 1
	disable_new_services "$before"
}

# Install what is missing of the groups.
install_groups() {
	local packages names
	if ! command -v dpkg-query >/dev/null; then
		say "this is not Debian; install what $here/packages.txt lists"
		return 1
	fi
	mapfile -t packages < <(wanted "$@")
	mapfile -t names < <(missing "${packages[@]}")
	[[ ${#names[@]} -gt 0 ]] || return 0
	say "missing: ${names[*]}"
	if ! can_be_root; then
		say "run as root: apt-get install --no-install-recommends ${names[*]}"
		return 1
	fi
	install_packages "${names[@]}"
}

main() {
	local try=no
	if [[ ${1-} == --try ]]; then
		try=yes
		shift
	fi
	[[ $# -gt 0 ]] || set -- build runtime test
	install_groups "$@" || [[ $try == yes ]]
}

main "$@"
