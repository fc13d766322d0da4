# shellcheck shell=sh disable=SC2034
# What the tests of this folder share; each sources it first. It makes $work, a
# directory that goes away however the test ends, and ends what was named to
# `started`. POSIX sh; a busybox is enough.

mayfly=${MAYFLY:-build/mayfly}
guests=build/guests
label=release
failed=0
running=
nobody=64321 # no other process has this user id

clean_up() {
	# shellcheck disable=SC2086 # process ids
	[ -z "$running" ] || kill -KILL $running 2>/dev/null
	rm -rf "$work"
}

mkdir -p "${TMPDIR:-/tmp}"
work=$(mktemp -d "${TMPDIR:-/tmp}/hostile.XXXXXX") || exit 125
chmod 711 "$work"
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# started PID...: they are ended with the test, unless `ended` comes first.
started() {
	running="$running $*"
}
ended() {
	running=
}

pass() {
	echo "ok - $label: $1"
}

skip() {
	echo "ok - $label: $1 # SKIP $2"
}

# miss NAME WHY: a failure, with what the monitor said.
miss() {
	failed=1
	echo "not ok - $label: $1: $2"
	for said in out err; do
		[ -s "$work/$said" ] || continue
		head -c 600 "$work/$said" | LC_ALL=C tr -c ' -~\n' '?' |
			head -n 12 | sed "s/^/# $said: /"
	done
}

# verdict NAME WHY: passes when there is nothing to say.
verdict() {
	if [ -z "$2" ]; then
		pass "$1"
	else
		miss "$1" "$2"
	fi
}

# in_time COMMAND...: runs it, output in out and err, its end in $status. One
# that hangs is killed and shows as 124 or 137.
in_time() {
	timeout -k 5 20 "$@" >"$work/out" 2>"$work/err"
	status=$?
}

# judge NAME WORD: of the command that ran last. A long word may be cut.
judge() {
	lines=$(wc -l <"$work/err")
	why=
	[ "$status" -eq 125 ] || why="status $status, not 125"
	[ "$lines" -eq 1 ] || why="${why:+$why; }$lines lines, not one"
	[ ! -s "$work/out" ] || why="${why:+$why; }standard output is not empty"
	case $(cat "$work/err") in
	"mayfly: "*"$2"*) ;;
	"mayfly: "*"$(echo "$2" | cut -c 1-100)"*": "[A-Z]*) ;;
	*) why="${why:+$why; }standard error does not name '$2'" ;;
	esac
	verdict "$1" "$why"
}

# refused NAME WORD COMMAND...
refused() {
	name=$1 word=$2
	shift 2
	in_time "$@" </dev/null
	judge "$name" "$word"
}

# no_kvm: why no guest can run here, or nothing.
no_kvm() {
	if [ ! -e /dev/kvm ]; then
		echo "there is no /dev/kvm"
	elif ! (exec 3<>/dev/kvm) 2>/dev/null; then
		echo "/dev/kvm cannot be opened"
	fi
}

# compile TOOL: makes $work/TOOL of TOOL.c, if it is not there yet.
compile() {
	[ ! -x "$work/$1" ] || return 0
	${CC:-musl-gcc} -std=c11 -D_GNU_SOURCE -isystem build/include -static \
		-O1 -o "$work/$1" "tests/hostile/$1.c" 2>"$work/err"
}

# need_guests: builds the tiny guests, where there is something to build with.
need_guests() {
	if [ -x scripts/kvm-box ] && command -v make >/dev/null; then
		make -s guests >&2
	fi
	if [ ! -x "$mayfly" ] || [ ! -f "$guests/flood" ]; then
		echo "not ok - $label: there is no $mayfly, or no $guests"
		exit 1
	fi
}

# need_kvm WHAT: ends the test where no guest can run.
need_kvm() {
	[ -z "$(no_kvm)" ] && return
	skip "$1" "$(no_kvm)"
	exit 0
}

# with_each FUNCTION: runs it for the release build, and for the sanitizers'
# where there is one.
with_each() {
	"$1"
	if [ -x build/debug/mayfly ] && [ "$mayfly" != build/debug/mayfly ]; then
		mayfly=build/debug/mayfly
		label=debug
		ASAN_OPTIONS=exitcode=99:detect_leaks=0
		UBSAN_OPTIONS=exitcode=98:print_stacktrace=1
		export ASAN_OPTIONS UBSAN_OPTIONS
		"$1"
	else
		skip "the sanitizers" "there is no build/debug/mayfly"
	fi
}

# A copy of the monitor and of a kernel that nobody may read.
public() {
	rm -rf "$work/public"
	mkdir "$work/public"
	cp "$mayfly" "$work/public/mayfly"
	cp "$guests/flood" "$work/public/flood"
	chmod -R a+rX "$work/public"
}

# Makes the program $work/as_nobody COMMAND...: without root's rights, if we
# have them.
make_as_nobody() {
	cat >"$work/as_nobody" <<-EOF
		#!/bin/sh
		[ "\$(id -u)" -eq 0 ] || exec "\$@"
		exec setpriv --reuid $nobody --regid $nobody --clear-groups "\$@"
	EOF
	chmod 755 "$work/as_nobody"
}
