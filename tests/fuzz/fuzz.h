/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fuzz targets share.  A target takes any bytes at all and aborts when the code under test
 * breaks a promise of its header; crashes and undefined behaviour are the sanitizers' business.
 *
 * The same targets are driven by libFuzzer (`make fuzz`) and by replay.c (ordinary tests).
 */
#ifndef TRYST_FUZZ_FUZZ_H
#define TRYST_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "read/read.h"

struct fuzz_target {
	const char *name;
	void (*run)(const uint8_t *data, size_t size);
};

/* Ended by a NULL name.  Readers are targets too, but stand in tryst_readers[]. */
extern const struct fuzz_target fuzz_targets[];

/*
 * Chooses what fuzz_run drives: a target, a reader's name, "list-" and the name of a format of
 * watchlists, or "sniff" for the reader that the bytes themselves ask for.  False: there is no
 * such target.
 */
bool fuzz_choose(const char *name);
void fuzz_run(const uint8_t *data, size_t size);

/* Prints the names that fuzz_choose takes, one a line. */
void fuzz_list(void);

/* Reads all parts of the bytes twice, NULL: with the reader that they ask for. */
void fuzz_read(const struct tryst_reader *reader, const uint8_t *data, size_t size);

void fuzz_stream(const uint8_t *data, size_t size);
void fuzz_filter(const uint8_t *data, size_t size);
void fuzz_watchlist(const uint8_t *data, size_t size);
void fuzz_watchlist_format(const char *format, const uint8_t *data, size_t size);
void fuzz_words(const uint8_t *data, size_t size);
void fuzz_escape(const uint8_t *data, size_t size);
void fuzz_nfdump_records(const uint8_t *data, size_t size);
void fuzz_text_row(const uint8_t *data, size_t size);
void fuzz_export(const uint8_t *data, size_t size);
void fuzz_case(const uint8_t *data, size_t size);
void fuzz_packet(const uint8_t *data, size_t size);
void fuzz_index(const uint8_t *data, size_t size);
void fuzz_segment(const uint8_t *data, size_t size);

/* An unlinked file of memory that holds the bytes, opened anew: its descriptor. */
int fuzz_file(const uint8_t *data, size_t size);

/* Aborts unless the text is fit for a terminal: one line, valid UTF-8 or less. */
void fuzz_check_line(const char *text);

#define FUZZ_CHECK(ok)                                                                             \
	do {                                                                                       \
		if (!(ok)) {                                                                       \
			(void)fprintf(stderr, "%s:%d: %s: a promise is broken: %s\n", __FILE__,    \
			              __LINE__, __func__, #ok);                                    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* A generator that is the same everywhere (xorshift64*). */
static inline uint64_t
fuzz_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static inline uint64_t
fuzz_hash(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h ^ h >> 29;
}

#define FUZZ_SEED 0xcbf29ce484222325ULL

#endif
