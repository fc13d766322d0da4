# The tiny guests of tests/guests: `make guests` builds build/guests/NAME from
# each NAME.S or NAME.c. Those named bzimage* become flat files with a setup
# header, and those of FLAT_GUESTS flat files without one; those of ELF32_GUESTS,
# and of C, ELF32 files.

FLAT_GUESTS  := flat multiboot1-flat multiboot2-moved
ELF32_GUESTS := multiboot1-elf pvh-elf32

C_GUESTS    := $(patsubst tests/guests/%.c,build/guests/%,\
		 $(wildcard tests/guests/*.c))
GUESTS      := $(patsubst tests/guests/%.S,build/guests/%,\
		 $(wildcard tests/guests/*.S)) $(C_GUESTS)
GUEST_CC    := gcc
GUEST_FLAGS := -nostdlib -static -no-pie -m64 -Itests/guests \
	       -Wl,-T,tests/guests/guest.ld -Wl,--build-id=none \
	       -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments

# In C: for a PC without a library, and nothing that an emulator may not have.
C_FLAGS     := -m32 -march=i686 -mno-mmx -mno-sse -ffreestanding -std=c11 \
	       $(WARNINGS) -O1 -fno-pic -fno-stack-protector \
	       -fno-asynchronous-unwind-tables -fcf-protection=none \
	       -Wl,-m,elf_i386 -Wl,--oformat=elf32-i386

guests: $(GUESTS)

GUEST_NEEDS := $(wildcard tests/guests/*.inc) tests/guests/guest.ld \
	       tests/guests/protected-mode.S

build/guests/%: tests/guests/%.S $(GUEST_NEEDS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_FLAGS) -o $@ $<

$(C_GUESTS): build/guests/%: tests/guests/%.c $(GUEST_NEEDS) \
		$(wildcard tests/guests/*.h)
	@mkdir -p $(@D)
	$(GUEST_CC) $(filter-out -m64,$(GUEST_FLAGS)) $(C_FLAGS) -o $@ $< \
		-x assembler-with-cpp tests/guests/start.inc

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
