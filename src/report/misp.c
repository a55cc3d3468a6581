/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MISP: an event with an attribute for each listed host that was seen (and its sighting), and
 * objects "netflow" for what was observed, one a direction; or only the sightings, for lists that
 * the platform has already.  A host in whose name others sent was not seen: it has no sighting. For
 * the own organisation (distribution 0), tlp:amber (or as the lists' entries want it), unpublished.
 * Numbers are texts, as MISP has them.  docs/exchange.md
 *
 * Source: misp-rfc, MISP core format; misp-objects, template netflow, version 2.
 */
#include "report/misp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "report/layout.h"
#include "report/renderers.h"
#include "report/sentence.h"

#define MS_PER_S 1000

void
tryst_misp_uuid(const struct tryst_misp *e, const char *kind, uint64_t number, const char *part,
                char out[TRYST_UUID_TEXT_MAX])
{
	char name[128];
	int len = snprintf(name, sizeof(name), "%s/misp/%s/%" PRIu64 "/%s", e->uuid, kind, number,
	                   part);

	tryst_uuid5(tryst_uuid_space, name, (size_t)len, out);
}

void
tryst_misp_key_number(struct tryst_json *j, const char *key, uint64_t v)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, v);
	tryst_json_key_str(j, key, text);
}

void
tryst_misp_key_seconds(struct tryst_json *j, const char *key, int64_t ms)
{
	tryst_misp_key_number(j, key, ms > 0 ? (uint64_t)ms / MS_PER_S : 0);
}

void
tryst_misp_time_text(int64_t ms, char out[TRYST_TIME_TEXT_MAX])
{
	char text[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format(ms, text);
	(void)snprintf(out, TRYST_TIME_TEXT_MAX, "%.23s000+00:00", text);
}

static void
key_time(struct tryst_json *j, const char *key, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	if (!tryst_time_has_date(ms))
		return;
	tryst_misp_time_text(ms, text);
	tryst_json_key_str(j, key, text);
}

static void
sighting(const struct tryst_misp *e, struct tryst_json *j, const struct tryst_listed_host *h,
         const char *attribute)
{
	char uuid[TRYST_UUID_TEXT_MAX];

	tryst_misp_uuid(e, "sighting", (uint64_t)(h - e->c->hosts), "", uuid);
	tryst_json_object(j);
	tryst_json_key_str(j, "uuid", uuid);
	tryst_json_key_str(j, "attribute_uuid", attribute);
	tryst_json_key_str(j, "type", "0");
	tryst_json_key_str(j, "source", "tryst");
	tryst_misp_key_seconds(j, "date_sighting", e->seen_ms[h - e->c->hosts]);
	tryst_json_end(j);
}

/* A listed host: the source of trouble where it began most conversations, else where it went. */
static void
attribute(struct tryst_misp *e, size_t index)
{
	const struct tryst_listed_host *h = &e->c->hosts[index];
	bool source = 2 * (uint64_t)e->from_peer[index] > h->conversations;
	struct tryst_buf labels = { 0 };
	char uuid[TRYST_UUID_TEXT_MAX];
	struct tryst_json *j = &e->j;

	tryst_misp_uuid(e, "attribute", index, "", uuid);
	tryst_json_object(j);
	tryst_json_key_str(j, "uuid", uuid);
	tryst_json_key_str(j, "type", source ? "ip-src" : "ip-dst");
	tryst_json_key_str(j, "category", TRYST_MISP_NETWORK);
	tryst_json_key_ip(j, "value", h->ip);
	/* In whose name others sent is a victim: nobody shall block it. */
	tryst_json_key_bool(j, "to_ids",
	                    e->seen_ms[index] != INT64_MIN && !tryst_exchange_forged(&h->spoof));
	tryst_misp_key_seconds(j, "timestamp", e->made_ms);
	tryst_json_key_str(j, "distribution", "5");
	tryst_exchange_labels(&labels, e->c, h);
	j->buf->failed |= labels.failed;
	tryst_json_key_str(j, "comment", labels.len ? labels.data : "");
	tryst_buf_fini(&labels);
	key_time(j, "first_seen", h->first_ms);
	key_time(j, "last_seen", h->last_ms);
	tryst_json_key_bool(j, "disable_correlation", false);
	tryst_json_key_bool(j, "deleted", false);
	tryst_json_key_array(j, "Sighting");
	if (e->seen_ms[index] != INT64_MIN)
		sighting(e, j, h, uuid);
	tryst_json_end(j);
	tryst_json_end(j);
}

/* What was looked at, where that is not all. */
static void
narrowed(struct tryst_misp *e)
{
	struct tryst_json *j = &e->j;
	char uuid[TRYST_UUID_TEXT_MAX];
	struct tryst_buf text = { 0 };

	if (!tryst_sentence_is_narrowed(e->c))
		return;
	tryst_sentence_asked(&text, e->c);
	tryst_misp_uuid(e, "asked", 0, "", uuid);
	tryst_json_object(j);
	tryst_json_key_str(j, "uuid", uuid);
	tryst_json_key_str(j, "type", "comment");
	tryst_json_key_str(j, "category", TRYST_MISP_OTHER);
	tryst_json_key_str(j, "value", text.failed ? "" : text.data);
	tryst_json_key_bool(j, "to_ids", false);
	tryst_misp_key_seconds(j, "timestamp", e->made_ms);
	tryst_json_key_str(j, "distribution", "5");
	tryst_json_key_str(j, "comment", "What the search was narrowed to");
	tryst_json_key_bool(j, "disable_correlation", true);
	tryst_json_key_bool(j, "deleted", false);
	tryst_json_end(j);
	j->buf->failed |= text.failed;
	tryst_buf_fini(&text);
}

static void
head(struct tryst_misp *e)
{
	static const char *const tags[] = {
		[TRYST_TLP_AMBER] = "tlp:amber",
		[TRYST_TLP_AMBER_STRICT] = "tlp:amber+strict",
		[TRYST_TLP_RED] = "tlp:red",
	};
	bool narrowed = tryst_sentence_is_narrowed(e->c);
	struct tryst_json *j = &e->j;
	char text[TRYST_TIME_TEXT_MAX];
	struct tryst_buf info = { 0 };

	tryst_buf_str(&info, "tryst: ");
	if (e->c->search.made) {
		tryst_layout_count(&info, e->c->finding_count, "finding");
		tryst_buf_str(&info, " without a list");
	} else {
		tryst_layout_count(&info, e->c->host_count, "listed host");
		tryst_buf_str(&info, " seen, ");
		tryst_layout_count(&info, e->c->meeting_count, "meeting");
	}
	tryst_buf_str(&info, narrowed ? "; the search was narrowed" : "");
	(void)tryst_time_format(tryst_time_has_date(e->made_ms) ? e->made_ms : 0, text);
	text[10] = '\0'; /* the date */
	tryst_json_key_str(j, "uuid", e->uuid);
	tryst_json_key_str(j, "id", "1");
	tryst_json_key_str(j, "org_id", "1");
	tryst_json_key_str(j, "orgc_id", "1");
	tryst_json_key_str(j, "info", info.failed ? "" : info.data);
	j->buf->failed |= info.failed;
	tryst_buf_fini(&info);
	tryst_json_key_str(j, "date", text);
	tryst_misp_key_seconds(j, "timestamp", e->made_ms);
	tryst_json_key_str(j, "publish_timestamp", "0");
	tryst_json_key_bool(j, "published", false);
	tryst_json_key_str(j, "threat_level_id", "4");
	tryst_json_key_str(j, "analysis", "1");
	tryst_json_key_str(j, "distribution", "0");
	tryst_misp_key_number(j, "attribute_count", e->c->host_count + narrowed);
	tryst_json_key_array(j, "Tag");
	tryst_json_object(j);
	tryst_json_key_str(j, "name", tags[tryst_exchange_case_tlp(e->c)]);
	tryst_json_end(j);
	tryst_json_end(j);
}

static void
each_sighting(const struct tryst_row *r, void *ctx)
{
	uint32_t host = r->sighting->host;
	struct tryst_misp *e = ctx;

	e->from_peer[host] += !r->talk.from_home;
	if (!tryst_exchange_forged(r->source) && !r->sighting->outside_validity)
		e->seen_ms[host] = TRYST_MAX(e->seen_ms[host], r->sighting->last_ms);
}

static int
prepare(struct tryst_misp *e, struct tryst_buf *out, struct tryst_error *err)
{
	const struct tryst_case *c = e->c;

	e->made_ms = c->created_ms ? c->created_ms : TRYST_MAX(c->last_ms, (int64_t)0);
	tryst_case_uuid(c, out, e->uuid);
	e->from_peer = calloc(c->host_count + 1, sizeof(*e->from_peer));
	e->seen_ms = malloc((c->host_count + 1) * sizeof(*e->seen_ms));
	if (!e->from_peer || !e->seen_ms)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < c->host_count; i++)
		e->seen_ms[i] = INT64_MIN;
	return tryst_rows_sightings(c, each_sighting, e, err);
}

static void
event_fini(struct tryst_misp *e)
{
	free(e->from_peer);
	free(e->seen_ms);
}

static int
render_event(const struct tryst_case *c, const struct tryst_report_options *options,
             struct tryst_buf *out, struct tryst_error *err)
{
	struct tryst_misp e = { .c = c };
	struct tryst_traffics traffics = { 0 };
	int rc = prepare(&e, out, err);

	(void)options;
	/* A case is of a list or of a search. */
	if (rc == 0)
		rc = c->search.made ? tryst_traffic_found(&traffics, c, err)
		                    : tryst_traffic_make(&traffics, c, err);
	if (rc < 0)
		goto out;
	tryst_json_init(&e.j, out, 1);
	tryst_json_object(&e.j);
	tryst_json_key_object(&e.j, "Event");
	head(&e);
	tryst_json_key_array(&e.j, "Attribute");
	for (size_t i = 0; i < c->host_count; i++)
		attribute(&e, i);
	narrowed(&e);
	tryst_json_end(&e.j);
	tryst_json_key_array(&e.j, "Object");
	for (size_t i = 0; i < traffics.count; i++) {
		const struct tryst_traffic *t = &traffics.list[i];

		if (!t->counts_known || t->src_packets || !t->dst_packets)
			tryst_misp_object(&e, t, i, false);
		if (t->counts_known && t->dst_packets)
			tryst_misp_object(&e, t, i, true);
	}
	tryst_json_end(&e.j);
	tryst_json_end(&e.j);
	tryst_json_end(&e.j);
	tryst_buf_char(out, '\n');
	rc = out->failed ? tryst_error_nomem(err) : 0;
out:
	event_fini(&e);
	free(traffics.list);
	return rc;
}

/* As POST /sightings/add takes them, one a line. */
static int
render_sightings(const struct tryst_case *c, const struct tryst_report_options *options,
                 struct tryst_buf *out, struct tryst_error *err)
{
	struct tryst_misp e = { .c = c };
	int rc = prepare(&e, out, err);

	(void)options;
	for (size_t i = 0; rc == 0 && i < c->host_count; i++) {
		struct tryst_json j;

		if (e.seen_ms[i] == INT64_MIN)
			continue;
		tryst_json_init(&j, out, 0);
		tryst_json_object(&j);
		tryst_json_key_array(&j, "values");
		tryst_json_ip(&j, c->hosts[i].ip);
		tryst_json_end(&j);
		tryst_json_key_str(&j, "type", "0");
		tryst_json_key_str(&j, "source", "tryst");
		tryst_misp_key_seconds(&j, "timestamp", e.seen_ms[i]);
		tryst_json_end(&j);
		tryst_buf_char(out, '\n');
	}
	event_fini(&e);
	return rc == 0 && out->failed ? tryst_error_nomem(err) : rc;
}

const struct tryst_renderer tryst_renderer_misp = {
	.name = "misp",
	.help = "MISP event: listed hosts, netflow objects, sightings",
	.render = render_event,
};

const struct tryst_renderer tryst_renderer_misp_sightings = {
	.name = "misp-sightings",
	.help = "sightings for MISP, a JSON object a listed host",
	.nothing = "only listed hosts that were seen, unforged and not out of date",
	.render = render_sightings,
};
