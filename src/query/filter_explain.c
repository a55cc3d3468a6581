/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parsed form in canonical words: every test in brackets, every side and comparison written
 * out. Parsing it gives the same form again.
 */
#include "query/filter_ast.h"

#include "base/time.h"

static const char *const compare_text[] = {
	[TRYST_FCOMPARE_EQ] = "=",  [TRYST_FCOMPARE_NE] = "!=", [TRYST_FCOMPARE_LT] = "<",
	[TRYST_FCOMPARE_LE] = "<=", [TRYST_FCOMPARE_GT] = ">",  [TRYST_FCOMPARE_GE] = ">=",
	[TRYST_FCOMPARE_IN] = "in",
};

static const char *const rate_text[] = {
	[TRYST_FRATE_DURATION] = "duration",
	[TRYST_FRATE_PPS] = "pps",
	[TRYST_FRATE_BPS] = "bps",
	[TRYST_FRATE_BPP] = "bpp",
};

/* How a test of these fields is called: `port`, `src port`, `in if`, `min_ttl`. */
static void
name(const struct tryst_fnode *n, struct tryst_buf *out)
{
	for (size_t i = 0; i < tryst_fterm_count; i++) {
		const struct tryst_fterm *t = &tryst_fterms[i];
		bool ends = t->side == TRYST_FSIDE_SRC;

		if (n->a == t->any_a && n->b == t->any_b) {
			tryst_buf_str(out, t->word);
			return;
		}
		if (n->b == TRYST_FILTER_NO_FIELD && (n->a == t->first || n->a == t->second)) {
			tryst_buf_str(out, n->a == t->first ? (ends ? "src " : "in ")
			                                    : (ends ? "dst " : "out "));
			tryst_buf_str(out, t->word);
			return;
		}
	}
	tryst_buf_str(out, tryst_field_info(n->a)->name);
}

static void
value(const struct tryst_fnode *n, uint64_t v, struct tryst_buf *out)
{
	char time[TRYST_TIME_TEXT_MAX];

	if (n->kind == TRYST_FNODE_NUMBER && tryst_field_info(n->a)->type == TRYST_TYPE_time) {
		tryst_time_format((int64_t)v, time);
		tryst_buf_str(out, time);
		return;
	}
	tryst_buf_u64(out, v);
}

static void
number(const struct tryst_fnode *n, struct tryst_buf *out)
{
	if (n->kind == TRYST_FNODE_RATE)
		tryst_buf_str(out, rate_text[n->rate]);
	else
		name(n, out);
	tryst_buf_printf(out, " %s ", compare_text[n->compare]);
	if (n->compare != TRYST_FCOMPARE_IN) {
		value(n, n->value, out);
		return;
	}
	for (uint32_t i = 0; i < n->count; i++) {
		tryst_buf_str(out, i ? ", " : "[");
		tryst_buf_u64(out, n->ranges[i].lo);
		if (n->ranges[i].hi != n->ranges[i].lo) {
			tryst_buf_char(out, '-');
			tryst_buf_u64(out, n->ranges[i].hi);
		}
	}
	tryst_buf_char(out, ']');
}

static void
addresses(const struct tryst_fnode *n, struct tryst_buf *out)
{
	char text[TRYST_PREFIX_TEXT_MAX];

	name(n, out);
	tryst_buf_str(out, " in ");
	for (uint32_t i = 0; i < n->count; i++) {
		tryst_buf_str(out, i ? ", " : "[");
		tryst_prefix_format(n->entries[i].prefix, text);
		tryst_buf_str(out, text);
	}
	tryst_buf_char(out, ']');
}

static void
letters(uint8_t bits, struct tryst_buf *out)
{
	static const char names[] = "FSRPAUEC";

	for (unsigned i = 0; i < 8; i++) {
		if (bits >> i & 1)
			tryst_buf_char(out, names[i]);
	}
}

static void
flags(const struct tryst_fnode *n, struct tryst_buf *out)
{
	tryst_buf_printf(out, "%s %s", tryst_field_info(n->a)->name, n->any ? "any " : "");
	if (!n->any) {
		letters(n->high, out);
		tryst_buf_char(out, '/');
	}
	letters(n->mask, out);
}

void
tryst_fnode_explain(const struct tryst_fnode *n, struct tryst_buf *out)
{
	if (n->kind == TRYST_FNODE_ANY) {
		tryst_buf_str(out, "any");
		return;
	}
	tryst_buf_char(out, '(');
	switch (n->kind) {
	case TRYST_FNODE_NOT:
		tryst_buf_str(out, "not ");
		tryst_fnode_explain(n->kids[0], out);
		break;
	case TRYST_FNODE_NUMBER:
	case TRYST_FNODE_RATE:
		number(n, out);
		break;
	case TRYST_FNODE_ADDRESS:
		addresses(n, out);
		break;
	case TRYST_FNODE_FLAGS:
		flags(n, out);
		break;
	case TRYST_FNODE_FAMILY:
		tryst_buf_str(out, n->family == 4 ? "ipv4" : "ipv6");
		break;
	default:
		for (uint32_t i = 0; i < n->count; i++) {
			if (i)
				tryst_buf_str(out, n->kind == TRYST_FNODE_AND ? " and " : " or ");
			tryst_fnode_explain(n->kids[i], out);
		}
	}
	tryst_buf_char(out, ')');
}
