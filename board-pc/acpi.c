/*
 * The ACPI tables, after ACPI 6.5, in whose sections the numbers below are.
 *
 * Everything is a constant that the compiler fills in, checksums included;
 * only the MADT varies, with the CPUs, and the end of the DSDT, with the virtio
 * devices. A checksum that no longer fits its table fails
 * tests/unit/acpi_test.c, which says by how much.
 *
 * The machine is not "hardware-reduced" (4.1): it has PIC, PIT, RTC and the
 * PM1a registers. It is always in ACPI mode, so there is no SMI command port.
 *
 * Left out on purpose: the RSDT (every reader of a revision 2 RSDP takes the
 * XSDT), the PM timer and GPEs (no such hardware), processor objects in the
 * DSDT (the MADT is enough for Linux, and there are no C, P or T states),
 * x2APIC entries (APIC ids above 254), the override of IRQ 0 that PCs have
 * (here the PIT is at pin 0 of the IOAPIC).
 */
#include "board-pc/acpi.h"

#include "board-pc/acpi_aml.h"
#include "board-pc/acpi_tables.h"
#include "vmm/bytes.h"

#define OEM_ID                                                                 \
	{                                                                      \
		'M', 'A', 'Y', 'F', 'L', 'Y'                                   \
	}
#define OEM_TABLE_ID                                                           \
	{                                                                      \
		'M', 'A', 'Y', 'F', 'L', 'Y', 'P', 'C'                         \
	}
#define CREATOR_ID                                                             \
	{                                                                      \
		'M', 'F', 'L', 'Y'                                             \
	}

/*
 * The last arguments are the four letters of the signature. A checksum is
 * right when the unit test says so; when it finds a sum of n, subtract n.
 */
#define HEADER(type, revision_, checksum_, ...)                                \
	{                                                                      \
		.signature = { __VA_ARGS__ }, .length = sizeof(type),          \
		.revision = (revision_), .checksum = (checksum_),              \
		.oem_id = OEM_ID, .oem_table_id = OEM_TABLE_ID,                \
		.oem_revision = 1, .creator_id = CREATOR_ID,                   \
		.creator_revision = 1,                                         \
	}

#define IO_PORT(bits, access, port)                                            \
	{                                                                      \
		1, (bits), 0, (access), (port)                                 \
	}

#define PM1_CNT (PORT_ACPI_PM + 4)

/* Table 5.10, fixed feature flags. PWR_BUTTON clear: PM1a has one. */
enum fadt_flags {
	WBINVD = 1 << 0,
	PROC_C1 = 1 << 2,
	SLP_BUTTON = 1 << 5, /* not among the fixed hardware */
	FIX_RTC = 1 << 6,    /* the RTC's wake status neither */
	RESET_REG_SUP = 1 << 10,
};

/*
 * Table 5.11, boot architecture flags. LEGACY_DEVICES is clear, since the DSDT
 * names all there are: Linux then does not scan for a PnP BIOS. The 8042 flag
 * is clear: the chip is there, for resets, but probing it for a keyboard costs
 * a guest tens of milliseconds. "CMOS RTC not present" is clear: there is one.
 */
enum iapc_boot_arch { VGA_NOT_PRESENT = 1 << 2 };

/* Table 5.9: above these latencies (100, 1000 us) there are no such states. */
enum { NO_C2 = 101, NO_C3 = 1001 };

enum madt_types {
	MADT_CPU = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_NMI = 4,
};

enum { PCAT_COMPAT = 1, CPU_ENABLED = 1 };
enum { AS_ON_ISA = 0, ACTIVE_HIGH_LEVEL = 0xD, EVERY_CPU = 0xFF };

/*
 *	Name (_S5, Package () { 5, 0, 0, 0 })
 *	Scope (_SB) {
 *		Device (COM1) {
 *			Name (_HID, EisaId ("PNP0501"))
 *			Name (_UID, 1)
 *			Name (_CRS, ResourceTemplate () {
 *				IO (Decode16, 0x03F8, 0x03F8, 1, 8)
 *				IRQNoFlags () { 4 }
 *			})
 *		}
 *		Device (RTC) {
 *			Name (_HID, EisaId ("PNP0B00"))
 *			Name (_CRS, ResourceTemplate () {
 *				IO (Decode16, 0x0070, 0x0070, 1, 2)
 *				IRQNoFlags () { 8 }
 *			})
 *		}
 *		Device (FWCF) {
 *			Name (_HID, "QEMU0002")
 *			Name (_STA, 0x0B)
 *			Name (_CRS, ResourceTemplate () {
 *				IO (Decode16, 0x0510, 0x0510, 1, 12)
 *			})
 *		}
 *	}
 *
 * The DSDT is the last table, so that it can grow: the machine's virtio devices
 * go behind this.
 */
/* clang-format off */
#define DSDT_AML                                                          \
	NAME(SEG_S5, PACKAGE(4, BYTE(ACPI_SLP_TYP_S5), ZERO, ZERO, ZERO)), \
	SCOPE(SEG_SB,                                                     \
		DEVICE(SEG_COM1,                                          \
			NAME(SEG_HID, PNP(0x0501)),                       \
			NAME(SEG_UID, ONE),                               \
			NAME(SEG_CRS, RESOURCES(                          \
				IO(PORT_UART, PORT_UART_COUNT),           \
				IRQ_NO_FLAGS(IRQ_UART)))),                \
		DEVICE(SEG_RTC,                                           \
			NAME(SEG_HID, PNP(0x0B00)),                       \
			NAME(SEG_CRS, RESOURCES(                          \
				IO(PORT_RTC, PORT_RTC_COUNT),             \
				IRQ_NO_FLAGS(IRQ_RTC)))),                 \
		DEVICE(SEG_FWCF,                                          \
			NAME(SEG_HID, STRING('Q', 'E', 'M', 'U',          \
					     '0', '0', '0', '2')),        \
			NAME(SEG_STA, BYTE(STATUS_HIDDEN)),               \
			NAME(SEG_CRS, RESOURCES(                          \
				IO(PORT_FW_CFG, PORT_FW_CFG_COUNT)))))
/* clang-format on */

/*
 *	Device (_SB.VR03) {
 *		Name (_HID, "LNRO0005")
 *		Name (_UID, 3)
 *		Name (_CRS, ResourceTemplate () {
 *			Memory32Fixed (ReadWrite, 0xD0003000, 0x00001000)
 *			Interrupt (ResourceConsumer, Edge, ActiveHigh,
 *				   Exclusive) { 10 }
 *		})
 *	}
 *
 * Linux wants no _CCA on x86: DMA is coherent there.
 */
/* clang-format off */
#define VIRTIO_AML(slot, line)                                            \
	DEVICE_LONG(IN_SB('V', 'R', DIGIT((slot) / 10), DIGIT((slot) % 10)), \
		NAME(SEG_HID, STRING('L', 'N', 'R', 'O',                  \
				     '0', '0', '0', '5')),                \
		NAME(SEG_UID, BYTE(LOW_BYTE(slot))),                      \
		NAME(SEG_CRS, RESOURCES(                                  \
			MEMORY32_FIXED(MAP_VIRTIO + (slot) * MAP_VIRTIO_SIZE, \
				       MAP_VIRTIO_SIZE),                  \
			INTERRUPT_EDGE(line))))
/* clang-format on */

#define VIRTIO_AML_SIZE BYTES(VIRTIO_AML(0, 0))

struct dsdt {
	struct acpi_header header;
	uint8_t aml[BYTES(DSDT_AML)];
} ACPI_PACKED;

/* The area, from MAP_ACPI_TABLES on. */
struct tables {
	struct acpi_set set;
	struct dsdt dsdt __attribute__((aligned(16)));
};

#define TABLES_SIZE(slots)                                                     \
	((uint32_t)(offsetof(struct tables, dsdt) + sizeof(struct dsdt) +      \
		    (slots)*VIRTIO_AML_SIZE))

static_assert(sizeof(struct tables) <= ACPI_SIZE &&
		  TABLES_SIZE(VIRTIO_SLOTS) <= ACPI_SIZE,
	      "one page of the guest's");

#define AT(table) (MAP_ACPI_TABLES + offsetof(struct tables, table))

static const struct tables template = {
	.set = {
		.rsdp = {
			.signature = { 'R', 'S', 'D', ' ', 'P', 'T', 'R', ' ' },
			.checksum = 0x0D,
			.oem_id = OEM_ID,
			.revision = 2,
			.length = sizeof(struct acpi_rsdp),
			.xsdt = AT(set.xsdt),
			.extended_checksum = 0x4E,
		},
		.facs = {
			.signature = { 'F', 'A', 'C', 'S' },
			.length = sizeof(struct acpi_facs),
			.version = 2,
		},
		.xsdt = {
			.header = HEADER(struct acpi_xsdt, 1, 0x5A, 'X', 'S', 'D', 'T'),
			.fadt = AT(set.fadt),
			.madt = AT(set.madt),
		},
		.fadt = {
			.header = HEADER(struct acpi_fadt, 6, 0x5B, 'F', 'A', 'C', 'P'),
			.firmware_ctrl = AT(set.facs),
			.dsdt = AT(dsdt),
			.sci_int = IRQ_ACPI_SCI,
			.pm1a_evt_blk = PORT_ACPI_PM,
			.pm1a_cnt_blk = PM1_CNT,
			.pm1_evt_len = 4,
			.pm1_cnt_len = 2,
			.p_lvl2_lat = NO_C2,
			.p_lvl3_lat = NO_C3,
			.century = ACPI_CMOS_CENTURY,
			.iapc_boot_arch = VGA_NOT_PRESENT,
			.flags = WBINVD | PROC_C1 | SLP_BUTTON | FIX_RTC |
				 RESET_REG_SUP,
			.reset_reg = IO_PORT(8, 1, PORT_RESET),
			.reset_value = ACPI_RESET_VALUE,
			.minor_version = 5,
			.x_dsdt = AT(dsdt),
			.x_pm1a_evt_blk = IO_PORT(32, 2, PORT_ACPI_PM),
			.x_pm1a_cnt_blk = IO_PORT(16, 2, PM1_CNT),
			.hypervisor_vendor = "mayfly",
		},
		.madt = {
			.header = HEADER(struct acpi_madt, 5, 0, 'A', 'P', 'I', 'C'),
			.lapic_address = MAP_LAPIC,
			.flags = PCAT_COMPAT,
			.ioapic = { MADT_IOAPIC, 12, 0, 0, MAP_IOAPIC, 0 },
			.pit = { MADT_OVERRIDE, 10, 0, IRQ_PIT, MAP_PIT_PIN,
				 AS_ON_ISA },
			.sci = { MADT_OVERRIDE, 10, 0, IRQ_ACPI_SCI, IRQ_ACPI_SCI,
				 ACTIVE_HIGH_LEVEL },
			.nmi = { MADT_NMI, 6, EVERY_CPU, 0, 1 },
		},
	},
	.dsdt = {
		.header = HEADER(struct dsdt, 2, 0xEC, 'D', 'S', 'D', 'T'),
		.aml = { DSDT_AML },
	},
};

/* What makes the bytes of a table, its checksum still zero, sum to zero. */
static uint8_t checksum_of(const uint8_t *table, size_t length)
{
	unsigned sum = 0;

	for (size_t i = 0; i < length; i++)
		sum += table[i];
	return (uint8_t)-sum;
}

/* A table that is longer than the template's has `length` bytes. */
static void set_length(uint8_t *table, size_t length)
{
	put_le32(table + offsetof(struct acpi_header, length),
		 (uint32_t)length);
	table[offsetof(struct acpi_header, checksum)] = 0;
	table[offsetof(struct acpi_header, checksum)] =
	    checksum_of(table, length);
}

static void add_cpus(uint8_t *madt, const uint8_t *apic_ids, unsigned cpus)
{
	uint8_t *entry = madt + sizeof(struct acpi_madt);

	for (unsigned i = 0; i < cpus; i++) {
		struct acpi_madt_cpu cpu = { MADT_CPU, sizeof(cpu), (uint8_t)i,
					     apic_ids[i], CPU_ENABLED };

		memcpy(entry + i * sizeof(cpu), &cpu, sizeof(cpu));
	}
	set_length(madt, sizeof(struct acpi_madt) +
			     cpus * sizeof(struct acpi_madt_cpu));
}

static void add_virtio(uint8_t *dsdt, unsigned slots)
{
	static const uint8_t lines[VIRTIO_SLOTS] = VIRTIO_LINES;
	uint8_t *device = dsdt + sizeof(struct dsdt);

	for (unsigned i = 0; i < slots; i++) {
		const uint8_t aml[] = { VIRTIO_AML(i, lines[i]) };

		memcpy(device + i * sizeof(aml), aml, sizeof(aml));
	}
	set_length(dsdt, sizeof(struct dsdt) + slots * VIRTIO_AML_SIZE);
}

uint32_t acpi_write(void *area, const uint8_t *apic_ids, unsigned cpus,
		    unsigned virtio_slots)
{
	uint8_t *tables = area;

	assert(cpus >= 1 && cpus <= ACPI_CPUS_MAX);
	assert(virtio_slots <= VIRTIO_SLOTS);
	memcpy(tables, &template, sizeof(template));
	add_cpus(tables + offsetof(struct acpi_set, madt), apic_ids, cpus);
	if (virtio_slots)
		add_virtio(tables + offsetof(struct tables, dsdt),
			   virtio_slots);
	return TABLES_SIZE(virtio_slots);
}
