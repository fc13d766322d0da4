# shellcheck shell=sh disable=SC2034
# What the scripts here share; each sources it as its first step:
#	. "${0%/*}/lib.sh"
# Sets name (of the script) and root (of the checkout). POSIX sh.

name=${0##*/}
root=$(cd "${0%/*}/.." && pwd) || exit 125
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# What stops a script that has found nothing wrong with mayfly: the host, or
# how it was called. One line, status 125.
die() {
	echo "$name: $*" >&2
	exit 125
}

# The comment at the head of the script is its help.
help() {
	sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
}

# make_temp: $temp is a directory that goes away however the script ends. A
# script with more to clean up redefines clean_up.
make_temp() {
	temp=$(mktemp -d "${TMPDIR:-/tmp}/$name.XXXXXX") ||
		die "cannot make a directory in ${TMPDIR:-/tmp}"
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

clean_up() {
	rm -rf "$temp"
}

# as_root COMMAND...: runs it as root, if that needs no password.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo -n "$@"
	else
		return 1
	fi
}

# The kernel package that the demo and the tests boot.
stock_kernel=linux-image-cloud-amd64

# host_busybox: the path of a static busybox.
host_busybox() {
	for busybox in /bin/busybox /usr/bin/busybox; do
		[ -x "$busybox" ] && echo "$busybox" && return
	done
	die "no busybox: run scripts/deps"
}

# kvm_backend: what serves /dev/kvm, as two words or more on one line. The
# first is vmx or svm (boots anything), pvm (not a stock kernel), unusable or
# none; the rest is why.
kvm_backend() {
	if [ ! -e /dev/kvm ]; then
		echo "none there is no /dev/kvm"
	elif [ ! -c /dev/kvm ]; then
		echo "unusable /dev/kvm is not a device"
	elif ! (: <>/dev/kvm) 2>/dev/null; then
		echo "unusable /dev/kvm cannot be opened by $(id -un)"
	elif [ -d /sys/module/kvm_intel ]; then
		echo "vmx /dev/kvm is VMX"
	elif [ -d /sys/module/kvm_amd ]; then
		echo "svm /dev/kvm is SVM"
	elif [ -d /sys/module/kvm_pvm ]; then
		echo "pvm /dev/kvm is kvm-pvm, which cannot run a stock kernel"
	else
		echo "unusable /dev/kvm is neither VMX nor SVM"
	fi
}

# backend_boots_linux BACKEND: a stock kernel reaches userspace on it.
backend_boots_linux() {
	case $1 in
	vmx* | svm*) true ;;
	*) false ;;
	esac
}
