/* A kernel as fw_cfg items, as linuxboot_dma.bin and qboot take it. */
#include "board-pc/fw_cfg_linux.h"

#include "board-pc/map.h"
#include "tests/unit/unit.h"
#include "vmm/bytes.h"

#define SETUP  0x5000 /* 39 sectors and the first */
#define KERNEL 0x3000

static uint8_t file[SETUP + KERNEL];
static struct fw_cfg_linux request;
static struct fw_cfg_linux_bytes bytes;
static struct fw_cfg_items items;
static struct reason why;

/* Debian's kernel in small: protocol 2.15, relocatable, 16 MiB. */
static void start(uint64_t ram_size)
{
	for (size_t i = 0; i < sizeof(file); i++)
		file[i] = (uint8_t)(i * 7 + (i >> 8));
	memset(file + 0x1F1, 0, 0x290 - 0x1F1);
	file[0x1F1] = 39;
	put_le16(file + 0x1FE, 0xAA55);
	memcpy(file + 0x202, "HdrS", 4);
	put_le16(file + 0x206, 0x020F);
	file[0x211] = 1;
	put_le32(file + 0x22C, 0x7FFFFFFF);
	put_le32(file + 0x238, 2047);
	put_le64(file + 0x258, MIB(16));
	put_le32(file + 0x260, MIB(10));
	fw_cfg_items_init(&items);
	request = (struct fw_cfg_linux){
		.kernel = { .bytes = file, .size = sizeof(file) },
		.cmdline = "console=ttyS0",
		.ram_size = ram_size,
	};
}

static bool bzimage(void)
{
	why = (struct reason){ "" };
	return fw_cfg_linux_bzimage(&request, &bytes, &items, &why);
}

static uint32_t number(enum fw_cfg_key key)
{
	CHECK_EQ(items.known[key].size, 4);
	return get_le32(items.known[key].data);
}

static const uint8_t *setup_data(void)
{
	return items.known[FW_CFG_SETUP_DATA].data;
}

#define CHECK_REFUSED(words)                                                   \
	do {                                                                   \
		CHECK(!bzimage());                                             \
		CHECK_SAYS(why.text, words);                                   \
	} while (0)

CASE(a_bzimage_is_split)
{
	start(MIB(128));
	CHECK(bzimage());
	CHECK_EQ(number(FW_CFG_KERNEL_ADDR), 0x100000);
	CHECK_EQ(number(FW_CFG_KERNEL_SIZE), KERNEL);
	CHECK(items.known[FW_CFG_KERNEL_DATA].data == file + SETUP);
	CHECK_EQ(items.known[FW_CFG_KERNEL_DATA].size, KERNEL);
	CHECK_EQ(number(FW_CFG_SETUP_ADDR), 0x10000);
	CHECK_EQ(number(FW_CFG_SETUP_SIZE), SETUP);
	CHECK_EQ(items.known[FW_CFG_SETUP_DATA].size, SETUP);
	CHECK(!memcmp(setup_data(), file, 0x1F1));
	CHECK(!memcmp(setup_data() + 0x290, file + 0x290, SETUP - 0x290));
}

CASE(its_header_is_filled_in)
{
	start(MIB(128));
	CHECK(bzimage());
	CHECK_EQ(setup_data()[0x210], 0xFF);
	CHECK_EQ(setup_data()[0x211], 0x81);
	CHECK_EQ(get_le16(setup_data() + 0x224), 0xFE00);
	CHECK_EQ(get_le32(setup_data() + 0x228), 0x20000);
	CHECK_EQ(get_le32(setup_data() + 0x218), 0);
	CHECK_EQ(get_le32(setup_data() + 0x21C), 0);
	CHECK_EQ(file[0x211], 1); /* the file is not */
}

CASE(the_command_line_has_its_zero)
{
	start(MIB(128));
	CHECK(bzimage());
	CHECK_EQ(number(FW_CFG_CMDLINE_ADDR), 0x20000);
	CHECK_EQ(number(FW_CFG_CMDLINE_SIZE), 14);
	CHECK_EQ(items.known[FW_CFG_CMDLINE_DATA].size, 14);
	CHECK(!strcmp(items.known[FW_CFG_CMDLINE_DATA].data, "console=ttyS0"));
	start(MIB(128));
	put_le32(file + 0x238, 12);
	CHECK_REFUSED("takes at most 12");
}

CASE(without_an_initrd_its_numbers_are_zero)
{
	start(MIB(128));
	CHECK(bzimage());
	CHECK_EQ(number(FW_CFG_INITRD_ADDR), 0);
	CHECK_EQ(number(FW_CFG_INITRD_SIZE), 0);
	CHECK_EQ(items.known[FW_CFG_INITRD_DATA].size, 0);
}

/* Where an initrd of `size` bytes goes. */
static uint32_t initrd_at(uint64_t ram_size, uint32_t max, uint64_t size)
{
	start(ram_size);
	put_le32(file + 0x22C, max);
	request.initrd = (struct image){ .bytes = file, .size = size };
	CHECK(bzimage());
	CHECK_EQ(number(FW_CFG_INITRD_SIZE), size);
	CHECK_EQ(items.known[FW_CFG_INITRD_DATA].size, size);
	CHECK_EQ(get_le32(setup_data() + 0x218), number(FW_CFG_INITRD_ADDR));
	CHECK_EQ(get_le32(setup_data() + 0x21C), size);
	return number(FW_CFG_INITRD_ADDR);
}

CASE(the_initrd_is_as_high_as_possible)
{
	CHECK_EQ(initrd_at(MIB(128), 0x7FFFFFFF, 5000),
		 MIB(128) - KIB(256) - 0x2000);
	CHECK_EQ(initrd_at(MIB(128), 0x37FFFFF, 5000), 0x37FE000);
	CHECK_EQ(initrd_at(GIB(3), 0x7FFFFFFF, 5000), 0x7FFFE000);
	CHECK_EQ(initrd_at(GIB(8), 0xFFFFFFFF, 5000),
		 GIB(3) - KIB(256) - 0x2000);
	/* linuxboot_dma.bin moves what does not end in the last page. */
	for (uint32_t size = 4090; size < 4100; size++)
		CHECK_EQ((initrd_at(GIB(3), 0x7FFFFFFF, size) + size) & ~4095U,
			 0x7FFFF000);
}

CASE(an_initrd_that_does_not_fit_is_refused)
{
	start(MIB(32));
	request.initrd =
	    (struct image){ .bytes = file, .size = MIB(6) - KIB(256) - 4096 };
	CHECK(bzimage());
	CHECK(number(FW_CFG_INITRD_ADDR) >= MIB(26));
	start(MIB(32));
	request.initrd.size = MIB(6) - KIB(256) + 1;
	CHECK_REFUSED("does not fit");
	start(MIB(32));
	request.initrd.size = UINT64_MAX - 5;
	CHECK_REFUSED("does not fit");
	start(MIB(64));
	put_le32(file + 0x22C, 100);
	request.initrd.size = 101;
	CHECK_REFUSED("does not fit");
}

CASE(a_kernel_that_does_not_fit_is_refused)
{
	start(MIB(26));
	CHECK(bzimage());
	start(MIB(25));
	CHECK_REFUSED("wants memory up to 0x1a00000");
	start(MIB(64));
	put_le64(file + 0x258, UINT64_MAX);
	CHECK_REFUSED("wants memory");
}

CASE(small_setup_code_is_padded_for_qboot)
{
	start(MIB(128));
	file[0x1F1] = 1;
	CHECK(bzimage());
	CHECK_EQ(number(FW_CFG_SETUP_SIZE), 1024);
	CHECK_EQ(number(FW_CFG_KERNEL_SIZE), SETUP + KERNEL - 1024);
	CHECK_EQ(items.known[FW_CFG_SETUP_DATA].size, 8192);
	CHECK_EQ(setup_data()[1024], 0);
	start(MIB(128));
	file[0x1F1] = 0;
	CHECK(bzimage());
	CHECK_EQ(number(FW_CFG_SETUP_SIZE), 2560);
}

CASE(what_is_no_bzimage_is_refused)
{
	start(MIB(128));
	file[0x202] = 'X';
	CHECK_REFUSED("not a bzImage");
	start(MIB(128));
	request.kernel.size = 0x28F;
	CHECK_REFUSED("not a bzImage");
	start(MIB(128));
	file[0x211] = 0;
	CHECK_REFUSED("zImage");
	start(MIB(128));
	put_le16(file + 0x206, 0x0204);
	CHECK_REFUSED("older");
	start(MIB(128));
	file[0x1F1] = 64;
	CHECK_REFUSED("at most 32768");
	start(MIB(128));
	request.kernel.size = SETUP;
	CHECK_REFUSED("cut short");
}

CASE(an_elf_file_is_told_where_it_is)
{
	const struct fw_cfg_elf elf = { MIB(16), MIB(40), 0x1000120 };

	start(MIB(128));
	memcpy(file, "\177ELF", 4);
	request.initrd = (struct image){ .bytes = file, .size = 4096 };
	CHECK(fw_cfg_linux_elf(&request, &elf, &bytes, &items, &why));
	CHECK_EQ(number(FW_CFG_KERNEL_ADDR), MIB(16));
	CHECK_EQ(number(FW_CFG_KERNEL_SIZE), MIB(24));
	CHECK_EQ(number(FW_CFG_KERNEL_ENTRY), 0x1000120);
	CHECK_EQ(number(FW_CFG_SETUP_SIZE), 8192);
	CHECK_EQ(items.known[FW_CFG_SETUP_DATA].size, 8192);
	CHECK(!memcmp(setup_data(), file, 8192));
	CHECK_EQ(items.known[FW_CFG_KERNEL_DATA].size, 0);
	CHECK_EQ(number(FW_CFG_CMDLINE_SIZE), 14);
	CHECK(number(FW_CFG_INITRD_ADDR) >= MIB(40));
	start(MIB(40));
	request.initrd = (struct image){ .bytes = file, .size = 4096 };
	CHECK(!fw_cfg_linux_elf(&request, &elf, &bytes, &items, &why));
	CHECK_SAYS(why.text, "does not fit");
}

CASE(a_short_elf_file_is_padded)
{
	const struct fw_cfg_elf elf = { MIB(1), MIB(2), 0x100000 };

	start(MIB(128));
	request.kernel.size = 100;
	CHECK(fw_cfg_linux_elf(&request, &elf, &bytes, &items, &why));
	CHECK_EQ(items.known[FW_CFG_SETUP_DATA].size, 8192);
	CHECK_EQ(setup_data()[99], file[99]);
	CHECK_EQ(setup_data()[100], 0);
}

RUN("fw_cfg_linux", &a_bzimage_is_split, &its_header_is_filled_in,
    &the_command_line_has_its_zero, &without_an_initrd_its_numbers_are_zero,
    &the_initrd_is_as_high_as_possible, &an_initrd_that_does_not_fit_is_refused,
    &a_kernel_that_does_not_fit_is_refused,
    &small_setup_code_is_padded_for_qboot, &what_is_no_bzimage_is_refused,
    &an_elf_file_is_told_where_it_is, &a_short_elf_file_is_padded)
