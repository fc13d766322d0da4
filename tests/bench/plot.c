/*
 * plot: samples.csv of `bench` on standard input becomes an SVG on standard
 * output. A strip of dots for each monitor and guest, a dot for each run, on a
 * logarithmic axis; a tick at the median, and its number on the right. No
 * background, and colours that are read on white and on black.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_MAX = 64, SAMPLES_MAX = 5000, NAME_SIZE = 64 };

/* Pixels. */
enum {
	WIDTH = 860,
	LEFT = 150,
	RIGHT = WIDTH - 84,
	ROW = 21,
	GROUP = 24,
	TITLE = 30,
	AXIS = 40,
	JITTER = 13,
	DOT = 4,
	LABEL = 44,
};

enum { FIRST, LIFE, PANELS };

static const char *const titles[] = {
	[FIRST] = "exec → first guest instruction",
	[LIFE] = "exec → process reaped",
};

/* The guests that are shown, and what is said of them. */
static const struct {
	const char *guest, *title;
	bool is_first;
} groups[] = {
	{ "1 vCPU, 128 MiB", "1 vCPU, 128 MiB", true },
	{ "8 vCPUs", "8 vCPUs, 128 MiB", false },
	{ "4 GiB", "1 vCPU, 4 GiB", false },
	{ "512 MiB", "1 vCPU, 512 MiB", false },
	{ "512 MiB, initrd of 300 MB", "with an initrd of 300 MB", false },
	{ "ELF kernel of 60 MB", "with an ELF kernel of 60 MB", false },
};
enum { GROUPS = sizeof(groups) / sizeof(*groups) };

static const struct {
	const char *monitor, *colour;
} colours[] = {
	{ "floor", "#8b949e" },       { "floor and CPUID", "#bf8700" },
	{ "mayfly", "#2f81f7" },      { "QEMU microvm", "#db6d28" },
	{ "Firecracker", "#cf4f6d" }, { "kvmtool", "#3a9f4f" },
};

struct series {
	char monitor[NAME_SIZE], guest[NAME_SIZE];
	double values[PANELS][SAMPLES_MAX]; /* microseconds; < 0: none */
	unsigned count;
};

static struct series series[SERIES_MAX];
static unsigned series_count;
static double least = 1e12, most;

static const char *colour_of(const char *monitor)
{
	for (size_t i = 0; i < sizeof(colours) / sizeof(*colours); i++)
		if (!strcmp(colours[i].monitor, monitor))
			return colours[i].colour;
	return "#a371f7";
}

/* NULL: there is no room for another. */
static struct series *find(const char *monitor, const char *guest)
{
	struct series *new = &series[series_count];

	for (unsigned i = 0; i < series_count; i++)
		if (!strcmp(series[i].monitor, monitor) &&
		    !strcmp(series[i].guest, guest))
			return &series[i];
	if (series_count == SERIES_MAX)
		return NULL;
	snprintf(new->monitor, NAME_SIZE, "%s", monitor);
	snprintf(new->guest, NAME_SIZE, "%s", guest);
	series_count++;
	return new;
}

/* A field of the CSV; an empty one is less than 0. `at` goes behind it. */
static double number(const char **at)
{
	char *end;
	double value = strtod(*at, &end);

	if (end == *at)
		value = -1;
	*at = *end == ',' ? end + 1 : end;
	return value;
}

static void add(struct series *to, const char *fields)
{
	if (!to || to->count == SAMPLES_MAX)
		return;
	for (int i = 0; i < PANELS; i++)
		to->values[i][to->count] = number(&fields);
	to->count++;
}

static bool read_samples(void)
{
	char line[512], monitor[NAME_SIZE], guest[NAME_SIZE];
	int at = 0;

	while (fgets(line, sizeof(line), stdin))
		if (sscanf(line, "%*u,%63[^,],\"%63[^\"]\",%n", monitor, guest,
			   &at) == 2 &&
		    at)
			add(find(monitor, guest), line + at);
	return series_count;
}

/* The series of a group: only in the first is the floor shown with CPUID. */
static const struct series *member(unsigned group, unsigned index)
{
	const struct series *one = &series[index];

	if (strcmp(one->guest, groups[group].guest) ||
	    (!groups[group].is_first &&
	     !strcmp(one->monitor, "floor and CPUID")))
		return NULL;
	return one;
}

/* A panel without values is not drawn. */
static bool has_values(int panel)
{
	return series[0].values[panel][0] >= 0;
}

static void find_bounds(void)
{
	for (unsigned g = 0; g < GROUPS; g++)
		for (unsigned i = 0; i < series_count; i++) {
			const struct series *one = member(g, i);

			for (unsigned j = 0; one && j < one->count; j++)
				for (int p = 0; p < PANELS; p++) {
					double value = one->values[p][j];

					if (value > 0 && value < least)
						least = value;
					if (value > most)
						most = value;
				}
		}
	least *= 0.8;
	most *= 1.4;
}

static double x_of(double value)
{
	return LEFT + (RIGHT - LEFT) * log(value / least) / log(most / least);
}

static int ascending(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

static double median(const double *values, unsigned count)
{
	static double sorted[SAMPLES_MAX];

	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), ascending);
	return sorted[(count + 1) / 2 - 1];
}

/* Where the dot of a run is above or below its row: no luck in it. */
static double jitter(unsigned run)
{
	return JITTER * ((double)(run * 2654435761U % 1000) / 1000 - 0.5);
}

static void print_time(double us)
{
	if (us < 1000)
		printf("%.0f µs", us);
	else if (us < 10000)
		printf("%.3g ms", us / 1000);
	else if (us < 1000000)
		printf("%.0f ms", us / 1000);
	else
		printf("%.3g s", us / 1000000);
}

static void draw_strip(const struct series *one, int panel, double y)
{
	double middle = median(one->values[panel], one->count);

	printf("<path class=\"dots\" stroke=\"%s\" d=\"",
	       colour_of(one->monitor));
	for (unsigned i = 0; i < one->count; i++)
		printf("M%.1f %.1fh0", x_of(one->values[panel][i]),
		       y + jitter(i));
	printf(
	    "\"/>\n<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
	    LEFT - 12, y + 4, one->monitor);
	printf("<path stroke=\"%s\" stroke-width=\"2.5\" d=\"M%.1f %.1fv%d\"/>"
	       "\n",
	       colour_of(one->monitor), x_of(middle), y - ROW / 2.0 + 1,
	       ROW - 2);
	printf("<text class=\"median\" x=\"%d\" y=\"%.1f\" "
	       "text-anchor=\"end\">",
	       WIDTH - 8, y + 4);
	print_time(middle);
	puts("</text>");
}

/* Draws a panel from `y` on, or only measures it; returns where it ends. */
static double draw_rows(int panel, double y, bool draw)
{
	for (unsigned g = 0; g < GROUPS; g++) {
		bool begun = false;

		for (unsigned i = 0; i < series_count; i++) {
			const struct series *one = member(g, i);

			if (!one)
				continue;
			if (!begun && draw)
				printf("<text class=\"group\" x=\"%d\" "
				       "y=\"%.1f\">%s</text>\n",
				       LEFT, y + GROUP - 6, groups[g].title);
			y += begun ? ROW : GROUP + ROW;
			begun = true;
			if (draw)
				draw_strip(one, panel, y - ROW / 2.0);
		}
	}
	return y;
}

/* A line for each value that has room for its number. */
static void draw_axis(double top, double bottom)
{
	static const double steps[] = { 1, 2, 5 };
	double last = 0;

	for (double decade = 1; decade < most; decade *= 10)
		for (int i = 0; i < 3; i++) {
			double value = decade * steps[i], x = x_of(value);

			if (value < least || value > most || x < last + LABEL)
				continue;
			last = x;
			printf("<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>"
			       "<text x=\"%.1f\" y=\"%.1f\" "
			       "text-anchor=\"middle\">",
			       x, top, bottom, x, bottom + 16);
			print_time(value);
			puts("</text>");
		}
}

static double draw_panel(int panel, double y)
{
	double bottom = draw_rows(panel, y + TITLE, false) + 6;

	printf("<text class=\"title\" x=\"%d\" y=\"%.1f\">%s</text>\n", LEFT,
	       y + TITLE - 8, titles[panel]);
	printf("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">median</text>\n",
	       WIDTH - 8, y + TITLE - 8);
	draw_axis(y + TITLE, bottom);
	draw_rows(panel, y + TITLE, true);
	return bottom + AXIS;
}

static const char style[] =
    "<style>text{font:13px system-ui,sans-serif;fill:#7a828c}"
    ".title{font-size:16px;font-weight:600}.group{font-weight:600}"
    ".median{font-variant-numeric:tabular-nums}"
    ".grid{stroke:#7a828c;stroke-opacity:.25;stroke-width:1}"
    ".dots{stroke-linecap:round;stroke-opacity:.45;fill:none}</style>";

int main(void)
{
	double height = 0, y = 0;

	if (!read_samples()) {
		fputs("plot: no samples on standard input\n", stderr);
		return 1;
	}
	find_bounds();
	for (int p = 0; p < PANELS; p++)
		if (has_values(p))
			height += draw_rows(p, TITLE, false) + 6 + AXIS;
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" "
	       "viewBox=\"0 0 %d %.0f\" width=\"%d\" height=\"%.0f\">\n"
	       "<title>From exec to the first guest instruction, and to the "
	       "end: each dot is a run</title>\n%s\n<g stroke-width=\"%d\">\n",
	       WIDTH, height, WIDTH, height, style, DOT);
	for (int p = 0; p < PANELS; p++)
		if (has_values(p))
			y = draw_panel(p, y);
	puts("</g>\n</svg>");
	return ferror(stdout) ? 1 : 0;
}
