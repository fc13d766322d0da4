# shellcheck shell=sh disable=SC2154
# The checks of tests/boot/cpu, which sources this: each holds something that a
# guest said (tests/boot/cpu-init) against the model or KVM, and prints a line.
#
# They read $temp/guest (all that cpu-in-box printed for this case), $temp/cpu
# and $temp/raw (what `mayfly cpu` and `mayfly cpu --raw` print), $temp/want (of
# tests/boot/cpu_lscpu.c) and $temp/facts (of tests/boot/kvm_facts.c); $case,
# $cpus, and $topology, the numbers of sockets, cores and threads; $xsave is 0
# if the guest leaves XSAVE off.

# verdict NAME: the line for what was put into $temp/wrong.
verdict() {
	if [ -s "$temp/wrong" ]; then
		echo "not ok - cpu ($where): $case: $1"
		sed 's/^/# /; 20s/.*/# ... and more/; 20q' "$temp/wrong"
		failed=1
	else
		echo "ok - cpu ($where): $case: $1"
	fi
	: >"$temp/wrong"
}

wrong() {
	echo "$*" >>"$temp/wrong"
}

# section NAME: what the guest of this case printed there.
section() {
	awk -v head="@$1" '/^@/ { on = $0 == head; next } on' "$temp/guest"
}

# fact NAME: of the host's KVM.
fact() {
	sed -n "s/^$1 //p" "$temp/facts"
}

# kvm_pv: CPUID.40000001H:EAX as this KVM has it; without bits 7 and 11, with
# which CPUs call others by hypercalls, where there are no others, or where the
# guest takes its CPU for one with the other vendor's instruction for that.
kvm_pv() {
	vmx=0
	! grep -q '^vendor *GenuineIntel' "$temp/cpu" || vmx=1
	if [ "$cpus" -gt 1 ] && [ $vmx = "$(fact vmx)" ]; then
		fact pv
	else
		echo $(($(fact pv) & ~(1 << 7 | 1 << 11)))
	fi
}

# same WHAT: $temp/want-WHAT is what the guest said on standard input.
same() {
	diff "$temp/want-$1" - >"$temp/diff" ||
		sed "s/^/$1: /" "$temp/diff" >>"$temp/wrong"
}

# logged REGEX: in the guest's log.
logged() {
	section dmesg | grep -qE "$1" || wrong "no line '$1' in its log"
}

not_logged() {
	section dmesg | grep -E "$1" >>"$temp/wrong"
}

check_host() {
	section cpu--check >>"$temp/wrong"
	verdict "mayfly cpu --check"
}

# The words of `cpuid` for some features, as "NAME=WORDS" lines.
decoder_names='
sse2=SSE2 extensions
sse3=PNI/SSE3: Prescott New Instructions
ssse3=SSSE3 extensions
cx16=CMPXCHG16B instruction
sse4_1=SSE4.1 extensions
sse4_2=SSE4.2 extensions
x2apic=x2APIC: extended xAPIC support
popcnt=POPCNT instruction
tsc_deadline=time stamp counter deadline
aes=AES instruction
xsave=XSAVE/XSTOR states
avx=AVX: advanced vector extensions
f16c=F16C half-precision convert instruction
rdrand=RDRAND instruction
hypervisor=hypervisor guest status
fma=FMA instruction
movbe=MOVBE instruction
bmi1=BMI1 instructions
bmi2=BMI2 instructions
avx2=AVX2: advanced vector extensions 2
smep=SMEP supervisor mode exec protection
smap=SMAP: supervisor mode access prevention
erms=enhanced REP MOVSB/STOSB
avx512f=AVX512F: AVX-512 foundation instructions
pku=PKU protection keys for user-mode
umip=UMIP: user-mode instruction prevention
'

# The decoder on the raw table, without a guest.
check_decoder() {
	cpuid -f "$temp/raw" >"$temp/decoded" 2>&1
	for pair in 'family=(family synth)' 'model=(model synth)' \
		'stepping=stepping id'; do
		found=$(grep -F "${pair#*=}" "$temp/decoded" | head -n 1 |
			sed 's/.*(\([0-9]*\))$/\1/')
		want=$(sed -n "s/^${pair%%=*}  *\([0-9]*\)$/\1/p" "$temp/cpu")
		[ "$found" = "$want" ] || wrong "$pair: '$found', want '$want'"
	done
	features=" $(sed -n 's/^features *//p' "$temp/cpu") "
	echo "$decoder_names" | grep = >"$temp/names"
	while IFS== read -r feature words; do
		found=$(grep -F "  $words " "$temp/decoded" | head -n 1)
		case $features in
		*" $feature "*) want=true ;;
		*) want=false ;;
		esac
		# A leaf that is not in the table is not decoded.
		[ -n "$found" ] || grep -q ' 0x00000007 0x00:' "$temp/raw" ||
			found='= false'
		[ "${found##*= }" = $want ] ||
			wrong "$feature: '$found', want $want"
	done <"$temp/names"
	verdict "the raw table as cpuid decodes it"
}

check_rows() {
	section cpuid >"$temp/rows"
	# shellcheck disable=SC2086 # three words
	"$built/cpu_rows" "$temp/raw" "$temp/rows" $topology \
		"$(kvm_pv)" "$(fact tsc_khz)" "$xsave" >>"$temp/wrong" ||
		wrong "see tests/boot/cpu_rows.c for what may differ"
	verdict "CPUID of every CPU"
}

check_lscpu() {
	section lscpu >"$temp/lscpu"
	while IFS== read -r what want; do
		[ "$what" != cache ] || continue
		found=$(sed -n "s/^$what: *//p" "$temp/lscpu" | head -n 1)
		[ "$found" = "$want" ] || wrong "$what: '$found', want '$want'"
	done <"$temp/want"
	echo "$topology" | awk '{
		for (i = 0; i < $1 * $2 * $3; i++)
			print i "," int(i / $3) "," int(i / $2 / $3) ",Y"
	}' >"$temp/want-cpus"
	section cpus | same cpus
	verdict "lscpu"
	sed -n 's/^cache=//p' "$temp/want" >"$temp/want-caches"
	section caches | sed 1d | tr -s ' ' | same caches
	verdict "lscpu's caches"
}

# The ids of /proc/cpuinfo.
check_cpuinfo() {
	section each | awk -F '\t*: ' '
		$1 == "processor" && NR > 1 { print line; line = "" }
		$1 ~ /^(processor|physical id|siblings|cpu cores|apicid)$/ {
			line = line $1 " " $2 ", "
		}
		END { print line }' >"$temp/each"
	echo "$topology" | awk '
		function width(n, bits) {
			for (bits = 0; 2 ^ bits < n; bits++)
				;
			return bits
		}
		{
			unit = 2 ^ width($3)
			package = unit * 2 ^ width($2)
			for (i = 0; i < $1 * $2 * $3; i++) {
				id = int(i / $2 / $3)
				print "processor " i ", physical id " id \
					", siblings " $2 * $3 \
					", cpu cores " $2 \
					", apicid " id * package + \
					int(i / $3) % $2 * unit + i % $3 ", "
			}
		}' >"$temp/want-ids"
	same ids <"$temp/each"
	verdict "APIC ids and packages in /proc/cpuinfo"
}

# Those that are bits of an MSR, as Intel SDM vol. 4, table 2-2 has them.
arch_capabilities='
	rdctl_no=0 ibrs_all=1 rsba=2 skip_l1dfl_vmentry=3 ssb_no=4 mds_no=5
	pschange_mc_no=6 tsx_ctrl=7 taa_no=8 sbdr_ssdp_no=13 fbsdp_no=14
	psdp_no=15 fb_clear=17 bhi_no=20 pbrsb_no=24 gds_no=26 rfds_no=27
	rfds_clear=28
'

# CPU=host leaves them to KVM, and does not show them.
check_arch_capabilities() {
	! grep -q '^model *host' "$temp/cpu" || return
	want=0
	features=" $(sed -n 's/^features *//p' "$temp/cpu") "
	for pair in $arch_capabilities; do
		case $features in
		*" ${pair%=*} "*) want=$((want | 1 << ${pair#*=})) ;;
		esac
	done
	for cpu in $(section cpus | sed 's/,.*//'); do
		found=$(msr "$cpu" 0x10a)
		[ $((${found:-0})) = "$want" ] ||
			wrong "CPU $cpu: '$found', want $(printf 0x%x "$want")"
	done
	verdict "IA32_ARCH_CAPABILITIES"
}

# Where Linux calls a feature something else. With -, it does not show it (LA57
# only when entered so that it can use it).
linux_names='
	sse3=pni htt=ht tsc_deadline=tsc_deadline_timer ds=dts
	cr8legacy=cr8_legacy avx512vbmi2=avx512_vbmi2 avx512vnni=avx512_vnni
	sgxlc=sgx_lc avx512bitalg=avx512_bitalg tsx_ldtrk=tsxldtrk
	core_capability=-
	spec_ctrl=ibrs invtsc=nonstop_tsc amd_stibp=stibp amd_ssbd=ssbd
	fdp_excptn_only=- zero_fcs_fds=- cet_ss=- cet_ibt=- xfd=- amd_no_ssb=-
	no_nested_data_bp=- lfence_always_serializing=- null_sel_clr_base=-
	stibp_always_on=- amd_psfd=- auto_ibrs=- fzrm=- fsrs=- fsrc=-
	la57=- prefetchi=- pks=- avx_ifma=-
'
# What Linux shows for reasons of its own, and SVM's features, which are no
# model's (where CPU=host has SVM).
linux_own='
	rep_good nopl cpuid extd_apicid tsc_known_freq vmmcall constant_tsc
	nonstop_tsc xtopology pti ibrs ibpb stibp ssbd ibrs_enhanced
	invpcid_single ospke arch_perfmon tsc_reliable cpuid_fault
	npt lbrv nrip_save tsc_scale vmcb_clean flushbyasid decodeassists
	pausefilter pfthreshold v_vmsave_vmload vgif
'
# What it does not show with XSAVE off: arch/x86/kernel/cpu/cpuid-deps.c.
linux_xsave='
	xsave xsaveopt xsavec xgetbv1 xsaves avx avx2 fma pku vaes vpclmulqdq
'

check_flags() {
	own=$linux_own
	# Linux knows that every K8 and later has PREFETCHW.
	grep -q '^vendor *AuthenticAMD' "$temp/cpu" && own="$own 3dnowprefetch"
	# Where there is more than one CPU of a package.
	[ "${topology#* }" = "1 1" ] || own="$own ht cmp_legacy"
	{
		# shellcheck disable=SC2086 # words
		[ "$xsave" = 1 ] || echo off $linux_xsave
		# shellcheck disable=SC2086 # words
		echo own $own
		# shellcheck disable=SC2086 # words
		echo names $linux_names
		# shellcheck disable=SC2086 # words
		printf 'names %s=-\n' $(echo $arch_capabilities |
			sed 's/=[0-9]*//g')
		sed -n 's/^features *//p' "$temp/cpu" | sed 's/^/model /'
		section cpuinfo | sed -n 's/^flags[^:]*:/linux /p'
	} | awk '
		$1 == "off" { for (i = 2; i <= NF; i++) off[$i] = 1 }
		$1 == "own" { for (i = 2; i <= NF; i++) own[$i] = 1 }
		$1 == "names" {
			for (i = 2; i <= NF; i++) {
				split($i, pair, "=")
				name[pair[1]] = pair[2]
			}
		}
		$1 == "model" {
			for (i = 2; i <= NF; i++) {
				show = $i in name ? name[$i] : $i
				if (show != "-" && show !~ /^kvm/)
					model[show] = 1
			}
		}
		$1 == "linux" { for (i = 2; i <= NF; i++) linux[$i] = 1 }
		END {
			for (f in model)
				if ((f in linux) == (f in off))
					print f ": in the model; in the guest " \
						((f in linux) ? "too" : "not")
			for (f in linux)
				if (!(f in model) && !(f in own))
					print f ": in the guest, not the model"
		}' >>"$temp/wrong"
	verdict "features in /proc/cpuinfo"
}

check_clock() {
	[ "$(section clocksource)" = kvm-clock ] ||
		wrong "the clocksource is '$(section clocksource)'"
	logged 'kvm-clock: Using msrs 4b564d01 and 4b564d00'
	logged 'clocksource: Switched to clocksource kvm-clock'
	logged 'Calibrating delay loop \(skipped\)'
	section dmesg | grep -v 'loop (skipped)' |
		grep -iE 'calibrat' >>"$temp/wrong"
	khz=$(fact tsc_khz)
	detected=$(section dmesg | sed -n \
		's/.*tsc: Detected \([0-9]*\)\.\([0-9]*\) MHz processor/\1\2/p')
	off=$((${detected:-0} - khz))
	[ "${off#-}" -le 1 ] || wrong "tsc: $detected kHz, KVM told $khz"
	verdict "kvm-clock, and a TSC of known frequency"
}

# pv BIT: CPUID.40000001H:EAX has it.
pv() {
	eax=$(section cpuid | head -n 200 | sed -n \
		's/^ *0x40000001 0x00: eax=\([^ ]*\).*/\1/p' | head -n 1)
	[ $((${eax:-0} >> $1 & 1)) = 1 ]
}

# shows BIT REGEX: the line is there if the feature is announced, else not.
shows() {
	if pv "$1"; then
		logged "$2"
	else
		not_logged "$2"
	fi
}

# msr CPU NUMBER: as a number; what is not readable is 0.
msr() {
	section msrs | awk -v cpu="$1" -v msr="$2" \
		'$1 == cpu && $2 == msr { print $4 $3 }' |
		sed 's/^$/0/; s/^0*\(.\)/0x\1/'
}

check_pv() {
	for bit in 0 3 5 6 7 9 11 24; do
		[ $(($(kvm_pv) >> bit & 1)) = 0 ] || pv $bit ||
			wrong "KVM has PV feature $bit, the guest not"
	done
	for cpu in $(section cpus | sed 's/,.*//'); do
		for pair in 5:0x4b564d03 6:0x4b564d04; do
			found=$(msr "$cpu" "${pair#*:}")
			want=0
			pv "${pair%:*}" && want=1
			[ $((${found:-0} & 1)) = $want ] ||
				wrong "CPU $cpu: MSR ${pair#*:} is '$found'"
		done
		# The first CPU's is before the kernel knows that it may say so.
		[ "$cpu" = 0 ] || shows 5 "stealtime: cpu $cpu, msr"
	done
	if [ "$cpus" -gt 1 ]; then
		shows 7 'kvm-guest: PV spinlocks enabled'
		shows 9 'kvm-guest: KVM setup pv remote TLB flush'
		shows 11 'kvm-guest: setup PV IPIs'
		shows 13 'kvm-guest: setup PV sched yield'
	fi
	[ "$(section stat | wc -w)" -ge 9 ] ||
		wrong "no steal time in /proc/stat"
	verdict "what is paravirtual"
}

# This kernel has no code for machine checks, but a program sees the MSRs.
check_banks() {
	want=$(sed -n 's/^#define MCG_BANKS *//p' cpu/machine_check.h)
	for cpu in $(section cpus | sed 's/,.*//'); do
		found=$(msr "$cpu" 0x179)
		[ $((${found:-0} & 255)) = "$want" ] ||
			wrong "CPU $cpu: MCG_CAP is '$found', want $want banks"
	done
	verdict "banks for machine checks"
}

# What Linux says of a machine that others keep from running.
slowness='hrtimer: interrupt took|perf: interrupt took'
slowness="$slowness|clocksource: .*(readout|watchdog)"

check_smp() {
	logged "smpboot: Total of $cpus processors activated"
	not_logged 'APIC ID mismatch|topology|Firmware Bug'
	# There is no PCI, which this kernel regrets; and the list of CPUs that
	# come up goes on in lines of its own.
	section warnings | grep -vE '^<[34]>PCI: |^<4>( *#[0-9]+)+$' |
		grep -vE "$slowness" >>"$temp/wrong"
	[ "$(section status)" = 0 ] || wrong "ended with $(section status)"
	verdict "all $cpus CPUs run, and nothing to complain of"
}
