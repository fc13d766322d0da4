/*
 * Does to its virtio devices whatever a driver can do, right and wrong, at
 * random: rings and chains that are anywhere and everywhere, registers of any
 * size in any order, notifications for nobody, resets in the middle; from a
 * second CPU at the same time, if the word cpus=2 is there. The word seed=N
 * says which of it. Nothing hits the memory below ARENA, unless the monitor
 * writes where no driver told it to. PASS: after all that the entropy source
 * works.
 */
#include "virtio.h"

#define ARENA      UINT32_C(0x1000000) /* from here on, all is theirs */
#define ARENA_SIZE UINT32_C(0x100000)
#define RAM_END    UINT32_C(0x8000000) /* the default, 128 MiB */
#define ACTS       1000

static uint32_t windows;
static volatile bool over, other_is_done;
static uint32_t other_seed;

/* Marsaglia's xorshift. */
static uint32_t draw(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static uint32_t pick(uint32_t *seed, uint32_t count)
{
	return draw(seed) % count;
}

static uint32_t any_number(uint32_t *seed)
{
	static const uint32_t telling[] = {
		0,      1,      2,       3,          4,   8,       15,
		64,     127,    128,     255,        256, 257,     512,
		0x1000, 0xFFFF, 0x10000, 0x7FFFFFFF, ~0U, ~0U - 1,
	};
	uint32_t which = pick(seed, 2 * sizeof(telling) / sizeof(*telling));

	return which < sizeof(telling) / sizeof(*telling) ? telling[which]
							  : draw(seed);
}

static uint64_t any_address(uint32_t *seed)
{
	static const uint64_t edges[] = {
		RAM_END - 64,
		RAM_END - 1,
		RAM_END,
		0xC0000000,
		VIRTIO_WINDOW,
		0xFEE00000,
		0xFFFFFFFF,
		UINT64_C(0x100000000),
		UINT64_C(0x8000000000000000),
		UINT64_C(0xFFFFFFFFFFFFF000),
		UINT64_C(0xFFFFFFFFFFFFFFFF),
	};

	if (!pick(seed, 64))
		return edges[pick(seed, sizeof(edges) / sizeof(*edges))];
	return ARENA + pick(seed, ARENA_SIZE / 4) * 4;
}

static uint32_t any_length(uint32_t *seed)
{
	static const uint32_t usual[] = {
		1,    4,    8,    10,  12,   16,   44,    64, 512,
		1024, 4096, 4097, 513, 1526, 5000, 65536, 2,  1 << 20
	};

	if (!pick(seed, 32))
		return any_number(seed);
	return usual[pick(seed, sizeof(usual) / sizeof(*usual))];
}

/* Where the queues of a device are; several share a place. */
#define QUEUES 8
#define PLACES 16
static uint8_t places[VIRTIO_WINDOWS][QUEUES];

static struct queue *queue_at(uint8_t place)
{
	return (struct queue *)(ARENA + 0x2000 * place);
}

static struct queue *any_queue(uint32_t *seed)
{
	return queue_at((uint8_t)pick(seed, PLACES));
}

static void scribble(uint32_t *seed)
{
	struct queue *queue = any_queue(seed);

	for (unsigned i = pick(seed, 16); i; i--) {
		struct desc *desc = &queue->desc[pick(seed, QUEUE_MAX)];

		desc->address = any_address(seed);
		desc->length = any_length(seed);
		desc->flags = (uint16_t)pick(seed, pick(seed, 8) ? 4 : 16);
		desc->next = (uint16_t)pick(seed, pick(seed, 8) ? 16 : 65536);
		queue->avail.ring[pick(seed, QUEUE_MAX)] =
		    (uint16_t)pick(seed, pick(seed, 8) ? 16 : 65536);
	}
}

/* What devices want to read first: a type, a sector, ports, sizes. */
static void make_header(uint32_t *seed, uint32_t address)
{
	for (unsigned i = 0; i < 12; i++)
		write32(address + 4 * i,
			pick(seed, 4) ? pick(seed, 16) : any_number(seed));
}

/* A chain as devices expect them: a header, data, and a byte for a status. */
static void request(uint32_t *seed)
{
	uint32_t window = pick(seed, windows);
	uint32_t number = pick(seed, pick(seed, 4) ? 2 : QUEUES);
	struct queue *queue = queue_at(places[window][number]);
	uint16_t first = (uint16_t)pick(seed, 8), at = first;
	uint32_t header = (uint32_t)any_address(seed);
	unsigned data = pick(seed, 4);
	uint16_t write = pick(seed, 2) ? DESC_WRITE : 0;

	if (header >= RAM_END - 64 || header < ARENA)
		header = ARENA;
	make_header(seed, header);
	queue->desc[at] = (struct desc){ header, any_length(seed), DESC_NEXT,
					 (uint16_t)(at + 1) };
	while (data--) {
		at++;
		queue->desc[at] =
		    (struct desc){ any_address(seed), any_length(seed),
				   (uint16_t)(write | DESC_NEXT),
				   (uint16_t)(at + 1) };
	}
	at++;
	queue->desc[at] = (struct desc){ any_address(seed), 1, DESC_WRITE, 0 };
	queue->avail.ring[queue->avail.index % QUEUE_MAX] = first;
	queue->avail.ring[queue->avail.index % 16] = first;
	barrier();
	queue->avail.index++;
	barrier();
	if (pick(seed, 4))
		write32(VIRTIO_WINDOW + 0x1000 * window + REG_QUEUE_NOTIFY,
			number);
}

/* More chains than there are, or fewer. */
static void publish(uint32_t *seed)
{
	struct queue *queue = any_queue(seed);

	queue->avail.flags = (uint16_t)pick(seed, 2);
	queue->avail.index =
	    (uint16_t)(queue->avail.index +
		       (pick(seed, 8) ? pick(seed, 16) : any_number(seed)));
}

static uint32_t any_base(uint32_t *seed)
{
	return VIRTIO_WINDOW + 0x1000 * pick(seed, windows);
}

static void start(uint32_t *seed)
{
	uint32_t window = pick(seed, windows);
	uint32_t base = VIRTIO_WINDOW + 0x1000 * window;
	uint32_t low;

	write32(base + REG_STATUS, 0);
	write32(base + REG_DEVICE_FEATURES_SEL, 0);
	low = read32(base + REG_DEVICE_FEATURES);
	if (!pick(seed, 4))
		low &= draw(seed);
	virtio_negotiate(base, low, HIGH_VERSION_1);
	for (unsigned i = 0; i < QUEUES; i++) {
		uint8_t place = (uint8_t)pick(seed, PLACES);
		struct queue *queue = queue_at(place);

		write32(base + REG_QUEUE_SEL, i);
		if (!read32(base + REG_QUEUE_NUM_MAX))
			break;
		places[window][i] = place;
		queue->avail.index = queue->avail.flags = 0;
		virtio_queue(base, i, 16U << pick(seed, 5),
			     (uint32_t)queue->desc, (uint32_t)&queue->avail,
			     (uint32_t)&queue->used);
	}
	virtio_start(base);
}

static bool is_address(uint32_t offset)
{
	return offset >= REG_QUEUE_DESC && offset < REG_QUEUE_DEVICE + 8;
}

/* An address low enough to hit this program is not among the writes. */
static void write_any(uint32_t *seed)
{
	uint32_t offset = pick(seed, pick(seed, 4) ? 0x140 : 0x1000);
	uint32_t base = any_base(seed), value = any_number(seed);

	if (is_address(offset & ~3U))
		value =
		    offset & 4 ? pick(seed, 4) : (uint32_t)any_address(seed);
	switch (pick(seed, 6)) {
	case 0:
		write8(base + offset, (uint8_t)value);
		break;
	case 1:
		write16(base + offset, (uint16_t)value);
		break;
	case 2:
		write32(base + offset, value);
		break;
	default:
		write32(base + (offset & ~3U), value);
	}
}

static void read_any(uint32_t *seed)
{
	uint32_t address = any_base(seed) + pick(seed, 0x1000);

	switch (pick(seed, 3)) {
	case 0:
		read8(address);
		break;
	case 1:
		read16(address);
		break;
	default:
		read32(address);
	}
}

static void notify(uint32_t *seed)
{
	uint32_t queue = pick(seed, 8) ? pick(seed, 4) : any_number(seed);

	write32(any_base(seed) + REG_QUEUE_NOTIFY, queue);
}

static void reset(uint32_t *seed)
{
	write32(any_base(seed) + REG_STATUS, 0);
}

static void act(uint32_t *seed)
{
	static void (*const acts[])(uint32_t * seed) = {
		start,   start,    start,     request,  request,
		request, request,  request,   request,  request,
		request, request,  request,   notify,   notify,
		publish, scribble, write_any, read_any, reset,
	};

	acts[pick(seed, sizeof(acts) / sizeof(*acts))](seed);
}

void guest_other(void)
{
	while (!over)
		act(&other_seed);
	other_is_done = true;
}

/* The number behind `key` in the command line, or 0. */
static uint32_t number(const char *words, const char *key)
{
	uint32_t value = 0;

	for (; *words; words++) {
		const char *at = words, *wanted = key;

		while (*wanted && *at == *wanted)
			at++, wanted++;
		if (*wanted)
			continue;
		for (; *at >= '0' && *at <= '9'; at++)
			value = 10 * value + (uint32_t)(*at - '0');
		break;
	}
	return value;
}

/* All of them reset; 0, or the number of what is wrong. */
static uint8_t reset_all(void)
{
	for (uint32_t i = 0; i < windows; i++) {
		uint32_t base = VIRTIO_WINDOW + 0x1000 * i;

		write32(base + REG_STATUS, 0);
		if (read32(base + REG_STATUS))
			return 2;
		if (read32(base + REG_MAGIC) != MAGIC)
			return 3;
	}
	return 0;
}

static uint32_t find_rng(void)
{
	for (uint32_t i = 0; i < windows; i++)
		if (read32(VIRTIO_WINDOW + 0x1000 * i + REG_DEVICE_ID) == 4)
			return VIRTIO_WINDOW + 0x1000 * i;
	return 0;
}

/* It fills a buffer: the I/O thread is there, and serves. */
static void take_bytes(uint32_t rng)
{
	static struct queue queue;
	static uint32_t bytes[16];

	virtio_negotiate(rng, 0, HIGH_VERSION_1);
	virtio_queue(rng, 0, 8, (uint32_t)queue.desc, (uint32_t)&queue.avail,
		     (uint32_t)&queue.used);
	virtio_start(rng);
	queue.desc[0] =
	    (struct desc){ (uint32_t)bytes, sizeof(bytes), DESC_WRITE, 0 };
	barrier();
	queue.avail.index = 1;
	barrier();
	write32(rng + REG_QUEUE_NOTIFY, 0);
	while (*(volatile uint16_t *)&queue.used.index != 1)
		pause_a_bit();
}

uint8_t guest_main(const char *words)
{
	uint32_t seed = number(words, "seed=") * 2654435761U + 1;
	uint8_t wrong;

	while (windows < VIRTIO_WINDOWS &&
	       read32(VIRTIO_WINDOW + 0x1000 * windows) == MAGIC)
		windows++;
	if (!windows || !find_rng())
		return 1;
	other_seed = seed ^ 0x5EED;
	if (number(words, "cpus=") == 2)
		guest_start_other();
	else
		other_is_done = true;
	for (unsigned i = 0; i < ACTS; i++)
		act(&seed);
	over = true;
	while (!other_is_done)
		pause_a_bit();
	wrong = reset_all();
	if (!wrong)
		take_bytes(find_rng());
	return wrong;
}
