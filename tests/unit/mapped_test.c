/* A start from big files: little of them is touched, and all of them is there.
 */
#include "boot/boot.h"

#include "board-pc/map.h"
#include "boot/boot_params.h"
#include "vmm/bytes.h"

#include <linux/elf.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define RAM_SIZE MIB(1024)
#define PAGE     4096

/* Pages that a start may touch, whatever the sizes of its files. */
#define FAULTS_MAX 100

static struct memory_range map[2];
static struct module modules[2];
static struct boot_request request;
static struct ram ram;
static struct entry entry;
static struct reason why;

/* A file of so many bytes, all zero, open and mapped. */
static struct image file_of(uint64_t size)
{
	struct image image = { .size = size };

	image.fd = memfd_create("file", 0);
	CHECK(image.fd > 0 && !ftruncate(image.fd, (off_t)size));
	image.bytes =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, image.fd, 0);
	CHECK(image.bytes != MAP_FAILED);
	return image;
}

static uint8_t *bytes_of(const struct image *image)
{
	return (uint8_t *)(uintptr_t)image->bytes;
}

static void forget(struct image *image)
{
	if (!image->size)
		return;
	munmap(bytes_of(image), image->size);
	close(image->fd);
	*image = (struct image){ 0 };
}

static void guest(void)
{
	if (ram.host)
		ram_unmap(&ram);
	forget(&request.kernel);
	forget(&modules[0].file);
	forget(&modules[1].file);
	CHECK(ram_map(&ram, RAM_SIZE, &why));
	map[0] = (struct memory_range){ 0, MAP_EBDA, MEMORY_RAM };
	map[1] = (struct memory_range){ MIB(1), RAM_SIZE - MIB(1), MEMORY_RAM };
	request = (struct boot_request){
		.kernel_name = "kernel",
		.modules = modules,
		.cmdline = "",
		.words = "",
		.map = map,
		.map_count = 2,
	};
}

/* A kernel with so many bytes of text, and as much bss behind half a page. */
static void give_elf(uint64_t text)
{
	const Elf64_Ehdr header = {
		.e_ident = { 0x7F, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_entry = MIB(16),
		.e_phoff = 64,
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
	};
	const Elf64_Phdr segments[2] = {
		{ .p_type = PT_LOAD,
		  .p_offset = MIB(2),
		  .p_paddr = MIB(16),
		  .p_filesz = text,
		  .p_memsz = text },
		{ .p_type = PT_LOAD,
		  .p_offset = MIB(2) + text,
		  .p_paddr = MIB(16) + text,
		  .p_filesz = PAGE / 2,
		  .p_memsz = text },
	};
	uint8_t *bytes;

	request.kernel = file_of(MIB(2) + text + PAGE);
	bytes = bytes_of(&request.kernel);
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + 64, segments, sizeof(segments));
	bytes += MIB(2);
	bytes[0] = 0x11;
	bytes[text - 1] = 0x22;
	bytes[text] = 0x33;
	memset(bytes + text + PAGE / 2, 0xEE, PAGE / 2);
}

/* A cpio archive, as far as initrd_check() looks. */
static void give_initrd(uint64_t size)
{
	struct module *module = &modules[request.module_count++];

	*module = (struct module){ .file = file_of(size), .name = "initrd" };
	memcpy(bytes_of(&module->file), "070701", 6);
	memcpy(bytes_of(&module->file) + size - 10, "TRAILER!!!", 10);
}

/* Loads, and returns how many pages that has touched. */
static long load(void)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	CHECK(boot_load(&request, &ram, &entry, &why));
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt - before.ru_minflt;
}

static uint64_t initrd(void)
{
	return get_le32(ram.host + LAYOUT_PARAMS + BP_RAMDISK_IMAGE);
}

static void check_initrd(uint64_t gpa, uint64_t size)
{
	CHECK_EQ(gpa % PAGE, 0);
	CHECK(!memcmp(ram.host + gpa, "070701", 6));
	CHECK(!memcmp(ram.host + gpa + size - 10, "TRAILER!!!", 10));
	CHECK(gpa + size == RAM_SIZE || !ram.host[gpa + size]);
}

CASE(an_initrd_costs_no_more_for_its_size)
{
	static const uint64_t sizes[] = { MIB(1) + 5, MIB(300) + 5 };

	for (int i = 0; i < 2; i++) {
		guest();
		give_elf(MIB(1));
		give_initrd(sizes[i]);
		CHECK(load() < FAULTS_MAX);
		check_initrd(initrd(), sizes[i]);
	}
}

CASE(nor_do_the_parts_of_one)
{
	guest();
	give_elf(MIB(1));
	give_initrd(MIB(100) + 5);
	give_initrd(MIB(200) + 5);
	CHECK(load() < FAULTS_MAX);
	check_initrd(initrd(), MIB(100) + 5);
	check_initrd(initrd() + MIB(100) + PAGE, MIB(200) + 5);
}

CASE(nor_does_an_elf)
{
	static const uint64_t sizes[] = { MIB(1), MIB(60), MIB(300) };

	for (int i = 0; i < 3; i++) {
		const uint8_t *text, *end;

		guest();
		give_elf(sizes[i]);
		CHECK(load() < FAULTS_MAX);
		text = ram.host + MIB(16);
		end = text + sizes[i];
		CHECK(text[0] == 0x11 && end[-1] == 0x22 && end[0] == 0x33);
		for (unsigned at = PAGE / 2; at < 2 * PAGE; at++)
			CHECK_EQ(end[at], 0);
	}
}

CASE(nor_does_a_raw_image)
{
	guest();
	request.kernel = file_of(MIB(300));
	bytes_of(&request.kernel)[MIB(300) - 1] = 0x44;
	request.is_flat = true;
	request.flat_address = MIB(1);
	CHECK(load() < FAULTS_MAX);
	CHECK_EQ(ram.host[MIB(301) - 1], 0x44);
}

CASE(a_second_start_has_the_files_as_they_were)
{
	guest();
	give_elf(MIB(1));
	give_initrd(MIB(1));
	for (int start = 0; start < 3; start++) {
		load();
		CHECK_EQ(ram.host[MIB(16)], 0x11);
		check_initrd(initrd(), MIB(1));
		memset(ram.host + MIB(16), 0xEE, MIB(1));
		memset(ram.host + initrd(), 0xEE, MIB(1));
		ram_unmap(&ram);
		CHECK(ram_map(&ram, RAM_SIZE, &why));
	}
}

RUN("mapped", &an_initrd_costs_no_more_for_its_size, &nor_do_the_parts_of_one,
    &nor_does_an_elf, &nor_does_a_raw_image,
    &a_second_start_has_the_files_as_they_were)
