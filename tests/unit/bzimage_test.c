/* bzImages: where they go, how they are entered, what is refused. */
#include "boot/bzimage.h"

#include "board-pc/map.h"
#include "boot/boot_params.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

/* Where the host's headers are complete, they must agree on the offsets. */
#if __has_include(<video/edid.h>)
#include <asm/bootparam.h>
#define AGREES(name, field)                                                    \
	_Static_assert(BP_##name == offsetof(struct boot_params, field), #name)
AGREES(ACPI_RSDP_ADDR, acpi_rsdp_addr);
AGREES(E820_ENTRIES, e820_entries);
AGREES(SETUP_SECTS, hdr.setup_sects);
AGREES(SYSSIZE, hdr.syssize);
AGREES(BOOT_FLAG, hdr.boot_flag);
AGREES(JUMP, hdr.jump);
AGREES(HEADER, hdr.header);
AGREES(VERSION, hdr.version);
AGREES(TYPE_OF_LOADER, hdr.type_of_loader);
AGREES(LOADFLAGS, hdr.loadflags);
AGREES(CODE32_START, hdr.code32_start);
AGREES(RAMDISK_IMAGE, hdr.ramdisk_image);
AGREES(RAMDISK_SIZE, hdr.ramdisk_size);
AGREES(CMD_LINE_PTR, hdr.cmd_line_ptr);
AGREES(INITRD_ADDR_MAX, hdr.initrd_addr_max);
AGREES(KERNEL_ALIGNMENT, hdr.kernel_alignment);
AGREES(RELOCATABLE_KERNEL, hdr.relocatable_kernel);
AGREES(XLOADFLAGS, hdr.xloadflags);
AGREES(CMDLINE_SIZE, hdr.cmdline_size);
AGREES(PREF_ADDRESS, hdr.pref_address);
AGREES(INIT_SIZE, hdr.init_size);
AGREES(SETUP_HEADER_MAX, edd_mbr_sig_buffer);
AGREES(E820_TABLE, e820_table);
#endif

#define SECTS   1 /* of setup code, after the boot sector */
#define PAYLOAD ((SECTS + 1) * 512)
#define CODE    0x1000

static uint8_t file[16384];
static const uint8_t initrd[5000] = { 0x11, [4999] = 0x99 };
static struct memory_range map[3];
static struct boot_request request;
static struct ram ram;
static struct entry entry;
static struct reason why;
static const uint8_t *params;

static void guest(uint64_t size)
{
	if (ram.host)
		ram_unmap(&ram);
	CHECK(ram_map(&ram, size, &why));
	params = ram.host + LAYOUT_PARAMS;
	map[0] = (struct memory_range){ 0, MAP_EBDA, MEMORY_RAM };
	map[1] = (struct memory_range){ MAP_EBDA, 0x400, MEMORY_RESERVED };
	map[2] = (struct memory_range){ MIB(1), size - MIB(1), MEMORY_RAM };
	request = (struct boot_request){
		.kernel = { .bytes = file, .size = PAYLOAD + CODE },
		.cmdline = "console=ttyS0",
		.map = map,
		.map_count = 3,
		.rsdp = MAP_ACPI_TABLES,
	};
	why = (struct reason){ "" };
}

/* A relocatable kernel of protocol 2.15 with a 64-bit entry, at 16 MiB. */
static void kernel(void)
{
	memset(file, 0, sizeof(file));
	file[0] = 0x4D;
	file[0x1EF] = 0xFF; /* the sentinel: not to be copied */
	file[BP_SETUP_SECTS] = SECTS;
	put_le32(file + BP_SYSSIZE, CODE / 16);
	put_le16(file + BP_BOOT_FLAG, BP_BOOT_FLAG_MAGIC);
	file[BP_JUMP] = 0xEB;
	file[BP_JUMP + 1] = 0x6A; /* the header ends at 0x26C */
	put_le32(file + BP_HEADER, BP_HEADER_MAGIC);
	put_le16(file + BP_VERSION, 0x020F);
	file[BP_LOADFLAGS] = BP_LOADED_HIGH;
	put_le32(file + BP_CODE32_START, 0x100000);
	put_le32(file + BP_INITRD_ADDR_MAX, 0x7FFFFFFF);
	put_le32(file + BP_KERNEL_ALIGNMENT, MIB(2));
	file[BP_RELOCATABLE_KERNEL] = 1;
	put_le16(file + BP_XLOADFLAGS, BP_XLF_KERNEL_64);
	put_le32(file + BP_CMDLINE_SIZE, 2047);
	put_le64(file + BP_PREF_ADDRESS, MIB(16));
	put_le32(file + BP_INIT_SIZE, MIB(8));
	file[0x26B] = 0x55; /* the header's last byte */
	file[0x26C] = 0xAA; /* code, and not to be copied */
	memset(file + PAYLOAD, 0xC3, CODE);
}

static bool load(void)
{
	return bzimage_load(&request, &ram, &entry, &why);
}

/* An initrd of these bytes. */
static void give(const void *bytes, uint64_t size)
{
	static struct module module;

	module = (struct module){ { .bytes = bytes, .size = size },
				  "initrd.img",
				  NULL };
	request.modules = &module;
	request.module_count = 1;
}

CASE(a_64_bit_kernel_goes_to_its_preferred_address)
{
	guest(MIB(32));
	kernel();
	CHECK(bzimage_recognises(&request.kernel));
	CHECK(load());
	CHECK_EQ(entry.mode, ENTRY_LONG64);
	CHECK_EQ(entry.rip, MIB(16) + 0x200);
	CHECK_EQ(entry.rsi, LAYOUT_PARAMS);
	CHECK_EQ(entry.rsp, LAYOUT_STACK_TOP);
	CHECK_EQ(entry.rbx, 0);
	CHECK(!memcmp(ram.host + MIB(16), file + PAYLOAD, CODE));
	CHECK_EQ(get_le32(params + BP_CODE32_START), MIB(16));
}

CASE(the_zero_page_is_filled)
{
	guest(MIB(32));
	kernel();
	CHECK(load());
	CHECK_EQ(params[0], 0);
	CHECK_EQ(params[0x1EF], 0);
	CHECK_EQ(params[BP_SETUP_SECTS], SECTS);
	CHECK_EQ(params[0x26B], 0x55);
	CHECK_EQ(params[0x26C], 0);
	CHECK_EQ(params[BP_TYPE_OF_LOADER], 0xFF);
	CHECK_EQ(get_le64(params + BP_ACPI_RSDP_ADDR), MAP_ACPI_TABLES);
	CHECK_EQ(get_le32(params + BP_CMD_LINE_PTR), LAYOUT_CMDLINE);
	CHECK(!strcmp((char *)ram.host + LAYOUT_CMDLINE, "console=ttyS0"));
	CHECK_EQ(get_le32(params + BP_RAMDISK_SIZE), 0);
	CHECK_EQ(params[BP_E820_ENTRIES], 3);
	CHECK_EQ(get_le64(params + BP_E820_TABLE + 20), MAP_EBDA);
	CHECK_EQ(get_le64(params + BP_E820_TABLE + 28), 0x400);
	CHECK_EQ(get_le32(params + BP_E820_TABLE + 36), MEMORY_RESERVED);
	CHECK_EQ(get_le64(params + BP_E820_TABLE + 40), MIB(1));
}

CASE(a_header_never_reaches_the_e820_table)
{
	guest(MIB(32));
	kernel();
	file[BP_JUMP + 1] = 0xFF;
	memset(file + 0x26C, 0xAA, 0x200);
	CHECK(load());
	CHECK_EQ(params[0x28F], 0xAA);
	CHECK_EQ(params[0x290], 0);
}

CASE(tables_for_long_mode_are_made)
{
	const uint8_t *at;

	guest(MIB(32));
	kernel();
	CHECK(load());
	CHECK_EQ(entry.cr3, LAYOUT_PAGE_TABLES);
	at = ram.host + LAYOUT_PAGE_TABLES;
	CHECK_EQ(get_le64(at), (LAYOUT_PAGE_TABLES + 0x1000) | 0x23);
	CHECK_EQ(get_le64(at + 0x1000), (LAYOUT_PAGE_TABLES + 0x2000) | 0x23);
	CHECK_EQ(get_le64(at + 0x2000), 0xE3);
	CHECK_EQ(get_le64(at + 0x2008), MIB(2) | 0xE3);
	CHECK_EQ(get_le64(at + 0x2FF8), MIB(1022) | 0xE3);
	CHECK_EQ(get_le64(at + 0x3000), 0);
	CHECK_EQ(entry.gdt_base, LAYOUT_GDT);
	CHECK_EQ(entry.gdt_limit, 31);
	at = ram.host + LAYOUT_GDT;
	CHECK_EQ(get_le64(at), 0);
	CHECK_EQ(get_le64(at + 16), 0x00AF9B000000FFFF);
	CHECK_EQ(get_le64(at + 24), 0x00CF93000000FFFF);
}

CASE(without_a_64_bit_entry_the_32_bit_one_is_taken)
{
	guest(MIB(32));
	kernel();
	put_le16(file + BP_XLOADFLAGS, 0);
	CHECK(load());
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
	CHECK_EQ(entry.rip, MIB(16));
	CHECK_EQ(entry.rsi, LAYOUT_PARAMS);
	CHECK_EQ(entry.cr3, 0);
	CHECK_EQ(get_le64(ram.host + LAYOUT_GDT + 16), 0x00CF9B000000FFFF);
	CHECK_EQ(ram.host[LAYOUT_PAGE_TABLES], 0);
}

CASE(xloadflags_are_not_believed_before_2_12)
{
	guest(MIB(32));
	kernel();
	put_le16(file + BP_VERSION, 0x020B);
	CHECK(load());
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
}

CASE(beyond_the_page_tables_the_32_bit_entry_is_taken)
{
	guest(MIB(1040));
	kernel();
	put_le64(file + BP_PREF_ADDRESS, GIB(1));
	CHECK(load());
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
	CHECK_EQ(entry.rip, GIB(1));
}

CASE(an_unrelocatable_kernel_goes_to_code32_start)
{
	guest(MIB(32));
	kernel();
	file[BP_RELOCATABLE_KERNEL] = 0;
	CHECK(load());
	CHECK_EQ(entry.rip, MIB(1) + 0x200);
	CHECK_EQ(ram.host[MIB(1)], 0xC3);
	put_le64(file + BP_PREF_ADDRESS, MIB(25));
	CHECK(!load());
	CHECK_SAYS(why.text, "(init_size)");
}

CASE(setup_sects_0_means_4)
{
	guest(MIB(32));
	kernel();
	memset(file + PAYLOAD, 0, CODE);
	memset(file + 5 * 512, 0x90, CODE);
	file[BP_SETUP_SECTS] = 0;
	request.kernel.size = 5 * 512 + CODE;
	CHECK(load());
	CHECK_EQ(ram.host[MIB(16)], 0x90);
}

CASE(the_initrd_goes_high_and_keeps_its_limit)
{
	guest(MIB(32));
	kernel();
	give(initrd, sizeof(initrd));
	CHECK(load());
	CHECK_EQ(get_le32(params + BP_RAMDISK_IMAGE), MIB(32) - 8192);
	CHECK_EQ(get_le32(params + BP_RAMDISK_SIZE), sizeof(initrd));
	CHECK(!memcmp(ram.host + MIB(32) - 8192, initrd, sizeof(initrd)));
	put_le32(file + BP_INITRD_ADDR_MAX, MIB(26) - 1);
	CHECK(load());
	CHECK_EQ(get_le32(params + BP_RAMDISK_IMAGE), MIB(26) - 8192);
}

CASE(an_initrd_keeps_off_the_memory_for_unpacking)
{
	guest(MIB(24));
	kernel();
	give(initrd, sizeof(initrd));
	CHECK(load());
	CHECK_EQ(get_le32(params + BP_RAMDISK_IMAGE), MIB(16) - 8192);
}

CASE(too_little_memory_is_refused)
{
	guest(MIB(23));
	kernel();
	CHECK(!load());
	CHECK_SAYS(why.text, "needs 24 MiB of memory for itself (init_size)"
			     " and has 23; use --mem 24M");
}

CASE(an_old_kernel_is_loaded)
{
	static char longer[257];

	guest(GIB(1));
	kernel();
	put_le16(file + BP_VERSION, 0x0205);
	put_le32(file + BP_INITRD_ADDR_MAX, 0x37FFFFFF);
	file[BP_RELOCATABLE_KERNEL] = 0;
	memset(file + BP_XLOADFLAGS, 0, 0x100); /* code, there */
	memset(longer, 'x', 255);
	request.cmdline = longer;
	give(initrd, sizeof(initrd));
	CHECK(load());
	CHECK_EQ(entry.mode, ENTRY_PROTECTED32);
	CHECK_EQ(entry.rip, MIB(1));
	CHECK_EQ(get_le32(params + BP_RAMDISK_IMAGE), 0x38000000 - 8192);
	longer[255] = 'x';
	CHECK(!load());
	CHECK_SAYS(why.text, "256 characters");
	CHECK_SAYS(why.text, "at most 255");
}

CASE(a_command_line_may_be_as_long_as_the_kernel_says)
{
	static char line[70000];

	guest(MIB(32));
	kernel();
	memset(line, 'x', 2047);
	request.cmdline = line;
	CHECK(load());
	CHECK_EQ(strlen((char *)ram.host + LAYOUT_CMDLINE), 2047);
	line[2047] = 'x';
	CHECK(!load());
	CHECK_SAYS(why.text, "2048 characters");
	CHECK_SAYS(why.text, "at most 2047");
	put_le32(file + BP_CMDLINE_SIZE, UINT32_MAX);
	CHECK(load());
	memset(line, 'x', 65536);
	CHECK(!load());
	CHECK_SAYS(why.text, "at most 65535");
	line[65535] = 0;
	CHECK(load());
}

CASE(what_is_cut_short_is_refused)
{
	guest(MIB(32));
	kernel();
	request.kernel.size = 0x206;
	CHECK(bzimage_recognises(&request.kernel));
	CHECK(!load());
	CHECK_SAYS(why.text, "setup code alone has 1024 bytes");
	CHECK_SAYS(why.text, "the file has 518");
	request.kernel.size = PAYLOAD;
	CHECK(!load());
	request.kernel.size = PAYLOAD + CODE - 16;
	CHECK(!load());
	CHECK_SAYS(why.text, "wants 5120 bytes, the file has 5104");
	request.kernel.size = 0x205;
	CHECK(!bzimage_recognises(&request.kernel));
}

CASE(syssize_is_rounded_and_a_signature_may_follow)
{
	guest(MIB(32));
	kernel();
	request.kernel.size = PAYLOAD + CODE - 15;
	CHECK(load());
	request.kernel.size = PAYLOAD + CODE + 100;
	memset(file + PAYLOAD + CODE, 0x77, 100);
	CHECK(load());
	CHECK_EQ(ram.host[MIB(16) + CODE], 0);
}

CASE(zimages_and_older_protocols_are_refused_by_name)
{
	guest(MIB(32));
	kernel();
	file[BP_LOADFLAGS] = 0;
	CHECK(!load());
	CHECK_SAYS(why.text, "zImage");
	put_le16(file + BP_VERSION, 0x0204);
	CHECK(!load());
	CHECK_SAYS(why.text, "protocol 2.04; 2.05");
}

CASE(addresses_from_the_file_are_not_trusted)
{
	guest(MIB(32));
	kernel();
	put_le64(file + BP_PREF_ADDRESS, UINT64_MAX);
	CHECK(!load());
	CHECK_SAYS(why.text, "never");
	put_le64(file + BP_PREF_ADDRESS, UINT64_MAX - MIB(1));
	put_le32(file + BP_INIT_SIZE, UINT32_MAX);
	CHECK(!load());
	kernel();
	file[BP_RELOCATABLE_KERNEL] = 0;
	put_le32(file + BP_CODE32_START, 0x8000);
	CHECK(!load());
	CHECK_SAYS(why.text, "boot structures");
	put_le32(file + BP_CODE32_START, 0xFFFFFFFF);
	CHECK(!load());
}

RUN("bzimage", &a_64_bit_kernel_goes_to_its_preferred_address,
    &the_zero_page_is_filled, &a_header_never_reaches_the_e820_table,
    &tables_for_long_mode_are_made,
    &without_a_64_bit_entry_the_32_bit_one_is_taken,
    &xloadflags_are_not_believed_before_2_12,
    &beyond_the_page_tables_the_32_bit_entry_is_taken,
    &an_unrelocatable_kernel_goes_to_code32_start, &setup_sects_0_means_4,
    &the_initrd_goes_high_and_keeps_its_limit,
    &an_initrd_keeps_off_the_memory_for_unpacking,
    &too_little_memory_is_refused, &an_old_kernel_is_loaded,
    &a_command_line_may_be_as_long_as_the_kernel_says,
    &what_is_cut_short_is_refused,
    &syssize_is_rounded_and_a_signature_may_follow,
    &zimages_and_older_protocols_are_refused_by_name,
    &addresses_from_the_file_are_not_trusted)
