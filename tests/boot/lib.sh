# shellcheck shell=sh disable=SC2034,SC2154
# What firmware-in-box and legacy-in-box share: starts mayfly, and holds what
# the guest says and how mayfly ends against what was asked for. Who sources it
# has set `group` and `where`, the words of the test's names, and `initrd`.
# Makes $temp, a directory that goes away. POSIX sh; a busybox is enough.

failed=0
temp=$(mktemp -d) || exit 125
trap 'rm -rf "$temp"' EXIT
trap 'exit 143' HUP INT TERM
out=$temp/out
err=$temp/err

# wrong WORDS: what is not as it should be, about the guest that ran last.
wrong() {
	echo "# $*" >>"$temp/wrong"
}

# mayfly OPTION...: into $out, $err and $status.
mayfly() {
	timeout 120 build/mayfly run --timeout 100 "$@" </dev/null \
		>"$temp/raw" 2>"$temp/raw_err"
	status=$?
	tr -d '\r' <"$temp/raw" >"$out"
	tr -d '\r' <"$temp/raw_err" >"$err"
	: >"$temp/wrong"
}

# boot OPTION...: mayfly, for a guest that must reach userspace. As linux-in-box
# has it, and for its reason: in the box a guest that did not is started again.
boot() {
	mayfly --initrd "$initrd" "$@"
	if [ "$where" = box ] && [ -z "$(said cmdline)" ]; then
		echo "# status $status and not all from the guest; once more"
		tail -n 5 "$out" "$err" | sed 's/^/# | /'
		mayfly --initrd "$initrd" "$@"
	fi
}

# said WHAT: the value that the guest printed for it.
said() {
	sed -n "s/^mayfly-guest: $1=//p" "$out" | head -n 1
}

says() {
	[ "$(said "$1")" = "$2" ] || wrong "$1 is '$(said "$1")', want '$2'"
}

# at_least WHAT NUMBER
at_least() {
	found=$(said "$1")
	[ "${found:-0}" -ge "$2" ] ||
		wrong "$1 is '$found', want $2 or more"
}

ends() {
	[ "$status" -eq "$1" ] || wrong "ended with status $status, want $1"
}

# sees_memory MIB: all of it but what the kernel takes for itself.
sees_memory() {
	at_least memtotal_kib $(($1 * 1024 * 9 / 10 - 48 * 1024))
	[ "${found:-0}" -le $(($1 * 1024)) ] ||
		wrong "memtotal_kib is $found of $(($1 * 1024))"
}

# verdict NAME: the line for the guest that ran last.
verdict() {
	if [ ! -s "$temp/wrong" ]; then
		echo "ok - $group ($where): $1"
		return
	fi
	echo "not ok - $group ($where): $1"
	cat "$temp/wrong"
	tail -n 5 "$out" | sed 's/^/# | /'
	tail -n 20 "$err" | sed 's/^/# err | /'
	failed=1
}
