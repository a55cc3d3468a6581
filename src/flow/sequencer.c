/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/sequencer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* A finished part whose turn has not come, or (part SIZE_MAX) the length of an input. */
struct waiting {
	struct waiting *next; /* ascending by (input, part) */
	uint32_t input;
	size_t part;
	size_t parts; /* of the input, where part is SIZE_MAX */
	struct tryst_buf text;
	uint64_t records;
};

struct tryst_sequencer {
	tryst_write_fn write;
	void *ctx;
	size_t waiting_max;
	const atomic_bool *stop;
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct waiting *list;
	size_t waiting_bytes;
	uint32_t input; /* what is due */
	size_t part;
	int rc; /* of the first write that failed */
	struct tryst_error error;
};

int
tryst_sequencer_new(struct tryst_sequencer **out, tryst_write_fn write, void *ctx,
                    size_t waiting_max, const atomic_bool *stop, struct tryst_error *err)
{
	struct tryst_sequencer *s = calloc(1, sizeof(*s));

	if (!s)
		return tryst_error_nomem(err);
	s->write = write;
	s->ctx = ctx;
	s->waiting_max = waiting_max;
	s->stop = stop;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->change, NULL);
	*out = s;
	return 0;
}

void
tryst_sequencer_free(struct tryst_sequencer *s)
{
	if (!s)
		return;
	while (s->list) {
		struct waiting *w = s->list;

		s->list = w->next;
		tryst_buf_fini(&w->text);
		free(w);
	}
	(void)pthread_cond_destroy(&s->change);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static bool
due(const struct tryst_sequencer *s, const struct waiting *w)
{
	if (w->input != s->input)
		return false;
	return w->part == SIZE_MAX ? s->part == w->parts : w->part == s->part;
}

/* Whether what is due now comes after this part. */
static bool
passed(const struct tryst_sequencer *s, uint32_t input, size_t part)
{
	return input < s->input || (input == s->input && part < s->part);
}

/* Writes what is due and all that waited for it.  The lock is held: writing is in order anyway. */
static void
drain(struct tryst_sequencer *s)
{
	bool moved = false;

	while (s->list && due(s, s->list) && s->rc == 0) {
		struct waiting *w = s->list;

		s->list = w->next;
		if (w->part == SIZE_MAX) {
			s->input++;
			s->part = 0;
		} else {
			s->waiting_bytes -= w->text.len;
			s->rc = s->write(s->ctx, w->text.data, w->text.len, w->records, &s->error);
			s->part++;
		}
		tryst_buf_fini(&w->text);
		free(w);
		moved = true;
	}
	if (moved)
		(void)pthread_cond_broadcast(&s->change);
}

/* Waits for a change, or a while: a stop does not wake us. */
static void
wait_a_while(struct tryst_sequencer *s)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 100000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	(void)pthread_cond_timedwait(&s->change, &s->lock, &until);
}

static int
put(struct tryst_sequencer *s, struct waiting *w, struct tryst_error *err)
{
	struct waiting **at = &s->list;
	uint32_t input = w->input;
	size_t part = w->part;
	int rc;

	(void)pthread_mutex_lock(&s->lock);
	while (*at &&
	       ((*at)->input < w->input || ((*at)->input == w->input && (*at)->part < w->part)))
		at = &(*at)->next;
	w->next = *at;
	*at = w;
	s->waiting_bytes += w->text.len;
	drain(s);
	/*
	 * Only a thread whose own text waits may wait with it: whoever has what is due is then
	 * another one.  The end of an input never waits; it may be what is due, and all else hangs
	 * on it.
	 */
	while (s->rc == 0 && part != SIZE_MAX && !passed(s, input, part) &&
	       s->waiting_bytes > s->waiting_max && !atomic_load(s->stop))
		wait_a_while(s);
	rc = s->rc;
	if (rc < 0)
		*err = s->error;
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

int
tryst_sequencer_part(struct tryst_sequencer *s, uint32_t input, size_t part, struct tryst_buf *text,
                     uint64_t records, struct tryst_error *err)
{
	struct waiting *w;

	if (text->failed || !(w = calloc(1, sizeof(*w))))
		return tryst_error_nomem(err);
	w->input = input;
	w->part = part;
	w->text = *text;
	w->records = records;
	*text = (struct tryst_buf){ 0 };
	return put(s, w, err);
}

int
tryst_sequencer_some(struct tryst_sequencer *s, uint32_t input, size_t part, struct tryst_buf *text,
                     uint64_t records, struct tryst_error *err)
{
	bool is_due;
	int rc;

	if (text->failed)
		return tryst_error_nomem(err);
	(void)pthread_mutex_lock(&s->lock);
	while (s->rc == 0 && (s->input != input || s->part != part) && !atomic_load(s->stop))
		wait_a_while(s);
	is_due = s->input == input && s->part == part;
	if (s->rc == 0 && is_due)
		s->rc = s->write(s->ctx, text->data, text->len, records, &s->error);
	rc = s->rc;
	if (rc < 0)
		*err = s->error;
	else if (!is_due)
		rc = tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
	(void)pthread_mutex_unlock(&s->lock);
	tryst_buf_clear(text);
	return rc;
}

int
tryst_sequencer_input(struct tryst_sequencer *s, uint32_t input, size_t parts,
                      struct tryst_error *err)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (!w)
		return tryst_error_nomem(err);
	w->input = input;
	w->part = SIZE_MAX;
	w->parts = parts;
	return put(s, w, err);
}
