# shellcheck shell=sh disable=SC2154
# What the virtio tests share on the host; each sources it behind scripts/lib.sh,
# having set `group`, the word of the test's names.

# virtio_initramfs OUT MODULES [FILE[:PATH]...]: of a guest with these modules
# of the stock kernel, guest.sh, and tests/boot/$group-init as its /init.
virtio_initramfs() {
	made=$1
	# shellcheck disable=SC2086 # words
	scripts/guest-modules "$temp/modules" $2 || exit
	shift 2
	scripts/make-initramfs "$made" --init "tests/boot/$group-init" \
		"$temp/modules:modules" tests/boot/guest.sh:guest.sh "$@" ||
		exit
}

# everywhere BOX_OPTIONS COMMAND...: runs the command with one word more: `box`
# in the machine of scripts/kvm-box, and `host` on this one, if its KVM boots a
# stock kernel. The status is of the one that failed, or 0.
everywhere() {
	options=$1
	shift
	# shellcheck disable=SC2086 # words
	scripts/kvm-box $options "$@" box
	status=$?
	backend=$(kvm_backend)
	if backend_boots_linux "$backend"; then
		"$@" host || status=$?
	else
		echo "ok - $group on the host # SKIP ${backend#* }"
	fi
	return $status
}
