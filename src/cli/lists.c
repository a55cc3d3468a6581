/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lists.h"

#include <string.h>

#include "base/proto.h"
#include "base/suggest.h"
#include "base/time.h"
#include "cli/say.h"
#include "report/json_lists.h"

/* --strict: what was rejected is fatal. */
static int
strict_check(const struct tryst_watchlist *w, struct tryst_error *err)
{
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(w, &remarks);
	uint64_t rejected = 0;

	for (size_t i = 0; i < tryst_watchlist_lists(w); i++)
		rejected += tryst_watchlist_list(w, (uint32_t)i)->rejected;
	for (size_t i = 0; rejected && i < count; i++) {
		if (remarks[i].rejected)
			return tryst_error_set(err, TRYST_ERR_FORMAT,
			                       "%s:%u: rejected: %s (--strict; %llu rejected)",
			                       tryst_watchlist_list(w, remarks[i].list)->path,
			                       remarks[i].line, remarks[i].text,
			                       (unsigned long long)rejected);
	}
	return 0;
}

int
tryst_lists_load(struct tryst_watchlist **out, const struct tryst_settings *s, char *const *paths,
                 size_t count, struct tryst_error *err)
{
	const struct tryst_watchlist_options options = {
		.format = s->list_format,
		.observables = s->observables,
		.hash = true,
	};
	struct tryst_watchlist *w = NULL;
	int rc = tryst_watchlist_new(&w, err);

	if (rc == 0) {
		rc = tryst_watchlist_configure(w, &options, err);
		if (rc < 0)
			tryst_error_prefix(err, "--list-format");
	}
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = tryst_watchlist_load(w, paths[i], err);
	if (rc == 0 && s->strict)
		rc = strict_check(w, err);
	if (rc == 0 && !tryst_watchlist_count(w))
		rc = tryst_error_set(err, TRYST_ERR_FORMAT, "%s: no address in the list%s",
		                     paths[0], count > 1 ? " nor in the others" : "");
	if (rc == 0)
		rc = tryst_watchlist_seal(w, err);
	if (rc < 0) {
		tryst_watchlist_free(w);
		return rc;
	}
	*out = w;
	return 0;
}

void
tryst_lists_say_home(const struct tryst_watchlist *w, const struct tryst_prefix *home, size_t count)
{
	const struct tryst_indicator *first = NULL;
	uint32_t found = 0;

	for (uint32_t id = 0; id < tryst_watchlist_count(w); id++) {
		const struct tryst_indicator *i = tryst_watchlist_indicator(w, id);
		bool in = false;

		for (size_t h = 0; h < count && !in; h++) {
			struct tryst_ip_range r = tryst_prefix_range(home[h]);

			in = tryst_ip_compare(i->range.first, r.last) <= 0 &&
			     tryst_ip_compare(r.first, i->range.last) <= 0;
		}
		found += in;
		first = in && !first ? i : first;
	}
	if (found)
		tryst_say("%s:%u: in your own network (--home): \"%s\"%s",
		          tryst_watchlist_list(w, first->list)->path, first->line, first->text,
		          found > 1 ? ", and other entries" : "");
}

int
tryst_lists_output(const struct tryst_settings *s, const char *const *names, unsigned *out,
                   struct tryst_error *err)
{
	int rc = tryst_suggest_index(s->output, names, "format", out, err);

	if (rc < 0)
		tryst_error_prefix(err, "--output");
	return rc;
}

void
tryst_lists_json_info(struct tryst_json *j, const struct tryst_watchlist *w, uint32_t list)
{
	const struct tryst_list_info *info = tryst_watchlist_list(w, list);
	tryst_json_object(j);
	tryst_json_list(j, info);
	tryst_json_key_u64(j, "skipped", info->skipped);
	tryst_json_key_u64(j, "masked", info->masked);
	tryst_json_key_u64(j, "dangerous", info->dangerous);
	tryst_json_remarks(j, w, list);
	tryst_json_end(j);
}

void
tryst_lists_json_entry(struct tryst_json *j, const struct tryst_indicator *i)
{
	struct tryst_buf b = { 0 };

	tryst_buf_range(&b, i->range);
	tryst_json_object(j);
	j->buf->failed = j->buf->failed || b.failed;
	tryst_json_key_str(j, "addresses", b.failed ? "" : b.data);
	tryst_json_key_str(j, "text", i->text);
	if (i->port)
		tryst_json_key_u64(j, "port", i->port);
	if (i->proto)
		tryst_json_key_u64(j, "proto", i->proto);
	if (i->label[0])
		tryst_json_key_str(j, "label", i->label);
	tryst_json_entry_details(j, i);
	tryst_buf_fini(&b);
}

void
tryst_lists_line(struct tryst_buf *b, const struct tryst_indicator *i)
{
	bool single = tryst_ip_equal(i->range.first, i->range.last);
	bool bracket = i->port && single && !tryst_ip_is_v4(i->range.first);

	tryst_buf_str(b, bracket ? "[" : "");
	tryst_buf_range(b, i->range);
	tryst_buf_str(b, bracket ? "]" : "");
	if (i->port && single)
		tryst_buf_printf(b, ":%u", i->port);
	if (!i->label[0] && !(i->port && !single) && !i->proto)
		return;
	tryst_buf_str(b, " #");
	if (i->proto) {
		tryst_buf_char(b, ' ');
		tryst_buf_proto(b, i->proto);
	}
	if (i->port && !single)
		tryst_buf_printf(b, " port %u", i->port);
	if (i->label[0]) {
		tryst_buf_char(b, ' ');
		tryst_buf_safe(b, i->label, strlen(i->label));
	}
}

int
tryst_lists_done(struct tryst_buf *out, int code)
{
	struct tryst_error err;
	int rc = out->len || out->failed ? tryst_out_buf(out, &err) : 0;

	tryst_buf_fini(out);
	if (rc < 0)
		tryst_say("%s", err.text);
	return rc < 0 ? TRYST_EXIT_NOTHING : code;
}

uint64_t
tryst_lists_rejected(const struct tryst_watchlist *w)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < tryst_watchlist_lists(w); i++)
		n += tryst_watchlist_list(w, i)->rejected;
	return n;
}

void
tryst_lists_say_rejected(const struct tryst_watchlist *w)
{
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(w, &remarks);

	for (size_t i = 0; i < count; i++) {
		if (remarks[i].rejected)
			tryst_say("%s:%u: rejected: %s",
			          tryst_watchlist_list(w, remarks[i].list)->path, remarks[i].line,
			          remarks[i].text);
	}
}

int
tryst_lists_failed(const char *verb, const struct tryst_error *err)
{
	bool usage = err->code == TRYST_ERR_USAGE;

	tryst_say("%s%s%s%s", usage ? "lists " : "", usage ? verb : "", usage ? ": " : "",
	          err->text);
	return usage ? TRYST_EXIT_USAGE : TRYST_EXIT_NOTHING;
}
