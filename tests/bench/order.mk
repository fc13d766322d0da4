# `make bench-order`: what each choice in the order of KVM's calls is worth,
# as tests/bench/README.md has it.
# The other CPU model is one with many rows.
ORDER := $(patsubst %.c,$(OUT)/obj/%.o,$(wildcard tests/bench/order*.c)) \
	 $(OUT)/obj/tests/bench/large_cpu.o

bench-order: $(OUT)/bench/order
	./$< && ./$< -b thread && ./$< -c

$(OUT)/bench/order: $(ORDER) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(LINK) $(LDFLAGS) -o $@ $^

$(OUT)/obj/tests/bench/large_cpu.c: $(OUT)/compile-cpu
	@mkdir -p $(@D)
	$(abspath $<) Icelake-Server '' | \
		sed 's, compiled_cpu =, large_cpu =,' >$@

$(OUT)/obj/tests/bench/large_cpu.o: $(OUT)/obj/tests/bench/large_cpu.c $(FLAGS)
	$(COMPILE) -MMD -MP -c -o $@ $<

.PHONY: bench-order
