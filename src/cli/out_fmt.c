/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `fmt:%ts %sap -> %dap %byt`: nfdump's tags with text between them; `%10byt` sets a width.  Other
 * than there, times are UTC, IPv6 addresses are whole, and what is unknown is a dash.
 */
#include "cli/fmt_tag.h"
#include "cli/rows.h"

#define FMT_DEPTH_MAX 2 /* a preset in a text; presets hold none */

/* clang-format off */
static const struct {
	const char *name;
	const char *fmt;
} presets[] = {
	{ "line", "%ts %td %pr %sap -> %dap %pkt %byt %fl" },
	{ "long", "%ts %td %pr %sap -> %dap %flg %tos %pkt %byt %fl" },
	{ "extended", "%ts %td %pr %sap -> %dap %flg %tos %pkt %byt %pps %bps %bpp %fl" },
};
/* clang-format on */

const char *
tryst_fmt_preset(const char *name, size_t len)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(presets); i++) {
		if (strlen(presets[i].name) == len && memcmp(presets[i].name, name, len) == 0)
			return presets[i].fmt;
	}
	return NULL;
}

static int
tag_slot(struct tryst_rows *rows, const struct tryst_fmt_tag *tag, unsigned width,
         const struct tryst_buf *before, struct tryst_error *err)
{
	struct tryst_slot *slot = &rows->slots[rows->count];
	struct tryst_cell cell;
	int rc;

	tryst_fmt_tag_cell(tag, rows->plain, rows->scale, &cell);
	rc = tryst_rows_slot(rows, &cell, before->data, before->len, err);
	if (rc < 0)
		return rc;
	slot->width = width ? (uint8_t)width : tag->width;
	slot->left = tag->left;
	return 0;
}

/* The tag or preset behind a percent sign: returns what is behind it, or NULL. */
static const char *parse_tag(struct tryst_rows *rows, const char *p, struct tryst_buf *text,
                             unsigned depth, struct tryst_error *err);

static int
parse(struct tryst_rows *rows, const char *p, struct tryst_buf *text, unsigned depth,
      struct tryst_error *err)
{
	while (*p) {
		if (p[0] == '%' && p[1] == '%') {
			tryst_buf_char(text, '%');
			p += 2;
		} else if (*p == '%') {
			p = parse_tag(rows, p + 1, text, depth, err);
			if (!p)
				return TRYST_ERR_USAGE;
		} else if (p[0] == '\\' && p[1] == 't') {
			tryst_buf_char(text, '\t');
			p += 2;
		} else if ((unsigned char)*p < 0x20 && *p != '\t') {
			return tryst_error_set(err, TRYST_ERR_USAGE,
			                       "fmt: a control character, where a row is one line");
		} else {
			tryst_buf_char(text, *p++);
		}
	}
	return 0;
}

static const char *
parse_tag(struct tryst_rows *rows, const char *p, struct tryst_buf *text, unsigned depth,
          struct tryst_error *err)
{
	const struct tryst_fmt_tag *tag;
	unsigned width = 0;

	for (size_t i = 0; depth < FMT_DEPTH_MAX && i < TRYST_ARRAY_SIZE(presets); i++) {
		size_t len = strlen(presets[i].name);

		if (strncmp(p, presets[i].name, len) == 0)
			return parse(rows, presets[i].fmt, text, depth + 1, err) < 0 ? NULL
			                                                             : p + len;
	}
	for (; *p >= '0' && *p <= '9' && width < PUT_MAX; p++)
		width = width * 10 + (unsigned)(*p - '0');
	if (width > PUT_MAX) {
		(void)tryst_error_set(err, TRYST_ERR_USAGE, "fmt: a width of more than %d",
		                      PUT_MAX);
		return NULL;
	}
	tag = tryst_fmt_tag_find(p, err);
	if (!tag) {
		tryst_error_prefix(err, "fmt");
		return NULL;
	}
	if (tag_slot(rows, tag, width, text, err) < 0)
		return NULL;
	tryst_buf_clear(text);
	return p + strlen(tag->tag);
}

static int
fmt_open(struct tryst_rows *rows, const char *arg, struct tryst_error *err)
{
	struct tryst_buf text = { 0 };
	int rc = parse(rows, arg, &text, 0, err);

	if (rc == 0 && rows->count == 0)
		rc = tryst_error_set(err, TRYST_ERR_USAGE, "fmt: no tag in '%s'", arg);
	tryst_buf_add(&rows->texts, text.data, text.len);
	rows->texts.failed |= text.failed;
	tryst_buf_fini(&text);
	return rc;
}

/* Pads what stands from start to p. */
static char *
pad(char *start, char *p, const struct tryst_slot *slot)
{
	size_t len = (size_t)(p - start), blanks;

	if (len >= slot->width)
		return p;
	blanks = slot->width - len;
	if (!slot->left)
		memmove(start + blanks, start, len);
	memset(slot->left ? p : start, ' ', blanks);
	return p + blanks;
}

/* Ends the line, without blanks before the end. */
static char *
line_end(const struct tryst_rows *rows, char *start, char *p)
{
	size_t len = rows->texts.len - rows->behind;

	memcpy(p, rows->texts.data + rows->behind, len);
	p += len;
	while (p > start && p[-1] == ' ')
		p--;
	*p++ = '\n';
	return p;
}

static void
fmt_heading(const struct tryst_rows *rows, struct tryst_buf *out)
{
	char *start =
		rows->quiet ? NULL
			    : tryst_buf_reserve(out, rows->texts.len + (rows->count + 2) * PUT_MAX);
	char *p = start;

	if (!start)
		return;
	if (rows->colour)
		p = stpcpy(p, "\033[1m");
	for (unsigned i = 0; i < rows->count; i++) {
		const struct tryst_slot *slot = &rows->slots[i];
		char *value = tryst_slot_before(rows, slot, p);

		p = pad(value, stpcpy(value, slot->cell.name), slot);
	}
	if (rows->colour)
		p = stpcpy(p, "\033[0m");
	p = line_end(rows, start, p);
	out->len += (size_t)(p - start);
}

static char *
fmt_row(const struct tryst_rows *rows, char *p, const void *const *columns,
        const struct tryst_batch *b, uint32_t row)
{
	char *start = p;

	for (unsigned i = 0; i < rows->count; i++) {
		const struct tryst_slot *slot = &rows->slots[i];
		char *value = tryst_slot_before(rows, slot, p);

		if (tryst_slot_known(slot, b, row)) {
			p = slot->cell.put(value, columns[i], b, row);
		} else {
			*value = '-';
			p = value + 1;
		}
		p = pad(value, p, slot);
	}
	return line_end(rows, start, p);
}

const struct tryst_row_format tryst_out_fmt = {
	.name = "fmt",
	.arg = "TEXT",
	.arg_needed = true,
	.open = fmt_open,
	.heading = fmt_heading,
	.row = fmt_row,
};
