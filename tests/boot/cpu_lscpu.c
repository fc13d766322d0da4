/*
 * cpu_lscpu MODEL SOCKETS CORES THREADS: prints what lscpu must say on a guest
 * with the table MODEL, a line `WHAT=VALUE` each, and a line `cache=...` for
 * each line of `lscpu -B -C`. Linux takes the caches from leaf 4 (Intel),
 * 0x8000001D (AMD with TOPOEXT) or 0x80000005 and 6.
 */
#include "cpu_table.h"

static void print_signature(void)
{
	uint32_t eax = has(1, 0, EAX), base = eax >> 8 & 15;
	uint32_t family = base == 15 ? base + (eax >> 20 & 255) : base;
	bool is_extended = base == 15 || base == 6;

	printf("CPU family=%" PRIu32 "\n", family);
	printf("Model=%" PRIu32 "\n",
	       (eax >> 4 & 15) | (is_extended ? eax >> 12 & 0xF0 : 0));
	printf("Stepping=%" PRIu32 "\n", eax & 15);
}

static void print_names(void)
{
	char vendor[13] = "", name[49] = "";
	uint32_t parts[3] = { has(0, 0, EBX), has(0, 0, EDX), has(0, 0, ECX) };
	char *start = name;

	memcpy(vendor, parts, sizeof(parts));
	for (unsigned i = 0; i < 12; i++) {
		uint32_t part = has(0x80000002 + i / 4, 0, i % 4);

		memcpy(name + 4 * i, &part, sizeof(part));
	}
	start += strspn(start, " ");
	printf("Vendor ID=%s\nModel name=%s\n", vendor, start);
}

static void print_topology(void)
{
	unsigned cpus = sockets * cores * threads;

	printf("CPU(s)=%u\nThread(s) per core=%u\nCore(s) per socket=%u\n"
	       "Socket(s)=%u\n",
	       cpus, threads, cores, sockets);
	if (cpus == 1)
		printf("On-line CPU(s) list=0\n");
	else
		printf("On-line CPU(s) list=0%c%u\n", cpus == 2 ? ',' : '-',
		       cpus - 1);
}

/* As a line of `lscpu -B -C`: name, one, all, ways, type, level, sets, line. */
static void print_cache(unsigned level, unsigned type, unsigned count,
			unsigned size, unsigned ways, unsigned line)
{
	static const char *const types[] = { "", "Data", "Instruction",
					     "Unified" };
	static const char *const suffixes[] = { "", "d", "i", "" };

	printf("cache=L%u%s %u %u %u %s %u %u %u\n", level, suffixes[type],
	       size, size * count, ways, types[type], level, size / ways / line,
	       line);
}

/* A row of leaf 4 or 0x8000001D. */
static void print_row(const struct row *row)
{
	uint32_t eax = row->reg[EAX], ebx = row->reg[EBX];
	unsigned line = (ebx & 0xFFF) + 1, ways = (ebx >> 22) + 1;
	unsigned partitions = (ebx >> 12 & 0x3FF) + 1, level = eax >> 5 & 7;

	print_cache(level, eax & 3, level >= 3 ? sockets : sockets * cores,
		    line * ways * partitions * (row->reg[ECX] + 1), ways, line);
}

/*
 * One of 0x80000005 or 6. The ways are a code there, in L1's rows a plain
 * number, which Linux takes for that code too. Nor does it know who shares a
 * cache, and gives each CPU its own.
 */
static void print_old(unsigned level, unsigned type, unsigned kib,
		      unsigned code, unsigned line)
{
	static const unsigned ways[16] = {
		[1] = 1,    [2] = 2,    [4] = 4,    [6] = 8,    [8] = 16,
		[0xA] = 32, [0xB] = 48, [0xC] = 64, [0xD] = 96, [0xE] = 128
	};

	if (kib && ways[code & 15])
		print_cache(level, type, sockets * cores * threads, kib * 1024,
			    ways[code & 15], line);
}

static void print_caches(void)
{
	bool has_topoext = has(0x80000001, 0, ECX) >> 22 & 1;
	uint32_t leaf = is_amd() ? 0x8000001D : 4;

	if (is_amd() && !has_topoext) {
		uint32_t l1d = has(0x80000005, 0, ECX);
		uint32_t l1i = has(0x80000005, 0, EDX);
		uint32_t l2 = has(0x80000006, 0, ECX);
		uint32_t l3 = has(0x80000006, 0, EDX);

		if (!(l1d >> 24 && l1i >> 24)) /* without, it gives up */
			return;
		print_old(1, 1, l1d >> 24, l1d >> 16, l1d & 255);
		print_old(1, 2, l1i >> 24, l1i >> 16, l1i & 255);
		print_old(2, 3, l2 >> 16, l2 >> 12, l2 & 255);
		print_old(3, 3, (l3 >> 18) * 512, l3 >> 12, l3 & 255);
		return;
	}
	for (unsigned i = 0; has(leaf, i, EAX) & 31; i++)
		print_row(find(&model, 0, leaf, i));
}

int main(int argc, char **argv)
{
	if (argc != 5 || !load(&model, argv[1]))
		return 1;
	set_topology(argv + 2);
	print_names();
	print_signature();
	print_topology();
	printf("Address sizes=%" PRIu32 " bits physical, %" PRIu32
	       " bits virtual\n",
	       has(0x80000008, 0, EAX) & 255,
	       has(0x80000008, 0, EAX) >> 8 & 255);
	print_caches();
	return 0;
}
