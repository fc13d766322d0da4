# The benchmark: `make bench` times starts and ends.

PAIRS       := 200
BENCH       := build/bench
BENCH_FILES := $(addprefix $(BENCH)/,bench floor floor-cpuid tiny stay \
	       large initrd tiny.bios stay.bios tiny.flat stay.flat)
BENCH_TOOLS := bench counts host memory plan run steps table trace

bench: $(BENCH_FILES) build/mayfly
	$(BENCH)/bench -r $(PAIRS)

# The harness is no monitor: the host's libc will do.
$(BENCH)/bench: $(BENCH_TOOLS:%=tests/bench/%.c) \
		$(wildcard tests/bench/*.h) vmm/reason.c
	@mkdir -p $(@D)
	gcc -D_GNU_SOURCE -I. -std=c11 $(WARNINGS) -O2 -o $@ $(filter %.c,$^)

# The floor is made as mayfly is.
$(BENCH)/floor $(BENCH)/floor-cpuid: tests/bench/floor.c tests/bench/tiny.h \
		$(LIBRARY)
	@mkdir -p $(@D)
	$(COMPILE) $(LINK) $(LDFLAGS) $(if $(findstring -,$(@F)),-DFLOOR_CPUID) \
		-o $@ $< $(LIBRARY)

# Its guests: ELF files, firmware, and flat files for kvmtool.
BENCH_NEEDS := tests/bench/tiny.S tests/bench/bios.S tests/bench/tiny.h \
	       tests/guests/guest.ld

$(BENCH)/tiny $(BENCH)/stay $(BENCH)/large: $(BENCH_NEEDS)
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_FLAGS) -I. -o $@ tests/bench/tiny.S \
		-DGUEST=$(if $(findstring stay,$@),STAY,TINY) \
		$(if $(findstring large,$@),-DFILL=60000000)

$(BENCH)/%.bios: $(BENCH_NEEDS)
	@mkdir -p $(@D)
	$(GUEST_CC) -c -I. -o $@.o tests/bench/bios.S \
		-DGUEST=$(if $(findstring stay,$@),STAY,TINY)
	objcopy -O binary -j .text $@.o $@
	rm -f $@.o

$(BENCH)/%.flat: $(BENCH)/%
	objcopy -O binary -j .text $< $@

$(BENCH)/initrd:
	@mkdir -p $(@D)
	yes mayfly | head -c 300000000 >$@

.PHONY: bench
