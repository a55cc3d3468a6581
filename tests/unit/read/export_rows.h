/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams made by hand, and a decoder that collects their rows.
 */
#ifndef TRYST_TESTS_READ_EXPORT_ROWS_H
#define TRYST_TESTS_READ_EXPORT_ROWS_H

#include "rows.h"

#include "read/export.h"

/* A datagram being written. */
struct wire {
	uint8_t data[65535];
	size_t len;
	size_t set; /* where the open set begins */
};

static inline void
put(struct wire *w, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0)
		w->data[w->len++] = (uint8_t)(value >> (8 * bytes));
}

static inline void
put_at(struct wire *w, size_t at, uint16_t value)
{
	w->data[at] = (uint8_t)(value >> 8);
	w->data[at + 1] = (uint8_t)value;
}

static inline void
put_hex(struct wire *w, const char *hex)
{
	for (; *hex; hex++) {
		static const char digits[] = "0123456789abcdef";
		unsigned high;

		if (*hex == ' ')
			continue;
		high = (unsigned)(strchr(digits, *hex++) - digits);
		put(w, high << 4 | (unsigned)(strchr(digits, *hex) - digits), 1);
	}
}

static inline void
set_begin(struct wire *w, uint16_t id)
{
	w->set = w->len;
	put(w, id, 2);
	put(w, 0, 2);
}

static inline void
set_end(struct wire *w)
{
	put_at(w, w->set + 2, (uint16_t)(w->len - w->set));
}

#define EXPORT_S 1700000000u /* the export time of what is made here */
#define EXPORT_MS 1700000000000LL

static inline void
ipfix_begin(struct wire *w, uint32_t sequence, uint32_t domain)
{
	*w = (struct wire){ .len = 0 };
	put(w, 10, 2);
	put(w, 0, 2);
	put(w, EXPORT_S, 4);
	put(w, sequence, 4);
	put(w, domain, 4);
}

static inline void
ipfix_end(struct wire *w)
{
	put_at(w, 2, (uint16_t)w->len);
}

static inline void
v9_begin(struct wire *w, uint32_t uptime, uint32_t seconds, uint32_t sequence, uint32_t source)
{
	*w = (struct wire){ .len = 0 };
	put(w, 9, 2);
	put(w, 1, 2);
	put(w, uptime, 4);
	put(w, seconds, 4);
	put(w, sequence, 4);
	put(w, source, 4);
}

/* A template in a set of its own: id, then pairs of element and length, ended by 0. */
static inline void
put_template(struct wire *w, uint16_t set, uint16_t id, const uint16_t *fields)
{
	unsigned count = 0;

	while (fields[2 * count])
		count++;
	set_begin(w, set);
	put(w, id, 2);
	put(w, count, 2);
	for (unsigned i = 0; i < 2 * count; i++)
		put(w, fields[i], 2);
	set_end(w);
}

/* What the decoder made. */
struct decoded {
	struct tryst_export *x;
	struct tryst_input in;
	struct rows rows;
	struct sink sink;
	uint64_t at;
};

static inline void
decoded_init(struct decoded *d, uint64_t columns)
{
	struct tryst_error err = { 0 };

	*d = (struct decoded){ .at = 0 };
	d->sink = (struct sink){ .base = { .flush = collect }, .rows = &d->rows };
	tryst_health_init(&d->sink.base.health);
	assert_int_equal(tryst_batch_init(&d->sink.base.batch, columns, &err), 0);
	assert_int_equal(tryst_input_init(&d->in, "test", 0, &err), 0);
	assert_int_equal(tryst_export_new(&d->x, &d->in, &err), 0);
}

static inline void
decoded_fini(struct decoded *d)
{
	tryst_export_free(d->x);
	tryst_input_fini(&d->in);
	tryst_batch_fini(&d->sink.base.batch);
	free(d->rows.list);
}

/* Feeds bytes from an address; the rows are there afterwards. */
static inline void
feed_from(struct decoded *d, const void *data, size_t len, uint32_t ip, uint16_t port)
{
	struct tryst_datagram gram = { .data = data, .len = len, .port = port, .at = d->at };
	struct tryst_error err = { 0 };

	if (ip)
		gram.exporter = tryst_ip_v4(ip);
	poison(&d->sink.base.batch);
	assert_int_equal(tryst_export_decode(d->x, &gram, &d->sink.base, &err), 0);
	assert_int_equal(collect(&d->sink.base, &err), 0);
	d->at += len;
}

static inline void
feed(struct decoded *d, const struct wire *w)
{
	feed_from(d, w->data, w->len, 0, 0);
}

static inline void
finish(struct decoded *d)
{
	struct tryst_error err = { 0 };

	assert_int_equal(tryst_export_finish(d->x, &d->sink.base.health, &err), 0);
}

static inline const struct tryst_health *
health(const struct decoded *d)
{
	return &d->sink.base.health;
}

/* Whether a note says so. */
static inline bool
noted(const struct decoded *d, const char *text)
{
	for (unsigned i = 0; i < health(d)->note_count; i++) {
		if (strstr(health(d)->notes[i].text, text))
			return true;
	}
	return false;
}

#endif
