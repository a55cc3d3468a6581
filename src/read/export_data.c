/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data sets -> rows, a column at a time.
 */
#include "read/export_impl.h"

#include <stdlib.h>

/* Columns that are looked at whether or not anyone asked for them. */
#define NEEDED                                                                                     \
	(TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(packets) | TRYST_BIT(bytes) |         \
	 TRYST_BIT(proto) | TRYST_BIT(dst_port) | TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code) |    \
	 TRYST_BIT(fw_event) | TRYST_BIT(nat_event) | TRYST_BIT(in_if) | TRYST_BIT(out_if) |       \
	 TRYST_BIT(direction))

#define PACKED_MAX 65536u

int
tryst_ex_data_init(struct tryst_export *x, struct tryst_error *err)
{
	int rc = tryst_batch_init(&x->spare, NEEDED, err);

	if (rc < 0)
		return rc;
	x->icmp = calloc(TRYST_BATCH_ROWS, sizeof(*x->icmp));
	x->sampler = calloc(TRYST_BATCH_ROWS, sizeof(*x->sampler));
	x->duration = calloc(TRYST_BATCH_ROWS, sizeof(*x->duration));
	x->boot = calloc(TRYST_BATCH_ROWS, sizeof(*x->boot));
	x->merged = calloc(TRYST_BATCH_ROWS, sizeof(struct tryst_ip));
	x->packed = malloc(PACKED_MAX);
	if (!x->icmp || !x->sampler || !x->duration || !x->boot || !x->merged || !x->packed)
		return tryst_error_nomem(err);
	return 0;
}

void
tryst_ex_data_fini(struct tryst_export *x)
{
	tryst_batch_fini(&x->spare);
	free(x->icmp);
	free(x->sampler);
	free(x->duration);
	free(x->boot);
	free(x->merged);
	free(x->packed);
}

/* Looks the columns up of a batch that is not the one before. */
static void
bind(struct tryst_export *x, const struct tryst_batch *b)
{
	void *const others[] = { x->icmp, x->sampler, x->duration, x->boot };
	static const uint8_t sizes[] = { sizeof(*x->icmp), sizeof(*x->sampler),
		                         sizeof(*x->duration), sizeof(*x->boot) };

	_Static_assert(TRYST_ARRAY_SIZE(others) == EX_DATA_TARGETS - TRYST_FIELD_COUNT,
	               "one for each of enum ex_target");
	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		x->columns[f] = tryst_batch_column(b, (enum tryst_field)f);
		if (!x->columns[f])
			x->columns[f] = tryst_batch_column(&x->spare, (enum tryst_field)f);
		x->sizes[f] = tryst_field_info((enum tryst_field)f)->size;
	}
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(others); i++) {
		x->columns[TRYST_FIELD_COUNT + i] = others[i];
		x->sizes[TRYST_FIELD_COUNT + i] = sizes[i];
	}
	x->bound = b->memory;
	x->bound_columns = b->columns;
}

/* Nothing said; for addresses that is 0.0.0.0 as well. */
static bool
is_zero(const void *value, unsigned size)
{
	static const uint8_t zero[sizeof(uint64_t)];
	struct tryst_ip ip;

	if (size != sizeof(ip))
		return memcmp(value, zero, size) == 0;
	memcpy(&ip, value, sizeof(ip));
	return ip.hi == 0 && (uint32_t)ip.lo == 0;
}

/* to[i] = to[i] or from[i], as the column's second element wants it. */
static void
merge(enum ex_merge how, unsigned size, void *to, const void *from, unsigned rows)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	for (unsigned i = 0; i < rows; i++, out += size, in += size) {
		if (how == EX_OR)
			*out |= *in;
		else if (is_zero(out, size) && !is_zero(in, size))
			memcpy(out, in, size);
	}
}

/*
 * An exporter that gives uptimes but never said when it was started: the latest flow of the set
 * is taken to have ended when it was exported.  Such times are counted as bad.
 */
static bool
guess_clock(const struct ex_template *t, const uint8_t *records, uint32_t rows,
            struct ex_clock *clock)
{
	const struct ex_column *end = NULL;

	if (clock->has_uptime || clock->boot)
		return false;
	for (unsigned i = 0; i < t->columns; i++) {
		if (t->column[i].kind == EX_UPTIME && t->column[i].len == 4)
			end = &t->column[i];
	}
	if (!end)
		return false;
	clock->uptime = (uint32_t)tryst_ex_number(end, records);
	for (uint32_t i = 1; i < rows; i++) {
		uint32_t v = (uint32_t)tryst_ex_number(end, records + (size_t)i * t->size);

		if ((int32_t)(v - clock->uptime) > 0)
			clock->uptime = v;
	}
	clock->has_uptime = true;
	return true;
}

static struct ex_clock
clock_of(struct ex_message *m, const struct ex_template *t, uint32_t base)
{
	struct ex_clock clock = {
		.export_ms = m->export_ms,
		.uptime = m->uptime,
		.has_uptime = m->has_uptime,
	};

	if (t->targets >> (EX_BOOT - TRYST_FIELD_COUNT) & 1)
		clock.boot = m->x->boot + base;
	if (!clock.has_uptime && m->session->boot_ms != INT64_MIN) {
		clock.uptime = (uint32_t)(m->export_ms - m->session->boot_ms);
		clock.has_uptime = true;
	}
	return clock;
}

/*
 * The columns of the template.  Backwards, because other targets stand behind the fields and times
 * are made with them.
 */
static void
load_columns(struct ex_message *m, const struct ex_template *t, const uint8_t *records,
             uint32_t base, uint32_t rows, const struct ex_clock *clock)
{
	unsigned first = t->columns;

	while (first > 0) {
		unsigned end = first--, target = t->column[first].target;
		unsigned size = m->x->sizes[target];
		void *out = tryst_ex_column(m, target, base);

		while (first > 0 && t->column[first - 1].target == target)
			first--;
		if (!out)
			continue;
		tryst_ex_load(&t->column[first], size, out, records, t->size, rows, clock);
		for (unsigned i = first + 1; i < end; i++) {
			tryst_ex_load(&t->column[i], size, m->x->merged, records, t->size, rows,
			              clock);
			merge(t->column[i].merge, size, out, m->x->merged, rows);
		}
	}
}

/*
 * What nobody said is 0: columns that are wanted or needed, and that neither template nor message
 * fills.
 */
static void
clear_columns(struct ex_message *m, const struct ex_template *t, uint32_t base, uint32_t rows)
{
	const uint64_t filled = TRYST_BIT(domain) | TRYST_BIT(input_id) | TRYST_BIT(record_no);
	uint64_t wanted = m->sink->batch.columns & ~filled;
	uint64_t bits = (wanted | (NEEDED & m->x->spare_dirty)) & ~t->fields;

	while (bits) {
		unsigned field = (unsigned)__builtin_ctzll(bits);

		memset(tryst_ex_column(m, field, base), 0, (size_t)rows * m->x->sizes[field]);
		bits &= bits - 1;
	}
	m->x->spare_dirty |= t->fields;
}

int
tryst_ex_rows(struct ex_message *m, const struct ex_template *t, const uint8_t *data, size_t count)
{
	struct tryst_batch *b = &m->sink->batch;

	if (m->x->bound != b->memory || m->x->bound_columns != b->columns)
		bind(m->x, b);
	m->records += (uint32_t)count;
	if (!t->flow) {
		m->sink->health.skipped_records += count;
		return 0;
	}
	while (count > 0) {
		uint32_t base, rows;
		struct ex_clock clock;
		bool guessed;

		if (b->rows == TRYST_BATCH_ROWS) {
			int rc = m->sink->flush(m->sink, m->err);

			if (rc < 0)
				return rc;
		}
		base = b->rows;
		rows = (uint32_t)TRYST_MIN(count, (size_t)(TRYST_BATCH_ROWS - base));
		clock = clock_of(m, t, base);
		guessed = guess_clock(t, data, rows, &clock);
		load_columns(m, t, data, base, rows, &clock);
		clear_columns(m, t, base, rows);
		tryst_ex_finish_rows(m, t, base, rows, !guessed);
		b->rows += rows;
		data += (size_t)rows * t->size;
		count -= rows;
	}
	return 0;
}

/* The length of a variable field (RFC 7011, 7), which may be 65535 in three bytes. */
static void
skip_variable(struct tryst_cursor *c)
{
	size_t len = tryst_cursor_u8(c);

	if (len == 255)
		len = tryst_cursor_be16(c);
	tryst_cursor_skip(c, len);
}

/* Cuts the variable fields out of one record; false when it is not all there. */
static bool
pack_record(const struct ex_template *t, struct tryst_cursor *c, uint8_t *out)
{
	for (unsigned i = 0; i <= t->runs; i++) {
		const uint8_t *p = tryst_cursor_take(c, t->run[i]);

		if (!p)
			return false;
		memcpy(out, p, t->run[i]);
		out += t->run[i];
		if (i < t->runs)
			skip_variable(c);
	}
	return !c->failed;
}

static size_t
pack(struct ex_message *m, const struct ex_template *t, const uint8_t *data, size_t len)
{
	struct tryst_cursor c = tryst_cursor_init(data, len);
	size_t count = 0;

	while (tryst_cursor_left(&c) >= t->least) {
		if (!pack_record(t, &c, m->x->packed + count * t->size)) {
			m->sink->health.damaged_records++;
			tryst_health_note(&m->sink->health, m->at, 0,
			                  "datagram at offset %llu: record %zu of template %u is "
			                  "longer than its set",
			                  (unsigned long long)m->at, count + 1, t->id);
			m->uncounted = true;
			break;
		}
		count++;
	}
	return count;
}

int
tryst_ex_data(struct ex_message *m, const struct ex_template *t, const uint8_t *data, size_t len)
{
	size_t count = len / t->least;

	if (count == 0 && len > 0) {
		m->sink->health.damaged_records++;
		tryst_health_note(
			&m->sink->health, m->at, 0,
			"datagram at offset %llu: %zu bytes of template %u, whose records "
			"have at least %u",
			(unsigned long long)m->at, len, t->id, t->least);
		return 0;
	}
	if (t->runs) {
		count = pack(m, t, data, len);
		data = m->x->packed;
	}
	return t->options ? tryst_ex_options(m, t, data, count) : tryst_ex_rows(m, t, data, count);
}
