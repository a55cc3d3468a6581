/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/schedule.h"

#include <stdlib.h>

void
tryst_schedule_fail(struct tryst_schedule *s, const struct tryst_error *err)
{
	(void)pthread_mutex_lock(&s->lock);
	if (!s->error.code)
		s->error = *err;
	atomic_store(s->stop, true);
	(void)pthread_cond_broadcast(&s->change);
	(void)pthread_mutex_unlock(&s->lock);
}

/* The open input to read a part of, if there is one that the thread should read now. */
static struct tryst_open_input *
choose(const struct tryst_schedule *s, uint32_t near)
{
	struct tryst_open_input *best = NULL;

	for (struct tryst_open_input *o = s->open; o; o = o->next) {
		size_t left = o->source->parts - o->claimed;

		if (left && (s->in_order || o->input->id == near))
			return o;
		if (left && (!best || left > best->source->parts - best->claimed))
			best = o;
	}
	return s->next_input < s->p->input_count ? NULL : best;
}

bool
tryst_schedule_claim(struct tryst_schedule *s, uint32_t near, struct tryst_claim *c)
{
	bool got = false;

	(void)pthread_mutex_lock(&s->lock);
	while (!got && !tryst_schedule_stopping(s)) {
		struct tryst_open_input *o = choose(s, near);

		if (o) {
			*c = (struct tryst_claim){ .open = o, .part = o->claimed++ };
			got = true;
		} else if (s->next_input < s->p->input_count) {
			*c = (struct tryst_claim){ .input = s->p->inputs[s->next_input++] };
			s->opening++;
			got = true;
		} else if (s->opening) {
			(void)pthread_cond_wait(&s->change, &s->lock);
		} else {
			break;
		}
	}
	(void)pthread_mutex_unlock(&s->lock);
	return got;
}

bool
tryst_schedule_opened(struct tryst_schedule *s, struct tryst_open_input *o)
{
	bool taken = o && o->source && o->source->parts;
	struct tryst_open_input **at = &s->open;

	(void)pthread_mutex_lock(&s->lock);
	s->opening--;
	if (taken) {
		while (*at && (*at)->input->id < o->input->id)
			at = &(*at)->next;
		o->next = *at;
		*at = o;
	}
	(void)pthread_cond_broadcast(&s->change);
	(void)pthread_mutex_unlock(&s->lock);
	return taken;
}

struct tryst_open_input *
tryst_schedule_done(struct tryst_schedule *s, struct tryst_open_input *o, size_t part,
                    const struct tryst_health *health, const struct tryst_error *error)
{
	bool last;

	(void)pthread_mutex_lock(&s->lock);
	tryst_health_add(&o->health, health);
	if (error->code && (!o->error.code || part < o->error_part)) {
		o->error = *error;
		o->error_part = part;
	}
	last = ++o->finished == o->source->parts;
	if (last) {
		struct tryst_open_input **at = &s->open;

		while (*at != o)
			at = &(*at)->next;
		*at = o->next;
		(void)pthread_cond_broadcast(&s->change);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return last ? o : NULL;
}

void
tryst_open_input_close(struct tryst_open_input *o)
{
	struct tryst_input *in = o->input;

	o->source->ops->close(o->source);
	tryst_input_seal(in);
	tryst_health_add(&in->health, &o->health);
	if (!in->error.code && o->error.code)
		in->error = o->error;
	free(o);
}

void
tryst_schedule_close(struct tryst_schedule *s)
{
	while (s->open) {
		struct tryst_open_input *o = s->open;

		s->open = o->next;
		tryst_open_input_close(o);
	}
}
