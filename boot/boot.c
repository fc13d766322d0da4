/*
 * Which loader an image is for, and what it is when it is for none; see
 * boot.h. Nothing is unpacked here: a compressed image costs every start its
 * unpacking, so it is refused with the command that unpacks it once.
 */
#include "boot/boot.h"

#include "boot/bzimage.h"
#include "boot/elf.h"
#include "boot/flat.h"
#include "boot/initrd.h"
#include "boot/multiboot1.h"
#include "boot/multiboot2.h"
#include "boot/pvh.h"
#include "vmm/bytes.h"

#include <inttypes.h>
#include <stdio.h>

#define WANTED                                                                 \
	"a bzImage, an ELF for x86-64 or i386, or a Multiboot kernel is "      \
	"wanted"
#define FROM_DISK "take the kernel out of it"

#define LINUX_CMDLINE_SIZE 2048 /* COMMAND_LINE_SIZE of x86 */

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
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++)
		if (matches(file, &mistakes[i]))
			return fail(why, "%s, not a kernel for x86; %s",
				    mistakes[i].found, mistakes[i].advice);
	return fail_unknown(file, why);
}

static bool check_words(const struct boot_request *request, struct reason *why)
{
	for (unsigned i = 0; i < request->module_count; i++) {
		const struct module *part = &request->modules[i];

		if (!part->string || !strcmp(part->string, part->name))
			continue;
		fail(why, "an initrd takes no words behind its name; those for"
			  " the guest go to --append");
		return fail_in(why, "%s", part->name);
	}
	return true;
}

/*
 * An initrd that is none Linux would find out much later, and panic; others
 * take any bytes. Several are joined, and each has to be one.
 */
static bool check_initrd(const struct boot_request *request, struct reason *why)
{
	for (unsigned i = 0; i < request->module_count; i++)
		if (!initrd_check(&request->modules[i].file, why))
			return fail_in(why, "%s", request->modules[i].name);
	return check_words(request, why);
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

	if (!elf_load(request, ram, 0, &elf, why) ||
	    (elf.is_linux &&
	     (!check_initrd(request, why) || !check_cmdline(request, why))))
		return false;
	if (elf.has_pvh)
		return pvh_enter(request, ram, elf.extent, elf.pvh_entry,
				 elf.is_linux, entry, why);
	return check_words(request, why) &&
	       elf_enter(request, ram, &elf, entry, why);
}

/* A kernel in RAM, where in it code may be, and where it is entered. */
struct loaded {
	struct extent extent;
	struct extent code;
	uint64_t entry;
};

static bool check_entry(const struct loaded *kernel, struct reason *why)
{
	if (kernel->entry >= kernel->code.start &&
	    kernel->entry < kernel->code.end)
		return true;
	return fail(why,
		    "a Multiboot kernel whose entry 0x%" PRIx64
		    " is outside of it (0x%" PRIx64 " to 0x%" PRIx64 ")",
		    kernel->entry, kernel->code.start, kernel->code.end - 1);
}

static bool check_is_elf(const struct boot_request *request, struct reason *why)
{
	return elf_recognises(&request->kernel) ||
	       fail(why, "a Multiboot kernel that is no ELF file, and whose"
			 " header has no load addresses");
}

/* By the addresses of its Multiboot header; a bss has no code in it. */
static bool load_by_address(const struct boot_request *request,
			    const struct ram *ram, const struct flat *flat,
			    uint64_t shift, struct loaded *kernel,
			    struct reason *why)
{
	if (!flat_load(request, ram, flat, shift, &kernel->extent, why))
		return false;
	kernel->code.start = kernel->extent.start;
	kernel->code.end = kernel->extent.start + flat->length;
	return true;
}

/* By `flat`, or where there is none by the headers of the file. */
static bool load_kernel(const struct boot_request *request,
			const struct ram *ram, const struct flat *flat,
			uint64_t shift, struct loaded *kernel,
			struct reason *why)
{
	struct elf elf;

	if (flat)
		return load_by_address(request, ram, flat, shift, kernel, why);
	if (!check_is_elf(request, why) ||
	    !elf_load(request, ram, shift, &elf, why))
		return false;
	*kernel = (struct loaded){ elf.extent, elf.extent, elf.entry };
	return true;
}

static bool load_multiboot1(const struct boot_request *request,
			    const struct ram *ram, struct entry *entry,
			    struct reason *why)
{
	struct multiboot1 header;
	struct loaded kernel;

	if (!multiboot1_read(&request->kernel, &header, why) ||
	    !load_kernel(request, ram,
			 header.has_addresses ? &header.flat : NULL, 0, &kernel,
			 why))
		return false;
	if (header.has_addresses)
		kernel.entry = header.entry;
	return check_entry(&kernel, why) &&
	       multiboot1_enter(request, ram, kernel.extent,
				(uint32_t)kernel.entry, entry, why);
}

/* What a Multiboot 2 kernel occupies where it is linked. */
static bool linked_extent(const struct boot_request *request,
			  const struct multiboot2 *header,
			  struct extent *linked, struct reason *why)
{
	const struct flat *flat = &header->flat;

	if (!header->has_addresses)
		return check_is_elf(request, why) &&
		       elf_extent(&request->kernel, linked, why);
	*linked = (struct extent){ flat->gpa, flat->gpa + flat->occupied };
	return true;
}

static bool load_multiboot2(const struct boot_request *request,
			    const struct ram *ram, struct entry *entry,
			    struct reason *why)
{
	struct multiboot2 header;
	struct loaded kernel;
	struct extent linked;
	uint64_t shift;

	if (!multiboot2_read(&request->kernel, &header, why) ||
	    !linked_extent(request, &header, &linked, why) ||
	    !multiboot2_place(request, &header, linked, &shift, why) ||
	    !load_kernel(request, ram,
			 header.has_addresses ? &header.flat : NULL, shift,
			 &kernel, why))
		return false;
	if (header.has_entry)
		kernel.entry = header.entry + shift;
	return check_entry(&kernel, why) &&
	       multiboot2_enter(request, ram, &header, kernel.extent,
				(uint32_t)kernel.entry, entry, why);
}

/* Any bytes; entered at the first, as by PVH. */
static bool load_flat(const struct boot_request *request, const struct ram *ram,
		      struct entry *entry, struct reason *why)
{
	const struct flat flat = {
		.gpa = request->flat_address,
		.length = request->kernel.size,
		.occupied = request->kernel.size,
	};
	struct extent extent;

	return flat_load(request, ram, &flat, 0, &extent, why) &&
	       pvh_enter(request, ram, extent, request->flat_address, false,
			 entry, why);
}

bool boot_load(const struct boot_request *request, const struct ram *ram,
	       struct entry *entry, struct reason *why)
{
	const struct image *kernel = &request->kernel;

	if (request->is_flat)
		return load_flat(request, ram, entry, why);
	if (bzimage_recognises(kernel))
		return check_initrd(request, why) &&
		       bzimage_load(request, ram, entry, why);
	if (multiboot1_recognises(kernel))
		return load_multiboot1(request, ram, entry, why);
	if (multiboot2_recognises(kernel))
		return load_multiboot2(request, ram, entry, why);
	if (elf_recognises(kernel))
		return load_elf(request, ram, entry, why);
	return refuse(kernel, why);
}
