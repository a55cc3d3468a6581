/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts over time.  A key with few values is counted in one reading, every value by itself; for
 * any other key the first reading ranks and the second counts the best, so that memory holds what
 * is shown and not what there is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "cli/out_series.h"
#include "cli/run.h"
#include "cli/say.h"
#include "cli/term.h"

#define COUNT_DEFAULT 5
#define WIDTH_UNKNOWN 120

static const struct {
	const char *name;
	const char *words; /* in the heading */
} moments[] = {
	[TRYST_SERIES_SPREAD] = { "spread", "spread over the flows' duration" },
	[TRYST_SERIES_START] = { "start", "at the flows' start" },
	[TRYST_SERIES_END] = { "end", "at the flows' end" },
	[TRYST_SERIES_RECEIVED] = { "received", "when the records were received" },
};

struct series {
	struct tryst_settings *s;
	struct tryst_top_spec spec; /* no parts: no key */
	enum tryst_series_at at;
	int64_t every_ms;
	struct tryst_run run;
	struct tryst_top *top;
	struct tryst_series *counts;
	struct tryst_top_row *keys;
	size_t key_count;
	uint64_t groups;
	const struct tryst_series_format *format;
};

/* Joins words by blanks. */
static int
words_join(char *const *words, size_t count, struct tryst_buf *out, struct tryst_error *err)
{
	for (size_t i = 0; i < count; i++) {
		tryst_buf_str(out, i ? " " : "");
		tryst_buf_str(out, words[i]);
	}
	return out->failed ? tryst_error_nomem(err) : 0;
}

/* `by ORDER` without a key: the order of some key's words. */
static int
order_read(const char *order, struct tryst_top_spec *spec, struct tryst_error *err)
{
	struct tryst_buf text = { 0 };
	int rc;

	tryst_buf_printf(&text, "src by %s", order);
	rc = text.failed ? tryst_error_nomem(err) : tryst_top_spec_parse(spec, 'w', text.data, err);
	tryst_buf_fini(&text);
	spec->part_count = 0;
	return rc;
}

/* What the first words say; the first one is a key if it can be one. */
static int
words_read(struct series *q, size_t *used, struct tryst_error *err)
{
	char *const *words = q->s->words.list;
	size_t count = q->s->words.count, take;
	struct tryst_error no_key;
	struct tryst_buf text = { 0 };
	int rc;

	if (count > 1 && strcmp(words[0], "by") == 0) {
		*used = 2;
		return order_read(words[1], &q->spec, err);
	}
	rc = count ? tryst_top_spec_parse(&q->spec, 'w', words[0], &no_key) : TRYST_ERR_USAGE;
	if (rc == TRYST_ERR_USAGE) {
		*used = 0;
		return order_read("bytes", &q->spec, err);
	}
	take = count > 1 && strcmp(words[1], "by") == 0 ? TRYST_MIN(count, (size_t)3) : 1;
	rc = words_join(words, take, &text, err);
	if (rc == 0)
		rc = tryst_top_spec_parse(&q->spec, 'w', text.data, err);
	*used = take;
	tryst_buf_fini(&text);
	return rc;
}

static int
spec_read(struct series *q, size_t *used, struct tryst_error *err)
{
	const struct tryst_settings *s = q->s;

	*used = 0;
	if (s->stat && s->group)
		return tryst_error_set(err, TRYST_ERR_USAGE, "either -s or -A, not both");
	if (s->stat)
		return tryst_top_spec_parse(&q->spec, 's', s->stat, err);
	if (s->group)
		return tryst_top_spec_parse(&q->spec, 'A', s->group, err);
	return words_read(q, used, err);
}

static int
options_read(struct series *q, struct tryst_error *err)
{
	const char *name = q->s->at ? q->s->at : moments[TRYST_SERIES_SPREAD].name;
	struct tryst_suggest near;
	unsigned i = 0;

	q->every_ms = q->s->every_ms;
	if (q->every_ms < 1 || q->every_ms > TRYST_SERIES_EVERY_MAX)
		return tryst_error_set(err, TRYST_ERR_USAGE, "--every: from 1s to 3660d");
	q->format = tryst_series_format_find(q->s->output, err);
	if (!q->format) {
		tryst_error_prefix(err, "--output");
		return TRYST_ERR_USAGE;
	}
	tryst_suggest_init(&near, name, strlen(name));
	for (; i < TRYST_ARRAY_SIZE(moments) && strcmp(moments[i].name, name) != 0; i++)
		tryst_suggest_try(&near, moments[i].name);
	if (i == TRYST_ARRAY_SIZE(moments)) {
		(void)tryst_suggest_error(&near, "time to count at", err);
		tryst_error_prefix(err, "--at");
		return TRYST_ERR_USAGE;
	}
	q->at = (enum tryst_series_at)i;
	return 0;
}

/* Whether there are so few values of the key that each has its counts from the start. */
static bool
key_is_small(const struct tryst_top_spec *spec)
{
	return spec->part_count == 1 && tryst_field_info(spec->parts[0].field)->size == 1;
}

static int
keys_take(struct series *q, struct tryst_error *err)
{
	size_t n = q->s->count == TRYST_COUNT_UNSET ? COUNT_DEFAULT : (size_t)q->s->count;

	(void)tryst_top_total(q->top, &q->groups);
	return tryst_top_rows(q->top, n, &q->keys, &q->key_count, err);
}

static int
counts_new(struct series *q, size_t memory, bool given, struct tryst_error *err)
{
	struct tryst_series_options o = {
		.key = q->spec.part_count ? &q->spec : NULL,
		.only = given ? q->keys : NULL,
		.only_count = q->key_count,
		.ways = q->spec.ways,
		.at = q->at,
		.every_ms = q->every_ms,
		.from_ms = q->run.from_ms,
		.to_ms = q->run.to_ms,
		.memory = memory,
	};

	return tryst_series_new(&q->counts, &o, err);
}

/* All in one reading. */
static int
read_once(struct series *q, struct tryst_error *err)
{
	size_t memory = q->s->memory;
	struct tryst_operator *ops[2];
	size_t count = 0;
	int rc = 0;

	if (q->spec.part_count) {
		memory /= 2;
		rc = tryst_top_new(&q->top, &q->spec, q->s->jobs, memory, err);
		if (rc == 0)
			ops[count++] = tryst_top_operator(q->top);
	}
	if (rc == 0)
		rc = counts_new(q, memory, false, err);
	if (rc == 0) {
		ops[count++] = tryst_series_operator(q->counts);
		rc = tryst_run_go_all(&q->run, ops, count, err);
	}
	return rc == 0 && q->spec.part_count ? keys_take(q, err) : rc;
}

/* A first reading for what is the most, a second one for when. */
static int
read_twice(struct series *q, struct tryst_error *err)
{
	const struct tryst_run *r = &q->run;
	const struct tryst_ipset *addresses = NULL;
	const char *why = NULL;
	int rc = tryst_top_new(&q->top, &q->spec, q->s->jobs, q->s->memory, err);

	if (rc == 0)
		rc = tryst_run_go(&q->run, tryst_top_operator(q->top), err);
	if (rc == 0)
		rc = keys_take(q, err);
	tryst_top_free(q->top);
	q->top = NULL;
	if (rc == 0)
		rc = counts_new(q, q->s->memory, true, err);
	if (rc < 0 || r->signal || tryst_run_nothing(r))
		return rc;
	if (r->watchlist)
		addresses = tryst_watchlist_set(r->watchlist);
	else if (r->filter)
		addresses = tryst_filter_addresses(r->filter);
	rc = tryst_run_again(&q->run,
	                     &(struct tryst_again){ .op = tryst_series_operator(q->counts),
	                                            .addresses = addresses,
	                                            .from_ms = r->from_ms,
	                                            .to_ms = r->to_ms },
	                     &why, err);
	if (why)
		tryst_say("%s", why);
	return rc;
}

static void
apart_say(const struct series *q, const struct tryst_series_apart *apart)
{
	static const char form[] = "%s: %llu flows, %llu packets, %llu bytes";

	if (q->s->quiet || q->format != tryst_series_format_find(NULL, NULL))
		return;
	if (apart->untimed.flows)
		tryst_say(form, "in no step, as they say no time",
		          (unsigned long long)apart->untimed.flows,
		          (unsigned long long)apart->untimed.packets,
		          (unsigned long long)apart->untimed.bytes);
	if (apart->outside.flows | apart->outside.packets | apart->outside.bytes)
		tryst_say(form, "in no step, as it was before or behind the window",
		          (unsigned long long)apart->outside.flows,
		          (unsigned long long)apart->outside.packets,
		          (unsigned long long)apart->outside.bytes);
	if (apart->too_long)
		tryst_say("%llu flows that last longer than %d steps are counted at their start",
		          (unsigned long long)apart->too_long, TRYST_SERIES_SPAN_MAX);
}

static int
answer_print(struct series *q, bool *found, struct tryst_error *err)
{
	const struct tryst_settings *s = q->s;
	unsigned width = tryst_term_width();
	struct tryst_series_table table;
	struct tryst_series_answer a = {
		.table = &table,
		.spec = &q->spec,
		.keys = q->keys,
		.groups = q->groups,
		.every_ms = q->every_ms,
		.width = width ? width : WIDTH_UNKNOWN,
		.scale = tryst_term_out() && !s->plain,
		.sparks = tryst_term_out(),
		.plain = s->plain,
		.quiet = s->quiet,
		.colour = tryst_term_colour(s->colour),
	};
	struct tryst_buf out = { 0 };
	int rc = tryst_series_finish(q->counts, q->keys, q->key_count, &table, err);

	if (rc < 0)
		return rc;
	a.at = q->format == tryst_series_format_find(NULL, NULL) ? moments[q->at].words
	                                                         : moments[q->at].name;
	q->format->render(&a, &out);
	rc = tryst_out_buf(&out, err);
	apart_say(q, &table.apart);
	*found = table.bins != 0;
	tryst_buf_fini(&out);
	tryst_series_table_fini(&table);
	return rc;
}

static int
run(struct tryst_settings *s)
{
	struct series q = { .s = s, .run = { .s = s } };
	struct tryst_error err;
	bool once, found = false;
	size_t used = 0;
	int rc = spec_read(&q, &used, &err);

	if (rc == 0)
		rc = options_read(&q, &err);
	if (rc < 0)
		return tryst_run_failed(&q.run, &err);
	rc = tryst_run_init(&q.run, s, s->words.list + used, s->words.count - used, &err);
	if (rc == 0 && s->explain) {
		rc = tryst_run_explain(&q.run);
		goto out;
	}
	once = !q.spec.part_count || key_is_small(&q.spec) || !tryst_run_rereads(&q.run);
	if (rc == 0)
		rc = once ? read_once(&q, &err) : read_twice(&q, &err);
	if (rc == 0 && !tryst_run_nothing(&q.run) && (once || !q.run.signal))
		rc = answer_print(&q, &found, &err);
	rc = rc < 0 ? tryst_run_failed(&q.run, &err) : tryst_run_summary(&q.run, found);
out:
	free(q.keys);
	tryst_series_free(q.counts);
	tryst_top_free(q.top);
	tryst_run_fini(&q.run);
	return rc;
}

/* clang-format off */
static const struct tryst_option output_options[] = {
	{ 0, "every", "TIME", tryst_opt_duration, offsetof(struct tryst_settings, every_ms),
	  "length of a step (default 5m); steps begin at multiples of it, in UTC" },
	{ 0, "at", "WHEN", tryst_opt_text, offsetof(struct tryst_settings, at),
	  "spread (default): packets and bytes evenly from a flow's start to its end,\n"
	  "the flow at its start; or all of it at its start, end, or when received" },
	{ 's', "stat", "KEY/ORDER", tryst_opt_text, offsetof(struct tryst_settings, stat),
	  "nfdump's form of the key: srcip/bytes, dstport:p/packets" },
	{ 'A', "aggregate", "KEY,...", tryst_opt_text, offsetof(struct tryst_settings, group),
	  "nfdump's form: srcip4/24,dstport" },
	{ 'o', "output", "FORMAT", tryst_opt_text, offsetof(struct tryst_settings, output),
	  "table (default), json (JSON Lines, the summary last), csv" },
	{ 'n', "count", "N", tryst_opt_count, offsetof(struct tryst_settings, count),
	  "so many keys (default 5), 0: all; the others together" },
	{ 'N', "plain", NULL, tryst_opt_flag, offsetof(struct tryst_settings, plain),
	  "plain numbers: no 4.20 M on a terminal, no names of protocols" },
	{ 0 },
};
/* clang-format on */

static const struct tryst_option_group output = { "Output", output_options };

static const struct tryst_option_group *const options[] = {
	&output,
	&tryst_opts_input,
	&tryst_opts_select,
	&tryst_opts_lists,
	&tryst_opts_run,
	&tryst_opts_general,
	NULL,
};

static const char *const about[] = {
	"Flows, packets and bytes in steps of time; with a KEY (the words of tryst top), one\n"
	"column for each of the largest by ORDER, and one for all others.  Steps without flows\n"
	"are there, as 0.  A word that can be a key is one: ./src is a directory.\n",
	tryst_about_inputs,
	tryst_about_exit,
	NULL,
};

const struct tryst_command tryst_cmd_series = {
	.name = "series",
	.group = "Look",
	.help = "counts over time, by any key",
	.usage = "  tryst series [KEY[,KEY]...] [by ORDER] [--every TIME] [OPTION]... INPUT... "
		 "['FILTER']\n",
	.examples = "  tryst series --every 1h /var/cache/nfdump\n"
		    "  tryst series src by packets --every 5m -n 3 archive/ 'dst port 27015'\n"
		    "  tryst series proto by bps -t 2003-08-22 -o csv archive/\n",
	.about = about,
	.options = options,
	.run = run,
};
