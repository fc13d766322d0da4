/*
 * Which loader an image is for, and what it is when it is for none; see
 * boot.h. Nothing is unpacked here: a compressed image costs every start its
 * unpacking, so it is refused with the command that unpacks it once.
 */
#include "boot/boot.h"

#include "boot/bzimage.h"
#include "boot/elf.h"
#include "boot/initrd.h"
#include "boot/pvh.h"
#include "vmm/bytes.h"

#include <stdio.h>

#define WANTED    "a bzImage or an x86-64 ELF is wanted"
#define FROM_DISK "take the kernel out of it"

#define LINUX_CMDLINE_SIZE 2048 /* COMMAND_LINE_SIZE of x86 */

/* Where the Multiboot 1 and 2 specifications put their headers. */
#define MULTIBOOT1_MAGIC UINT32_C(0x1BADB002)
#define MULTIBOOT1_REACH 8192
#define MULTIBOOT2_MAGIC UINT32_C(0xE85250D6)
#define MULTIBOOT2_REACH 32768

/* Files that are given as kernels by mistake, by their magic numbers. */
#define MAGIC(bytes) sizeof(bytes) - 1, bytes

static const struct mistake {
	uint64_t offset;
	size_t length;
	const char *magic;
	const char *found;
	const char *advice;
} mistakes[] = {
	{ 0, MAGIC("\x1F\x8B"), "gzip data", "unpack it first (gunzip)" },
	{ 0, MAGIC("\xFD\x37zXZ\0"), "xz data", "unpack it first (unxz)" },
	{ 0, MAGIC("\x28\xB5\x2F\xFD"), "zstd data",
	  "unpack it first (unzstd)" },
	{ 0, MAGIC("\x04\x22\x4D\x18"), "lz4 data", "unpack it first (unlz4)" },
	{ 0, MAGIC("\x02\x21\x4C\x18"), "lz4 data", "unpack it first (unlz4)" },
	{ 0, MAGIC("BZh"), "bzip2 data", "unpack it first (bunzip2)" },
	{ 0, MAGIC("\x5D\0\0"), "lzma data", "unpack it first (unlzma)" },
	{ 0, MAGIC("070701"), "an initramfs (cpio)", "that is for --initrd" },
	{ 0, MAGIC("070702"), "an initramfs (cpio)", "that is for --initrd" },
	{ 0, MAGIC("#!"), "a script", WANTED },
	{ 0, MAGIC("!<arch>\n"), "a Debian package",
	  "unpack it first (dpkg -x)" },
	{ 257, MAGIC("ustar"), "a tar archive", "unpack it first (tar xf)" },
	{ 0, MAGIC("QFI\xFB"), "a qcow2 disk image", FROM_DISK },
	{ 0, MAGIC("hsqs"), "a squashfs file system", FROM_DISK },
	{ 0x438, MAGIC("\x53\xEF"), "an ext2/3/4 file system", FROM_DISK },
	{ 0x8001, MAGIC("CD001"), "a CD image", FROM_DISK },
	{ 0x38, MAGIC("ARM\x64"), "an arm64 Linux kernel", WANTED },
	{ 0, MAGIC("MZ"), "an EFI program without a Linux header", WANTED },
	{ 0x1FE, MAGIC("\x55\xAA"), "a boot sector or disk", FROM_DISK },
};

static bool matches(const struct image *file, const struct mistake *it)
{
	return file->size >= it->offset + it->length &&
	       !memcmp(file->bytes + it->offset, it->magic, it->length);
}

static bool has_multiboot1(const struct image *file)
{
	for (uint64_t at = 0; at < MULTIBOOT1_REACH && at + 12 <= file->size;
	     at += 4) {
		const uint8_t *header = file->bytes + at;

		if (get_le32(header) == MULTIBOOT1_MAGIC &&
		    !(get_le32(header) + get_le32(header + 4) +
		      get_le32(header + 8)))
			return true;
	}
	return false;
}

static bool has_multiboot2(const struct image *file)
{
	for (uint64_t at = 0; at < MULTIBOOT2_REACH && at + 16 <= file->size;
	     at += 8) {
		const uint8_t *header = file->bytes + at;

		if (get_le32(header) == MULTIBOOT2_MAGIC &&
		    !(get_le32(header) + get_le32(header + 4) +
		      get_le32(header + 8) + get_le32(header + 12)))
			return true;
	}
	return false;
}

static bool has_multiboot(const struct image *file)
{
	return has_multiboot1(file) || has_multiboot2(file);
}

static bool fail_multiboot(struct reason *why)
{
	return fail(why, "a multiboot kernel, which is not accepted; an x86-64"
			 " ELF with a PVH note or a bzImage is wanted");
}

static bool fail_unknown(const struct image *file, struct reason *why)
{
	char bytes[3 * 8 + 1] = "";

	for (unsigned i = 0; i < 8 && i < file->size; i++)
		snprintf(bytes + 3 * (size_t)i, 4, " %02x", file->bytes[i]);
	return fail(why, "unknown header (first bytes%s); " WANTED, bytes);
}

/* No loader takes it: what is it? */
static bool refuse(const struct image *file, struct reason *why)
{
	if (!file->size)
		return fail(why, "the file is empty; " WANTED);
	if (has_multiboot(file))
		return fail_multiboot(why);
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++)
		if (matches(file, &mistakes[i]))
			return fail(why, "%s, not an x86-64 kernel; %s",
				    mistakes[i].found, mistakes[i].advice);
	return fail_unknown(file, why);
}

/* Linux would find it out much later, and panic; others take any bytes. */
static bool check_initrd(const struct boot_request *request, struct reason *why)
{
	if (!request->initrd.size || initrd_check(&request->initrd, why))
		return true;
	return fail_in(why, "%s", request->initrd_name);
}

/*
 * A bzImage says how long its command line may be; in an ELF the kernel cuts it
 * there (with the final zero), without a word.
 */
static bool check_cmdline(const struct boot_request *request,
			  struct reason *why)
{
	size_t length = strlen(request->cmdline);

	return length < LINUX_CMDLINE_SIZE ||
	       fail(why,
		    "the command line has %zu characters, and Linux takes at"
		    " most %d",
		    length, LINUX_CMDLINE_SIZE - 1);
}

static bool load_elf(const struct boot_request *request, const struct ram *ram,
		     struct entry *entry, struct reason *why)
{
	struct elf elf;

	if (!elf_load(request, ram, &elf, why) ||
	    (elf.is_linux &&
	     (!check_initrd(request, why) || !check_cmdline(request, why))))
		return false;
	if (elf.has_pvh)
		return pvh_enter(request, ram, elf.extent, elf.pvh_entry, entry,
				 why);
	if (has_multiboot(&request->kernel))
		return fail_multiboot(why);
	return elf_enter(request, ram, &elf, entry, why);
}

bool boot_load(const struct boot_request *request, const struct ram *ram,
	       struct entry *entry, struct reason *why)
{
	if (bzimage_recognises(&request->kernel))
		return check_initrd(request, why) &&
		       bzimage_load(request, ram, entry, why);
	if (elf_recognises(&request->kernel))
		return load_elf(request, ram, entry, why);
	return refuse(&request->kernel, why);
}
