# shellcheck shell=sh disable=SC2154
# What the benchmarks in the box share; each sources it behind scripts/lib.sh.

# copy_qemu: with all that it needs, under the names by which it is looked for,
# into build/bench/qemu, since the box has no libraries.
copy_qemu() {
	program=$(command -v qemu-system-x86_64) ||
		die "no qemu-system-x86_64: run scripts/deps"
	rm -rf build/bench/qemu
	mkdir -p build/bench/qemu/lib build/bench/qemu/share
	cp -L "$program" build/bench/qemu &&
		cp -L /usr/share/qemu/qboot.rom /usr/share/qemu/kvmvapic.bin \
			build/bench/qemu/share || exit 125
	ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
		cp -L "$library" build/bench/qemu/lib
	done
}
