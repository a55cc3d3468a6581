/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The case file, schema 1.  docs/case-file.md is its reference: keys come in its order, what is not
 * known has no key, and keys are only ever added.
 */
#include "base/json.h"

#include "report/json_findings.h"
#include "report/json_lists.h"
#include "report/json_search.h"
#include "report/json_time.h"
#include "report/renderers.h"

#define SCHEMA 1
#define INDENT 1

static void
key_count(struct tryst_json *j, const char *key, uint64_t v)
{
	if (v)
		tryst_json_key_u64(j, key, v);
}

/* first and last, where there is anything between them. */
static void
window(struct tryst_json *j, int64_t first_ms, int64_t last_ms)
{
	if (first_ms > last_ms)
		return;
	tryst_json_key_time(j, "first", first_ms);
	tryst_json_key_time(j, "last", last_ms);
}

static void
tool(struct tryst_json *j, const struct tryst_case *c)
{
	tryst_json_key_u64(j, "schema", SCHEMA);
	tryst_json_key_object(j, "tool");
	tryst_json_key_str(j, "name", "tryst");
	tryst_json_key_str(j, "version", TRYST_VERSION);
	tryst_json_end(j);
	tryst_json_key_array(j, "command");
	for (int i = 0; i < c->argc; i++)
		tryst_json_str(j, c->argv[i]);
	tryst_json_end(j);
	if (c->created_ms)
		tryst_json_key_time(j, "created", c->created_ms);
	tryst_json_key_bool(j, "complete", c->complete);
	tryst_json_key_object(j, "window");
	window(j, c->first_ms, c->last_ms);
	tryst_json_end(j);
	tryst_json_asked(j, &c->asked);
}

/* The distinct sampling intervals that are known, ascending. */
static void
input_sampling(struct tryst_json *j, const struct tryst_input *in)
{
	uint32_t last = 0, next;

	tryst_json_key_array(j, "sampling");
	for (;; last = next) {
		next = UINT32_MAX;
		for (size_t i = 0; i < in->exporter_count; i++) {
			if (in->exporters[i]->sampling > last)
				next = TRYST_MIN(next, in->exporters[i]->sampling);
		}
		if (next == UINT32_MAX)
			break;
		tryst_json_u64(j, next);
	}
	tryst_json_end(j);
}

static void
input_exporters(struct tryst_json *j, const struct tryst_input *in)
{
	struct tryst_ip last = { 0, 0 }; /* which is also the address of those without one */

	tryst_json_key_array(j, "exporters");
	for (size_t i = 0; i < in->exporter_count; i++) {
		if (!tryst_ip_equal(in->exporters[i]->ip, last))
			tryst_json_ip(j, in->exporters[i]->ip);
		last = in->exporters[i]->ip;
	}
	tryst_json_end(j);
	key_count(j, "exporters_total", in->exporter_count);
}

/* The counts of an exporter, in the order of the input's own. */
static void
exporter_counts(struct tryst_json *j, const struct tryst_exporter *e)
{
	static const struct {
		const char *key;
		unsigned count;
	} keys[] = {
		{ "damaged", TRYST_EXPORTER_DAMAGED_RECORDS },
		{ "damaged_blocks", TRYST_EXPORTER_DAMAGED_BLOCKS },
		{ "sequence_lost", TRYST_EXPORTER_SEQUENCE_LOST },
		{ "sequence_late", TRYST_EXPORTER_SEQUENCE_LATE },
		{ "sequence_duplicate", TRYST_EXPORTER_SEQUENCE_DUPLICATE },
		{ "restarts", TRYST_EXPORTER_RESTARTS },
		{ "sequence_gaps", TRYST_EXPORTER_SEQUENCE_GAPS },
		{ "undecodable_sets", TRYST_EXPORTER_UNDECODABLE_SETS },
		{ "undecodable_bytes", TRYST_EXPORTER_UNDECODABLE_BYTES },
		{ "skipped_records", TRYST_EXPORTER_SKIPPED_RECORDS },
		{ "other_records", TRYST_EXPORTER_OTHER_RECORDS },
		{ "events", TRYST_EXPORTER_EVENTS },
		{ "bad_times", TRYST_EXPORTER_BAD_TIMES },
	};

	key_count(j, "datagrams", e->counts[TRYST_EXPORTER_DATAGRAMS]);
	tryst_json_key_u64(j, "flows", e->counts[TRYST_EXPORTER_FLOWS]);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(keys); i++)
		key_count(j, keys[i].key, e->counts[keys[i].count]);
}

static void
exporter_health(struct tryst_json *j, const struct tryst_exporter *e)
{
	tryst_json_object(j);
	if (e->ip.hi || e->ip.lo) {
		tryst_json_key(j, "ip");
		tryst_json_ip(j, e->ip);
	}
	if (e->domain || e->protocols)
		tryst_json_key_u64(j, "domain", e->domain);
	if (e->protocols) {
		tryst_json_key_array(j, "protocols");
		for (unsigned i = 0; i < TRYST_PROTOCOL_COUNT; i++) {
			if (e->protocols >> i & 1)
				tryst_json_str(j, tryst_protocols[i].name);
		}
		tryst_json_end(j);
	}
	key_count(j, "sampling", e->sampling);
	exporter_counts(j, e);
	tryst_json_end(j);
}

/* Collectors of carriers name a thousand exporters in every file, of ten flows: not the silent. */
static void
input_exporter_health(struct tryst_json *j, const struct tryst_input *in)
{
	bool any = false;

	for (size_t i = 0; i < in->exporter_count; i++) {
		if (!tryst_exporter_counted(in->exporters[i]))
			continue;
		if (!any)
			tryst_json_key_array(j, "exporter_health");
		any = true;
		exporter_health(j, in->exporters[i]);
	}
	if (any)
		tryst_json_end(j);
	if (!in->exporters_left)
		return;
	tryst_json_key_object(j, "exporter_health_rest");
	exporter_counts(j, &in->exporter_rest);
	tryst_json_end(j);
}

static void
input_notes(struct tryst_json *j, const struct tryst_health *h)
{
	if (!h->note_count)
		return;
	tryst_json_key_array(j, "notes");
	for (uint32_t i = 0; i < h->note_count; i++) {
		tryst_json_object(j);
		if (h->notes[i].at != UINT64_MAX)
			tryst_json_key_u64(j, "at", h->notes[i].at);
		key_count(j, "line", h->notes[i].line);
		tryst_json_key_str(j, "text", h->notes[i].text);
		tryst_json_end(j);
	}
	tryst_json_end(j);
	tryst_json_key_u64(j, "notes_total", h->notes_total);
}

static void
input(struct tryst_json *j, const struct tryst_input *in)
{
	const struct tryst_health *h = &in->health;

	tryst_json_object(j);
	tryst_json_key_str(j, "path", in->path);
	if (in->format)
		tryst_json_key_str(j, "format", in->format);
	if (in->format || !in->error.code) {
		tryst_json_key_u64(j, "bytes", in->size);
		if (in->sha256[0])
			tryst_json_key_str(j, "sha256", in->sha256);
		tryst_json_key_u64(j, "flows", h->flows);
		window(j, h->first_ms, h->last_ms);
		input_exporters(j, in);
		input_sampling(j, in);
		input_exporter_health(j, in);
		key_count(j, "skipped_by_index", h->skipped_by_index);
		tryst_json_key_u64(j, "damaged", h->damaged_records);
		tryst_json_key_u64(j, "damaged_blocks", h->damaged_blocks);
		tryst_json_key_u64(j, "damaged_bytes", h->damaged_bytes);
		key_count(j, "sequence_lost", h->sequence_lost);
		key_count(j, "sequence_late", h->sequence_late);
		key_count(j, "sequence_duplicate", h->sequence_duplicate);
		key_count(j, "exporter_restarts", h->exporter_restarts);
		key_count(j, "undecodable_sets", h->undecodable_sets);
		key_count(j, "undecodable_bytes", h->undecodable_bytes);
		tryst_json_key_u64(j, "skipped_records", h->skipped_records);
		tryst_json_key_u64(j, "other_records", h->other_records);
		tryst_json_key_u64(j, "events", h->events);
		tryst_json_key_u64(j, "bad_times", h->bad_times);
		input_notes(j, h);
	}
	if (in->error.code)
		tryst_json_key_str(j, "error", in->error.text);
	tryst_json_end(j);
}

/* What went in: inputs, lists, home, events. */
static void
provenance(struct tryst_json *j, const struct tryst_case *c)
{
	char text[TRYST_PREFIX_TEXT_MAX];

	tryst_json_key_array(j, "inputs");
	for (size_t i = 0; i < c->input_count; i++)
		input(j, c->inputs[i]);
	tryst_json_end(j);
	tryst_json_watchlists(j, c->watchlist);
	tryst_json_key_array(j, "home");
	for (size_t i = 0; i < c->home_count; i++)
		tryst_json_text(j, text, tryst_prefix_format(c->home[i], text));
	tryst_json_end(j);
	tryst_json_key_array(j, "events");
	for (size_t i = 0; i < c->event_count; i++) {
		tryst_json_object(j);
		tryst_json_key_str(j, "name", c->events[i].name);
		tryst_json_key_time(j, "from", c->events[i].from_ms);
		tryst_json_key_time(j, "to", c->events[i].to_ms);
		tryst_json_end(j);
	}
	tryst_json_end(j);
	tryst_json_dead(j, c);
}

static void
summary(struct tryst_json *j, const struct tryst_case *c)
{
	tryst_json_key_object(j, "summary");
	tryst_json_key_u64(j, "flows_read", c->flows_read);
	tryst_json_key_u64(j, "flows_matched", c->flows_matched);
	tryst_json_key_u64(j, "listed_total", c->listed_total);
	tryst_json_key_u64(j, "listed_seen", c->listed_seen);
	tryst_json_key_bool(j, "listed_single", c->listed_single);
	tryst_json_key_u64(j, "home_hosts", c->home_hosts);
	tryst_json_key_u64(j, "meetings", c->meeting_count);
	tryst_json_key_u64(j, "hosts", c->host_count);
	tryst_json_key_u64(j, "sightings", c->sighting_count);
	tryst_json_key_u64(j, "elsewhere", c->elsewhere);
	tryst_json_end(j);
}

static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	struct tryst_json j;

	(void)options;
	tryst_json_init(&j, out, INDENT);
	tryst_json_object(&j);
	tool(&j, c);
	provenance(&j, c);
	summary(&j, c);
	tryst_json_findings(&j, c);
	tryst_json_search(&j, c);
	tryst_json_key_array(&j, "caveats");
	for (size_t i = 0; i < c->caveat_count; i++)
		tryst_json_str(&j, c->caveats[i]);
	tryst_json_end(&j);
	tryst_json_end(&j);
	tryst_buf_char(out, '\n');
	return out->failed ? tryst_error_nomem(err) : 0;
}

const struct tryst_renderer tryst_renderer_json = {
	.name = "json",
	.help = "the case file (JSON, schema 1)",
	.render = render,
};
