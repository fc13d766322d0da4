# The tiny guests of tests/guests: `make guests` builds build/guests/NAME from
# each NAME.S. Those named bzimage* become flat files with a setup header, and
# those of FLAT_GUESTS flat files without one; those of ELF32_GUESTS ELF32 files.

FLAT_GUESTS  := flat multiboot1-flat multiboot2-moved
ELF32_GUESTS := multiboot1-elf pvh-elf32

GUESTS      := $(patsubst tests/guests/%.S,build/guests/%,\
		 $(wildcard tests/guests/*.S))
GUEST_CC    := gcc
GUEST_FLAGS := -nostdlib -static -no-pie -m64 -Itests/guests \
	       -Wl,-T,tests/guests/guest.ld -Wl,--build-id=none \
	       -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments

guests: $(GUESTS)

GUEST_NEEDS := $(wildcard tests/guests/*.inc) tests/guests/guest.ld \
	       tests/guests/protected-mode.S

build/guests/%: tests/guests/%.S $(GUEST_NEEDS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_FLAGS) -o $@ $<

build/guests/bzimage%: tests/guests/bzimage%.S $(GUEST_NEEDS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_FLAGS) -o $@.elf $<
	objcopy -O binary $@.elf $@
	rm -f $@.elf

$(FLAT_GUESTS:%=build/guests/%): build/guests/%: tests/guests/%.S $(GUEST_NEEDS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_FLAGS) -o $@.elf $<
	objcopy -O binary $@.elf $@
	rm -f $@.elf

$(ELF32_GUESTS:%=build/guests/%): build/guests/%: tests/guests/%.S $(GUEST_NEEDS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_FLAGS) -o $@.elf $<
	objcopy -O elf32-i386 $@.elf $@
	rm -f $@.elf

.PHONY: guests
