# shellcheck shell=sh disable=SC2317 # said and lost are called by name
# tests/hostile/machine-check-cases.sh LABEL POISON WHICH: what becomes of lost
# memory, on this machine's /dev/kvm; TAP lines. POISON is tests/hostile/poison.c
# as a program. WHICH is `said`, where the signals are only said, or `lost`,
# where the guest really loses a page: as root in a kvm-box only.

# shellcheck source=tests/hostile/lib.sh
. "${0%/*}/lib.sh"
label=$1
poison=$2
which=$3

# vm NAME GUEST STATUS TEXT STEP... -- [WORD]...: TEXT has to be on standard
# error, on a line of its own when the status is 125; when it is empty, nothing
# may be there.
vm() {
	name=$1 guest=$2 want=$3 text=$4
	shift 4
	taken=
	while [ "$1" != -- ]; do
		taken="$taken $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # a word a step
	in_time "$poison" $taken -- run --no-cpu-check \
		--kernel "$guests/$guest" --timeout 15 \
		--cpus "${cpus:-1}" -- "cpu=$cpu" "$@" </dev/null
	if [ "$status" -eq 77 ]; then
		skip "$name" "$(cat "$work/err")"
		return
	fi
	why=
	[ "$status" -eq "$want" ] || why="status $status, not $want"
	if [ -z "$text" ]; then
		[ ! -s "$work/err" ] || why="${why:+$why; }something on standard error"
	else
		head -n 1 "$work/err" | grep -q "^mayfly: .*$text" ||
			why="${why:+$why; }it does not say '$text'"
	fi
	if [ "$want" -eq 125 ] && [ "$(wc -l <"$work/err")" -ne 1 ]; then
		why="${why:+$why; }not one line"
	fi
	verdict "$name" "$why"
}

said() {
	vm "a page that the guest touched: #MC" machine-check 0 "" \
		ready required -- mce=required
	vm "a page that it did not touch: told as the CPU does" \
		machine-check 0 "" ready optional -- mce=optional
	vm "the guest takes no #MC: it dies" machine-check-off 126 \
		"0x2000000.*CR4.MCE" ready required --
	vm "it takes none, but did not touch it: it goes on" \
		machine-check-off 0 "" ready optional pause go -- mce=optional
	vm "a second one inside #MC: it dies" machine-check 126 \
		"0x2000000.*MCIP" ready required inside required -- mce=nested
	vm "an optional one inside #MC is dropped" machine-check 0 "" \
		ready required inside optional pause go -- mce=nested
	cpus=2
	vm "two CPUs: both get #MC on Intel, one on AMD" machine-check-smp 0 "" \
		ready required --
	cpus=1
	vm "mayfly itself touched the guest's page" machine-check 126 \
		"mayfly touched.*0x2000000" ready monitor -- mce=required
	vm "a page of mayfly's own" machine-check 125 "mayfly's own" \
		ready own -- mce=required
	vm "a page of mayfly's own that nobody touched" machine-check 125 \
		"mayfly's own" ready own-optional -- mce=required
	vm "a mapped file has shrunk" machine-check 125 "cut short" \
		ready shrunk -- mce=required
}

# The kernel says both: that the page is lost, and, as it is touched, that.
lost() {
	vm "a page that the guest touches: #MC" machine-check 0 "" \
		ready lose -- mce=required
	vm "a page that it does not touch: told as the CPU does" \
		machine-check 0 "" ready lose -- mce=optional
	vm "the guest takes no #MC: it dies" machine-check-off 126 \
		"0x2000000.*CR4.MCE" ready lose --
	vm "it takes none, and does not touch it: it goes on" \
		machine-check-off 0 "" ready lose pause go -- mce=optional
	vm "it touches it again inside #MC: it dies" machine-check 126 \
		"0x2000000.*MCIP" ready lose -- mce=nested
	vm "mayfly itself touches the guest's page" machine-check-off 126 \
		"mayfly touched.*0x2000000" ready lose touch -- mce=optional
}

need_kvm "machine checks"
# CPUID.0: AuthenticAMD, HygonGenuine, or else as Intel.
case $("$poison" -- cpu --raw | grep -m 1 0x00000000) in
*ebx=0x68747541* | *ebx=0x6f677948*) cpu=amd ;;
*) cpu=intel ;;
esac
"$which"
exit $failed
