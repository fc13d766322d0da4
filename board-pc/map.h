/*
 * Every address, port and interrupt line of the machine, in one place.
 */
#ifndef BOARD_PC_MAP_H
#define BOARD_PC_MAP_H

#include <assert.h>
#include <stdint.h>

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

/* Guest physical memory, from the bottom up. */
#define MAP_EBDA         UINT64_C(0x0009FC00) /* end of conventional RAM */
#define MAP_VGA_HOLE     UINT64_C(0x000A0000) /* to 1 MiB: not free RAM */
#define MAP_ACPI_TABLES  UINT64_C(0x000E0000) /* direct boot */
#define MAP_ACPI_SIZE    KIB(128)
#define MAP_HIGH_RAM     MIB(1)
#define MAP_GAP          GIB(3)               /* RAM stops here ... */
#define MAP_VIRTIO       UINT64_C(0xD0000000) /* a page for each slot */
#define MAP_VIRTIO_SIZE  UINT32_C(0x1000)
#define VIRTIO_SLOTS     17
#define MAP_IOAPIC       UINT64_C(0xFEC00000)
#define MAP_IOAPIC_SIZE  UINT32_C(0x1000)
#define MAP_LAPIC        UINT64_C(0xFEE00000)
#define MAP_KVM_IDENTITY UINT64_C(0xFEFFC000) /* one page, for KVM on VMX */
#define MAP_KVM_TSS      UINT64_C(0xFEFFD000) /* three pages, likewise */
#define MAP_TESTDEV      UINT64_C(0xFF000000) /* where --testdev has it */
#define MAP_TESTDEV_SIZE KIB(64)
#define MAP_ABOVE_4G     GIB(4) /* ... and goes on here */

static_assert(MAP_EBDA < MAP_VGA_HOLE, "the EBDA is conventional memory");
static_assert(MAP_VGA_HOLE < MAP_ACPI_TABLES, "tables are in the BIOS area");
static_assert(MAP_ACPI_TABLES + MAP_ACPI_SIZE == MAP_HIGH_RAM,
	      "tables end where high RAM begins");
static_assert(MAP_GAP <= MAP_VIRTIO, "virtio devices are in the gap");
static_assert(MAP_VIRTIO + VIRTIO_SLOTS * MAP_VIRTIO_SIZE <= MAP_IOAPIC,
	      "below the IOAPIC");
static_assert(MAP_IOAPIC + 0x1000 <= MAP_LAPIC, "one page each");
static_assert(MAP_LAPIC + 0x1000 <= MAP_KVM_IDENTITY, "one page each");
static_assert(MAP_KVM_IDENTITY + 0x1000 == MAP_KVM_TSS, "one page");
static_assert(MAP_KVM_TSS + 0x3000 <= MAP_TESTDEV, "three pages");
static_assert(MAP_TESTDEV + MAP_TESTDEV_SIZE <= MAP_ABOVE_4G, "in the gap");

/* I/O ports: the first of each range, and how many. */
enum port {
	PORT_PIC_MASTER = 0x20,
	PORT_PIC_SLAVE = 0xA0,
	PORT_PIC_COUNT = 2, /* of each */
	PORT_PIT = 0x40,
	PORT_PIT_COUNT = 4,
	PORT_SPEAKER = 0x61, /* the PIT's gate 2 and output 2 */
	PORT_ELCR = 0x4D0,   /* edge or level, of both PICs */
	PORT_ELCR_COUNT = 2,
	PORT_I8042_DATA = 0x60,
	PORT_I8042_COMMAND = 0x64,
	PORT_RTC = 0x70,
	PORT_RTC_COUNT = 2,
	PORT_POST = 0x80, /* POST code; Linux writes it to wait */
	PORT_A20 = 0x92,  /* system control port A: fast A20 and reset */
	PORT_TESTDEV_ECHO = 0xE0,
	PORT_TESTDEV_ECHO_COUNT = 4,
	PORT_TESTDEV_FLUSH = 0xE4,
	PORT_TESTDEV_FLUSH_COUNT = 4,
	PORT_DEBUGCON_BOCHS = 0xE9,
	PORT_EXIT = 0xF4,
	PORT_BOOT_MARKER = 0x3F0,
	PORT_UART = 0x3F8,
	PORT_UART_COUNT = 8,
	PORT_DEBUGCON = 0x402,
	PORT_FW_CFG = 0x510,     /* selector, and the data byte behind it */
	PORT_FW_CFG_DMA = 0x514, /* address of a request */
	PORT_FW_CFG_COUNT = 12,  /* all of it */
	PORT_ACPI_PM = 0x600,    /* PM1a event block, then PM1a control */
	PORT_ACPI_PM_COUNT = 6,
	PORT_PCI_ADDRESS = 0xCF8, /* no PCI: but its doubleword is no reset */
	PORT_PCI_ADDRESS_COUNT = 4,
	PORT_RESET = 0xCF9, /* a byte among those */
	PORT_TESTDEV_IRQ = 0x2000,
	PORT_TESTDEV_IRQ_COUNT = 24,
};

/*
 * Interrupt lines: of the PIC pair, and pins of the same number of the IOAPIC;
 * but the PIT is at the pin that the PIC's cascade leaves free.
 */
#define MAP_PIT_PIN 2
enum irq {
	IRQ_PIT = 0,
	IRQ_UART = 4,
	IRQ_RTC = 8,
	IRQ_ACPI_SCI = 9,
};

/*
 * The lines of the virtio slots, one each. The first ones reach the PIC, too,
 * for guests without ACPI, which know of no IOAPIC. Edges: no slot shares one.
 */
#define VIRTIO_LINES                                                           \
	{                                                                      \
		5, 6, 7, 10, 11, 12, 14, 15, 3, 16, 17, 18, 19, 20, 21, 22, 23 \
	}

#endif
