# shellcheck shell=sh disable=SC2034
# What the scripts here and some tests share; each sources it as its first
# step, from scripts/ like this:
#	. "${0%/*}/lib.sh"
# Sets name (of the script) and root (of the checkout). POSIX sh.

name=${0##*/}
case ${0%/*} in
*/tests/* | tests/*) root=$(cd "${0%/*}/../.." && pwd) || exit 125 ;;
*) root=$(cd "${0%/*}/.." && pwd) || exit 125 ;;
esac
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

# make_temp: $temp is a directory that goes away however the script ends, and is
# told to a second time. A script with more to clean up redefines clean_up.
make_temp() {
	temp=$(mktemp -d "${TMPDIR:-/tmp}/$name.XXXXXX") ||
		die "cannot make a directory in ${TMPDIR:-/tmp}"
	trap 'trap "" HUP INT PIPE TERM; clean_up' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
}

clean_up() {
	rm -rf "$temp"
}

# put FILE OUT: moves it there, at once or not at all.
put() {
	if ! { cp "$1" "$2.$$" && mv -f "$2.$$" "$2"; } 2>/dev/null; then
		rm -f "$2.$$"
		die "$2: cannot write"
	fi
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

# stock_vmlinux VMLINUZ: the ELF file inside it, kept in build/; prints its path.
stock_vmlinux() {
	made=$root/build/vmlinux
	# shellcheck disable=SC3013 # dash has -nt
	[ "$made" -nt "$1" ] || "$root/scripts/unpack-kernel" "$1" "$made" || exit
	echo "$made"
}

# fetch_package FOLDER COMMAND...: downloads the Debian package that COMMAND
# names with apt, and unpacks it into FOLDER, without installing anything;
# FOLDER appears whole or not at all.
fetch_package() {
	folder=$1
	shift
	make_temp
	if ! download_package "$@"; then
		as_root apt-get update -qq >/dev/null 2>&1
		if ! download_package "$@"; then
			tail -n 3 "$temp/log" >&2
			die "cannot download $("$@"); try: apt-get update"
		fi
	fi
	mkdir -p "${folder%/*}" || die "cannot write to ${folder%/*}"
	new=$(mktemp -d "${folder%/*}/.new.XXXXXX") ||
		die "cannot write to ${folder%/*}"
	clean_up() {
		rm -rf "$temp" "$new"
	}
	chmod 755 "$new"
	dpkg-deb -x "$temp"/*.deb "$new" || die "cannot unpack $("$@")"
	mv -T "$new" "$folder" 2>/dev/null # or another one was faster
	[ -d "$folder" ] || die "cannot write to $folder"
}

# Into $temp. The sandbox user of apt cannot write there, and says so at length;
# there is nothing here that it would protect.
download_package() {
	(cd "$temp" && apt-get download -qq -o APT::Sandbox::User=root \
		"$("$@")") >"$temp/log" 2>&1
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

# guest_initramfs: makes the initramfs of the guests that the demo and the
# tests boot, where it is missing or older than its parts; prints its path.
guest_initramfs() {
	made=$root/build/guest.cpio
	parts=$root/tests/boot
	if [ ! -f "$made" ] || [ -n "$(find "$parts/init" "$parts/outb.c" \
		"$root/scripts/make-initramfs" -newer "$made")" ]; then
		mkdir -p "$root/build"
		musl-gcc -static -Os -s -o "$temp/outb" "$parts/outb.c" || exit
		"$root/scripts/make-initramfs" "$made" "$temp/outb" || exit
	fi
	echo "$made"
}
