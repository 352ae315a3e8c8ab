# Shell functions that tests/check, tests/demo and tests/setup share. Sourced with $top set.

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s\n' "$*" >&2
	exit 1
}

# The packages of tests/packages that are for one of the given purposes.
wanted_packages() {
	for purpose; do
		sed -n "s/^$purpose  *//p" "$top/tests/packages"
	done
}

is_installed() {
	case $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) in
	ii*|hi*) return 0 ;;
	esac
	return 1
}

missing_packages() {
	for package in $(wanted_packages "$@"); do
		is_installed "$package" || printf '%s\n' "$package"
	done
}

# Installs what is missing, so that no installed daemon is started meanwhile.
install_packages() {
	missing=$(missing_packages "$@" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null || die "no apt-get here; these are missing: $missing"
	[ "$(id -u)" = 0 ] || die "missing packages; run as root: apt-get install $missing"
	say "installing: $missing"
	forbid_services
	trap 'allow_services' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	apt_install $missing
	allow_services
	trap - EXIT HUP INT TERM
}

apt_install() {
	export DEBIAN_FRONTEND=noninteractive
	if ! is_installed postfix && command -v debconf-set-selections >/dev/null; then
		say 'postfix postfix/main_mailer_type select No configuration' |
			debconf-set-selections 2>/dev/null || :
	fi
	log=$(mktemp)
	if ! apt_try "$@" >"$log" 2>&1; then
		{ apt-get update -q && apt_try "$@"; } >"$log" 2>&1 || {
			tail -n 20 "$log" >&2
			rm -f "$log"
			die "the packages could not be installed"
		}
	fi
	rm -f "$log"
}

apt_try() {
	apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold "$@" </dev/null
}

# policy-rc.d answers whether a maintainer script may start a service: no, for now.
policy=/usr/sbin/policy-rc.d

forbid_services() {
	policy_kept=
	if [ -e "$policy" ]; then
		policy_kept=$(mktemp "$policy.XXXXXX") && mv "$policy" "$policy_kept"
	fi
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
}

allow_services() {
	rm -f "$policy"
	[ -z "$policy_kept" ] || mv "$policy_kept" "$policy"
	policy_kept=
}

# build FOLDER CONFIGURE-OPTION...: configures where needed and builds everything, tests too,
# or only what $TARGETS names, one after the other.
build() {
	(
		set -e
		folder=$top/$1
		shift
		if [ ! -x "$top/configure" ] || [ "$top/configure.ac" -nt "$top/configure" ] ||
			[ "$top/Makefile.am" -nt "$top/Makefile.in" ]; then
			cd "$top" && ./autogen.sh
		fi
		mkdir -p "$folder"
		cd "$folder"
		if [ ! -e Makefile ] || [ "$top/configure" -nt config.status ] ||
			[ "$(cat configure-options 2>/dev/null)" != "$*" ]; then
			../configure "$@"
			printf '%s\n' "$*" >configure-options
		fi
		for target in ${TARGETS:-all check}; do
			make -j"${JOBS:-2}" "$target" TESTS=
		done
	)
}
