/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of options: what an exporter says about itself.  Used are the sampling intervals
 * (RFC 3954 and RFC 5477) and when it was started (IE 160); the rest is counted.
 */
#include "read/export_impl.h"

/* The values of one record, and which of them it has. */
struct options {
	uint64_t value[EX_TARGETS - EX_DATA_TARGETS];
	unsigned has;
	bool narrow; /* the probability has 4 bytes */
};

#define OPTION(o, target) ((o)->value[(target)-EX_DATA_TARGETS])
#define HAS(o, target) ((o)->has >> ((target)-EX_DATA_TARGETS) & 1)

static struct options
read_record(const struct ex_template *t, const uint8_t *record)
{
	const struct ex_clock clock = { 0 };
	struct options o = { .has = 0 };

	for (unsigned i = 0; i < t->columns; i++) {
		const struct ex_column *c = &t->column[i];
		unsigned at = c->target - EX_DATA_TARGETS;

		if (o.value[at])
			continue;
		o.has |= 1U << at;
		o.value[at] = c->kind == EX_UINT || c->kind == EX_FLOAT
		                      ? tryst_ex_number(c, record)
		                      : (uint64_t)tryst_ex_time(c, record, &clock);
		o.narrow |= c->kind == EX_FLOAT && c->len == 4;
	}
	return o;
}

/* One of how many, where each is taken with the probability (float32 or float64); 0: nonsense. */
static uint64_t
interval_of_probability(const struct options *o)
{
	uint64_t bits = OPTION(o, EX_OPT_PROBABILITY);
	uint32_t narrow = (uint32_t)bits;
	double p = 0;
	float f;

	if (o->narrow) {
		memcpy(&f, &narrow, sizeof(f));
		p = (double)f;
	} else {
		memcpy(&p, &bits, sizeof(p));
	}
	/* Also false for what is no number. */
	return p > 1.0 / UINT32_MAX && p <= 1.0 ? (uint64_t)(1 / p + 0.5) : 0;
}

/* Of how many packets one is taken, by whichever of the elements tell; 0: none does. */
static uint32_t
interval_of(const struct options *o)
{
	uint64_t n = OPTION(o, EX_OPT_INTERVAL), one = 1;

	if (!n && OPTION(o, EX_OPT_PACKETS)) {
		one = OPTION(o, EX_OPT_PACKETS);
		n = one + OPTION(o, EX_OPT_SPACE);
	} else if (!n && OPTION(o, EX_OPT_SIZE)) {
		one = OPTION(o, EX_OPT_SIZE);
		n = OPTION(o, EX_OPT_POPULATION);
	} else if (!n && OPTION(o, EX_OPT_TIME)) {
		one = OPTION(o, EX_OPT_TIME);
		n = one + OPTION(o, EX_OPT_TIME_SPACE);
	} else if (!n) {
		n = interval_of_probability(o);
	}
	return (uint32_t)TRYST_MIN(n / one, UINT32_MAX);
}

static int
take_sampling(struct ex_message *m, const struct options *o)
{
	struct ex_sampler s = { .scope = EX_SCOPE_ALL, .interval = interval_of(o) };

	if (!s.interval)
		return 0;
	if (HAS(o, EX_OPT_SAMPLER)) {
		s.scope = EX_SCOPE_SAMPLER;
		s.id = (uint32_t)OPTION(o, EX_OPT_SAMPLER);
	} else if (HAS(o, EX_OPT_INTERFACE)) {
		s.scope = EX_SCOPE_INTERFACE;
		s.id = (uint32_t)OPTION(o, EX_OPT_INTERFACE);
	}
	tryst_ex_sampling(m, s.interval);
	return tryst_ex_sampler_put(m->session, &s, m->err);
}

int
tryst_ex_options(struct ex_message *m, const struct ex_template *t, const uint8_t *data,
                 size_t count)
{
	int rc = 0;

	m->records += (uint32_t)count;
	m->options += (uint32_t)count;
	m->sink->health.other_records += count;
	if (t->columns == 0)
		return 0;
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct options o = read_record(t, data + i * t->size);
		uint64_t boot = OPTION(&o, EX_OPT_BOOT);

		if (boot && boot < EX_TIME_MAX)
			m->session->boot_ms = (int64_t)boot;
		rc = take_sampling(m, &o);
	}
	return rc;
}
