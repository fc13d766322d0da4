/*
 * The formats of ACPI tables, after ACPI 6.5, in whose sections the numbers
 * below are, and where those of this machine are from their first byte on.
 */
#ifndef BOARD_PC_ACPI_TABLES_H
#define BOARD_PC_ACPI_TABLES_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define ACPI_PACKED __attribute__((packed))

/* APIC ids are 0 to 254, one a CPU; 255 means all of them. */
#define ACPI_CPUS_MAX 255

/* 5.2.6: the system description header. */
struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} ACPI_PACKED;

/* 5.2.5.3: the root pointer. */
struct acpi_rsdp {
	char signature[8];
	uint8_t checksum; /* of the first 20 bytes */
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum; /* of all */
	uint8_t reserved[3];
} ACPI_PACKED;

/* 5.2.10: waking vector and global lock. The guest writes it. */
struct acpi_facs {
	char signature[4];
	uint32_t length;
	uint32_t hardware_signature;
	uint32_t waking_vector;
	uint32_t global_lock;
	uint32_t flags;
	uint64_t x_waking_vector;
	uint8_t version;
	uint8_t reserved[31];
} ACPI_PACKED;

/* 5.2.8: the tables, but for those that the FADT names. */
struct acpi_xsdt {
	struct acpi_header header;
	uint64_t fadt;
	uint64_t madt;
} ACPI_PACKED;

/* 5.2.3.2: a generic address. All of ours are I/O ports. */
struct acpi_address {
	uint8_t space;
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t access_size; /* 1: byte, 2: word */
	uint64_t address;
} ACPI_PACKED;

/* 5.2.9: fixed hardware. */
struct acpi_fadt {
	struct acpi_header header;
	uint32_t firmware_ctrl;
	uint32_t dsdt;
	uint8_t reserved0;
	uint8_t preferred_pm_profile;
	uint16_t sci_int;
	uint32_t smi_cmd;
	uint8_t acpi_enable, acpi_disable, s4bios_req, pstate_cnt;
	uint32_t pm1a_evt_blk, pm1b_evt_blk;
	uint32_t pm1a_cnt_blk, pm1b_cnt_blk, pm2_cnt_blk;
	uint32_t pm_tmr_blk, gpe0_blk, gpe1_blk;
	uint8_t pm1_evt_len, pm1_cnt_len, pm2_cnt_len, pm_tmr_len;
	uint8_t gpe0_blk_len, gpe1_blk_len, gpe1_base, cst_cnt;
	uint16_t p_lvl2_lat, p_lvl3_lat, flush_size, flush_stride;
	uint8_t duty_offset, duty_width, day_alrm, mon_alrm, century;
	uint16_t iapc_boot_arch;
	uint8_t reserved1;
	uint32_t flags;
	struct acpi_address reset_reg;
	uint8_t reset_value;
	uint16_t arm_boot_arch;
	uint8_t minor_version;
	uint64_t x_firmware_ctrl, x_dsdt;
	struct acpi_address x_pm1a_evt_blk, x_pm1b_evt_blk;
	struct acpi_address x_pm1a_cnt_blk, x_pm1b_cnt_blk, x_pm2_cnt_blk;
	struct acpi_address x_pm_tmr_blk, x_gpe0_blk, x_gpe1_blk;
	struct acpi_address sleep_control_reg, sleep_status_reg;
	char hypervisor_vendor[8];
} ACPI_PACKED;

/* 5.2.12: interrupt controllers. The CPUs' entries follow it. */
struct acpi_madt {
	struct acpi_header header;
	uint32_t lapic_address;
	uint32_t flags;
	struct {
		uint8_t type, length, id, reserved;
		uint32_t address;
		uint32_t gsi_base;
	} ACPI_PACKED ioapic; /* 5.2.12.3 */
	struct {
		uint8_t type, length, bus, source;
		uint32_t gsi;
		uint16_t flags;
	} ACPI_PACKED pit, sci; /* 5.2.12.5: interrupt source overrides */
	struct {
		uint8_t type, length, uid;
		uint16_t flags;
		uint8_t lint;
	} ACPI_PACKED nmi; /* 5.2.12.7 */
} ACPI_PACKED;

/* 5.2.12.2: a processor's local APIC. */
struct acpi_madt_cpu {
	uint8_t type, length, uid, apic_id;
	uint32_t flags;
} ACPI_PACKED;

/* The DSDT follows. */
struct acpi_set {
	struct acpi_rsdp rsdp;
	struct acpi_facs facs __attribute__((aligned(64)));
	struct acpi_xsdt xsdt __attribute__((aligned(16)));
	struct acpi_fadt fadt __attribute__((aligned(16)));
	struct acpi_madt madt __attribute__((aligned(16)));
	struct acpi_madt_cpu cpus[ACPI_CPUS_MAX];
};

static_assert(sizeof(struct acpi_rsdp) == 36, "5.2.5.3");
static_assert(sizeof(struct acpi_facs) == 64, "5.2.10");
static_assert(sizeof(struct acpi_fadt) == 276, "5.2.9");
static_assert(sizeof(struct acpi_madt) == 44 + 12 + 2 * 10 + 6, "5.2.12");
static_assert(offsetof(struct acpi_set, cpus) ==
		  offsetof(struct acpi_set, madt) + sizeof(struct acpi_madt),
	      "the CPUs are part of the MADT");

#endif
