/* SPDX-License-Identifier: Apache-2.0 */
/* The top level of a case file, in the order in which its parts refer to one another. */
#include "report/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "report/load_rows.h"

#define SCHEMA 1
#define FILE_BYTES_MAX ((size_t)1 << 30)

struct tryst_case_file {
	struct tryst_case pub;
	struct tryst_watchlist *watchlist;
	struct tryst_arena arena;
};

static int
read_schema(struct tryst_load *l, const json_t *value, void *at)
{
	(void)at;
	if (json_is_integer(value) && json_integer_value(value) == SCHEMA)
		return 0;
	if (!json_is_integer(value))
		return tryst_load_fail(l, "expected the number %d", SCHEMA);
	return tryst_error_set(l->err, TRYST_ERR_UNSUPPORTED,
	                       "%s: schema: expected %d, found %lld: made by another version",
	                       l->name, SCHEMA, (long long)json_integer_value(value));
}

static const struct tryst_load_key summary_keys[] = {
	TRYST_ROW_NUMBER(struct tryst_case, "flows_read", flows_read),
	TRYST_ROW_NUMBER(struct tryst_case, "flows_matched", flows_matched),
	TRYST_ROW_NUMBER(struct tryst_case, "listed_total", listed_total),
	TRYST_ROW_NUMBER(struct tryst_case, "listed_seen", listed_seen),
	{ .key = "listed_single",
	  .kind = TRYST_LOAD_BOOL,
	  TRYST_LOAD_AT(struct tryst_case, listed_single) },
	TRYST_ROW_NUMBER(struct tryst_case, "home_hosts", home_hosts),
	TRYST_ROW_NUMBER(struct tryst_case, "elsewhere", elsewhere),
	{ 0 },
};

static const struct tryst_load_key background_keys[] = {
	TRYST_ROW_NUMBER(struct tryst_background, "one_in", one_in),
	TRYST_ROW_NUMBER(struct tryst_background, "hosts", hosts),
	TRYST_ROW_NUMBER(struct tryst_background, "endpoints", endpoints),
	TRYST_ROW_NUMBER(struct tryst_background, "contacts", contacts),
	TRYST_ROW_NUMBER(struct tryst_background, "scanners", scanners),
	{ 0 },
};

static int
background_done(struct tryst_load *l, const json_t *value, void *object)
{
	struct tryst_background *b = object;

	(void)l;
	(void)value;
	b->known = true;
	return 0;
}

static const struct tryst_load_key around_keys[] = {
	{ .key = "untested",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_around_scope, untested) },
	TRYST_ROW_NUMBER(struct tryst_around_scope, "meetings", meetings),
	{ .key = "from",
	  .kind = TRYST_LOAD_TIME,
	  TRYST_LOAD_AT(struct tryst_around_scope, from_ms) },
	{ .key = "to", .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(struct tryst_around_scope, to_ms) },
	TRYST_ROW_NUMBER(struct tryst_around_scope, "flows", records),
	TRYST_ROW_NUMBER(struct tryst_around_scope, "one_in", one_in),
	TRYST_ROW_NUMBER(struct tryst_around_scope, "sampled", sampled),
	{ 0 },
};

#define ARRAY(k, f, n, i)                                                                          \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_ARRAY, .item = i,                                     \
		TRYST_LOAD_AT(struct tryst_case, f), TRYST_LOAD_COUNT(struct tryst_case, n)        \
	}

/* Up to what hosts and sightings refer to. */
static const struct tryst_load_key head_keys[] = {
	{ .key = "schema", .kind = TRYST_LOAD_CUSTOM, .required = true, .read = read_schema },
	{ .key = "command", .kind = TRYST_LOAD_CUSTOM, .read = tryst_load_command },
	{ .key = "created", .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(struct tryst_case, created_ms) },
	{ .key = "complete",
	  .kind = TRYST_LOAD_BOOL,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_case, complete) },
	{ .key = "window", .kind = TRYST_LOAD_OBJECT, .keys = tryst_load_window_keys },
	{ .key = "asked",
	  .kind = TRYST_LOAD_OBJECT,
	  TRYST_LOAD_AT(struct tryst_case, asked),
	  .keys = tryst_load_asked_keys },
	{ .key = "inputs", .kind = TRYST_LOAD_CUSTOM, .read = tryst_load_inputs },
	{ .key = "watchlists", .kind = TRYST_LOAD_CUSTOM, .read = tryst_load_watchlists },
	ARRAY("home", home, home_count, &tryst_load_prefix_item),
	ARRAY("events", events, event_count, &tryst_load_event_item),
	ARRAY("dead", dead, dead_count, &tryst_load_dead_item),
	{ .key = "slack_ms",
	  .kind = TRYST_LOAD_SIGNED,
	  TRYST_LOAD_AT(struct tryst_case, slack_ms) },
	{ .key = "summary", .kind = TRYST_LOAD_OBJECT, .required = true, .keys = summary_keys },
	ARRAY("hosts", hosts, host_count, &tryst_load_host_item),
	{ 0 },
};

static const struct tryst_load_key middle_keys[] = {
	ARRAY("sightings", sightings, sighting_count, &tryst_load_sighting_item),
	ARRAY("meetings", meetings, meeting_count, &tryst_load_meeting_item),
	{ 0 },
};

static const struct tryst_load_key tail_keys[] = {
	{ .key = "background",
	  .kind = TRYST_LOAD_OBJECT,
	  TRYST_LOAD_AT(struct tryst_case, background),
	  .keys = background_keys,
	  .done = background_done },
	{ .key = "around",
	  .kind = TRYST_LOAD_OBJECT,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_case, around),
	  .keys = around_keys },
	ARRAY("companions", companions, companion_count, &tryst_load_companion_item),
	{ .key = "companions_untested",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_case, companions_untested) },
	{ .key = "timeline",
	  .kind = TRYST_LOAD_OBJECT,
	  .required = true,
	  .keys = tryst_load_timeline_keys },
	{ .key = "search",
	  .kind = TRYST_LOAD_OBJECT,
	  TRYST_LOAD_AT(struct tryst_case, search),
	  .keys = tryst_load_search_keys,
	  .done = tryst_load_search_done },
	ARRAY("findings", findings, finding_count, &tryst_load_finding_item),
	ARRAY("caveats", caveats, caveat_count, &tryst_load_sentence_item),
	{ 0 },
};

/* Names of events and addresses of hosts, for what refers to them. */
static int
names(struct tryst_load *l)
{
	struct tryst_case *c = l->c;
	char text[TRYST_IP_TEXT_MAX];

	if (tryst_load_names_init(l, &l->events, c->event_count) < 0 ||
	    tryst_load_names_init(l, &l->hosts, c->host_count) < 0)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i < c->event_count; i++)
		l->events.list[l->events.count++] =
			(struct tryst_load_name){ c->events[i].name, (uint32_t)i };
	for (size_t i = 0; i < c->host_count; i++) {
		size_t len = tryst_ip_format(c->hosts[i].ip, text);
		const char *name = tryst_arena_text(l->arena, text, len);

		if (!name)
			return tryst_error_nomem(l->err);
		l->hosts.list[l->hosts.count++] = (struct tryst_load_name){ name, (uint32_t)i };
	}
	tryst_load_names_sort(&l->events);
	tryst_load_names_sort(&l->hosts);
	return 0;
}

/* Endpoints of meetings, for companions. */
static int
endpoints(struct tryst_load *l)
{
	struct tryst_case *c = l->c;
	char text[TRYST_LOAD_ENDPOINT_MAX];

	if (tryst_load_names_init(l, &l->endpoints, c->meeting_count) < 0)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i < c->meeting_count; i++) {
		const char *name;

		tryst_load_endpoint_name(&c->meetings[i], text);
		name = tryst_arena_text(l->arena, text, strlen(text));
		if (!name)
			return tryst_error_nomem(l->err);
		l->endpoints.list[l->endpoints.count++] =
			(struct tryst_load_name){ name, (uint32_t)i };
	}
	tryst_load_names_sort(&l->endpoints);
	return 0;
}

static int
read_all(struct tryst_load *l, const json_t *root)
{
	struct tryst_case *c = l->c;
	int rc;

	if (!json_is_object(root))
		return tryst_load_fail(l, "expected a case file: an object");
	c->first_ms = INT64_MAX;
	c->last_ms = INT64_MIN;
	if ((rc = tryst_load_keys(l, head_keys, root, c)) < 0 ||
	    (rc = tryst_load_entries_finish(l)) < 0 || (rc = names(l)) < 0 ||
	    (rc = tryst_load_keys(l, middle_keys, root, c)) < 0 || (rc = endpoints(l)) < 0)
		return rc;
	rc = tryst_load_keys(l, tail_keys, root, c);
	if (rc == 0)
		tryst_case_count_outdated(c);
	return rc;
}

static int
parse(struct tryst_case_file **out, const char *name, const char *data, size_t len,
      const struct tryst_anonymizer *hide, struct tryst_error *err)
{
	struct tryst_case_file *f = calloc(1, sizeof(*f));
	struct tryst_error ignored;
	struct tryst_load l = { .name = name, .hide = hide, .err = err ? err : &ignored };
	struct tryst_load_memory memory = { 0 };
	json_t *root;
	int rc;

	if (!f)
		return tryst_error_nomem(err);
	tryst_load_memory_begin(&memory);
	rc = tryst_watchlist_new(&f->watchlist, l.err);
	if (rc < 0)
		goto out;
	root = tryst_load_decode(&memory, name, data, len, l.err);
	if (!root) {
		rc = l.err->code;
		goto out;
	}
	f->pub.watchlist = f->watchlist;
	l.c = &f->pub;
	l.watchlist = f->watchlist;
	l.arena = &f->arena;
	rc = hide ? tryst_load_hide(&l, root) : 0;
	if (rc == 0)
		rc = read_all(&l, root);
	if (rc == 0)
		*out = TRYST_TAKE(f);
out:
	tryst_load_memory_end(&memory);
	free(l.entries);
	tryst_buf_fini(&l.path);
	tryst_case_file_free(f);
	return rc;
}

int
tryst_case_file_parse(struct tryst_case_file **out, const char *name, const char *data, size_t len,
                      struct tryst_error *err)
{
	return parse(out, name, data, len, NULL, err);
}

int
tryst_load_hidden(struct tryst_case_file **out, const char *data, size_t len,
                  const struct tryst_anonymizer *hide, struct tryst_error *err)
{
	return parse(out, "the case", data, len, hide, err);
}

int
tryst_case_file_load(struct tryst_case_file **out, const char *path, struct tryst_error *err)
{
	struct tryst_buf data = { 0 };
	int rc = tryst_slurp(path, FILE_BYTES_MAX, &data, err);

	if (rc == 0)
		rc = tryst_case_file_parse(out, path, data.len ? data.data : "", data.len, err);
	tryst_buf_fini(&data);
	return rc;
}

struct tryst_case *
tryst_case_file_case(struct tryst_case_file *f)
{
	return &f->pub;
}

void
tryst_case_file_free(struct tryst_case_file *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->pub.input_count; i++)
		tryst_input_fini(f->pub.inputs[i]);
	tryst_watchlist_free(f->watchlist);
	tryst_arena_fini(&f->arena);
	free(f);
}
