/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/source.h"

#include <stdlib.h>
#include <string.h>

int
tryst_input_init(struct tryst_input *in, const char *path, uint32_t id, struct tryst_error *err)
{
	*in = (struct tryst_input){ .id = id };
	tryst_health_init(&in->health);
	in->path = strdup(path);
	if (!in->path)
		return tryst_error_nomem(err);
	(void)pthread_mutex_init(&in->lock, NULL);
	return 0;
}

void
tryst_input_fini(struct tryst_input *in)
{
	if (!in->path)
		return;
	(void)pthread_mutex_destroy(&in->lock);
	free(in->path);
	free(in->part_flows);
	free(in->part_first);
	for (size_t i = 0; i < in->exporter_count; i++)
		free(in->exporters[i]);
	free(in->exporters);
	in->path = NULL;
}

/* The place of an exporter in the list, or where it would stand. */
static size_t
exporter_place(const struct tryst_input *in, const struct tryst_exporter *e)
{
	size_t from = 0, count = in->exporter_count;

	while (count > 0) {
		size_t half = count / 2;

		if (tryst_exporter_compare(in->exporters[from + half], e) < 0) {
			from += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return from;
}

/* Adds up those that are not kept. */
static void
exporter_leave(struct tryst_input *in, const struct tryst_exporter *e)
{
	tryst_exporter_add(&in->exporter_rest, e);
	in->exporters_left = true;
}

/* Room for one more: twice as much where the count is a power of two, so that it is all used. */
static int
exporters_grow(struct tryst_input *in)
{
	size_t count = in->exporter_count;
	struct tryst_exporter **list;

	if (count == TRYST_EXPORTERS_MAX || (count & (count - 1)))
		return 0;
	list = reallocarray(in->exporters, TRYST_MAX(2 * count, (size_t)1), sizeof(*list));
	if (!list)
		return TRYST_ERR_NOMEM;
	in->exporters = list;
	return 0;
}

/*
 * Keeps the first ones by address, whatever the order they come in: one that had to go, or found no
 * room, has as many before it that stay or give way to ones before them, so it never comes back.
 */
static int
exporter_insert(struct tryst_input *in, const struct tryst_exporter *e, struct tryst_error *err)
{
	size_t at = exporter_place(in, e);
	struct tryst_exporter *copy;

	if (at < in->exporter_count && tryst_exporter_compare(in->exporters[at], e) == 0) {
		tryst_exporter_add(in->exporters[at], e);
		return 0;
	}
	if (at == TRYST_EXPORTERS_MAX) {
		exporter_leave(in, e);
		return 0;
	}
	if (exporters_grow(in) < 0)
		return tryst_error_nomem(err);
	copy = malloc(sizeof(*copy));
	if (!copy)
		return tryst_error_nomem(err);
	*copy = *e;
	if (in->exporter_count == TRYST_EXPORTERS_MAX) {
		exporter_leave(in, in->exporters[--in->exporter_count]);
		free(in->exporters[in->exporter_count]);
	}
	memmove(in->exporters + at + 1, in->exporters + at,
	        (in->exporter_count - at) * sizeof(struct tryst_exporter *));
	in->exporters[at] = copy;
	in->exporter_count++;
	return 0;
}

int
tryst_input_exporter(struct tryst_input *in, const struct tryst_exporter *e,
                     struct tryst_error *err)
{
	int rc;

	(void)pthread_mutex_lock(&in->lock);
	rc = exporter_insert(in, e, err);
	(void)pthread_mutex_unlock(&in->lock);
	return rc;
}

void
tryst_input_seal(struct tryst_input *in)
{
	uint64_t *first = in->part_flows ? malloc((in->parts + 1) * sizeof(*first)) : NULL;

	if (!first)
		return;
	first[0] = 0;
	for (size_t i = 0; i < in->parts; i++)
		first[i + 1] = first[i] + in->part_flows[i];
	free(in->part_first);
	in->part_first = first;
}

uint64_t
tryst_input_record(const struct tryst_input *in, uint64_t raw)
{
	size_t part = raw >> 32;
	uint64_t record = (raw & UINT32_MAX) + 1;

	/* An index may name any part. */
	part = TRYST_MIN(part, in->parts);
	if (in->part_first)
		return record + in->part_first[part];
	for (size_t i = 0; i < part; i++)
		record += in->part_flows[i];
	return record;
}

void *
tryst_sink_scratch(struct tryst_sink *sink, unsigned slot, size_t size)
{
	assert(slot < TRYST_SCRATCH_SLOTS);
	if (sink->scratch_size[slot] >= size)
		return sink->scratch[slot];
	free(sink->scratch[slot]);
	sink->scratch[slot] = malloc(size);
	sink->scratch_size[slot] = sink->scratch[slot] ? size : 0;
	return sink->scratch[slot];
}
