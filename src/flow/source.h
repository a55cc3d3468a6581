/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where flow batches come from: inputs, sources, and the request that lets a source skip.
 *
 * An *input* is what the user named (after walking directories), with everything that is reported
 * about it.  A *source* is an open input: a number of *parts* that any threads read in any order,
 * each exactly once.  A part is read by filling the sink's batch row by row and flushing it when
 * full.
 *
 * The request says what is wanted.  `window` and `addresses` are promises in one direction: a
 * source may leave out rows that cannot match, and must count them as read all the same; the
 * pipeline tests again what a source does not promise to have tested.
 */
#ifndef TRYST_FLOW_SOURCE_H
#define TRYST_FLOW_SOURCE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/ipset.h"
#include "flow/batch.h"
#include "flow/bound.h"
#include "flow/exporter.h"
#include "flow/sampler.h"

struct tryst_request {
	int64_t from_ms; /* wanted: flows with end >= from and start <= to */
	int64_t to_ms;
	const struct tryst_ipset *addresses; /* wanted: flows with src or dst in here; NULL: any */
	const struct tryst_sampler *sample;  /* and beside these the flows that it wants, or NULL */
	uint64_t columns;                    /* the columns that anyone will look at */
	uint64_t coded; /* of these: addresses that may come as codes, as nobody needs more */
	bool no_index;  /* read everything, also what an index says cannot match */
};

/* Whether the request wants flows between these ends. */
static inline bool
tryst_request_wants(const struct tryst_request *req, struct tryst_ip src, struct tryst_ip dst)
{
	return !req->addresses || tryst_ipset_contains(req->addresses, src) ||
	       tryst_ipset_contains(req->addresses, dst) ||
	       (req->sample && tryst_sampler_wants(req->sample, src, dst));
}

struct tryst_input {
	char *path;         /* as shown; "-" is the standard input */
	const char *format; /* the reader's name once opened */
	uint32_t id;        /* position in the sorted list of inputs */
	uint64_t size;      /* bytes on disk */
	int64_t mtime_ns;   /* when it was last changed, as found with the size; 0 unknown */
	char sha256[65];    /* of the file; "" where not computed (tryst_run_hash) */
	bool walked;        /* found in a directory, not named by the user */
	bool skipped; /* walked, and no flow log: `error` says what it is, but it is no failure */
	struct tryst_health health;
	struct tryst_error error; /* why it could not be opened; code 0 if it could */
	uint64_t *part_flows;     /* flow records of each part, for record ordinals */
	uint64_t *part_first;     /* and before it, once sealed; NULL: not yet */
	size_t parts;
	struct tryst_exporter **exporters; /* sorted by address, domain */
	size_t exporter_count;
	struct tryst_exporter exporter_rest; /* the sums of those that had no room */
	bool exporters_left;                 /* there were such */
	pthread_mutex_t lock;                /* exporters, while parts are read */
};

/* Takes over nothing: path is copied.  An input holds a mutex, so it is not moved once made. */
int tryst_input_init(struct tryst_input *in, const char *path, uint32_t id,
                     struct tryst_error *err);
void tryst_input_fini(struct tryst_input *in);

/*
 * Records an exporter (any thread); the same one twice is one, with the larger sampling and the
 * sums of the counts.  What is kept does not depend on the order of the calls.  Readers that see
 * many records of each count in a struct tryst_tally first.
 */
int tryst_input_exporter(struct tryst_input *in, const struct tryst_exporter *e,
                         struct tryst_error *err);

/*
 * The input has been read to its end: adds up the flows before each part, so that ordinals are
 * looked up.  Without memory they are counted, each by itself.
 */
void tryst_input_seal(struct tryst_input *in);

/* The ordinal (from 1) of a raw record_no, once all parts up to its own have been read. */
uint64_t tryst_input_record(const struct tryst_input *in, uint64_t raw);

struct tryst_sink;
struct tryst_source;

struct tryst_source_ops {
	/*
	 * Reads one part into the sink.  Damage is counted in sink->health and is no error;
	 * negative only when reading must stop (no memory, I/O error on the file, sink refused).
	 */
	int (*read)(struct tryst_source *s, size_t part, struct tryst_sink *sink,
	            struct tryst_error *err);
	void (*close)(struct tryst_source *s);
	bool tests_window;    /* every flushed row overlaps the request's window */
	bool tests_addresses; /* every flushed row passes tryst_request_wants */
};

/* Embedded as the first member of each reader's own struct. */
struct tryst_source {
	const struct tryst_source_ops *ops;
	struct tryst_input *input;
	struct tryst_request request; /* as given on opening; lives as long as the source */
	size_t parts;
	/* The flows of each of the parts that number the records, where these are known on opening:
	 * malloc'd; the pipeline takes it over for the input, what is left is freed on closing.
	 * part_count 0: of the parts that are read, as they are counted. */
	uint64_t *part_flows;
	size_t part_count;
};

#define TRYST_SCRATCH_SLOTS 4

/*
 * The reading end of the pipeline, one per thread.
 *
 * Columns before rows: a source that fills the batch column by column need not make the columns of
 * rows that nobody wants.  It fills `early`, with `present` and `rows`, and calls `select`, which
 * does what flush would do first: batch.sel then holds the wanted rows.  If there are none, the
 * batch is empty again (its rows count as read all the same); else the source fills the rest, at
 * least for the rows of sel, and flushes, which does not select again.
 *
 * Bounds: a source may leave out rows that are not within all of `bounds` before it fills anything.
 *
 * Codes: a source may fill src_code or dst_code instead of src or dst where the request's `coded`
 * has the bit, and sets batch.coded and batch.book (which it holds) before the rows.  These, and
 * `sure` and `never`, are 0 when a part begins and hold for all rows of a batch.
 */
struct tryst_sink {
	struct tryst_batch batch;   /* the reader fills rows [batch.rows, TRYST_BATCH_ROWS) */
	struct tryst_health health; /* of the part being read */
	uint64_t record_base;       /* part << 32: record_no of flow i of the part is base | i */
	uint32_t input_id;          /* what input_id is set to */
	const atomic_bool *stop;    /* set: return TRYST_ERR_INTERRUPTED soon */
	/* Takes the rows and leaves rows = 0. */
	int (*flush)(struct tryst_sink *sink, struct tryst_error *err);
	struct tryst_bounds bounds; /* of every row that is wanted */
	uint64_t early;             /* the columns that select looks at; 0: every row is wanted */
	/* Narrows batch.sel to the wanted ones of all rows and returns how many; see above. */
	uint32_t (*select)(struct tryst_sink *sink);
	bool selected; /* the pipeline's note: select has been called for these rows */
	const struct tryst_source_ops *source_ops; /* the pipeline's note of who fills the batch */
	void *scratch[TRYST_SCRATCH_SLOTS];        /* per-thread memory that outlives a part */
	size_t scratch_size[TRYST_SCRATCH_SLOTS];
};

/* At least size bytes of the thread's slot, contents undefined; NULL without memory. */
void *tryst_sink_scratch(struct tryst_sink *sink, unsigned slot, size_t size);

/*
 * The next free row of the sink's batch, flushing first when it is full; negative on failure.
 * The row's `present` is 0; the reader sets its columns (those with memory) and its bits, then
 * calls tryst_sink_commit.
 */
static inline int
tryst_sink_row(struct tryst_sink *sink, uint32_t *row, struct tryst_error *err)
{
	int rc;

	if (TRYST_UNLIKELY(sink->batch.rows == TRYST_BATCH_ROWS)) {
		rc = sink->flush(sink, err);
		if (rc < 0)
			return rc;
	}
	*row = sink->batch.rows;
	sink->batch.present[*row] = 0;
	return 0;
}

static inline void
tryst_sink_commit(struct tryst_sink *sink)
{
	sink->batch.rows++;
}

/* Sets one field of a row if its column is wanted. */
#define TRYST_SET(batch, field, row, value)                                                        \
	do {                                                                                       \
		if ((batch)->field) {                                                              \
			(batch)->field[row] = (value);                                             \
			(batch)->present[row] |= TRYST_BIT(field);                                 \
		}                                                                                  \
	} while (0)

#endif
