/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Suricata: reputation files (`address,category,score` without a header) and data sets of strings,
 * which are base64 lines.  Data sets of addresses are plain lists.
 */
#include <stdio.h>

#include "watch/columns.h"

#define PROBE_LINES 20
#define CATEGORY_MAX 60
#define SCORE_MAX 127
#define TEXT_MAX ((size_t)1024)

/* A row of a reputation file. */
static bool
iprep_split(struct tryst_slice line, struct tryst_slice *address, uint64_t *category,
            uint64_t *score)
{
	struct tryst_slice number;

	*address = tryst_slice_trim(tryst_slice_cut(&line, ','), " \t");
	number = tryst_slice_trim(tryst_slice_cut(&line, ','), " \t");
	line = tryst_slice_trim(line, " \t");
	return address->len && tryst_slice_number(number, CATEGORY_MAX, category) && *category &&
	       tryst_slice_number(line, SCORE_MAX, score);
}

static bool
iprep_probe(const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line, address;
	unsigned rows = 0, good = 0;
	uint64_t category, score;
	struct tryst_form form;
	const char *why;

	while (rows < PROBE_LINES && tryst_slice_line(&lines, &line)) {
		if (!line.len || line.data[0] == '#')
			continue;
		good += iprep_split(line, &address, &category, &score) &&
		        tryst_form_parse(address.data, address.len, &form, &why);
		if (!rows++ && !good)
			return false;
	}
	return rows && 2 * good > rows;
}

static int
iprep_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line, address;
	int rc = 0;

	tryst_list_called(w, "Suricata iprep");
	while (rc == 0 && tryst_slice_line(&lines, &line)) {
		uint64_t category, score;
		struct tryst_list_entry e;
		char label[32];

		if (!line.len || line.data[0] == '#')
			continue;
		if (!iprep_split(line, &address, &category, &score)) {
			rc = tryst_list_reject(
				w, lines.line,
				"expected address,category (1 to 60),score (0 to 127)", line);
			continue;
		}
		if (!score) {
			rc = tryst_list_skip(w, lines.line, tryst_slice_of("score 0"));
			continue;
		}
		tryst_list_entry_init(&e);
		(void)snprintf(label, sizeof(label), "category %u", (unsigned)category);
		e.label = tryst_slice_of(label);
		e.confidence = (uint8_t)(score * 100 / SCORE_MAX);
		rc = tryst_list_take(w, lines.line, &e, address);
	}
	return rc;
}

const struct tryst_list_format tryst_list_iprep = {
	.name = "iprep",
	.help = "Suricata's IP reputation",
	.probe = iprep_probe,
	.read = iprep_read,
};

static int
digit_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* RFC 4648; printable text only.  Returns its length, 0 when it is none. */
static size_t
base64_read(struct tryst_slice t, char out[TEXT_MAX])
{
	size_t pad = 0, n = 0;
	uint32_t bits = 0;

	if (!t.len || t.len % 4 || t.len / 4 * 3 > TEXT_MAX)
		return 0;
	while (pad < 2 && t.data[t.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < t.len; i++) {
		int v = i >= t.len - pad ? 0 : digit_value(t.data[i]);

		if (v < 0)
			return 0;
		bits = bits << 6 | (uint32_t)v;
		if (i % 4 == 3) {
			out[n++] = (char)(bits >> 16);
			out[n++] = (char)(bits >> 8);
			out[n++] = (char)bits;
		}
	}
	n -= pad;
	for (size_t i = 0; i < n; i++) {
		if (out[i] < ' ' || out[i] == 0x7f)
			return 0;
	}
	return n;
}

static struct tryst_slice
base64_field(struct tryst_slice line)
{
	return tryst_slice_trim(tryst_slice_cut(&line, ','), " \t");
}

static bool
base64_probe(const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line;
	char text[TEXT_MAX];
	unsigned rows = 0, good = 0;

	while (rows < PROBE_LINES && tryst_slice_line(&lines, &line)) {
		if (!line.len)
			continue;
		good += base64_read(base64_field(line), text) > 0;
		if (!rows++ && !good)
			return false;
	}
	return rows && 2 * good > rows;
}

static int
base64_list_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line;
	char text[TEXT_MAX];
	int rc = 0;

	tryst_list_called(w, "Suricata dataset");
	while (rc == 0 && tryst_slice_line(&lines, &line)) {
		size_t n = base64_read(base64_field(line), text);
		struct tryst_list_entry e;
		struct tryst_form form;
		const char *why;

		tryst_list_entry_init(&e);
		if (!line.len)
			continue;
		if (!n)
			rc = tryst_list_reject(w, lines.line, "not base64", line);
		else if (tryst_form_parse(text, n, &form, &why))
			rc = tryst_list_take(w, lines.line, &e, (struct tryst_slice){ text, n });
		else
			rc = tryst_list_skip(w, lines.line, tryst_slice_of("no address"));
	}
	return rc;
}

const struct tryst_list_format tryst_list_base64 = {
	.name = "base64",
	.help = "Suricata's datasets of type string",
	.probe = base64_probe,
	.read = base64_list_read,
};
