/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles the fields of a template into a plan for decoding.
 *
 * An element whose length cannot be one of its type (an IPv4 address of 6 bytes, say) is stepped
 * over like an unknown one.  Numbers may be shorter than their type (RFC 7011, 6.2) and are taken
 * from 1 to 8 bytes.
 */
#include "read/export_impl.h"

#include <stdlib.h>

struct candidate {
	struct ex_column column;
	uint8_t rank;
};

struct compile {
	struct candidate list[EX_COLUMNS_MAX];
	unsigned count;
	uint16_t run[EX_RUNS_MAX + 1];
	unsigned runs;
	uint32_t size;
	uint32_t least;
	const char *why;
};

static bool
length_fits(uint8_t kind, uint16_t len)
{
	switch (kind) {
	case EX_UINT:
	case EX_UINT_US:
		return len >= 1 && len <= 8;
	case EX_IP4:
	case EX_DELTA:
		return len == 4;
	case EX_IP6:
		return len == 16;
	default:
		return len == 4 || len == 8;
	}
}

static void
take_field(struct compile *c, const struct ex_field *f, bool options)
{
	unsigned count;
	const struct ex_element *e = tryst_ex_elements(f->pen, f->id, options, &count);

	for (unsigned i = 0; i < count; i++) {
		if (!length_fits(e[i].kind, f->len))
			continue;
		if (c->count == EX_COLUMNS_MAX) {
			c->why = "names too many elements";
			return;
		}
		c->list[c->count++] = (struct candidate){
			{ e[i].target, e[i].kind, EX_SET, (uint8_t)f->len, (uint16_t)c->size },
			e[i].rank,
		};
	}
}

/* Lays the fields out; c->why tells what is wrong with them. */
static void
take_fields(struct compile *c, const struct ex_field *fields, unsigned count, bool options)
{
	unsigned fixed = 0;

	for (unsigned i = 0; i < count && !c->why; i++) {
		if (fields[i].len == EX_VARIABLE) {
			if (c->runs == EX_RUNS_MAX) {
				c->why = "has too many fields of variable length";
				return;
			}
			c->run[c->runs++] = (uint16_t)(c->size - fixed);
			fixed = c->size;
			c->least += 1;
			continue;
		}
		take_field(c, &fields[i], options);
		c->size += fields[i].len;
		c->least += fields[i].len;
		if (c->least > UINT16_MAX)
			c->why = "is longer than any set";
	}
	c->run[c->runs] = (uint16_t)(c->size - fixed);
	if (!c->why && c->least == 0)
		c->why = "has records of no length";
}

/* By target, then rank; fields of one rank stay in their order. */
static void
sort(struct candidate *list, unsigned count)
{
	for (unsigned i = 1; i < count; i++) {
		struct candidate c = list[i];
		unsigned at = i;

		while (at > 0 && (list[at - 1].column.target > c.column.target ||
		                  (list[at - 1].column.target == c.column.target &&
		                   list[at - 1].rank > c.rank))) {
			list[at] = list[at - 1];
			at--;
		}
		list[at] = c;
	}
}

/* Keeps the lowest group of each target. */
static void
choose(struct compile *c)
{
	unsigned kept = 0, group = 0;

	sort(c->list, c->count);
	for (unsigned i = 0; i < c->count; i++) {
		struct candidate *from = &c->list[i];
		bool first = kept == 0 || c->list[kept - 1].column.target != from->column.target;

		if (first)
			group = from->rank / 10;
		else if (from->rank / 10 != group)
			continue;
		if (!first)
			from->column.merge =
				from->column.target == TRYST_FIELD_tcp_flags ||
						from->column.target == TRYST_FIELD_rev_tcp_flags
					? EX_OR
					: EX_FILL;
		c->list[kept++] = *from;
	}
	c->count = kept;
}

static struct ex_template *
build(const struct compile *c, bool options)
{
	size_t columns = c->count * sizeof(struct ex_column);
	struct ex_template *t;
	struct ex_column *column;
	uint16_t *run;

	t = calloc(1, sizeof(*t) + columns + (c->runs + 1) * sizeof(*run));
	if (!t)
		return NULL;
	column = (struct ex_column *)(void *)(t + 1);
	run = (uint16_t *)(void *)(column + c->count);
	*t = (struct ex_template){
		.options = options,
		.size = (uint16_t)c->size,
		.least = (uint16_t)c->least,
		.runs = (uint16_t)c->runs,
		.columns = (uint16_t)c->count,
		.run = run,
		.column = column,
	};
	memcpy(run, c->run, (c->runs + 1) * sizeof(*run));
	for (unsigned i = 0; i < c->count; i++) {
		column[i] = c->list[i].column;
		if (column[i].target < TRYST_FIELD_COUNT)
			t->fields |= 1ULL << column[i].target;
		else
			t->targets |= 1U << (column[i].target - TRYST_FIELD_COUNT);
	}
	t->flow = t->fields & (TRYST_BIT(src) | TRYST_BIT(dst));
	return t;
}

struct ex_template *
tryst_ex_compile(const struct ex_field *fields, unsigned count, bool options, const char **why)
{
	struct compile c = { .count = 0 };

	take_fields(&c, fields, count, options);
	*why = c.why;
	if (c.why)
		return NULL;
	choose(&c);
	return build(&c, options);
}
