# The random guests of tests/hostile/random_guests: `make random-guests` builds
# build/random-guests, and `make soak` has 10,000 of them run, or SOAK=N, with
# the seeds from SEED on.

RANDOM_GUESTS := $(wildcard tests/hostile/random_guests/*.c)
RANDOM_NEEDS  := $(wildcard tests/hostile/random_guests/*.h)
SOAK          := 10000
SEED          := 1

random-guests: build/random-guests

build/random-guests: $(RANDOM_GUESTS) $(RANDOM_NEEDS)
	@mkdir -p $(@D)
	gcc -D_GNU_SOURCE -std=c11 $(WARNINGS) -O1 -static -o $@ \
		$(RANDOM_GUESTS)

build/watch: tests/hostile/watch.c
	@mkdir -p $(@D)
	gcc -D_GNU_SOURCE -std=c11 $(WARNINGS) -O1 -static -o $@ $<

soak: build/random-guests
	COUNT=$(SOAK) SEED=$(SEED) tests/hostile/random

.PHONY: random-guests soak
