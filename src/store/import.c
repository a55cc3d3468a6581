/* SPDX-License-Identifier: Apache-2.0 */
#include "store/import.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/provenance.h"
#include "store/segment.h"

/* What a row of a segment being made costs beside what a whole segment does. */
#define ROW_BYTES 48
#define ROWS_MIN (1u << 18)

/* A segment on its way. */
struct making {
	struct tryst_segment_writer *segment;
	bool begun;
	uint32_t number;
	struct tryst_buf provenance;
	char name[32]; /* for messages */
	struct tryst_segment_info info;
	int rc; /* of finishing */
	struct tryst_error error;
	pthread_t thread;
	bool running;
	bool finishing; /* until somebody has looked at how it went */
};

struct tryst_store_writer {
	struct tryst_directory *directory;
	struct tryst_input **inputs;
	size_t input_count;
	size_t told; /* inputs whose provenance has gone into a segment */
	uint64_t rows_max;
	uint32_t input; /* the one that rows come from */
	struct tryst_cutter *rests;
	struct tryst_buf cut;
	struct making makings[2];
	unsigned now; /* the one that fills */
	struct tryst_store_written sum;
};

uint64_t
tryst_store_rows_max(size_t memory_bytes)
{
	uint64_t rows = TRYST_SEGMENT_ROWS;

	/* Two are on their way at once. */
	while (rows > ROWS_MIN && 2 * rows * ROW_BYTES > memory_bytes)
		rows /= 2;
	return rows;
}

int
tryst_store_writer_new(struct tryst_store_writer **out, struct tryst_directory *directory,
                       struct tryst_input **inputs, size_t input_count, uint64_t rows_max,
                       struct tryst_error *err)
{
	struct tryst_store_writer *w = calloc(1, sizeof(*w));
	int rc;

	*out = NULL;
	if (!w)
		return tryst_error_nomem(err);
	w->directory = directory;
	w->inputs = inputs;
	w->input_count = input_count;
	w->rows_max = TRYST_MIN(rows_max, (uint64_t)TRYST_SEGMENT_ROWS);
	rc = tryst_cutter_new(&w->rests, err);
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(w->makings) && rc == 0; i++)
		rc = tryst_segment_writer_new(&w->makings[i].segment, err);
	if (rc == 0)
		*out = w;
	else
		tryst_store_writer_free(w);
	return rc;
}

/* Waits for a segment that is being finished, if it is. */
static int
wait_for(struct tryst_store_writer *w, struct making *m, struct tryst_error *err)
{
	if (!m->finishing)
		return 0;
	if (m->running)
		(void)pthread_join(m->thread, NULL);
	m->running = m->finishing = m->begun = false;
	if (m->rc == 0)
		m->rc = tryst_directory_add(w->directory, m->number, m->info.sane_first_ms,
		                            &m->error);
	if (m->rc < 0) {
		*err = m->error;
		return m->rc;
	}
	w->sum.segments++;
	w->sum.bytes += m->info.size;
	return 0;
}

void
tryst_store_writer_free(struct tryst_store_writer *w)
{
	if (!w)
		return;
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(w->makings); i++) {
		if (w->makings[i].running)
			(void)pthread_join(w->makings[i].thread, NULL);
		tryst_segment_writer_free(w->makings[i].segment);
		tryst_buf_fini(&w->makings[i].provenance);
	}
	tryst_cutter_free(w->rests);
	tryst_buf_fini(&w->cut);
	free(w);
}

struct tryst_store_written
tryst_store_writer_sum(const struct tryst_store_writer *w)
{
	return w->sum;
}

static int
begin(struct tryst_store_writer *w, struct making *m, struct tryst_error *err)
{
	int fd = tryst_directory_begin(w->directory, &m->number, err);

	if (fd < 0)
		return fd;
	m->begun = true;
	m->rc = 0;
	tryst_provenance_begin(&m->provenance);
	return tryst_segment_begin(m->segment, fd, tryst_directory_path(w->directory), err);
}

static void *
finish_main(void *arg)
{
	struct making *m = arg;

	m->rc = tryst_segment_end(m->segment, &m->provenance, &m->info, &m->error);
	return NULL;
}

/* All inputs before this one are read to their end, and all of their rows are here. */
static void
tell_inputs(struct tryst_store_writer *w, struct making *m, uint32_t before)
{
	for (; w->told < w->input_count && w->inputs[w->told]->id < before; w->told++) {
		if (w->inputs[w->told]->format)
			tryst_provenance_add(&m->provenance, w->inputs[w->told]);
	}
}

/* The segment that fills is full: another one takes its place. */
static int
finish(struct tryst_store_writer *w, uint32_t before, struct tryst_error *err)
{
	struct making *m = &w->makings[w->now];
	int rc;

	tell_inputs(w, m, before);
	tryst_provenance_end(&m->provenance);
	if (m->provenance.failed)
		return tryst_error_nomem(err);
	w->now ^= 1;
	rc = wait_for(w, &w->makings[w->now], err);
	if (rc < 0)
		return rc;
	m->finishing = true;
	m->running = pthread_create(&m->thread, NULL, finish_main, m) == 0;
	/* Without another thread it only takes longer. */
	if (!m->running)
		(void)finish_main(m);
	return 0;
}

static int
add_block(struct tryst_store_writer *w, const struct tryst_piece *p, const uint8_t *data,
          struct tryst_error *err)
{
	struct making *m = &w->makings[w->now];
	int rc = 0;

	if (m->begun && tryst_segment_rows(m->segment) + p->rows > w->rows_max) {
		rc = finish(w, p->input, err);
		m = &w->makings[w->now];
	}
	if (rc == 0 && !m->begun)
		rc = begin(w, m, err);
	if (rc == 0)
		rc = tryst_segment_add(m->segment, p, data, err);
	w->sum.rows += p->rows;
	return rc;
}

/* The blocks that the writer's own cutter made of rests. */
static int
add_cut(struct tryst_store_writer *w, struct tryst_error *err)
{
	int rc = w->cut.failed ? tryst_error_nomem(err) : 0;

	for (size_t at = 0; at < w->cut.len && rc == 0;) {
		struct tryst_piece p;

		memcpy(&p, w->cut.data + at, sizeof(p));
		rc = add_block(w, &p, (const uint8_t *)w->cut.data + at + sizeof(p), err);
		at += p.size;
	}
	tryst_buf_clear(&w->cut);
	return rc;
}

int
tryst_store_writer_add(struct tryst_store_writer *w, const char *data, size_t len,
                       struct tryst_error *err)
{
	int rc = 0;

	for (size_t at = 0; at < len && rc == 0;) {
		struct tryst_piece p;
		const uint8_t *behind = (const uint8_t *)data + at + sizeof(p);

		memcpy(&p, data + at, sizeof(p));
		if (p.kind == TRYST_PIECE_REST)
			tryst_cutter_rest(w->rests, &p, behind, &w->cut);
		else
			tryst_cutter_flush(w->rests, &w->cut);
		rc = add_cut(w, err);
		if (rc == 0 && p.kind == TRYST_PIECE_BLOCK)
			rc = add_block(w, &p, behind, err);
		at += p.size;
	}
	return rc;
}

int
tryst_store_writer_origin(struct tryst_store_writer *w, const uint8_t *section, size_t size,
                          struct tryst_error *err)
{
	struct making *m = &w->makings[w->now];
	int rc = 0;

	tryst_cutter_flush(w->rests, &w->cut);
	rc = add_cut(w, err);
	m = &w->makings[w->now];
	if (rc == 0 && m->begun && !tryst_provenance_copy(&m->provenance, section, size))
		rc = tryst_error_set(err, TRYST_ERR_FORMAT, "its provenance is damaged");
	return rc;
}

int
tryst_store_writer_end(struct tryst_store_writer *w, struct tryst_error *err)
{
	int rc;

	tryst_cutter_flush(w->rests, &w->cut);
	rc = add_cut(w, err);
	if (rc == 0 && w->makings[w->now].begun)
		rc = finish(w, UINT32_MAX, err);
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(w->makings) && rc == 0; i++)
		rc = wait_for(w, &w->makings[i], err);
	return rc;
}
