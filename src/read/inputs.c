/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the user's words to a sorted list of inputs.  Everything found is collected first, then
 * sorted by path, then freed of files that have two names: so the list does not depend on the order
 * of words.
 */
#include "read/read.h"

#include <errno.h>
#include <fts.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct found {
	char *path;
	struct tryst_error *error; /* NULL: a file */
	dev_t dev;
	ino_t ino;
	uint64_t size;
	int64_t mtime_ns;
	bool walked;
};

struct finds {
	struct found *list;
	size_t count;
	size_t cap;
};

static void
finds_free(struct finds *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->list[i].path);
		free(f->list[i].error);
	}
	free(f->list);
}

/* A new entry, or NULL without memory. */
static struct found *
finds_add(struct finds *f, const char *path)
{
	struct found *list;
	size_t cap;
	char *copy;

	if (f->count == f->cap) {
		cap = f->cap ? f->cap * 2 : 64;
		list = realloc(f->list, cap * sizeof(*list));
		if (!list)
			return NULL;
		f->list = list;
		f->cap = cap;
	}
	copy = strdup(path);
	if (!copy)
		return NULL;
	f->list[f->count] = (struct found){ .path = copy };
	return &f->list[f->count++];
}

static int
add_file(struct finds *f, const char *path, const struct stat *st, bool walked,
         struct tryst_error *err)
{
	struct found *found = finds_add(f, path);

	if (!found)
		return tryst_error_nomem(err);
	found->walked = walked;
	found->dev = st->st_dev;
	found->ino = st->st_ino;
	found->size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
	if (S_ISREG(st->st_mode))
		found->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	return 0;
}

/* An entry that carries an error: the words of errno_value, or `why` when that is 0. */
static int
add_error(struct finds *f, const char *path, int errno_value, const char *why,
          struct tryst_error *err)
{
	struct found *found = finds_add(f, path);

	if (found)
		found->error = calloc(1, sizeof(*found->error));
	if (!found || !found->error)
		return tryst_error_nomem(err);
	errno = errno_value;
	if (errno_value)
		(void)tryst_error_errno(found->error, "%s", path);
	else
		(void)tryst_error_set(found->error, TRYST_ERR_FORMAT, "%s: %s", path, why);
	return 0;
}

/* Hidden, or still being written by nfcapd. */
static bool
left_out(const char *name)
{
	static const char current[] = "nfcapd.current";

	return name[0] == '.' || strncmp(name, current, sizeof(current) - 1) == 0;
}

static int
walk_entry(struct finds *f, FTS *fts, FTSENT *e, struct tryst_error *err)
{
	bool top = e->fts_level == FTS_ROOTLEVEL;

	switch (e->fts_info) {
	case FTS_D:
		if (!top && left_out(e->fts_name))
			(void)fts_set(fts, e, FTS_SKIP);
		return 0;
	case FTS_F:
		return left_out(e->fts_name) ? 0
		                             : add_file(f, e->fts_path, e->fts_statp, true, err);
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
	case FTS_SLNONE:
		if (left_out(e->fts_name) && !top)
			return 0;
		return add_error(f, e->fts_path, e->fts_errno ? e->fts_errno : ENOENT, NULL, err);
	default:
		return 0;
	}
}

static int
add_directory(struct finds *f, const char *word, struct tryst_error *err)
{
	char *path = strdup(word);
	char *const roots[] = { path, NULL };
	size_t before = f->count;
	FTS *fts = NULL;
	FTSENT *e;
	int rc = 0;

	if (!path)
		return tryst_error_nomem(err);
	for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
	fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	if (!fts) {
		rc = tryst_error_errno(err, "%s", word);
		goto out;
	}
	while (rc == 0 && (errno = 0, e = fts_read(fts)))
		rc = walk_entry(f, fts, e, err);
	if (rc == 0 && errno)
		rc = add_error(f, word, errno, NULL, err);
	if (rc == 0 && f->count == before)
		rc = add_error(f, word, 0, "a directory without files", err);
out:
	if (fts)
		(void)fts_close(fts);
	free(path);
	return rc;
}

static int
add_path(struct finds *f, const char *path, const struct stat *st, struct tryst_error *err)
{
	return S_ISDIR(st->st_mode) ? add_directory(f, path, err)
	                            : add_file(f, path, st, false, err);
}

static int
add_glob(struct finds *f, const char *word, struct tryst_error *err)
{
	glob_t g = { 0 };
	int rc = glob(word, GLOB_NOSORT, NULL, &g);

	if (rc == GLOB_NOSPACE) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	if (rc != 0) {
		rc = add_error(f, word, 0, "no file matches", err);
		goto out;
	}
	for (size_t i = 0; i < g.gl_pathc && rc == 0; i++) {
		struct stat st;

		if (stat(g.gl_pathv[i], &st) == 0)
			rc = add_path(f, g.gl_pathv[i], &st, err);
		else
			rc = add_error(f, g.gl_pathv[i], errno, NULL, err);
	}
out:
	globfree(&g);
	return rc;
}

static int
add_word(struct finds *f, const char *word, struct tryst_error *err)
{
	struct stat st = { 0 };
	int saved;

	if (strcmp(word, "-") == 0)
		return add_file(f, word, &st, false, err);
	if (stat(word, &st) == 0)
		return add_path(f, word, &st, err);
	saved = errno;
	if (strpbrk(word, "*?["))
		return add_glob(f, word, err);
	return add_error(f, word, saved, NULL, err);
}

static int
compare_path(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	return c ? c : (int)x->walked - (int)y->walked;
}

/* By what they are: the file's identity, and of one file the path that sorts first. */
static int
compare_identity(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (!x->error != !y->error)
		return x->error ? 1 : -1;
	if (!x->error && x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	if (!x->error && x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return compare_path(a, b);
}

static bool
same(const struct found *a, const struct found *b)
{
	if (a->error || b->error)
		return a->error && b->error && strcmp(a->path, b->path) == 0;
	return a->dev == b->dev && a->ino == b->ino;
}

/* Keeps every file once; returns how many entries went. */
static size_t
finds_unique(struct finds *f)
{
	size_t kept = 0, gone;

	if (f->count == 0)
		return 0;
	qsort(f->list, f->count, sizeof(*f->list), compare_identity);
	for (size_t i = 1; i < f->count; i++) {
		if (same(&f->list[kept], &f->list[i])) {
			/* Named by hand once is named by hand. */
			f->list[kept].walked &= f->list[i].walked;
			free(f->list[i].path);
			free(f->list[i].error);
		} else {
			f->list[++kept] = f->list[i];
		}
	}
	gone = f->count - (kept + 1);
	f->count = kept + 1;
	qsort(f->list, f->count, sizeof(*f->list), compare_path);
	return gone;
}

static int
make_inputs(struct tryst_inputs *out, const struct finds *f, struct tryst_error *err)
{
	out->list = calloc(f->count + 1, sizeof(struct tryst_input *));
	if (!out->list)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < f->count; i++) {
		struct tryst_input *in = calloc(1, sizeof(*in));

		if (!in || tryst_input_init(in, f->list[i].path, (uint32_t)i, err) < 0) {
			free(in);
			return tryst_error_nomem(err);
		}
		in->size = f->list[i].size;
		in->mtime_ns = f->list[i].mtime_ns;
		in->walked = f->list[i].walked;
		if (f->list[i].error)
			in->error = *f->list[i].error;
		out->bytes += in->size;
		out->list[out->count++] = in;
	}
	return 0;
}

int
tryst_inputs_expand(struct tryst_inputs *out, char *const *words, size_t count,
                    struct tryst_error *err)
{
	struct finds finds = { 0 };
	int rc = 0;

	*out = (struct tryst_inputs){ 0 };
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = add_word(&finds, words[i], err);
	if (rc == 0) {
		out->repeated = finds_unique(&finds);
		rc = make_inputs(out, &finds, err);
	}
	finds_free(&finds);
	if (rc < 0)
		tryst_inputs_free(out);
	return rc;
}

void
tryst_inputs_free(struct tryst_inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++) {
		tryst_input_fini(inputs->list[i]);
		free(inputs->list[i]);
	}
	free(inputs->list);
	*inputs = (struct tryst_inputs){ 0 };
}
