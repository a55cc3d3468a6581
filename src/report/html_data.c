/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the page's script works on, as JSON in a data block: the conversations as columns, addresses
 * and words by index, so that 50,000 of them take a few megabytes.  Text is as the page shows it
 * (made safe), and no markup.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/proto.h"
#include "report/html.h"

struct data {
	struct tryst_html *h;
	struct tryst_json j;
	struct tryst_ip *ips; /* of all conversations kept, ascending */
	size_t ip_count;
};

static int
ip_compare(const void *a, const void *b)
{
	return tryst_ip_compare(*(const struct tryst_ip *)a, *(const struct tryst_ip *)b);
}

static size_t
ip_index(const struct data *d, struct tryst_ip ip)
{
	const struct tryst_ip *at = bsearch(&ip, d->ips, d->ip_count, sizeof(*d->ips), ip_compare);

	return at ? (size_t)(at - d->ips) : 0;
}

static bool
ips_collect(struct data *d)
{
	const struct tryst_html *h = d->h;
	size_t n = 0;

	d->ips = calloc(2 * h->data + 1, sizeof(*d->ips));
	if (!d->ips)
		return false;
	for (size_t i = 0; i < h->c->sighting_count; i++) {
		if (!(h->kept[i] & TRYST_HTML_DATA))
			continue;
		d->ips[n++] = h->c->sightings[i].home;
		d->ips[n++] = h->c->sightings[i].peer;
	}
	qsort(d->ips, n, sizeof(*d->ips), ip_compare);
	for (size_t i = 0; i < n; i++) {
		if (!d->ip_count || !tryst_ip_equal(d->ips[d->ip_count - 1], d->ips[i]))
			d->ips[d->ip_count++] = d->ips[i];
	}
	return true;
}

/* Outside text, as it is shown. */
static void
safe(struct data *d, const char *text)
{
	tryst_buf_safe(&d->h->tmp, text, strlen(text));
	tryst_json_text(&d->j, d->h->tmp.len ? d->h->tmp.data : "", d->h->tmp.len);
	tryst_buf_clear(&d->h->tmp);
}

static void
names(struct data *d)
{
	const struct tryst_case *c = d->h->c;

	tryst_json_key_array(&d->j, "ips");
	for (size_t i = 0; i < d->ip_count; i++)
		tryst_json_ip(&d->j, d->ips[i]);
	tryst_json_end(&d->j);
	tryst_json_key_array(&d->j, "inputs");
	for (size_t i = 0; i < c->input_count; i++) {
		const char *path = c->inputs[i]->path, *slash = strrchr(path, '/');

		safe(d, slash && slash[1] ? slash + 1 : path);
	}
	tryst_json_end(&d->j);
	tryst_json_key_array(&d->j, "verdicts");
	for (int v = 0; v < TRYST_VERDICT_COUNT; v++)
		tryst_json_str(&d->j, tryst_verdict_word((enum tryst_verdict)v));
	tryst_json_end(&d->j);
	tryst_json_key_array(&d->j, "kinds");
	for (int v = 0; v < TRYST_VERDICT_COUNT; v++)
		tryst_json_u64(&d->j, tryst_mark_of((enum tryst_verdict)v));
	tryst_json_end(&d->j);
	tryst_json_key_array(&d->j, "kind_names");
	for (int m = 0; m < TRYST_MARK_COUNT; m++)
		tryst_json_str(&d->j, tryst_mark_title((enum tryst_mark)m));
	tryst_json_end(&d->j);
}

static void
hosts(struct data *d)
{
	const struct tryst_case *c = d->h->c;
	char ip[TRYST_IP_TEXT_MAX];

	tryst_json_key_array(&d->j, "hosts");
	for (size_t i = 0; i < c->host_count; i++) {
		const struct tryst_listed_host *host = &c->hosts[i];

		(void)tryst_ip_format(host->ip, ip);
		tryst_json_array(&d->j);
		tryst_json_str(&d->j, ip);
		safe(d,
		     host->indicator_count
		             ? tryst_watchlist_indicator(c->watchlist, host->indicators[0])->label
		             : "");
		tryst_json_end(&d->j);
	}
	tryst_json_end(&d->j);
	tryst_json_key_array(&d->j, "meetings");
	for (size_t i = 0; i < c->meeting_count; i++) {
		const struct tryst_meeting *m = &c->meetings[i];
		char grade[2] = { m->judgement.grade, '\0' };

		(void)tryst_ip_format(m->ip, ip);
		tryst_json_array(&d->j);
		tryst_json_str(&d->j, grade);
		tryst_buf_printf(&d->h->tmp, "%s%s ", ip, m->at_peer ? " \xe2\x86\x92" : "");
		tryst_buf_proto(&d->h->tmp, m->proto);
		if (m->port_known)
			tryst_buf_printf(&d->h->tmp, "/%u", m->port);
		tryst_json_str(&d->j, d->h->tmp.failed ? "" : d->h->tmp.data);
		tryst_buf_clear(&d->h->tmp);
		tryst_json_end(&d->j);
	}
	tryst_json_end(&d->j);
}

enum column {
	ID,
	FIRST,
	LENGTH,
	PROTO,
	PEER,
	PEER_PORT,
	HOME,
	HOME_PORT,
	LISTED,
	WAY,
	PACKETS_IN,
	PACKETS_OUT,
	BYTES_IN,
	BYTES_OUT,
	FLAGS_IN,
	FLAGS_OUT,
	BEGAN,
	VERDICT,
	HOST,
	MEETING,
	LISTED_AS,
	RECORDS,
	COLUMN_COUNT,
};

static const char *const column_keys[COLUMN_COUNT] = {
	"id",       "first",     "length",    "proto",     "peer",       "peer_port",
	"home",     "home_port", "listed",    "way",       "packets_in", "packets_out",
	"bytes_in", "bytes_out", "flags_in",  "flags_out", "began",      "verdict",
	"host",     "meeting",   "listed_as", "records",
};

/* -1 is "not known". */
static void
value(struct data *d, enum column column, size_t index)
{
	const struct tryst_sighting *s = &d->h->c->sightings[index];
	bool flags = s->flags_known && s->proto == 6;
	const struct {
		bool known;
		uint64_t v;
	} of[COLUMN_COUNT] = {
		[ID] = { true, s->id },
		[LENGTH] = { true, (uint64_t)s->last_ms - (uint64_t)s->first_ms },
		[PROTO] = { true, s->proto },
		[PEER] = { true, column == PEER ? ip_index(d, s->peer) : 0 },
		[PEER_PORT] = { s->peer_port_known, s->peer_port },
		[HOME] = { true, column == HOME ? ip_index(d, s->home) : 0 },
		[HOME_PORT] = { s->home_port_known, s->home_port },
		[LISTED] = { true, s->peer_listed | (unsigned)s->home_listed << 1 },
		[WAY] = { true, (s->records_in > 0) | (unsigned)(s->records_out > 0) << 1 },
		[PACKETS_IN] = { s->counts_known, s->packets_in },
		[PACKETS_OUT] = { s->counts_known, s->packets_out },
		[BYTES_IN] = { s->counts_known, s->bytes_in },
		[BYTES_OUT] = { s->counts_known, s->bytes_out },
		[FLAGS_IN] = { flags, s->flags_in },
		[FLAGS_OUT] = { flags, s->flags_out },
		[VERDICT] = { true, s->verdict },
		[HOST] = { true, s->host },
		[MEETING] = { d->h->meeting_of[index] > 0, d->h->meeting_of[index] - 1U },
	};

	if (column == FIRST)
		tryst_json_i64(&d->j, s->first_ms);
	else if (column == LISTED_AS)
		tryst_json_str(&d->j, tryst_html_listed(s));
	else if (column == BEGAN)
		tryst_json_str(&d->j, tryst_html_began(s));
	else if (of[column].known)
		tryst_json_u64(&d->j, of[column].v);
	else
		tryst_json_i64(&d->j, -1);
}

/* [all, input, record, input, record, ...] */
static void
records(struct data *d, const struct tryst_sighting *s)
{
	tryst_json_array(&d->j);
	tryst_json_u64(&d->j, s->records);
	for (uint32_t i = 0; i < s->ref_count && i < TRYST_HTML_ROW_REFS_MAX; i++) {
		tryst_json_u64(&d->j, s->refs[i].input);
		tryst_json_u64(&d->j, s->refs[i].record);
	}
	tryst_json_end(&d->j);
}

static void
conversations(struct data *d)
{
	const struct tryst_html *h = d->h;

	tryst_json_key_u64(&d->j, "all", h->c->sighting_count);
	tryst_json_key_bool(&d->j, "one_day", h->one_day);
	tryst_json_key_bool(&d->j, "has_flags", tryst_html_any_flags(h->c));
	tryst_json_key_bool(&d->j, "has_listed_as", tryst_html_any_listed(h->c));
	tryst_json_key_object(&d->j, "conversations");
	for (int column = 0; column < COLUMN_COUNT; column++) {
		tryst_json_key_array(&d->j, column_keys[column]);
		for (size_t i = 0; i < h->c->sighting_count; i++) {
			if (!(h->kept[i] & TRYST_HTML_DATA))
				continue;
			if (column == RECORDS)
				records(d, &h->c->sightings[i]);
			else
				value(d, (enum column)column, i);
		}
		tryst_json_end(&d->j);
	}
	tryst_json_end(&d->j);
}

static void
zone(struct data *d)
{
	const struct tryst_report_options *o = d->h->options;

	if (!o->zone)
		return;
	tryst_json_key(&d->j, "zone");
	tryst_json_array(&d->j);
	safe(d, o->zone_name);
	tryst_json_bool(&d->j, o->zone->kind == TRYST_ZONE_FIXED);
	tryst_json_i64(&d->j, o->zone->offset_s);
	tryst_json_end(&d->j);
}

void
tryst_html_data(struct tryst_html *h)
{
	struct data d = { .h = h };
	struct tryst_buf json = { 0 };

	if (!ips_collect(&d)) {
		h->out->failed = true;
		return;
	}
	tryst_json_init(&d.j, &json, 0);
	tryst_json_object(&d.j);
	names(&d);
	hosts(&d);
	zone(&d);
	conversations(&d);
	tryst_json_end(&d.j);
	tryst_html_put(h, "<script type=\"application/json\" id=\"tryst-data\">");
	h->out->failed |= json.failed;
	if (!json.failed)
		tryst_markup_json(h->out, json.data, json.len);
	tryst_html_put(h, "</script>\n");
	tryst_buf_fini(&json);
	free(d.ips);
}
