#include "tests/bench/memory.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAPPINGS_MAX = 1024, NAME_MAX_BYTES = 256 };

struct mapping {
	uint64_t start, end;
	char name[NAME_MAX_BYTES];
	bool is_code;
	unsigned resident_kib, dirty_kib;
};

static struct mapping mappings[MAPPINGS_MAX];

/* Returns how many there are. */
static unsigned read_smaps(pid_t process)
{
	unsigned long start, end, kib;
	struct mapping *last = NULL;
	char path[64], line[1024], access[8];
	unsigned count = 0;
	FILE *file;
	int at;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)process);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &start, &end,
			   access, &at) == 3 &&
		    count < MAPPINGS_MAX) {
			last = &mappings[count++];
			*last = (struct mapping){ .start = start,
						  .end = end,
						  .is_code = access[2] == 'x' };
			strncpy(last->name, line + at, NAME_MAX_BYTES - 1);
		} else if (last && sscanf(line, "Rss: %lu", &kib) == 1) {
			last->resident_kib = (unsigned)kib;
		} else if (last &&
			   sscanf(line, "Private_Dirty: %lu", &kib) == 1) {
			last->dirty_kib = (unsigned)kib;
		}
	}
	if (file)
		fclose(file);
	return count;
}

/*
 * The guest's RAM: by its name; where the kernel knows none, the anonymous
 * mapping that is large enough but for a first part, and that part, which has
 * advice of its own and so is a mapping of its own.
 */
#define FIRST_PART (UINT64_C(8) << 20)

static bool is_ram(unsigned index, unsigned count, uint64_t ram_bytes)
{
	const struct mapping *mapping = &mappings[index];
	uint64_t size = mapping->end - mapping->start;

	if (strstr(mapping->name, "guest-ram"))
		return true;
	if (mapping->name[0])
		return false;
	if (size + FIRST_PART >= ram_bytes)
		return true;
	return index + 1 < count && mapping->end == mappings[index + 1].start &&
	       is_ram(index + 1, count, ram_bytes);
}

static uint64_t code_size(unsigned index)
{
	const struct mapping *mapping = &mappings[index];
	struct stat status;

	if (!mapping->is_code || mapping->name[0] != '/' ||
	    stat(mapping->name, &status))
		return 0;
	for (unsigned i = 0; i < index; i++)
		if (mappings[i].is_code &&
		    !strcmp(mappings[i].name, mapping->name))
			return 0;
	return (uint64_t)status.st_size;
}

static unsigned count_threads(pid_t process)
{
	char path[64];
	unsigned count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)process);
	folder = opendir(path);
	for (struct dirent *one; folder && (one = readdir(folder));)
		count += one->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return count;
}

bool memory_measure(pid_t process, uint64_t ram_bytes, struct footprint *found)
{
	unsigned count = read_smaps(process);
	uint64_t ram = UINT64_MAX, ram_end = 0;

	*found = (struct footprint){ .threads = count_threads(process) };
	for (unsigned i = 0; i < count; i++)
		if (is_ram(i, count, ram_bytes)) {
			if (mappings[i].start < ram)
				ram = mappings[i].start;
			ram_end = mappings[i].end;
		}
	for (unsigned i = 0; i < count; i++) {
		found->file_bytes += code_size(i);
		if (mappings[i].start >= ram && mappings[i].end <= ram_end)
			continue;
		found->resident_kib += mappings[i].resident_kib;
		found->dirty_kib += mappings[i].dirty_kib;
	}
	return count;
}
