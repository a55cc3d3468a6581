/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rows.h"

#include <netinet/in.h>

#include "base/community_id.h"
#include "base/suggest.h"

const struct tryst_row_format *const tryst_row_formats[] = {
	&tryst_out_table, &tryst_out_json, &tryst_out_csv, &tryst_out_fmt,
	&tryst_out_zeek,  &tryst_out_ecs,  NULL,
};

/* A format by its name; nfdump's presets are fmt with their text as *arg. */
static int
format_find(const char *name, size_t len, const struct tryst_row_format **out, const char **arg,
            struct tryst_error *err)
{
	const char *preset = tryst_fmt_preset(name, len);
	struct tryst_suggest s;

	if (preset && !*arg) {
		*out = &tryst_out_fmt;
		*arg = preset;
		return 0;
	}
	tryst_suggest_init(&s, name, len);
	for (size_t i = 0; tryst_row_formats[i]; i++) {
		*out = tryst_row_formats[i];
		if (strlen((*out)->name) == len && memcmp((*out)->name, name, len) == 0)
			return 0;
		tryst_suggest_try(&s, (*out)->name);
	}
	return tryst_suggest_error(&s, "format", err);
}

int
tryst_rows_open(struct tryst_rows *rows, const char *spec, struct tryst_error *err)
{
	const char *name = spec ? spec : tryst_row_formats[0]->name;
	size_t len = strcspn(name, ":");
	const char *arg = name[len] ? name + len + 1 : NULL;
	int rc = format_find(name, len, &rows->format, &arg, err);

	if (rc < 0)
		return rc;
	assert(rows->count == 0);
	if (arg && !rows->format->arg)
		return tryst_error_set(err, TRYST_ERR_USAGE, "format %s takes nothing behind it",
		                       rows->format->name);
	if (!arg && rows->format->arg_needed)
		return tryst_error_set(err, TRYST_ERR_USAGE, "format %s is written %s:%s",
		                       rows->format->name, rows->format->name, rows->format->arg);
	rc = rows->format->open(rows, arg, err);
	if (rc == 0 && rows->texts.failed)
		rc = tryst_error_nomem(err);
	return rc;
}

void
tryst_rows_fini(struct tryst_rows *rows)
{
	tryst_buf_fini(&rows->texts);
}

uint64_t
tryst_rows_columns(const struct tryst_rows *rows)
{
	uint64_t columns = 0;

	for (unsigned i = 0; i < rows->count; i++)
		columns |= rows->slots[i].cell.needs | rows->slots[i].cell.uses |
		           1ULL << rows->slots[i].cell.field;
	return columns;
}

int
tryst_rows_slot(struct tryst_rows *rows, const struct tryst_cell *cell, const char *before,
                size_t before_len, struct tryst_error *err)
{
	struct tryst_slot *slot = &rows->slots[rows->count];

	if (rows->count == TRYST_SLOTS_MAX)
		return tryst_error_set(err, TRYST_ERR_USAGE, "more than %d columns",
		                       TRYST_SLOTS_MAX);
	*slot = (struct tryst_slot){ .cell = *cell, .before = rows->texts.len };
	slot->before_len = before_len;
	tryst_buf_add(&rows->texts, before, before_len);
	rows->behind = rows->texts.len;
	rows->marks |= cell->field == TRYST_FIELD_record_no;
	rows->count++;
	return 0;
}

int
tryst_rows_select(struct tryst_rows *rows, const char *list, struct tryst_error *err)
{
	struct tryst_cell cell;
	int rc = 0;

	for (unsigned f = 0; !list && f < TRYST_FIELD_COUNT && rc == 0; f++) {
		tryst_cell_of((enum tryst_field)f, &cell);
		rc = tryst_rows_slot(rows, &cell, "", 0, err);
	}
	while (list && rc == 0) {
		size_t len = strcspn(list, ",");

		rc = tryst_cell_find(list, len, &cell, err);
		if (rc == 0)
			rc = tryst_rows_slot(rows, &cell, "", 0, err);
		list = list[len] ? list + len + 1 : NULL;
	}
	return rc;
}

void
tryst_rows_batch(const struct tryst_rows *rows, const struct tryst_batch *b, uint32_t count,
                 struct tryst_buf *out)
{
	size_t most = rows->more + rows->texts.len + (rows->count + 1) * PUT_MAX;
	const void *columns[TRYST_SLOTS_MAX];

	for (unsigned i = 0; i < rows->count; i++)
		columns[i] = tryst_batch_column(b, rows->slots[i].cell.field);
	for (uint32_t i = 0; i < count; i++) {
		char *p = tryst_buf_reserve(out, most);

		if (!p)
			return;
		out->len += (size_t)(rows->format->row(rows, p, columns, b, b->sel[i]) - p);
	}
}

char *
tryst_put_uid(char *p, const struct tryst_rows *rows, const struct tryst_batch *b, uint32_t row)
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *path = rows->inputs[b->input_id[row]]->path;
	uint64_t hash = 0xcbf29ce484222325ULL; /* FNV-1a, then mixed with the number */

	for (; *path; path++)
		hash = (hash ^ (uint8_t)*path) * 0x100000001b3ULL;
	hash = tryst_ip_hash((struct tryst_ip){ hash, b->record_no[row] });
	*p++ = 'C';
	for (unsigned i = 0; i < 11; i++, hash /= 62)
		*p++ = digits[hash % 62];
	return p;
}

bool
tryst_community_known(const struct tryst_batch *b, uint32_t row)
{
	static const struct {
		uint8_t proto;
		uint64_t needs;
	} more[] = {
		{ IPPROTO_TCP, TRYST_BIT(src_port) | TRYST_BIT(dst_port) },
		{ IPPROTO_UDP, TRYST_BIT(src_port) | TRYST_BIT(dst_port) },
		{ IPPROTO_SCTP, TRYST_BIT(src_port) | TRYST_BIT(dst_port) },
		{ IPPROTO_ICMP, TRYST_BIT(icmp_type) },
		{ IPPROTO_ICMPV6, TRYST_BIT(icmp_type) },
	};
	uint64_t needs = TRYST_BIT(src) | TRYST_BIT(dst) | TRYST_BIT(proto);

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(more); i++) {
		if (more[i].proto == b->proto[row])
			needs |= more[i].needs;
	}
	return (b->present[row] & needs) == needs;
}

char *
tryst_put_community_id(char *p, const struct tryst_batch *b, uint32_t row)
{
	uint8_t proto = b->proto[row];
	bool icmp = proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;

	tryst_community_id(0, b->src[row], b->dst[row], proto,
	                   icmp ? b->icmp_type[row] : b->src_port[row],
	                   icmp ? b->icmp_code[row] : b->dst_port[row], p);
	return p + TRYST_COMMUNITY_ID_LEN;
}

static uint64_t
ordinal(struct tryst_ordinals *o, uint32_t input, uint64_t raw)
{
	const struct tryst_input *in = o->inputs[input];

	if (o->input != in || o->part > raw >> 32) {
		o->input = in;
		o->part = 0;
		o->first = 1;
	}
	/* Other parts may still be read, but none of those before. */
	for (; o->part < raw >> 32 && o->part < in->parts; o->part++)
		o->first += in->part_flows[o->part];
	return o->first + (raw & UINT32_MAX);
}

void
tryst_rows_resolve(struct tryst_ordinals *o, const char *text, size_t len, struct tryst_buf *out)
{
	const char *end = text + len;

	while (text < end) {
		const char *mark = memchr(text, TRYST_MARK, (size_t)(end - text));
		uint32_t input;
		uint64_t raw;

		tryst_buf_add(out, text, (size_t)((mark ? mark : end) - text));
		if (!mark)
			return;
		raw = tryst_mark_read(mark, &input);
		tryst_buf_u64(out, ordinal(o, input, raw));
		text = mark + TRYST_MARK_LEN;
	}
}
