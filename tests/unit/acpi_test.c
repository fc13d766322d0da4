/*
 * The ACPI tables, read as a guest reads them: from the RSDP on, by the
 * offsets of ACPI 6.5. tests/boot/acpi-tables shows them to iasl.
 */
#include "board-pc/acpi.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

#define BEYOND 64 /* bytes behind the area that must stay as they are */
#define DIRTY  0xA5

static uint8_t area[MAP_ACPI_SIZE + BEYOND];

static uint32_t with(unsigned cpus, unsigned virtio_slots)
{
	uint8_t apic_ids[ACPI_CPUS_MAX];

	for (unsigned i = 0; i < cpus; i++)
		apic_ids[i] = (uint8_t)i;
	memset(area, DIRTY, sizeof(area));
	return acpi_write(area, apic_ids, cpus, virtio_slots);
}

static void with_cpus(unsigned cpus)
{
	with(cpus, 0);
}

static uint8_t sum(const uint8_t *bytes, size_t length)
{
	unsigned total = 0;

	for (size_t i = 0; i < length; i++)
		total += bytes[i];
	return (uint8_t)total;
}

/* The bytes of a guest address, which must be inside the area. */
static const uint8_t *at(uint64_t gpa, uint64_t length)
{
	CHECK(gpa >= MAP_ACPI_TABLES && length <= MAP_ACPI_SIZE);
	CHECK(gpa - MAP_ACPI_TABLES <= MAP_ACPI_SIZE - length);
	return area + (gpa - MAP_ACPI_TABLES);
}

/* A table with a system description header (5.2.6), which must be sound. */
static const uint8_t *table_at(uint64_t gpa, const char *signature)
{
	const uint8_t *table = at(gpa, 36);
	uint32_t length = get_le32(table + 4);

	CHECK(length >= 36);
	CHECK(at(gpa, length) == table);
	CHECK(!memcmp(table, signature, 4));
	CHECK_EQ(sum(table, length), 0);
	CHECK(!memcmp(table + 10, "MAYFLY", 6));
	return table;
}

static const uint8_t *xsdt(void)
{
	return table_at(get_le64(at(ACPI_RSDP, 36) + 24), "XSDT");
}

static const uint8_t *fadt(void)
{
	return table_at(get_le64(xsdt() + 36), "FACP");
}

static const uint8_t *madt(void)
{
	return table_at(get_le64(xsdt() + 44), "APIC");
}

static const uint8_t *dsdt(void)
{
	return table_at(get_le64(fadt() + 140), "DSDT");
}

/* The MADT's n-th entry (from 0) of a type, or NULL: 5.2.12. */
static const uint8_t *madt_entry(unsigned type, unsigned n)
{
	const uint8_t *table = madt();
	const uint8_t *end = table + get_le32(table + 4);

	for (const uint8_t *it = table + 44; it < end; it += it[1]) {
		CHECK(it[1] >= 2 && it[1] <= end - it);
		if (it[0] == type && n-- == 0)
			return it;
	}
	return NULL;
}

/* A generic address structure (5.2.3.2) in I/O space. */
static void check_io(const uint8_t *gas, unsigned bits, uint64_t port)
{
	CHECK_EQ(gas[0], 1);
	CHECK_EQ(gas[1], bits);
	CHECK_EQ(gas[2], 0);
	CHECK_EQ(get_le64(gas + 4), port);
}

CASE(the_rsdp_is_at_the_base)
{
	with_cpus(1);
	CHECK_EQ(ACPI_RSDP, MAP_ACPI_TABLES);
	CHECK(!memcmp(area, "RSD PTR ", 8));
	CHECK_EQ(sum(area, 20), 0);
	CHECK_EQ(sum(area, 36), 0);
	CHECK(!memcmp(area + 9, "MAYFLY", 6));
	CHECK_EQ(area[15], 2);
	CHECK_EQ(get_le32(area + 16), 0);
	CHECK_EQ(get_le32(area + 20), 36);
}

CASE(the_xsdt_lists_fadt_and_madt)
{
	with_cpus(1);
	CHECK_EQ(xsdt()[8], 1);
	CHECK_EQ(get_le32(xsdt() + 4), 36 + 2 * 8);
	CHECK(fadt() != NULL);
	CHECK(madt() != NULL);
}

CASE(the_fadt_describes_fixed_hardware)
{
	const uint8_t *it;

	with_cpus(1);
	it = fadt();
	CHECK_EQ(get_le32(it + 4), 276);
	CHECK_EQ(it[8], 6);
	CHECK_EQ(it[131], 5);
	CHECK_EQ(get_le16(it + 46), IRQ_ACPI_SCI);
	CHECK_EQ(get_le32(it + 48), 0); /* SMI_CMD: always in ACPI mode */
	CHECK_EQ(get_le32(it + 56), PORT_ACPI_PM);
	CHECK_EQ(get_le32(it + 64), PORT_ACPI_PM + 4);
	CHECK_EQ(it[88], 4); /* PM1_EVT_LEN */
	CHECK_EQ(it[89], 2); /* PM1_CNT_LEN */
	CHECK_EQ(it[91], 0); /* PM_TMR_LEN */
	CHECK_EQ(it[92], 0); /* GPE0_BLK_LEN */
	CHECK(get_le16(it + 96) > 100 && get_le16(it + 98) > 1000);
	CHECK_EQ(it[108], 0x32); /* CENTURY */
	check_io(it + 148, 32, PORT_ACPI_PM);
	check_io(it + 172, 16, PORT_ACPI_PM + 4);
}

CASE(the_fadt_says_what_is_absent)
{
	static const uint8_t none[12];
	const uint8_t *it;

	with_cpus(1);
	it = fadt();
	/* Boot flags: no VGA, no 8042, nothing that must be probed for. */
	CHECK_EQ(get_le16(it + 109), 1 << 2);
	/* WBINVD, PROC_C1, no sleep button, no RTC wake, reset register. */
	CHECK_EQ(get_le32(it + 112),
		 1 << 0 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 10);
	CHECK(!memcmp(it + 160, none, 12)); /* PM1b event */
	CHECK(!memcmp(it + 184, none, 12)); /* PM1b control */
	CHECK(!memcmp(it + 196, none, 12)); /* PM2 control */
	CHECK(!memcmp(it + 208, none, 12)); /* PM timer */
	CHECK(!memcmp(it + 220, none, 12)); /* GPE0 */
	CHECK(!memcmp(it + 232, none, 12)); /* GPE1 */
}

CASE(the_reset_register_resets)
{
	with_cpus(1);
	check_io(fadt() + 116, 8, PORT_RESET);
	CHECK_EQ(fadt()[128], 6);
}

CASE(the_facs_is_aligned_and_empty)
{
	uint32_t gpa;
	const uint8_t *it;

	with_cpus(1);
	gpa = get_le32(fadt() + 36);
	it = at(gpa, 64);
	CHECK_EQ(gpa % 64, 0);
	CHECK(!memcmp(it, "FACS", 4));
	CHECK_EQ(get_le32(it + 4), 64);
	CHECK_EQ(it[32], 2);
	for (unsigned i = 8; i < 64; i++)
		CHECK(i == 32 || it[i] == 0);
	CHECK_EQ(get_le64(fadt() + 132), 0); /* one address of it, not two */
}

CASE(the_madt_lists_every_cpu)
{
	static const unsigned counts[] = { 1, 2, 8, 254, ACPI_CPUS_MAX };

	for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
		with_cpus(counts[c]);
		CHECK_EQ(get_le32(madt() + 4),
			 44 + 12 + 2 * 10 + 6 + 8 * counts[c]);
		for (unsigned i = 0; i < counts[c]; i++) {
			const uint8_t *it = madt_entry(0, i);

			CHECK(it != NULL);
			CHECK_EQ(it[1], 8);
			CHECK_EQ(it[2], i);
			CHECK_EQ(it[3], i);
			CHECK_EQ(get_le32(it + 4), 1);
		}
		CHECK(madt_entry(0, counts[c]) == NULL);
	}
}

CASE(the_madt_has_the_ids_it_is_told)
{
	static const uint8_t ids[] = { 0, 1, 2, 4, 5, 254 };

	acpi_write(area, ids, sizeof(ids), 0);
	for (unsigned i = 0; i < sizeof(ids); i++) {
		const uint8_t *it = madt_entry(0, i);

		CHECK(it != NULL);
		CHECK_EQ(it[2], i);
		CHECK_EQ(it[3], ids[i]);
	}
	CHECK(madt_entry(0, sizeof(ids)) == NULL);
}

CASE(the_madt_describes_interrupts)
{
	const uint8_t *ioapic, *pit, *sci, *nmi;

	with_cpus(2);
	CHECK_EQ(get_le32(madt() + 36), MAP_LAPIC);
	CHECK_EQ(get_le32(madt() + 40), 1); /* PCAT_COMPAT */
	ioapic = madt_entry(1, 0);
	CHECK(ioapic && ioapic[1] == 12 && ioapic[2] == 0);
	CHECK_EQ(get_le32(ioapic + 4), MAP_IOAPIC);
	CHECK_EQ(get_le32(ioapic + 8), 0);
	/* The PIT is where the PIC's cascade is; all else as on ISA. */
	pit = madt_entry(2, 0);
	CHECK(pit && pit[1] == 10 && pit[2] == 0 && pit[3] == IRQ_PIT);
	CHECK_EQ(get_le32(pit + 4), 2);
	CHECK_EQ(get_le16(pit + 8), 0);
	/* The SCI: active high, level. */
	sci = madt_entry(2, 1);
	CHECK(sci && sci[1] == 10 && sci[2] == 0 && sci[3] == IRQ_ACPI_SCI);
	CHECK_EQ(get_le32(sci + 4), IRQ_ACPI_SCI);
	CHECK_EQ(get_le16(sci + 8), 0xD);
	CHECK(madt_entry(2, 2) == NULL);
	nmi = madt_entry(4, 0);
	CHECK(nmi && nmi[1] == 6 && nmi[2] == 0xFF && nmi[5] == 1);
}

/* Where `bytes` are in the DSDT, or NULL. */
static const uint8_t *in_dsdt(const void *bytes, size_t length)
{
	const uint8_t *table = dsdt();
	uint32_t end = get_le32(table + 4);

	for (uint32_t i = 36; i + length <= end; i++)
		if (!memcmp(table + i, bytes, length))
			return table + i;
	return NULL;
}

CASE(the_dsdt_names_s5_and_devices)
{
	static const uint8_t s5[] = { 8,    '_', 'S', '5', '_',
				      0x12, 7,   4,   0xA, ACPI_SLP_TYP_S5,
				      0,    0,   0 };
	static const uint8_t uart[] = { 0x0C, 0x41, 0xD0, 0x05, 0x01 };
	static const uint8_t uart_crs[] = { 0x47, 1,    0xF8, 3, 0xF8, 3, 1,
					    8,    0x22, 0x10, 0, 0x79, 0 };
	static const uint8_t rtc[] = { 0x0C, 0x41, 0xD0, 0x0B, 0x00 };
	static const uint8_t rtc_crs[] = { 0x47, 1,    0x70, 0, 0x70, 0, 1,
					   2,    0x22, 0,    1, 0x79, 0 };

	static const uint8_t fw_cfg[] = { 0x0D, 'Q', 'E', 'M', 'U',
					  '0',  '0', '0', '2', 0 };
	static const uint8_t fw_cfg_crs[] = { 0x47, 1, 0x10, 5,    0x10,
					      5,    1, 12,   0x79, 0 };

	with_cpus(1);
	CHECK_EQ(dsdt()[8], 2);
	CHECK_EQ(get_le32(fadt() + 40), get_le64(fadt() + 140));
	CHECK(in_dsdt(s5, sizeof(s5)));
	CHECK(in_dsdt(uart, sizeof(uart)));
	CHECK(in_dsdt(uart_crs, sizeof(uart_crs)));
	CHECK(in_dsdt(rtc, sizeof(rtc)));
	CHECK(in_dsdt(rtc_crs, sizeof(rtc_crs)));
	CHECK(in_dsdt(fw_cfg, sizeof(fw_cfg)));
	CHECK(in_dsdt(fw_cfg_crs, sizeof(fw_cfg_crs)));
}

/* The AML of one virtio device, by 20.2 and 6.4.3, or NULL. */
static const uint8_t *virtio_device(unsigned slot)
{
	static const uint8_t lines[] = VIRTIO_LINES;
	/* clang-format off */
	char aml[] = "\x5B\x82\x41\x04" "._SB_" "VR00" /* 65 bytes */
		     "\x08_HID\x0D" "LNRO0005\0"
		     "\x08_UID\x0A\0"
		     "\x08_CRS\x11\x1A\x0A\x17"
		     "\x86\x09\0\1" "\0\0\0\xD0" "\0\x10\0\0" /* read-write */
		     "\x89\x06\0\3" "\1\0\0\0\0" /* consumer, edge, one */
		     "\x79"; /* and a zero */
	/* clang-format on */

	aml[11] = (char)('0' + slot / 10);
	aml[12] = (char)('0' + slot % 10);
	aml[34] = (char)slot;
	put_le32((uint8_t *)aml + 48, MAP_VIRTIO + slot * MAP_VIRTIO_SIZE);
	aml[61] = (char)lines[slot];
	return in_dsdt(aml, sizeof(aml));
}

CASE(the_dsdt_has_a_device_for_each_virtio_slot)
{
	for (unsigned slots = 0; slots <= VIRTIO_SLOTS; slots++) {
		with(1, slots);
		for (unsigned i = 0; i < VIRTIO_SLOTS; i++)
			CHECK_EQ(virtio_device(i) != NULL, i < slots);
	}
}

CASE(what_was_written_is_known)
{
	uint32_t none = with(1, 0), three = with(1, 3);
	uint32_t dsdt_at = (uint32_t)(dsdt() - area);

	CHECK_EQ(three - none, 3 * 67);
	CHECK_EQ(dsdt_at + get_le32(dsdt() + 4), three);
	for (size_t i = three; i < sizeof(area); i++)
		CHECK_EQ(area[i], DIRTY);
}

/* [first, end) of the n-th table, as offsets. */
static void extent(unsigned n, size_t *first, size_t *end)
{
	const uint8_t *start[] = { area,   at(get_le32(fadt() + 36), 64),
				   xsdt(), fadt(),
				   madt(), dsdt() };

	*first = (size_t)(start[n] - area);
	*end = *first + (n == 0 ? 36 : get_le32(start[n] + 4));
}

CASE(tables_do_not_overlap)
{
	with(ACPI_CPUS_MAX, VIRTIO_SLOTS);
	for (unsigned a = 0; a < 6; a++)
		for (unsigned b = 0; b < a; b++) {
			size_t a_first, a_end, b_first, b_end;

			extent(a, &a_first, &a_end);
			extent(b, &b_first, &b_end);
			CHECK(a_end <= b_first || b_end <= a_first);
		}
}

CASE(one_page_is_touched_and_no_more)
{
	with(ACPI_CPUS_MAX, VIRTIO_SLOTS);
	for (size_t i = 4096; i < sizeof(area); i++)
		CHECK_EQ(area[i], DIRTY);
}

RUN("acpi", &the_rsdp_is_at_the_base, &the_xsdt_lists_fadt_and_madt,
    &the_fadt_describes_fixed_hardware, &the_fadt_says_what_is_absent,
    &the_reset_register_resets, &the_facs_is_aligned_and_empty,
    &the_madt_lists_every_cpu, &the_madt_has_the_ids_it_is_told,
    &the_madt_describes_interrupts, &the_dsdt_names_s5_and_devices,
    &the_dsdt_has_a_device_for_each_virtio_slot, &what_was_written_is_known,
    &tables_do_not_overlap, &one_page_is_touched_and_no_more)
