/* The ring of input: order, room, and going round. */
#include "vmm/inlet.h"

#include "tests/unit/unit.h"

static struct inlet inlet;

static void begin(uint32_t at)
{
	inlet = (struct inlet){ .put = at, .taken = at };
}

static void fill(void)
{
	for (uint32_t i = 0; i < INLET_SIZE; i++)
		inlet_put(&inlet, (uint8_t)(i * 7));
}

static void check_order(void)
{
	for (uint32_t i = 0; i < INLET_SIZE; i++) {
		CHECK_EQ(inlet_peek(&inlet), (uint8_t)(i * 7));
		inlet_take(&inlet);
	}
}

CASE(empty_is_all_room)
{
	begin(0);
	CHECK_EQ(inlet_waiting(&inlet), 0);
	CHECK_EQ(inlet_room(&inlet), INLET_SIZE);
}

CASE(full_is_no_room_and_nothing_lost)
{
	begin(0);
	fill();
	CHECK_EQ(inlet_room(&inlet), 0);
	CHECK_EQ(inlet_waiting(&inlet), INLET_SIZE);
	check_order();
	CHECK_EQ(inlet_waiting(&inlet), 0);
}

CASE(peeking_takes_nothing)
{
	begin(0);
	inlet_put(&inlet, 'a');
	inlet_put(&inlet, 'b');
	CHECK_EQ(inlet_peek(&inlet), 'a');
	CHECK_EQ(inlet_peek(&inlet), 'a');
	inlet_take(&inlet);
	CHECK_EQ(inlet_peek(&inlet), 'b');
	CHECK_EQ(inlet_waiting(&inlet), 1);
}

CASE(it_goes_round)
{
	begin(INLET_SIZE - 3);
	fill();
	CHECK_EQ(inlet_room(&inlet), 0);
	check_order();
}

CASE(its_counters_go_round)
{
	begin(UINT32_MAX - 5);
	fill();
	CHECK_EQ(inlet_waiting(&inlet), INLET_SIZE);
	CHECK_EQ(inlet_room(&inlet), 0);
	check_order();
	CHECK_EQ(inlet_room(&inlet), INLET_SIZE);
}

RUN("inlet", &empty_is_all_room, &full_is_no_room_and_nothing_lost,
    &peeking_takes_nothing, &it_goes_round, &its_counters_go_round)
