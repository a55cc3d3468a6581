/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk knows nothing of stores, so what it found of each is compared with what the store says it
 * has.  A walk that has missed something of it met a commit half way, and is made again.
 */
#include "cli/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "store/directory.h"
#include "store/segment.h"

#define WALKS 5

/* The segments of a store, while inputs of it are looked at. */
struct looking {
	char *folder; /* NULL: none yet */
	size_t len;
	char **names; /* NULL: unknown, and all of the walk's are read */
	size_t count;
	bool missed; /* the walk does not have all of them */
};

static void
looking_end(struct looking *k)
{
	free(k->folder);
	free(k->names);
	*k = (struct looking){ .missed = k->missed };
}

static int
compare_input(const void *key, const void *item)
{
	const struct tryst_input *const *in = item;

	return strcmp(key, (*in)->path);
}

static int
compare_name(const void *key, const void *item)
{
	return strcmp(key, *(char *const *)item);
}

/* Whether the walk met all that the store has. */
static int
look_for_missed(struct looking *k, const struct tryst_inputs *inputs, struct tryst_error *err)
{
	for (size_t i = 0; i < k->count; i++) {
		char *path;

		if (asprintf(&path, "%s/%s", k->folder, k->names[i]) < 0)
			return tryst_error_nomem(err);
		k->missed |= !bsearch(path, inputs->list, inputs->count, sizeof(*inputs->list),
		                      compare_input);
		free(path);
	}
	return 0;
}

/* Begins with the folder of a path, of which `len` characters are before its last slash. */
static int
looking_begin(struct looking *k, const char *path, size_t len, const struct tryst_inputs *inputs,
              struct tryst_error *err)
{
	struct tryst_error why;
	int rc;

	if (k->folder && k->len == len && memcmp(k->folder, path, len) == 0)
		return 0;
	looking_end(k);
	k->folder = strndup(path, len);
	k->len = len;
	if (!k->folder)
		return tryst_error_nomem(err);
	rc = tryst_directory_list(len ? k->folder : "/", &k->names, &k->count, &why);
	if (rc == TRYST_ERR_NOMEM) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		tryst_say("%s", why.text);
	return look_for_missed(k, inputs, err);
}

/* Whether an input was found by walking and may be a segment of a store. */
static bool
is_walked_segment(const struct tryst_input *in)
{
	size_t len = strlen(in->path), suffix = sizeof(TRYST_SEGMENT_SUFFIX) - 1;

	return in->walked && len > suffix && strchr(in->path, '/') &&
	       strcmp(in->path + len - suffix, TRYST_SEGMENT_SUFFIX) == 0;
}

/* Leaves out what is none of its store's; *missed: the walk must be made again. */
static int
settle(struct tryst_inputs *inputs, bool *missed, struct tryst_error *err)
{
	struct looking k = { 0 };
	bool *gone = calloc(inputs->count + 1, sizeof(*gone));
	size_t kept = 0;
	int rc = gone ? 0 : tryst_error_nomem(err);

	for (size_t i = 0; i < inputs->count && rc == 0; i++) {
		const char *path = inputs->list[i]->path, *slash = strrchr(path, '/');

		if (!is_walked_segment(inputs->list[i]))
			continue;
		rc = looking_begin(&k, path, (size_t)(slash - path), inputs, err);
		gone[i] = rc == 0 && k.names &&
		          !bsearch(slash + 1, k.names, k.count, sizeof(*k.names), compare_name);
	}
	for (size_t i = 0; i < inputs->count && rc == 0; i++) {
		struct tryst_input *in = inputs->list[i];

		if (gone[i]) {
			inputs->bytes -= in->size;
			tryst_input_fini(in);
			free(in);
			continue;
		}
		in->id = (uint32_t)kept;
		inputs->list[kept++] = in;
	}
	if (rc == 0)
		inputs->count = kept;
	*missed = k.missed;
	looking_end(&k);
	free(gone);
	return rc;
}

int
tryst_inputs_find(struct tryst_inputs *out, char *const *words, size_t count,
                  struct tryst_error *err)
{
	bool missed = true;
	int rc = 0;

	for (unsigned i = 0; i < WALKS && missed && rc == 0; i++) {
		if (i)
			tryst_inputs_free(out);
		rc = tryst_inputs_expand(out, words, count, err);
		if (rc == 0)
			rc = settle(out, &missed, err);
	}
	return rc;
}
