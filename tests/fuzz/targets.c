/* SPDX-License-Identifier: Apache-2.0 */
/* The table of targets, and what libFuzzer calls. */
#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "watch/watchlist.h"

#define LIST "list-" /* before the names of formats of watchlists */

const struct fuzz_target fuzz_targets[] = {
	{ "words", fuzz_words },
	{ "escape", fuzz_escape },
	{ "filter", fuzz_filter },
	{ "watchlist", fuzz_watchlist },
	{ "stream", fuzz_stream },
	{ "nfdump-records", fuzz_nfdump_records },
	{ "text-row", fuzz_text_row },
	{ "export", fuzz_export },
	{ "packet", fuzz_packet },
	{ "case", fuzz_case },
	{ "segment", fuzz_segment },
	{ "index", fuzz_index },
	{ NULL, NULL },
};

static const struct fuzz_target *chosen;      /* NULL: a reader */
static const struct tryst_reader *the_reader; /* NULL: sniffed */
static const char *the_list;                  /* NULL: no format of lists */

static const char *
list_find(const char *name)
{
	for (size_t i = 0; tryst_watchlist_format(i); i++) {
		if (strncmp(name, LIST, strlen(LIST)) == 0 &&
		    strcmp(name + strlen(LIST), tryst_watchlist_format(i)) == 0)
			return tryst_watchlist_format(i);
	}
	return NULL;
}

bool
fuzz_choose(const char *name)
{
	chosen = NULL;
	the_reader = NULL;
	the_list = list_find(name);
	if (strcmp(name, "sniff") == 0)
		return true;
	for (size_t i = 0; fuzz_targets[i].name; i++) {
		if (strcmp(fuzz_targets[i].name, name) == 0)
			chosen = &fuzz_targets[i];
	}
	for (size_t i = 0; tryst_readers[i]; i++) {
		if (strcmp(tryst_readers[i]->name, name) == 0)
			the_reader = tryst_readers[i];
	}
	return chosen || the_reader || the_list;
}

void
fuzz_list(void)
{
	for (size_t i = 0; fuzz_targets[i].name; i++)
		(void)printf("%s\n", fuzz_targets[i].name);
	(void)printf("sniff\n");
	for (size_t i = 0; tryst_readers[i]; i++)
		(void)printf("%s\n", tryst_readers[i]->name);
	for (size_t i = 0; tryst_watchlist_format(i); i++)
		(void)printf(LIST "%s\n", tryst_watchlist_format(i));
}

void
fuzz_run(const uint8_t *data, size_t size)
{
	if (chosen)
		chosen->run(data, size);
	else if (the_list)
		fuzz_watchlist_format(the_list, data, size);
	else
		fuzz_read(the_reader, data, size);
}

int
fuzz_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	size_t done = 0;

	FUZZ_CHECK(fd >= 0);
	while (done < size) {
		ssize_t n = pwrite(fd, data + done, size - done, (off_t)done);

		FUZZ_CHECK(n > 0);
		done += (size_t)n;
	}
	return fd;
}

void
fuzz_check_line(const char *text)
{
	for (const char *p = text; *p; p++)
		FUZZ_CHECK((unsigned char)*p >= ' ' && *p != 0x7f);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("TRYST_FUZZ");

	(void)argc;
	(void)argv;
	if (name && fuzz_choose(name))
		return 0;
	(void)fprintf(stderr, "TRYST_FUZZ must name a target, one of:\n");
	(void)fflush(stderr);
	fuzz_list();
	exit(2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_run(data, size);
	return 0;
}
