/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the rows of a segment came from: the inputs whose end lies in it, with what was wrong with
 * them and who exported them, so that a report on a store still says what was lost before the
 * import.  docs/formats/store.md, "Provenance".
 */
#ifndef TRYST_STORE_PROVENANCE_H
#define TRYST_STORE_PROVENANCE_H

#include "base/buf.h"
#include "base/cursor.h"
#include "flow/source.h"

/* Appends inputs; out->failed without memory.  Begin and end make the section of several. */
void tryst_provenance_begin(struct tryst_buf *out);
void tryst_provenance_add(struct tryst_buf *out, const struct tryst_input *in);
void tryst_provenance_end(struct tryst_buf *out);

/*
 * Copies what another section holds (compaction), whole or not at all; false: it is damaged.
 */
bool tryst_provenance_copy(struct tryst_buf *out, const uint8_t *data, size_t size);

/* One input of a section. */
struct tryst_origin {
	const char *path; /* path_len bytes, not ended by NUL */
	size_t path_len;
	const char *format;
	size_t format_len;
	uint64_t size; /* bytes */
	struct tryst_health health;
	uint32_t exporters;
	struct tryst_cursor exporter; /* for tryst_origin_exporter, so many times */
};

/* Walks a section: 1 an origin, 0 the end, -1 the section is damaged.  *c is all 0 at first. */
int tryst_provenance_next(const uint8_t *data, size_t size, struct tryst_cursor *c,
                          struct tryst_origin *out);
bool tryst_origin_exporter(struct tryst_origin *o, struct tryst_exporter *out);

/* Adds all to an input: what a source of a segment says on opening.  False: damaged. */
bool tryst_provenance_tell(const uint8_t *data, size_t size, struct tryst_input *in);

#endif
