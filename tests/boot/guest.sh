# shellcheck shell=sh disable=SC2034
# What the guests of the virtio tests share: their /init sources it as its first
# step (`. /guest.sh`, put there by virtio_initramfs of tests/boot/lib-host.sh)
# and finds /proc, /sys and /dev mounted, and $act, the word of mayfly.do=... on
# the kernel's command line. busybox ash.

PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev

# say WHAT VALUE
say() {
	echo "mayfly-guest: $1=$2"
}

# load [MODULE...]: these of /modules/order, or all, unless they are there.
load() {
	while read -r module; do
		loaded=/sys/module/$(echo "$module" | tr - _)
		case " ${*:-$module} " in
		*" $module "*) [ -d "$loaded" ] ||
			insmod "/modules/$module.ko" ;;
		esac
	done </modules/order
}

# word NAME: what NAME=... has on the kernel's command line.
word() {
	for each in $cmdline; do
		case $each in
		"$1"=*) echo "${each#*=}" ;;
		esac
	done
}

# interrupts NAME: how many came, on all CPUs, for this device.
interrupts() {
	awk -v name="$1" '$NF == name || $(NF - 1) == name {
		for (i = 2; $i ~ /^[0-9]+$/; i++)
			count += $i
	} END { print count + 0 }' /proc/interrupts
}

# leave: says what the kernel complained of, and the last of all, cmdline.
leave() {
	say complaints "$(dmesg |
		grep -cE 'WARNING:|BUG:|Oops|soft lockup|blocked for more')"
	say cmdline "$cmdline"
	poweroff -f
	sleep 3600
}

read -r cmdline </proc/cmdline
act=$(word mayfly.do)
