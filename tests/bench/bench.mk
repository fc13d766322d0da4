# The benchmark: `make bench` times starts and ends, `make bench-plot` draws
# them, `make bench-readme` does both and writes them into README.md.

PAIRS       := 200
BENCH       := build/bench
BENCH_FILES := $(addprefix $(BENCH)/,bench plot floor floor-cpuid tiny stay \
	       large initrd tiny.bios stay.bios tiny.flat stay.flat)
BENCH_TOOLS := bench counts host memory plan run steps table trace

bench-files: $(BENCH_FILES)

bench: $(BENCH_FILES) build/mayfly
	$(BENCH)/bench -r $(PAIRS)

bench-plot: $(BENCH)/plot
	@test -f $(BENCH)/samples.csv || $(MAKE) bench
	$(BENCH)/plot <$(BENCH)/samples.csv >tests/bench/plot.svg

bench-readme: bench
	$(MAKE) bench-plot
	tests/bench/update-readme

# The harness is no monitor: the host's libc will do.
$(BENCH)/bench: $(BENCH_TOOLS:%=tests/bench/%.c) \
		$(wildcard tests/bench/*.h) vmm/reason.c
	@mkdir -p $(@D)
	gcc -D_GNU_SOURCE -I. -std=c11 $(WARNINGS) -O2 -o $@ $(filter %.c,$^)

$(BENCH)/plot: tests/bench/plot.c
	@mkdir -p $(@D)
	gcc -D_GNU_SOURCE -I. -std=c11 $(WARNINGS) -O2 -o $@ $< -lm

# The floor is made as mayfly is.
$(BENCH)/floor $(BENCH)/floor-cpuid: tests/bench/floor.c tests/bench/tiny.h \
		$(LIBRARY) $(FLAGS)
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

.PHONY: bench bench-files bench-plot bench-readme
