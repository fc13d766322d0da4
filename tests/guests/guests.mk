# The tiny guests of tests/guests: `make guests` builds build/guests/NAME from
# each NAME.S. Those named bzimage* become flat files with a setup header.

GUESTS      := $(patsubst tests/guests/%.S,build/guests/%,\
		 $(wildcard tests/guests/*.S))
GUEST_CC    := gcc
GUEST_FLAGS := -nostdlib -static -no-pie -m64 -Itests/guests \
	       -Wl,-T,tests/guests/guest.ld -Wl,--build-id=none \
	       -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments

guests: $(GUESTS)

build/guests/%: tests/guests/%.S tests/guests/guest.inc tests/guests/guest.ld
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_FLAGS) -o $@ $<

build/guests/bzimage%: tests/guests/bzimage%.S tests/guests/guest.inc \
		       tests/guests/guest.ld
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_FLAGS) -o $@.elf $<
	objcopy -O binary $@.elf $@
	rm -f $@.elf

.PHONY: guests
