#!/bin/sh
# tests/guests/cases.sh LABEL: runs the tiny guests of build/guests on this
# machine's /dev/kvm and prints a TAP line for each case; LABEL names the place.
# Ends with 1 if one failed. Starts in the checkout, or in a copy of it; a
# busybox is enough.
#
# A case checks the monitor's exit status exactly, its standard output byte for
# byte, and that standard error is empty (if the status is below 123) or has
# what is wanted of it.

label=${1:?usage: tests/guests/cases.sh LABEL}
mayfly=${MAYFLY:-build/mayfly}
guests=build/guests
failed=0

mkdir -p "${TMPDIR:-/tmp}"
work=$(mktemp -d "${TMPDIR:-/tmp}/guests.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Software backends emulate a guest's ring 0; see the README's host part.
if [ -e /sys/module/kvm_pvm ]; then
	emulated=1
else
	emulated=0
fi

# vm NAME [OPTION]...: runs a guest; what it said is in out and err, its end in
# status (137: the monitor hung). A redirection of this function's input is the
# monitor's.
vm() {
	guest=$1
	shift
	timeout -s KILL 40 \
		"$mayfly" run --kernel "$guests/$guest" --timeout 20 "$@" \
		>"$work/out" 2>"$work/err"
	echo $? >"$work/status"
}

# expect_out TEXT, expect_err TEXT: a printf format for what has to be there.
expect_out() {
	# shellcheck disable=SC2059 # it is a format
	printf "$1" >"$work/want"
}
expect_err() {
	# shellcheck disable=SC2059
	printf "$1" >"$work/want_err"
}

# judge NAME WHAT STATUS: the TAP line, from status, out against want, and err
# against want_err, or when there is none against the word in $named, or
# nothing. Forgets what was wanted.
judge() {
	why=
	status=$(cat "$work/status")
	[ "$status" = "$3" ] || why="status $status, not $3"
	cmp -s "$work/out" "$work/want" ||
		why="${why:+$why; }standard output differs"
	if [ -e "$work/want_err" ]; then
		cmp -s "$work/err" "$work/want_err" ||
			why="${why:+$why; }standard error differs"
	elif [ -n "$named" ]; then
		grep -qi "$named" "$work/err" ||
			why="${why:+$why; }standard error does not say '$named'"
	elif [ -s "$work/err" ] && [ "$3" -lt 123 ]; then
		why="${why:+$why; }standard error is not empty"
	fi
	if [ -z "$why" ]; then
		echo "ok - guest $1 ($label): $2"
	else
		failed=1
		echo "not ok - guest $1 ($label): $2: $why"
		head -n 8 "$work/err" | sed 's/^/# err: /'
		head -c 200 "$work/out" | od -c | head -n 4 | sed 's/^/# out: /'
	fi
	rm -f "$work/want_err" "$work/status"
	: >"$work/want"
	named=
}

# simple NAME WHAT STATUS [OPTION]...: no input; output as was expected.
simple() {
	name=$1 what=$2 want=$3
	shift 3
	vm "$name" "$@" </dev/null
	judge "$name" "$what" "$want"
}

named=
: >"$work/want"

exits() {
	simple exit-0 "status 0" 0
	simple exit-42 "a byte to the exit port" 42
	simple exit-word "a word to the exit port" 42
	simple exit-dword "a doubleword to the exit port" 43
	named=300
	simple exit-large "300 ends as 123, and is named" 123
	simple acpi-poweroff "S5" 0
	simple reset-cf9 "port 0xCF9" 0
	simple reset-i8042 "command 0xFE" 0
	simple reset-92 "port 0x92" 0
	named="triple fault"
	simple triple-fault "is reported" 126
	if [ $emulated = 1 ]; then
		named=CMPXCHG16B
		simple bad-insn "the emulator's gap is named" 126
	else
		simple bad-insn "CMPXCHG16B works" 0
	fi
	simple hlt-forever "--timeout ends a halted CPU" 124 --timeout 1
	simple spin "--timeout ends a spinning CPU" 124 --timeout 1
}

# restart_input: an r, and when the guest has started twice a q.
restart_input() {
	printf r
	for _ in 1 2 3 4 5 6 7 8 9; do
		sleep 1
		[ "$(grep -c start "$work/out")" -lt 2 ] || break
	done
	printf q
}

restart() {
	expect_out 'start\nstart\n'
	restart_input | vm restart --on-reset=restart
	judge restart "--on-reset=restart starts anew" 0
	expect_out 'start\n'
	printf r | vm restart --on-reset=end
	judge restart "--on-reset=end ends" 0
}

# signal NAME STATUS: a spinning guest is ended by a signal. The monitor takes
# this shell's place, for one in the background would ignore SIGINT.
signal() {
	# shellcheck disable=SC2016
	sh -c '(sleep 1; kill -'"$1"' $$) & exec "$@" 2>"$0"' "$work/err" \
		"$mayfly" run --kernel "$guests/spin" --timeout 20 </dev/null \
		>"$work/out" 2>/dev/null
	echo $? >"$work/status"
	judge spin "SIG$1 ends it" "$2"
}

entries() {
	seq 1 4000 >"$work/module"
	gzip <"$work/module" >"$work/initrd"
	simple long-mode "ELF, the 64-bit entry" 0
	simple protected-mode "PVH" 0
	cp "$work/module" "$work/want"
	simple protected-mode "PVH with a module" 0 --initrd "$work/module"
	simple pvh-elf32 "PVH from an ELF32" 0
	expect_out 'Hello from real mode.\n'
	simple real-mode "works in real mode" 0
	simple bzimage32 "the 32-bit entry" 0
	cp "$work/initrd" "$work/want"
	simple bzimage32 "with an initrd" 0 --initrd "$work/initrd"
	simple bzimage64 "the 64-bit entry" 0
	cp "$work/initrd" "$work/want"
	simple bzimage64 "with an initrd" 0 --initrd "$work/initrd"
	cp "$work/initrd" "$work/spaced name"
	cp "$work/initrd" "$work/want"
	simple bzimage64 "with a space in its name" 0 \
		--initrd "$work/spaced name"
	head -c $((4096 - $(wc -c <"$work/initrd") % 4096)) /dev/zero |
		cat "$work/initrd" - "$work/initrd" >"$work/want"
	simple bzimage64 "with two, which are joined" 0 \
		--initrd "$work/initrd,$work/initrd"
}

# Two modules, each with words of its own; a comma in one of them is doubled.
multiboot() {
	printf 'first\n' >"$work/one"
	printf 'second\n' >"$work/two,3"
	for guest in multiboot1-elf multiboot1-flat multiboot2-elf; do
		line="$guests/$guest "
		[ $guest != multiboot2-elf ] || line=
		printf '%s-v 1\n' "$line" >"$work/want"
		simple "$guest" "its command line" 0 -- -v 1
		printf '%s\n' "${line% }" "$work/one -x, y" first "$work/two,3" \
			second >"$work/want"
		simple "$guest" "modules" 0 \
			--initrd "$work/one -x,, y,$work/two,,3"
	done
	simple multiboot2-moved "loaded elsewhere" 0
	cp "$work/module" "$work/want"
	simple flat "--flat, with a module" 0 --flat 0x100000 \
		--initrd "$work/module"
	simple flat "somewhere else than it is linked for" 2 --flat 2097152
	named="first bytes"
	simple flat "without --flat it is nothing" 125
	simple testdev "lines, echo, flush and memory" 0 --testdev
	simple testdev "is not there without --testdev" 1
}

machine() {
	simple e820 "128 MiB by default" 0 --append mem=128
	simple e820 "64 MiB" 0 --mem 64M --append mem=64
	simple e820 "4 GiB, on both sides of the gap" 0 --mem 4G \
		--append mem=4096
	simple acpi-tables "found, with right sums" 0
	expect_out 'KVMKVMKVM'
	simple cpuid "KVM's signature" 0
	simple mmio-hole "all ones" 0
	simple ports "reading them harms nothing" 0
	printf text >"$work/text"
	simple fw-cfg "a string" 0 --fw-cfg name=opt/t,string=text \
		--append file=opt/t
	simple fw-cfg "a file" 0 --fw-cfg "name=opt/f,file=$work/text" \
		--append file=opt/f
	simple pci-probe "a PCI address is no reset" 42
	simple marker "is silent" 0
	simple debugcon "is silent without --debugcon" 0
	expect_err 'text on 0x402\ntext on 0xE9\n'
	simple debugcon "speaks with --debugcon" 0 --debugcon
	for cpus in 1 2 4 255; do
		simple smp "$cpus of $cpus CPUs" 0 --cpus $cpus \
			--append cpus=$cpus
	done
	topologies
	simple pit-irq "five ticks" 0
	simple rtc-irq "64 ticks" 0
	simple lapic-timer "five ticks" 0
	interrupts
	simple virtio-rng "registers, a queue, its interrupts, resets, errors" 0
	simple virtio-rng "is not there with --rng=off" 1 --rng=off
}

# levels NAME [OPTION]...: kvm-pvm gives the EOI of a level once too often, to
# its own IOAPIC as to ours, and leaves a halted CPU asleep.
levels() {
	if [ $emulated = 1 ]; then
		echo "ok - guest $1 ($label) # SKIP kvm-pvm's EOIs of levels"
	else
		name=$1
		shift
		simple "$name" "a level, again after each EOI" 0 "$@"
	fi
}

interrupts() {
	simple pic-irq "ExtINT, masked in three ways, and not spurious" 0
	simple pit-rates "counters in step; gate and output at port 0x61" 0
	simple ioapic-edge "edges at pins 2 and 4" 0
	levels ioapic-level
	levels ioapic-eoi --cpus 2 --rng=off
}

# topology CPUS MASK VALUE: --cpus VALUE makes so many, with the APIC ids whose
# bits are set.
topology() {
	simple smp "--cpus $3" 0 --cpus "$3" --append "cpus=$1 ids=$(($2))"
}

topologies() {
	topology 8 0xFF sockets=2,cores=2,threads=2
	topology 6 0x3F sockets=1,cores=3,threads=2
	topology 6 0x77 cores=3,sockets=2
	topology 6 0x77 6,threads=3,sockets=2
	topology 9 0x777 9,threads=3
	simple smp "192 CPUs, APIC ids up to 254" 0 --cpus sockets=64,cores=3 \
		--append cpus=192
}

hello='Hello from long mode.\r\nBell \007, tab \t, 8 bits \200\377.\n'

serial() {
	expect_out "$hello"
	simple serial-hello "every byte, unchanged" 0
	expect_out "$hello"
	vm serial-hello <&-
	judge serial-hello "with standard input closed" 0
	expect_out 'Hello by interrupts.\n'
	simple serial-irq "THRE interrupts; loopback" 0
	for echo in serial-echo serial-irq-echo serial-irq-one; do
		expect_out 'a\000\377\r\n\033[q'
		printf 'a\000\377\r\n\033[qnot this' >"$work/in"
		vm $echo <"$work/in"
		judge $echo "a file, up to the q" 0
		{ seq 1 300; printf q; } >"$work/want"
		{ seq 1 300; echo q; } | vm $echo
		judge $echo "a pipe, more than the FIFO holds" 0
	done
	expect_out 'aq'
	{ printf a; sleep 1; printf q; } | vm serial-echo
	judge serial-echo "a slow writer" 0
	expect_out 'abc'
	printf abc | vm serial-echo --timeout 1
	judge serial-echo "goes on after the end of its input" 124
}

# Readers of standard output. The monitor's is a pipe, so vm() will not do.
# piped NAME [WORD]...: the monitor with its own standard output, and words for
# the guest.
piped() {
	guest=$1
	shift
	timeout -s KILL 40 \
		"$mayfly" run --kernel "$guests/$guest" --timeout 20 \
		-- "$@" </dev/null 2>"$work/err"
	echo $? >"$work/status"
}

readers() {
	# 66 KiB: more than a pipe holds.
	seq 1000000 1008447 >"$work/want"
	piped flood lines=8448 | { sleep 1; cat; } >"$work/out"
	judge flood "a slow reader gets every byte" 0
	: >"$work/out"
	piped flood lines=8448 | { read -r _; sleep 1; }
	judge flood "a reader that goes away while it is full" 0
	{ sleep 1; piped serial-hello; } | true
	judge serial-hello "no reader at all" 0
}

exits
restart
signal INT 130
signal TERM 143
signal HUP 129
entries
multiboot
machine
serial
readers
exit $failed
