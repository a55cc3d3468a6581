/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inputs that a store has already: by the last part of their path, their size, how many flows they
 * had and when those began and ended, which every segment notes of what it was made from.
 */
#include "cli/store_known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/say.h"
#include "cli/store_verbs.h"
#include "store/directory.h"
#include "store/provenance.h"

struct known {
	const char *path; /* not ended by NUL where it is an origin's */
	size_t len;
	uint64_t size;
	const struct tryst_health *health;
	bool there;
};

/* From the last part of the path on. */
static struct known
make_known(const char *path, size_t len, uint64_t size, const struct tryst_health *health)
{
	const char *slash = len ? memrchr(path, '/', len) : NULL;
	size_t skip = slash ? (size_t)(slash - path) + 1 : 0;

	return (struct known){ path + skip, len - skip, size, health, false };
}

static int
compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_known(const void *a, const void *b)
{
	const struct known *x = a, *y = b;
	int c = compare_u64(x->size, y->size);

	c = c ? c : compare_u64(x->health->flows, y->health->flows);
	c = c ? c : compare_u64((uint64_t)x->health->first_ms, (uint64_t)y->health->first_ms);
	c = c ? c : compare_u64((uint64_t)x->health->last_ms, (uint64_t)y->health->last_ms);
	c = c ? c : compare_u64(x->len, y->len);
	return c || !x->len ? c : memcmp(x->path, y->path, x->len);
}

/* Marks the inputs that a segment came from; what cannot be read of it knows none. */
static void
look_in(const char *path, struct known *list, size_t count)
{
	struct tryst_segment segment;
	struct tryst_cursor c = { 0 };
	struct tryst_origin o;
	const uint8_t *data;
	size_t size;

	if (tryst_segment_at(path, &segment, NULL) < 0)
		return;
	data = tryst_segment_section(&segment, TRYST_SECTION_PROVENANCE, &size);
	while (tryst_provenance_next(data, size, &c, &o) == 1) {
		struct known key = make_known(o.path, o.path_len, o.size, &o.health);
		struct known *hit = bsearch(&key, list, count, sizeof(key), compare_known);

		/* Those that are equal stand together. */
		while (hit && hit > list && compare_known(hit - 1, &key) == 0)
			hit--;
		for (; hit && hit < list + count && compare_known(hit, &key) == 0; hit++)
			hit->there = true;
	}
	tryst_segment_close(&segment);
}

static void
say_known(const char *path, const struct known *list, size_t count, bool all)
{
	const struct known *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		n += list[i].there;
		if (list[i].there && (!first || strcmp(list[i].path, first->path) < 0))
			first = &list[i];
	}
	if (n == 1)
		tryst_say("%s is in %s already: its flows %scount twice", first->path, path,
		          all ? "" : "may ");
	else if (n > 1)
		tryst_say("%s and %zu more are in %s already: their flows %scount twice",
		          first->path, n - 1, path, all ? "" : "may ");
}

int
tryst_store_say_known(const char *path, struct tryst_input *const *inputs, size_t count, bool all,
                      struct tryst_error *err)
{
	struct known *list = calloc(count + 1, sizeof(*list));
	size_t n = 0, segments;
	char **names;
	int rc;

	if (!list)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		const struct tryst_input *in = inputs[i];

		if (!in->error.code && in->health.flows)
			list[n++] = make_known(in->path, strlen(in->path), in->size, &in->health);
	}
	qsort(list, n, sizeof(*list), compare_known);
	rc = tryst_directory_list(path, &names, &segments, err);
	for (size_t i = 0; n && i < segments && rc == 0; i++) {
		char *full = NULL;

		if (asprintf(&full, "%s/%s", path, names[i]) < 0)
			rc = tryst_error_nomem(err);
		else
			look_in(full, list, n);
		free(rc == 0 ? full : NULL);
	}
	if (rc == 0)
		say_known(path, list, n, all);
	free(names);
	free(list);
	return rc;
}

struct identity {
	dev_t dev;
	ino_t ino;
};

static int
compare_identity(const void *a, const void *b)
{
	const struct identity *x = a, *y = b;
	int c = compare_u64(x->dev, y->dev);

	return c ? c : compare_u64(x->ino, y->ino);
}

/* A file that is there; of another nobody needs to know. */
static bool
identify(const char *path, struct identity *id)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	*id = (struct identity){ st.st_dev, st.st_ino };
	return true;
}

/* What the segments of a store are, sorted. */
static int
identify_segments(const char *path, struct identity **out, size_t *count, struct tryst_error *err)
{
	char **names;
	size_t segments;
	int rc = tryst_directory_list(path, &names, &segments, err);

	*out = NULL;
	*count = 0;
	/* What is no store has no segments; whoever writes there says what is wrong. */
	if (rc < 0)
		return rc == TRYST_ERR_NOMEM ? rc : 0;
	*out = calloc(segments + 1, sizeof(**out));
	if (!*out)
		rc = tryst_error_nomem(err);
	for (size_t i = 0; i < segments && rc == 0; i++) {
		char *full = NULL;

		if (asprintf(&full, "%s/%s", path, names[i]) < 0) {
			rc = tryst_error_nomem(err);
		} else {
			*count += identify(full, &(*out)[*count]);
			free(full);
		}
	}
	free(names);
	if (*count)
		qsort(*out, *count, sizeof(**out), compare_identity);
	return rc;
}

int
tryst_store_check_inputs(const char *path, struct tryst_input *const *inputs, size_t count,
                         struct tryst_error *err)
{
	struct identity *list, id;
	size_t segments;
	int rc = identify_segments(path, &list, &segments, err);

	for (size_t i = 0; segments && i < count && rc == 0; i++) {
		if (!inputs[i]->error.code && identify(inputs[i]->path, &id) &&
		    bsearch(&id, list, segments, sizeof(id), compare_identity))
			rc = tryst_error_set(err, TRYST_ERR_USAGE,
			                     "--output: %s is an input of this run and a part of "
			                     "that store: its flows would count twice",
			                     inputs[i]->path);
	}
	free(list);
	return rc;
}
