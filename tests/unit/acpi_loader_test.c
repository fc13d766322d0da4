/* The ACPI files: what a firmware that follows the script makes of them. */
#include "board-pc/acpi_loader.h"

#include "board-pc/acpi.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

#define COMMAND 128

static uint8_t source[ACPI_SIZE];
static struct acpi_files files;

/* What the firmware has allocated, in the order of the script. */
static struct place {
	const char *name;
	uint8_t bytes[ACPI_SIZE];
	uint32_t size;
	uint64_t gpa;
	unsigned zone, align;
} places[2];
static unsigned place_count;

static void make(unsigned cpus, unsigned virtio_slots)
{
	uint8_t apic_ids[ACPI_CPUS_MAX];

	for (unsigned i = 0; i < cpus; i++)
		apic_ids[i] = (uint8_t)i;
	memset(source, 0xA5, sizeof(source));
	acpi_write_files(source, apic_ids, cpus, virtio_slots, &files);
}

static struct place *place_of(const uint8_t *name)
{
	for (unsigned i = 0; i < place_count; i++)
		if (!strcmp(places[i].name, (const char *)name))
			return &places[i];
	CHECK(false); /* not allocated */
	return NULL;
}

static void allocate(const uint8_t *at, const uint64_t gpas[2])
{
	struct place *it = &places[place_count];
	bool is_rsdp = !strcmp((const char *)at, "etc/acpi/rsdp");
	const struct image *file = is_rsdp ? &files.rsdp : &files.tables;

	CHECK(place_count < 2);
	CHECK(is_rsdp || !strcmp((const char *)at, "etc/acpi/tables"));
	CHECK(file->size <= sizeof(it->bytes));
	it->name = (const char *)at;
	memcpy(it->bytes, file->bytes, file->size);
	it->size = (uint32_t)file->size;
	it->gpa = gpas[place_count++];
	it->align = get_le32(at + 56);
	it->zone = at[60];
}

static void add_pointer(const uint8_t *at)
{
	struct place *in = place_of(at), *to = place_of(at + 56);
	uint32_t offset = get_le32(at + 112);
	unsigned size = at[116];
	uint64_t value = 0;

	CHECK(size == 4 || size == 8);
	CHECK(offset <= in->size - size);
	memcpy(&value, in->bytes + offset, size);
	CHECK(value < to->size);
	value += to->gpa;
	memcpy(in->bytes + offset, &value, size);
}

static uint8_t sum(const uint8_t *bytes, uint64_t length)
{
	unsigned total = 0;

	while (length--)
		total += *bytes++;
	return (uint8_t)total;
}

static void add_checksum(const uint8_t *at)
{
	struct place *in = place_of(at);
	uint32_t offset = get_le32(at + 56), start = get_le32(at + 60);
	uint32_t length = get_le32(at + 64);

	CHECK(offset < in->size && start < in->size);
	CHECK(length <= in->size - start);
	CHECK(offset >= start && offset < start + length);
	in->bytes[offset] =
	    (uint8_t)(in->bytes[offset] - sum(in->bytes + start, length));
}

/* Loads the root pointer to rsdp and the rest to tables. */
static void load(uint64_t rsdp, uint64_t tables)
{
	const uint64_t gpas[2] = { rsdp, tables };

	place_count = 0;
	CHECK_EQ(files.loader.size % COMMAND, 0);
	for (uint64_t i = 0; i < files.loader.size; i += COMMAND) {
		const uint8_t *it = files.loader.bytes + i;

		switch (get_le32(it)) {
		case 1:
			allocate(it + 4, gpas);
			break;
		case 2:
			add_pointer(it + 4);
			break;
		case 3:
			add_checksum(it + 4);
			break;
		default:
			CHECK(false); /* no such command */
		}
	}
	CHECK_EQ(place_count, 2);
}

/* The bytes of a guest address, in what was loaded. */
static const uint8_t *at(uint64_t gpa, uint64_t length)
{
	for (unsigned i = 0; i < place_count; i++)
		if (gpa >= places[i].gpa && length <= places[i].size &&
		    gpa - places[i].gpa <= places[i].size - length)
			return places[i].bytes + (gpa - places[i].gpa);
	CHECK(false); /* leads nowhere */
	return NULL;
}

static const uint8_t *table_at(uint64_t gpa, const char *signature)
{
	uint32_t length = get_le32(at(gpa, 36) + 4);
	const uint8_t *table = at(gpa, length);

	CHECK(!memcmp(table, signature, 4));
	CHECK_EQ(sum(table, length), 0);
	return table;
}

CASE(loaded_at_the_fixed_address_they_are_the_fixed_tables)
{
	static uint8_t direct[ACPI_SIZE];
	static const uint8_t ids[] = { 0, 1, 2 };
	uint32_t size = acpi_write(direct, ids, 3, 2);

	make(3, 2);
	load(ACPI_RSDP, ACPI_RSDP + 64);
	CHECK_EQ(files.rsdp.size, 36);
	CHECK_EQ(files.tables.size, size - 64);
	CHECK(!memcmp(places[0].bytes, direct, 36));
	CHECK(!memcmp(places[1].bytes, direct + 64, size - 64));
}

CASE(loaded_anywhere_they_are_sound)
{
	static const uint64_t gpas[][2] = { { 0xF5AA0, 0xBFFE0000 },
					    { 0xF0010, 0x7FE1040 } };

	for (unsigned i = 0; i < 2; i++) {
		const uint8_t *rsdp, *xsdt, *fadt;

		make(2, 1);
		load(gpas[i][0], gpas[i][1]);
		rsdp = at(gpas[i][0], 36);
		CHECK(!memcmp(rsdp, "RSD PTR ", 8));
		CHECK_EQ(sum(rsdp, 20), 0);
		CHECK_EQ(sum(rsdp, 36), 0);
		xsdt = table_at(get_le64(rsdp + 24), "XSDT");
		fadt = table_at(get_le64(xsdt + 36), "FACP");
		table_at(get_le64(xsdt + 44), "APIC");
		table_at(get_le64(fadt + 140), "DSDT");
		CHECK_EQ(get_le32(fadt + 40), get_le64(fadt + 140));
		CHECK(!memcmp(at(get_le32(fadt + 36), 64), "FACS", 4));
		CHECK_EQ(get_le32(fadt + 36) % 64, 0);
	}
}

CASE(the_root_pointer_goes_below_1m)
{
	make(1, 0);
	load(0xF0000, 0x100000);
	CHECK(!strcmp(places[0].name, "etc/acpi/rsdp"));
	CHECK_EQ(places[0].zone, 2);
	CHECK_EQ(places[0].align, 16);
	CHECK_EQ(places[1].zone, 1);
	CHECK_EQ(places[1].align, 64);
}

CASE(every_cpu_is_in_the_file)
{
	make(ACPI_CPUS_MAX, VIRTIO_SLOTS);
	load(0xF0000, 0x100000);
	table_at(get_le64(at(0xF0000, 36) + 24), "XSDT");
	CHECK(files.tables.size + 64 <= ACPI_SIZE);
}

RUN("acpi_loader", &loaded_at_the_fixed_address_they_are_the_fixed_tables,
    &loaded_anywhere_they_are_sound, &the_root_pointer_goes_below_1m,
    &every_cpu_is_in_the_file)
