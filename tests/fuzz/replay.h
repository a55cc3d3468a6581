/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the standalone driver share. */
#ifndef TRYST_FUZZ_REPLAY_H
#define TRYST_FUZZ_REPLAY_H

#include "fuzz.h"

struct sample {
	char *path;
	uint8_t *data;
	size_t size;
};

struct samples {
	struct sample *list;
	size_t count;
	size_t room;
};

/* Adds the file, or the files below the directory sorted by path.  False: it cannot be read. */
bool samples_add(struct samples *s, const char *path);
void samples_fini(struct samples *s);

/* The bytes of a sample, changed at random by state; malloc'd, its size in *size. */
uint8_t *mutate(const struct samples *s, uint64_t *state, size_t *size);

/* Begins the count for a file. */
void limits_begin(void);
/* NULL, or what was too much since: 2 s of processor time, 100 MB of memory. */
const char *limits_end(void);

#endif
