/*
 * Documents: Linux's Documentation/arch/x86/boot.rst ("Details of Header
 * Fields", "Loading The Rest of The Kernel"); for the items, who reads them:
 * QEMU's linuxboot_dma.bin and pvh.bin, and qboot.
 *
 * The firmware runs the kernel's real-mode code, so the header of the setup
 * data is filled in here as boot.rst asks of a loader. The addresses are the
 * customary ones. qboot takes none of them but makes the same ones itself.
 *
 * The initrd ends at the last page that the header allows, or below what
 * firmware keeps at the end of RAM. linuxboot_dma.bin relies on that: where the
 * initrd does not end in the page of initrd_addr_max, it asks the firmware for
 * the end of RAM and moves it there.
 *
 * An item for each number is there even without an initrd: linuxboot_dma.bin
 * does not ask before it reads.
 */
#include "board-pc/fw_cfg_linux.h"

#include "board-pc/map.h"
#include "boot/boot_params.h"
#include "vmm/bytes.h"

#include <assert.h>
#include <inttypes.h>

#define SECTOR              512
#define SETUP_SECTS_DEFAULT 4
#define SETUP_ADDR          0x10000
#define CMDLINE_ADDR        0x20000
#define KERNEL_ADDR         0x100000

/* Above the setup code, to 512 bytes below the command line. */
#define HEAP_END_PTR       (CMDLINE_ADDR - SETUP_ADDR - 0x200)
#define BP_HEAP_END_PTR    0x224
#define CAN_USE_HEAP       0x80
#define LOADER_UNDEFINED   0xFF
#define CMDLINE_MAX        65536
#define CMDLINE_DEFAULT    255
#define PAGE               UINT64_C(4096)
#define INITRD_END_DEFAULT UINT32_MAX

/* SeaBIOS has its tables there, 256 KiB at most. */
#define FIRMWARE_TOP KIB(256)

static uint64_t low_ram_end(const struct fw_cfg_linux *request)
{
	uint64_t size = request->ram_size;

	return size < MAP_GAP ? size : MAP_GAP;
}

/*
 * Chooses the initrd's address: its last byte is at most `limit`, and its
 * first one not below `floor`, where the kernel ends.
 */
static bool place_initrd(const struct fw_cfg_linux *request, uint64_t limit,
			 uint64_t floor, struct fw_cfg_linux_bytes *bytes,
			 struct reason *why)
{
	uint64_t size = request->initrd.size;
	uint64_t last = low_ram_end(request) - FIRMWARE_TOP - 1;

	if (!size)
		return true;
	if (last > limit)
		last = limit;
	if (size > last || ((last - size) & ~(PAGE - 1)) < floor)
		return fail(why,
			    "the initrd of %" PRIu64 " bytes does not fit "
			    "between the kernel, which ends at 0x%" PRIx64
			    ", and 0x%" PRIx64 "; ask for more memory",
			    size, floor, last + 1);
	bytes->initrd_addr = (uint32_t)((last - size) & ~(PAGE - 1));
	bytes->initrd_size = (uint32_t)size;
	return true;
}

static bool take_cmdline(const struct fw_cfg_linux *request, uint64_t max,
			 struct fw_cfg_linux_bytes *bytes, struct reason *why)
{
	uint64_t length = strlen(request->cmdline);

	if (max > CMDLINE_MAX - 1)
		max = CMDLINE_MAX - 1;
	if (length > max)
		return fail(why,
			    "the command line has %" PRIu64 " characters, and "
			    "the kernel takes at most %" PRIu64,
			    length, max);
	bytes->cmdline_addr = CMDLINE_ADDR;
	bytes->cmdline_size = (uint32_t)length + 1;
	return true;
}

/* Numbers and parts that every kernel has. `kernel` may be empty. */
static void add_items(const struct fw_cfg_linux *request,
		      const struct fw_cfg_linux_bytes *it,
		      const struct image *kernel, struct fw_cfg_items *items)
{
	uint32_t setup = it->setup_size < FW_CFG_SETUP_PEEK ? FW_CFG_SETUP_PEEK
							    : it->setup_size;
	const struct {
		enum fw_cfg_key key;
		const void *data;
		uint64_t size;
	} all[] = {
		{ FW_CFG_KERNEL_ADDR, &it->kernel_addr, 4 },
		{ FW_CFG_KERNEL_SIZE, &it->kernel_size, 4 },
		{ FW_CFG_KERNEL_ENTRY, &it->kernel_entry, 4 },
		{ FW_CFG_KERNEL_DATA, kernel->bytes, kernel->size },
		{ FW_CFG_INITRD_ADDR, &it->initrd_addr, 4 },
		{ FW_CFG_INITRD_SIZE, &it->initrd_size, 4 },
		{ FW_CFG_INITRD_DATA, request->initrd.bytes, it->initrd_size },
		{ FW_CFG_CMDLINE_ADDR, &it->cmdline_addr, 4 },
		{ FW_CFG_CMDLINE_SIZE, &it->cmdline_size, 4 },
		{ FW_CFG_CMDLINE_DATA, request->cmdline, it->cmdline_size },
		{ FW_CFG_SETUP_ADDR, &it->setup_addr, 4 },
		{ FW_CFG_SETUP_SIZE, &it->setup_size, 4 },
		{ FW_CFG_SETUP_DATA, it->setup, setup },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		bool added = fw_cfg_add_item(items, all[i].key, all[i].data,
					     all[i].size);

		assert(added); /* nothing else has these, nor 4 GiB */
	}
}

/* The bzImage. */

static bool find_setup(const struct image *file, uint32_t *size,
		       struct reason *why)
{
	uint32_t sectors;

	if (file->size < BP_SETUP_HEADER_MAX ||
	    get_le16(file->bytes + BP_BOOT_FLAG) != BP_BOOT_FLAG_MAGIC ||
	    get_le32(file->bytes + BP_HEADER) != BP_HEADER_MAGIC)
		return fail(why, "not a bzImage");
	if (get_le16(file->bytes + BP_VERSION) < 0x0205 ||
	    !(file->bytes[BP_LOADFLAGS] & BP_LOADED_HIGH))
		return fail(why, "a zImage, or a kernel older than Linux "
				 "2.6.20, which is not accepted");
	sectors = file->bytes[BP_SETUP_SECTS];
	*size = ((sectors ? sectors : SETUP_SECTS_DEFAULT) + 1) * SECTOR;
	if (*size > FW_CFG_SETUP_MAX)
		return fail(why,
			    "its setup code has %" PRIu32 " bytes; at most %d "
			    "are possible",
			    *size, FW_CFG_SETUP_MAX);
	if (file->size <= *size)
		return fail(why,
			    "a bzImage cut short: its setup code alone has "
			    "%" PRIu32 " bytes, the file has %" PRIu64,
			    *size, file->size);
	return true;
}

/* Where the kernel ends once it runs. */
static uint64_t kernel_end(const uint8_t *header, uint64_t size)
{
	uint64_t end = KERNEL_ADDR + size, runtime = 0;

	if (get_le16(header + BP_VERSION) >= 0x020A)
		runtime = get_le64(header + BP_PREF_ADDRESS);
	if (runtime < UINT32_MAX && runtime)
		runtime += get_le32(header + BP_INIT_SIZE);
	return runtime > end ? runtime : end;
}

static void fill_header(uint8_t *header, const struct fw_cfg_linux_bytes *it)
{
	header[BP_TYPE_OF_LOADER] = LOADER_UNDEFINED;
	header[BP_LOADFLAGS] |= CAN_USE_HEAP;
	put_le16(header + BP_HEAP_END_PTR, HEAP_END_PTR);
	put_le32(header + BP_CMD_LINE_PTR, it->cmdline_addr);
	put_le32(header + BP_RAMDISK_IMAGE, it->initrd_addr);
	put_le32(header + BP_RAMDISK_SIZE, it->initrd_size);
}

bool fw_cfg_linux_bzimage(const struct fw_cfg_linux *request,
			  struct fw_cfg_linux_bytes *bytes,
			  struct fw_cfg_items *items, struct reason *why)
{
	const uint8_t *header = request->kernel.bytes;
	struct image kernel;
	uint32_t setup = 0;
	uint64_t end;

	memset(bytes, 0, sizeof(*bytes));
	if (!find_setup(&request->kernel, &setup, why))
		return false;
	kernel = (struct image){ .bytes = header + setup,
				 .size = request->kernel.size - setup };
	end = kernel_end(header, kernel.size);
	if (end > low_ram_end(request))
		return fail(why,
			    "wants memory up to 0x%" PRIx64 ", which is not "
			    "there; ask for more",
			    end);
	bytes->kernel_addr = KERNEL_ADDR;
	bytes->kernel_size = (uint32_t)kernel.size;
	bytes->setup_addr = SETUP_ADDR;
	bytes->setup_size = setup;
	if (!take_cmdline(request,
			  get_le16(header + BP_VERSION) >= 0x0206
			      ? get_le32(header + BP_CMDLINE_SIZE)
			      : CMDLINE_DEFAULT,
			  bytes, why) ||
	    !place_initrd(request, get_le32(header + BP_INITRD_ADDR_MAX), end,
			  bytes, why))
		return false;
	memcpy(bytes->setup, header, setup);
	fill_header(bytes->setup, bytes);
	add_items(request, bytes, &kernel, items);
	return true;
}

/* The ELF file, of which only the first bytes are an item. */

bool fw_cfg_linux_elf(const struct fw_cfg_linux *request,
		      const struct fw_cfg_elf *elf,
		      struct fw_cfg_linux_bytes *bytes,
		      struct fw_cfg_items *items, struct reason *why)
{
	const struct image nothing = { 0 };
	uint64_t size = request->kernel.size;

	memset(bytes, 0, sizeof(*bytes));
	bytes->kernel_addr = (uint32_t)elf->start;
	bytes->kernel_size = (uint32_t)(elf->end - elf->start);
	bytes->kernel_entry = elf->entry;
	bytes->setup_addr = SETUP_ADDR;
	bytes->setup_size = FW_CFG_SETUP_PEEK;
	memcpy(bytes->setup, request->kernel.bytes,
	       size < FW_CFG_SETUP_PEEK ? size : FW_CFG_SETUP_PEEK);
	if (!take_cmdline(request, UINT64_MAX, bytes, why) ||
	    !place_initrd(request, INITRD_END_DEFAULT, elf->end, bytes, why))
		return false;
	add_items(request, bytes, &nothing, items);
	return true;
}
