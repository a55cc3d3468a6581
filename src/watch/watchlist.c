/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/watchlist.h"

#include "base/arena.h"
#include "base/buf.h"
#include "watch/format.h"
#include "watch/special.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_BYTES_MAX ((size_t)1 << 30)
#define REJECTED_KEPT 50 /* remarks kept of each list */
#define WARNINGS_KEPT 20
#define QUOTE_BYTES_MAX ((size_t)60)

/* The first format that claims a list reads it; plain claims everything and stays last. */
static const struct tryst_list_format *const formats[] = {
	&tryst_list_plain,
};

/* What is no text at all, by its first bytes. */
static const struct {
	const char *magic;
	size_t len;
	const char *name;
} not_text[] = {
	{ "\x1f\x8b", 2, "gzip data" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd data" },
	{ "BZh", 3, "bzip2 data" },
	{ "\xfd"
	  "7zXZ",
	  5, "xz data" },
	{ "\x04\x22\x4d\x18", 4, "lz4 data" },
	{ "PK\x03\x04", 4, "a zip archive" },
	{ "\xde\xad\xbe\xef", 4, "a SiLK file" },
	{ "\xff\xfe", 2, "UTF-16 text" },
	{ "\xfe\xff", 2, "UTF-16 text" },
};

/* A growing array. */
struct vec {
	void *data;
	size_t count, cap;
};

struct tryst_watchlist {
	struct tryst_arena arena; /* every text */
	struct vec indicators;    /* struct tryst_indicator */
	struct vec lists;         /* struct tryst_list_info */
	struct vec remarks;       /* struct tryst_list_remark */
	struct tryst_ipset *set;  /* once sealed */
	/* Of the list being read: */
	uint32_t warnings;
	size_t first_masked; /* an indicator, while its list's masked > 0 */
};

/* A new element at the end, all zero, or NULL. */
static void *
vec_push(struct vec *v, size_t size)
{
	size_t cap = v->cap ? v->cap * 2 : 16;
	void *data;

	if (v->count == v->cap) {
		data = reallocarray(v->data, cap, size);
		if (!data)
			return NULL;
		v->data = data;
		v->cap = cap;
	}
	return memset((char *)v->data + v->count++ * size, 0, size);
}

int
tryst_watchlist_new(struct tryst_watchlist **out, struct tryst_error *err)
{
	struct tryst_watchlist *w = calloc(1, sizeof(*w));

	if (!w)
		return tryst_error_nomem(err);
	*out = w;
	return 0;
}

void
tryst_watchlist_free(struct tryst_watchlist *w)
{
	if (!w)
		return;
	tryst_ipset_free(w->set);
	free(w->indicators.data);
	free(w->lists.data);
	free(w->remarks.data);
	tryst_arena_fini(&w->arena);
	free(w);
}

/* The list being read: the last one. */
static struct tryst_list_info *
list_current(struct tryst_watchlist *w)
{
	return (struct tryst_list_info *)w->lists.data + w->lists.count - 1;
}

static int
remark_add(struct tryst_watchlist *w, uint32_t line, bool rejected, const char *why,
           struct tryst_text text)
{
	struct tryst_list_remark *remark = vec_push(&w->remarks, sizeof(*remark));
	struct tryst_buf quote = { 0 };

	if (!remark)
		return TRYST_ERR_NOMEM;
	tryst_buf_safe(&quote, text.data, TRYST_MIN(text.len, QUOTE_BYTES_MAX));
	if (text.len > QUOTE_BYTES_MAX)
		tryst_buf_str(&quote, "...");
	remark->list = (uint32_t)w->lists.count - 1;
	remark->line = line;
	remark->rejected = rejected;
	(void)snprintf(remark->text, sizeof(remark->text), "%s: \"%.80s\"", why,
	               quote.data ? quote.data : "");
	tryst_buf_fini(&quote);
	return 0;
}

int
tryst_list_reject(struct tryst_watchlist *w, uint32_t line, const char *why, struct tryst_text text)
{
	if (list_current(w)->rejected++ >= REJECTED_KEPT)
		return 0;
	return remark_add(w, line, true, why, text);
}

int
tryst_list_warn(struct tryst_watchlist *w, uint32_t line, const char *why, struct tryst_text text)
{
	if (w->warnings++ >= WARNINGS_KEPT)
		return 0;
	return remark_add(w, line, false, why, text);
}

/* Counts what is doubtful about the newest indicator. */
static int
indicator_check(struct tryst_watchlist *w, const struct tryst_form *form, uint32_t line,
                struct tryst_text text)
{
	struct tryst_list_info *list = list_current(w);
	const char *special = tryst_special_find(form->range);
	int rc = 0;

	if (form->masked && list->masked++ == 0)
		w->first_masked = w->indicators.count - 1;
	if (form->zone)
		rc = tryst_list_warn(w, line, "zone id dropped", text);
	if (special) {
		list->dangerous++;
		rc = rc ? rc : tryst_list_warn(w, line, special, text);
	}
	return rc;
}

int
tryst_list_add(struct tryst_watchlist *w, uint32_t line, const struct tryst_form *form,
               struct tryst_text text, struct tryst_text label)
{
	struct tryst_indicator *indicator = vec_push(&w->indicators, sizeof(*indicator));

	if (!indicator)
		return TRYST_ERR_NOMEM;
	indicator->text = tryst_arena_text(&w->arena, text.data, text.len);
	indicator->label = label.len ? tryst_arena_text(&w->arena, label.data, label.len) : "";
	indicator->range = form->range;
	indicator->list = (uint32_t)w->lists.count - 1;
	indicator->line = line;
	indicator->port = form->port;
	if (!indicator->text || !indicator->label)
		return TRYST_ERR_NOMEM;
	list_current(w)->indicators++;
	return indicator_check(w, form, line, text);
}

static int
masked_remark(struct tryst_watchlist *w)
{
	const struct tryst_indicator *first;
	char why[80];

	if (!list_current(w)->masked)
		return 0;
	first = tryst_watchlist_indicator(w, (uint32_t)w->first_masked);
	(void)snprintf(why, sizeof(why), "bits below the prefix length cleared in %u entries, here",
	               list_current(w)->masked);
	return remark_add(w, first->line, false, why,
	                  (struct tryst_text){ first->text, strlen(first->text) });
}

/* The error for a list without an indicator; remarks from `from` on are its own. */
static int
nothing_error(const struct tryst_watchlist *w, const struct tryst_list_info *list, size_t from,
              struct tryst_error *err)
{
	const struct tryst_list_remark *remarks = w->remarks.data;

	if (!list->rejected)
		return tryst_error_set(
			err, TRYST_ERR_FORMAT,
			"%s: the list is empty, expected one address, prefix or range "
			"a line",
			list->path);
	return tryst_error_set(err, TRYST_ERR_FORMAT,
	                       "%s: no line is an indicator (%u rejected), expected one address, "
	                       "prefix or range a line; line %u: %s",
	                       list->path, list->rejected, remarks[from].line, remarks[from].text);
}

static int
list_begin(struct tryst_watchlist *w, const char *path, struct tryst_error *err)
{
	struct tryst_list_info *list = vec_push(&w->lists, sizeof(*list));

	if (!list)
		return tryst_error_nomem(err);
	w->warnings = 0;
	list->format = "unknown";
	list->path = tryst_arena_text(&w->arena, path, strlen(path));
	if (list->path)
		return 0;
	w->lists.count--;
	return tryst_error_nomem(err);
}

int
tryst_watchlist_parse(struct tryst_watchlist *w, const char *path, const char *data, size_t len,
                      struct tryst_error *err)
{
	size_t remarks = w->remarks.count, i = 0;
	int rc;

	assert(!w->set);
	rc = list_begin(w, path, err);
	if (rc < 0)
		return rc;
	for (size_t k = 0; k < TRYST_ARRAY_SIZE(not_text); k++) {
		if (len >= not_text[k].len && memcmp(data, not_text[k].magic, not_text[k].len) == 0)
			return tryst_error_set(err, TRYST_ERR_FORMAT,
			                       "%s: this is %s, expected a plain text list", path,
			                       not_text[k].name);
	}
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		len -= 3;
	}
	while (!formats[i]->probe(data, len))
		i++;
	list_current(w)->format = formats[i]->name;
	if (formats[i]->read(w, data, len) < 0 || masked_remark(w) < 0)
		return tryst_error_nomem(err);
	if (!list_current(w)->indicators)
		return nothing_error(w, list_current(w), remarks, err);
	return 0;
}

/* All bytes of a descriptor. */
static int
fd_read(int fd, const char *path, struct tryst_buf *buf, struct tryst_error *err)
{
	struct stat st;
	size_t room = 64 << 10;
	ssize_t n;
	char *p;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size < LIST_BYTES_MAX)
		room = TRYST_MAX(room, (size_t)st.st_size + 1);
	for (;;) {
		p = tryst_buf_reserve(buf, room);
		if (!p)
			return tryst_error_nomem(err);
		n = read(fd, p, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tryst_error_errno(err, "%s: cannot read the list", path);
		if (n == 0)
			return 0;
		buf->len += (size_t)n;
		if (buf->len > LIST_BYTES_MAX)
			return tryst_error_set(err, TRYST_ERR_LIMIT,
			                       "%s: the list is larger than 1 GiB", path);
		room = 64 << 10;
	}
}

int
tryst_watchlist_load(struct tryst_watchlist *w, const char *path, struct tryst_error *err)
{
	bool input = strcmp(path, "-") == 0;
	struct tryst_buf buf = { 0 };
	int fd, rc;

	fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return tryst_error_errno(err, "%s: cannot open the list", path);
	rc = fd_read(fd, path, &buf, err);
	if (rc == 0)
		rc = tryst_watchlist_parse(w, path, buf.data ? buf.data : "", buf.len, err);
	if (!input)
		(void)close(fd);
	tryst_buf_fini(&buf);
	return rc;
}

int
tryst_watchlist_restore_list(struct tryst_watchlist *w, const struct tryst_list_info *info,
                             struct tryst_error *err)
{
	struct tryst_list_info *list;
	int rc = list_begin(w, info->path, err);

	if (rc < 0)
		return rc;
	list = list_current(w);
	*list = (struct tryst_list_info){
		.path = list->path,
		.format = tryst_arena_text(&w->arena, info->format, strlen(info->format)),
		.indicators = info->indicators,
		.rejected = info->rejected,
		.masked = info->masked,
		.dangerous = info->dangerous,
	};
	memcpy(list->sha256, info->sha256, sizeof(list->sha256));
	return list->format ? 0 : tryst_error_nomem(err);
}

int
tryst_watchlist_restore_remark(struct tryst_watchlist *w, const struct tryst_list_remark *remark,
                               struct tryst_error *err)
{
	struct tryst_list_remark *to = vec_push(&w->remarks, sizeof(*to));

	assert(remark->list < w->lists.count);
	if (!to)
		return tryst_error_nomem(err);
	*to = *remark;
	return 0;
}

int
tryst_watchlist_restore_indicator(struct tryst_watchlist *w,
                                  const struct tryst_indicator *indicator, uint32_t *id,
                                  struct tryst_error *err)
{
	struct tryst_indicator *to = vec_push(&w->indicators, sizeof(*to));

	assert(!w->set && indicator->list < w->lists.count);
	if (!to)
		return tryst_error_nomem(err);
	*to = *indicator;
	to->text = tryst_arena_text(&w->arena, indicator->text, strlen(indicator->text));
	to->label = tryst_arena_text(&w->arena, indicator->label, strlen(indicator->label));
	*id = (uint32_t)w->indicators.count - 1;
	return to->text && to->label ? 0 : tryst_error_nomem(err);
}

int
tryst_watchlist_seal(struct tryst_watchlist *w, struct tryst_error *err)
{
	struct vec entries = { 0 };
	struct tryst_prefix cover[254];
	int rc = 0;

	assert(!w->set);
	for (uint32_t id = 0; id < w->indicators.count; id++) {
		size_t n = tryst_ip_range_cover(tryst_watchlist_indicator(w, id)->range, cover,
		                                TRYST_ARRAY_SIZE(cover));

		for (size_t i = 0; i < n; i++) {
			struct tryst_ipset_entry *entry = vec_push(&entries, sizeof(*entry));

			if (!entry) {
				rc = tryst_error_nomem(err);
				goto out;
			}
			*entry = (struct tryst_ipset_entry){ cover[i], id };
		}
	}
	rc = tryst_ipset_new(&w->set, entries.data, entries.count, err);
out:
	free(entries.data);
	return rc;
}

size_t
tryst_watchlist_count(const struct tryst_watchlist *w)
{
	return w->indicators.count;
}

const struct tryst_indicator *
tryst_watchlist_indicator(const struct tryst_watchlist *w, uint32_t id)
{
	assert(id < w->indicators.count);
	return (const struct tryst_indicator *)w->indicators.data + id;
}

size_t
tryst_watchlist_lists(const struct tryst_watchlist *w)
{
	return w->lists.count;
}

const struct tryst_list_info *
tryst_watchlist_list(const struct tryst_watchlist *w, uint32_t list)
{
	assert(list < w->lists.count);
	return (const struct tryst_list_info *)w->lists.data + list;
}

size_t
tryst_watchlist_remarks(const struct tryst_watchlist *w, const struct tryst_list_remark **out)
{
	*out = w->remarks.data;
	return w->remarks.count;
}

const struct tryst_ipset *
tryst_watchlist_set(const struct tryst_watchlist *w)
{
	assert(w->set);
	return w->set;
}
