/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AlienVault OTX: pulses as JSON (the DirectConnect API's answers and the SDK's files), and the old
 * reputation.data, `ip#reliability#risk#activity#country#city#lat,lon#n`.
 */
#include "watch/impl.h"
#include "watch/json_list.h"

/* What a pulse says of all its indicators, which may stand before it says so. */
static int
pulse_about(struct tryst_json_list *l)
{
	struct tryst_jtext j = l->j;
	struct tryst_slice key, name = { "", 0 }, author = { "", 0 };
	struct tryst_jvalue v;
	const char *label, *source;

	tryst_list_entry_init(&l->base);
	(void)tryst_jtext_enter(&j, '{');
	while (tryst_jtext_key(&j, &key) && tryst_jtext_value(&j, &v)) {
		if (tryst_slice_is(key, "name"))
			name = tryst_json_list_string(l, v);
		else if (tryst_slice_is(key, "author_name"))
			author = tryst_json_list_string(l, v);
		else if (tryst_slice_like(key, "TLP"))
			l->base.tlp = tryst_tlp_find(tryst_json_list_string(l, v));
	}
	label = tryst_arena_text(&l->w->arena, name.data, name.len);
	source = tryst_arena_text(&l->w->arena, author.data, author.len);
	if (!label || !source)
		return TRYST_ERR_NOMEM;
	l->base.label = (struct tryst_slice){ label, name.len };
	l->base.source = (struct tryst_slice){ source, author.len };
	return 0;
}

int
tryst_otx_read(struct tryst_json_list *l)
{
	struct tryst_slice key;
	struct tryst_jvalue v;
	int rc;

	tryst_list_called(l->w, "OTX pulse");
	l->named = true;
	tryst_json_list_next(l);
	rc = pulse_about(l);
	(void)tryst_jtext_enter(&l->j, '{');
	while (rc == 0 && tryst_jtext_key(&l->j, &key)) {
		if (!tryst_slice_is(key, "indicators") || tryst_jtext_peek(&l->j) != '[') {
			(void)tryst_jtext_value(&l->j, &v);
			continue;
		}
		(void)tryst_jtext_enter(&l->j, '[');
		while (rc == 0 && tryst_jtext_more(&l->j))
			rc = tryst_json_record(l);
	}
	return rc;
}

/* The fields of a line of reputation.data, if it is one. */
static bool
reputation_split(struct tryst_slice line, struct tryst_slice field[4])
{
	struct tryst_ip ip;
	uint64_t n;

	for (unsigned i = 0; i < 4; i++)
		field[i] = tryst_slice_cut(&line, '#');
	return tryst_ip_parse(field[0].data, field[0].len, &ip) &&
	       tryst_slice_number(field[1], 10, &n) && tryst_slice_number(field[2], 10, &n) &&
	       line.len;
}

static bool
reputation_probe(const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line, field[4];

	while (tryst_slice_line(&lines, &line)) {
		if (line.len && line.data[0] != '#')
			return reputation_split(line, field);
	}
	return false;
}

static int
reputation_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line, field[4];
	int rc = 0;

	while (rc == 0 && tryst_slice_line(&lines, &line)) {
		struct tryst_list_entry e;
		uint64_t reliability = 0;

		if (!line.len || line.data[0] == '#')
			continue;
		if (!reputation_split(line, field)) {
			rc = tryst_list_reject(w, lines.line,
			                       "expected ip#reliability#risk#activity#...", line);
			continue;
		}
		(void)tryst_slice_number(field[1], 10, &reliability);
		tryst_list_entry_init(&e);
		e.label = field[3];
		e.confidence = (uint8_t)(reliability * 10);
		rc = tryst_list_take(w, lines.line, &e, field[0]);
	}
	return rc;
}

const struct tryst_list_format tryst_list_otx_reputation = {
	.name = "otx-reputation",
	.help = "reputation.data of OTX",
	.probe = reputation_probe,
	.read = reputation_read,
};
