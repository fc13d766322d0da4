# mayfly: `make` builds build/mayfly, `make help` lists the rest.

VERSION := 0.1.0
CC      := musl-gcc
PREFIX  := /usr/local
DEBUG   := 0

# The CPU that guests get: `make cpus` lists the models.
CPU          := x86-64-v1
CPU_FEATURES :=
CPU_TABLE    :=

# CPPFLAGS, CFLAGS and LDFLAGS are yours and come last; what mayfly cannot be
# built without is added to them whatever they are.
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
DEFINES  := -D_GNU_SOURCE -I. -DMAYFLY_VERSION='"$(VERSION)"'
OPTIONS  := -std=c11 $(WARNINGS) -pthread
LINK     := -pthread

# DEBUG=1: sanitizers, which want the host's libc (CC=gcc or CC=clang).
ifeq ($(DEBUG),1)
OUT      := build/debug
CFLAGS   ?= -O1 -g
OPTIONS  += -fno-omit-frame-pointer \
	    -fsanitize=address,undefined -fno-sanitize-recover=all
LINK     += -fsanitize=address,undefined
ifeq ($(CC),musl-gcc)
$(error DEBUG=1 needs a compiler with sanitizers: make CC=clang DEBUG=1)
endif
else
OUT      := build
# Small is what a start needs: less of it is paged in.
CFLAGS   ?= -Os
LDFLAGS  ?= -s
OPTIONS  += -fno-asynchronous-unwind-tables -ffunction-sections \
	    -fdata-sections
# A static PIE, whose pointers are read-only once they are relocated.
OPTIONS  += -fPIE -fstack-protector-strong -fstack-clash-protection \
	    -fcf-protection=full
LINK     += -Wl,--gc-sections -Wl,-z,relro,-z,now,-z,noexecstack,-z,text
endif

# musl has no kernel headers: show it those of linux-libc-dev, and nothing
# else of the host's. Debian and others keep asm/ in different places.
KERNEL_HEADERS := $(OUT)/include
ASM_HEADERS    := $(firstword $(wildcard /usr/include/x86_64-linux-gnu/asm \
		    /usr/include/asm /usr/lib/linux/uapi/x86/asm))
ifneq (,$(findstring musl,$(CC)))
DEFINES += -isystem $(KERNEL_HEADERS)
endif

# Tables lie as close together as the ABI lets them, where gcc has a say.
ifneq (,$(findstring musl-gcc,$(CC)))
OPTIONS += -malign-data=abi
endif

# Nor does its compiler know of static PIEs: what is the C library's part of
# them elsewhere, and what lies where, is in vmm/link/.
ifneq (,$(findstring musl,$(CC)))
START   := $(OUT)/obj/vmm/link/start.o
LINK    += -static -nostartfiles -Wl,-T,vmm/link/mayfly.ld -Wl,--hash-style=sysv \
	   -Wl,-pie,--no-dynamic-linker,-z,pack-relative-relocs
else ifneq ($(DEBUG),1)
LINK    += -static-pie
endif

COMPILE = $(CC) $(DEFINES) $(CPPFLAGS) $(OPTIONS) $(CFLAGS)

SOURCES := $(wildcard vmm/*.c board-pc/*.c board-pc/virtio/*.c boot/*.c cpu/*.c)
OBJECTS := $(SOURCES:%.c=$(OUT)/obj/%.o) $(OUT)/obj/cpu/compiled.o $(START)
LIBRARY := $(OUT)/libmayfly.a
UNITS   := $(patsubst tests/unit/%.c,$(OUT)/unit/%,\
	     $(wildcard tests/unit/*_test.c))

all: $(OUT)/mayfly

# Not of the library, so that vmm/link/mayfly.ld knows the files by their folders.
$(OUT)/mayfly: $(OBJECTS)
	$(CC) $(LINK) $(LDFLAGS) -o $@ $^

# Everything but main(), so that a unit test links only what it uses.
$(LIBRARY): $(filter-out $(OUT)/obj/vmm/main.o,$(OBJECTS))
	@rm -f $@
	ar rcs $@ $^

# What was compiled with other flags, or another compiler, is compiled again.
FLAGS := $(OUT)/obj/flags
$(FLAGS): FORCE
	$(shell mkdir -p $(@D))$(file >$@.new,$(COMPILE) $(LINK) $(LDFLAGS))
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The CPU model: a program of the build has the descriptions of all of them, and
# writes the tables of the chosen one; only these are in the monitor.
MODELS      := $(patsubst %.c,$(OUT)/obj/%.o,$(wildcard cpu/models/*.c))
MODEL_MAINS := $(OUT)/obj/cpu/models/compile_cpu.o \
	       $(OUT)/obj/cpu/models/capture_cpu.o
LIBMODELS   := $(OUT)/libmodels.a
COMPILE_CPU := $(OUT)/compile-cpu
COMPILED    := $(OUT)/obj/cpu/compiled.c

$(LIBMODELS): $(filter-out $(MODEL_MAINS),$(MODELS))
	@rm -f $@
	ar rcs $@ $^

MODEL_NEEDS := $(LIBMODELS) $(patsubst %,$(OUT)/obj/%.o,cpu/cpuid \
	       cpu/cpuid_xsave cpu/features cpu/topology vmm/reason) $(START)

$(OUT)/compile-cpu: $(OUT)/obj/cpu/models/compile_cpu.o $(MODEL_NEEDS)
	$(CC) $(LINK) $(LDFLAGS) -o $@ $^

$(OUT)/capture-cpu: $(OUT)/obj/cpu/models/capture_cpu.o $(MODEL_NEEDS) \
		$(OUT)/obj/vmm/kvm.o $(OUT)/obj/vmm/ram.o
	$(CC) $(LINK) $(LDFLAGS) -o $@ $^

# CPU=captured: one model more, of this host, or the one in CPU_TABLE, which
# scripts/capture-cpu wrote elsewhere.
ifeq ($(firstword $(subst -v1,,$(CPU))),captured)
COMPILE_CPU := $(OUT)/compile-captured-cpu
else ifneq ($(CPU_TABLE),)
$(error CPU_TABLE=$(CPU_TABLE) wants CPU=captured, not CPU=$(CPU))
endif
CAPTURED := $(OUT)/obj/cpu/captured

$(OUT)/compile-captured-cpu: $(OUT)/obj/cpu/models/compile_cpu.o \
		$(CAPTURED).o $(MODEL_NEEDS)
	$(CC) $(LINK) $(LDFLAGS) -o $@ $^

$(CAPTURED).c: $(if $(CPU_TABLE),,$(OUT)/capture-cpu) FORCE
	@mkdir -p $(@D)
	@$(if $(CPU_TABLE),cat '$(CPU_TABLE)',$(abspath $<)) >$@.new || \
		{ rm -f $@.new; exit 1; }
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(CAPTURED).o: $(CAPTURED).c $(FLAGS) Makefile
	$(COMPILE) -MMD -MP -c -o $@ $<

$(COMPILED): $(COMPILE_CPU) FORCE
	@$(abspath $<) '$(CPU)' '$(CPU_FEATURES)' >$@.new || { rm -f $@.new; exit 1; }
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(OUT)/obj/cpu/compiled.o: $(COMPILED) $(FLAGS) Makefile
	$(COMPILE) -MMD -MP -c -o $@ $<

# The names of all system calls: a string with a name or none for each number.
SYSCALL_NAMES := $(OUT)/obj/vmm/syscall_names.inc
$(OUT)/obj/vmm/syscall_names.o: $(SYSCALL_NAMES)
$(OUT)/obj/vmm/syscall_names.o: DEFINES += -I$(OUT)/obj/vmm

$(SYSCALL_NAMES): scripts/list-syscalls | $(KERNEL_HEADERS)/asm
	@mkdir -p $(@D)
	@echo '#include <asm/unistd_64.h>' | $(COMPILE) -dM -E - | \
		scripts/list-syscalls >$@

cpus: $(COMPILE_CPU)
	@$(abspath $<) --list

$(OUT)/obj/%.o: %.c $(FLAGS) Makefile | $(KERNEL_HEADERS)/asm
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP -c -o $@ $<

# It runs before there is a canary; and who has it, is linked by mayfly.ld.
$(OUT)/obj/vmm/link/start.o: private override CFLAGS += -fno-stack-protector
$(OUT)/obj/vmm/link/start.o: vmm/link/mayfly.ld

$(KERNEL_HEADERS)/asm:
	@mkdir -p $(@D)
	ln -sfn /usr/include/linux /usr/include/asm-generic $(@D)
	ln -sfn $(or $(ASM_HEADERS),/usr/include/asm) $(@D)

include tests/guests/guests.mk
include tests/hostile/random.mk
include tests/bench/bench.mk
include tests/bench/order.mk
include tests/soak/soak.mk

# The unit tests, each a program: `make unit` builds and runs them.
unit: $(UNITS)
	@for test in $^; do ./$$test || failed=1; done; test -z "$$failed"

units: $(UNITS) $(OUT)/stress/pause $(OUT)/stress/storm

$(OUT)/unit/%: tests/unit/%.c tests/unit/unit.h $(LIBMODELS) $(LIBRARY)
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP $(LINK) $(LDFLAGS) -o $@ $< $(LIBMODELS) $(LIBRARY)

# What the models are, for tests/boot/cpu-models-*.
$(OUT)/boot/cpu_models_dump: tests/boot/cpu_models_dump.c $(MODEL_NEEDS)
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP $(LINK) $(LDFLAGS) -o $@ $< $(MODEL_NEEDS)

# A mayfly that somebody inside tells of lost memory.
$(OUT)/hostile/poison: tests/hostile/poison.c $(LIBRARY)
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP $(LINK) $(LDFLAGS) \
		-Wl,--wrap=seccomp_filter_make -o $@ $< $(LIBRARY)

# One that makes system calls of which its sandbox has none.
$(OUT)/hostile/trespass: tests/hostile/trespass.c $(LIBRARY)
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP $(LINK) $(LDFLAGS) -Wl,--wrap=kvm_run_vcpu \
		-Wl,--wrap=event_loop_run -Wl,--wrap=virtio_used \
		-o $@ $< $(LIBRARY)

# Our chips against KVM's own: `make oracles`, and tests/oracle/run runs them.
ORACLES := $(patsubst tests/oracle/%.c,$(OUT)/oracle/%,\
	     $(filter-out %/port_guest.c,$(wildcard tests/oracle/*.c)))

oracles: $(ORACLES)

$(OUT)/oracle/%: tests/oracle/%.c tests/oracle/port_guest.c \
		 tests/oracle/port_guest.h $(LIBRARY)
	@mkdir -p $(@D)
	$(COMPILE) $(LINK) $(LDFLAGS) -o $@ $(filter-out %.h,$^)

# Fuzzers of what reads a stranger's bytes, and of the chips: tests/fuzz/run is
# their test, `make fuzz FUZZ_SECONDS=3600` runs them for longer.
# With FUZZ_FLAGS='-O2 -fno-sanitize-coverage=trace-cmp' (after a make clean)
# they try twice as much in a second, and guess no constants any more.
FUZZ_SECONDS := 600
FUZZ_FLAGS   := -O1
FUZZERS      := $(patsubst tests/fuzz/%.c,build/fuzz/%,\
		  $(wildcard tests/fuzz/*_fuzz.c))
FUZZ_COMPILE := clang -D_GNU_SOURCE -I. -std=c11 $(WARNINGS) -g -pthread \
		-fno-omit-frame-pointer -fno-sanitize-recover=all \
		-MMD -MP -I$(dir $(SYSCALL_NAMES)) -fsanitize=address,undefined
FUZZ_OBJECTS := $(patsubst %.c,build/fuzz/obj/%.o,\
		  $(filter-out vmm/main.c,$(SOURCES)) cpu/compiled.c)

fuzzers: $(FUZZERS)

fuzz:
	FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run

# The inputs that are kept in the tree, anew.
fuzz-corpus:
	tests/fuzz/run --keep

build/fuzz/obj/cpu/compiled.o: $(COMPILED) Makefile
	@mkdir -p $(@D)
	$(FUZZ_COMPILE),fuzzer-no-link $(FUZZ_FLAGS) -c -o $@ $<

build/fuzz/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(FUZZ_COMPILE),fuzzer-no-link $(FUZZ_FLAGS) \
		-DMAYFLY_VERSION='"$(VERSION)"' -c -o $@ $<

build/fuzz/obj/vmm/syscall_names.o: $(SYSCALL_NAMES)

build/fuzz/libmayfly.a: $(FUZZ_OBJECTS)
	@rm -f $@
	ar rcs $@ $^

build/fuzz/%: tests/fuzz/%.c build/fuzz/libmayfly.a
	@mkdir -p $(@D)
	$(FUZZ_COMPILE),fuzzer $(FUZZ_FLAGS) -fno-sanitize-coverage=trace-cmp \
		$(FUZZ_CALLS) -o $@ $< build/fuzz/libmayfly.a

# Their guest RAM watches what is done with it.
LOADER_FUZZERS := boot bzimage elf multiboot1 multiboot2 pvh
$(LOADER_FUZZERS:%=build/fuzz/%_fuzz): FUZZ_CALLS := \
	-Wl,--wrap=ram_span -Wl,--wrap=ram_place

# Hosts that do nothing, or have the image in memory.
build/fuzz/virtio_small_fuzz: FUZZ_CALLS := \
	-Wl,--wrap=madvise -Wl,--wrap=getrandom
build/fuzz/block_fuzz: FUZZ_CALLS := -Wl,--wrap=uring_carry_out

build/fuzz/board_fuzz: FUZZ_CALLS := -Wl,--wrap=kvm_signal_msi \
	-Wl,--wrap=kvm_set_routes -Wl,--wrap=outlet_write \
	-Wl,--wrap=ending_wake

build/fuzz/net_fuzz: FUZZ_CALLS := -Wl,--wrap=readv -Wl,--wrap=writev
VSOCK_CALLS := accept4 vsock_connect_to recv send readv sendmsg shutdown \
	       close timerfd_settime madvise
build/fuzz/vsock_host_fuzz: FUZZ_CALLS := $(VSOCK_CALLS:%=-Wl,--wrap=%)

# It has no KVM to ask.
build/fuzz/options_fuzz: FUZZ_CALLS := -Wl,--wrap=kvm_open

# It has a queue's code in it, and is told of each load.
build/fuzz/virtq_fuzz: FUZZ_CALLS := -fsanitize-coverage=trace-loads

# A stock kernel's time to userspace, against QEMU's microvm.
bench-linux: $(OUT)/mayfly
	tests/bench/linux

# A Linux guest's disk and network, likewise.
bench-virtio: $(OUT)/mayfly
	tests/bench/virtio

# Lines that the unit tests reach, in a build of its own.
coverage:
	scripts/coverage

# What gcc, clang-tidy and cppcheck find in the monitor's code.
analyze:
	scripts/analyze

.PHONY: analyze

# Threads under stress: a busy guest on /dev/kvm, ROUNDS of pause and resume,
# and with ThreadSanitizer and without KVM, as many VMs.
ROUNDS     := 10000
FAKE_CALLS := kvm_create_vcpu kvm_map_vcpu kvm_destroy_vcpu \
	      kvm_run_vcpu

stress: $(OUT)/stress/pause $(OUT)/stress/storm build/stress/races guests
	./$(OUT)/stress/pause $(ROUNDS)
	./$(OUT)/stress/storm $(ROUNDS)
	./build/stress/races $(ROUNDS)

$(OUT)/stress/%: tests/stress/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP $(LINK) $(LDFLAGS) -o $@ $< $(LIBRARY)

build/stress/races: tests/stress/races.c tests/stress/fake_kvm.c \
		    tests/stress/fake_kvm.h $(COMPILED) $(SYSCALL_NAMES) \
		    $(filter-out vmm/main.c,$(SOURCES))
	@mkdir -p $(@D)
	clang -D_GNU_SOURCE -I. -I$(dir $(SYSCALL_NAMES)) -std=c11 -O1 -g \
		-pthread -fsanitize=thread \
		-ffunction-sections -Wl,--gc-sections \
		$(FAKE_CALLS:%=-Wl,--wrap=%) -o $@ $(filter %.c,$^)

# What was built is installed, whatever CPU it was built for, unless this make
# is asked for one.
ASKED := $(findstring command,$(origin CPU) $(origin CPU_FEATURES))
BUILT := $(if $(ASKED),,$(wildcard $(OUT)/mayfly))
install: $(if $(BUILT),,$(OUT)/mayfly)
	install -D -m 755 $(OUT)/mayfly $(DESTDIR)$(PREFIX)/bin/mayfly
	install -D -m 644 mayfly.1 $(DESTDIR)$(PREFIX)/share/man/man1/mayfly.1

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/mayfly
	rm -f $(DESTDIR)$(PREFIX)/share/man/man1/mayfly.1

fmt:
	clang-format -i $(SOURCES) $(wildcard */*.h */*/*.[ch])

clean:
	rm -rf build

help:
	@echo 'make                   build/mayfly: static, stripped, with musl'
	@echo 'make CC=clang DEBUG=1  build/debug/mayfly: ASan, UBSan, host libc'
	@echo 'make CPU=NAME          with another CPU model; CPU_FEATURES=+a,-b'
	@echo '                       changes it; make cpus lists the models, and'
	@echo '                       CPU=captured is what this host supports'
	@echo 'make unit              the unit tests (with CC and DEBUG as above)'
	@echo 'make fuzz              the fuzzers, FUZZ_SECONDS each (clang);'
	@echo '                       fuzz-corpus keeps what they have found'
	@echo 'make bench-linux       a Linux guest'"'"'s start, beside QEMU'"'"'s microvm'
	@echo 'make bench-virtio      its disk and network, beside QEMU'"'"'s microvm'
	@echo 'make coverage          lines that the unit tests reach (gcc)'
	@echo 'make analyze           gcc -fanalyzer, clang-tidy and cppcheck'
	@echo 'make oracles           the programs of tests/oracle'
	@echo 'make stress            pauses, resumes and races, ROUNDS of each'
	@echo 'make soak              SOAK random guests, the seeds from SEED on'
	@echo 'make soak-starts       STARTS starts and ends; soak-restarts, soak-crowd'
	@echo '                       (VMS at once) and soak-hour (tests/soak)'
	@echo 'make bench             times starts and ends, PAIRS of times;'
	@echo '                       bench-plot draws, bench-readme writes it down'
	@echo 'make bench-order       what each choice in the order of KVM calls is'
	@echo '                       worth (tests/bench/README.md)'
	@echo 'make install           to PREFIX ($(PREFIX)) below DESTDIR'
	@echo 'make uninstall fmt clean'
	@echo 'scripts/test runs every test, scripts/demo boots Linux.'

FORCE:
.PHONY: all cpus unit units oracles stress fuzz fuzzers fuzz-corpus coverage \
	bench-linux bench-virtio install uninstall fmt clean help
.DELETE_ON_ERROR:
-include $(OBJECTS:.o=.d) $(MODELS:.o=.d) $(UNITS:=.d) \
	$(FUZZ_OBJECTS:.o=.d) $(FUZZERS:=.d) \
	$(OUT)/hostile/poison.d $(ORDER:.o=.d)
