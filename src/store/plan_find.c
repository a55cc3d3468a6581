/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which index knows which input.  An input is looked for in the index of the folder it is in, of
 * the one above, and so on: whoever indexed a whole archive may hunt in one day of it.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/plan_impl.h"

static int
place_open(struct tryst_planner *p, struct plan_place *place, struct tryst_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < 2 && rc == 0; i++) {
		bool beside = i == 0;
		char *folder;

		if (!beside && !p->cache)
			continue;
		folder = tryst_index_folder(place->root, beside, p->cache);
		if (!folder)
			return tryst_error_nomem(err);
		rc = tryst_index_open(&place->indexes[i], place->root, folder, beside, err);
		free(folder);
		/* One that cannot be looked at is as good as none. */
		if (rc == TRYST_ERR_IO)
			rc = 0;
	}
	return rc;
}

/* The place of the first len characters of a path; NULL with *err. */
static struct plan_place *
place_find(struct tryst_planner *p, const char *path, size_t len, struct tryst_error *err)
{
	struct plan_place *place;

	for (size_t i = p->place_count; i-- > 0;) {
		place = &p->places[i];
		if (strncmp(place->root, path, len) == 0 && place->root[len] == '\0')
			return place;
	}
	if (p->place_count == p->place_room) {
		size_t room = TRYST_MAX(2 * p->place_room, (size_t)16);

		place = reallocarray(p->places, room, sizeof(*place));
		if (!place) {
			(void)tryst_error_nomem(err);
			return NULL;
		}
		p->places = place;
		p->place_room = room;
	}
	place = &p->places[p->place_count];
	*place = (struct plan_place){ .root = strndup(path, len) };
	if (!place->root) {
		(void)tryst_error_nomem(err);
		return NULL;
	}
	p->place_count++;
	return place_open(p, place, err) < 0 ? NULL : place;
}

static struct plan_shard *
shard_find(struct tryst_planner *p, struct tryst_shard *shard, struct tryst_error *err)
{
	struct plan_shard *s, **list;

	for (size_t i = p->shard_count; i-- > 0;) {
		if (p->shards[i]->shard == shard)
			return p->shards[i];
	}
	if (p->shard_count == p->shard_room) {
		size_t room = TRYST_MAX(2 * p->shard_room, (size_t)16);

		list = reallocarray(p->shards, room, sizeof(*list));
		if (!list) {
			(void)tryst_error_nomem(err);
			return NULL;
		}
		p->shards = list;
		p->shard_room = room;
	}
	s = calloc(1, sizeof(*s));
	if (s) {
		s->shard = shard;
		s->inputs = calloc((size_t)shard->file_count + 1, sizeof(*s->inputs));
	}
	if (!s || !s->inputs) {
		free(s);
		(void)tryst_error_nomem(err);
		return NULL;
	}
	p->shards[p->shard_count++] = s;
	return s;
}

/* Takes the answer of one index about an input; 1: it is known now. */
static int
ask(struct tryst_planner *p, const struct tryst_index *ix, const char *relative, size_t number,
    struct tryst_error *err)
{
	const struct tryst_input *in = p->input_list[number];
	struct plan_input *pi = &p->inputs[number];
	struct tryst_index_entry entry;
	int known = tryst_index_find(ix, relative, in->size, in->mtime_ns, &entry);

	pi->changed |= known == 0;
	if (known != 1)
		return 0;
	pi->shard = shard_find(p, entry.shard, err);
	if (!pi->shard)
		return TRYST_ERR_NOMEM;
	pi->file = entry.file;
	pi->shard->inputs[entry.file] = (uint32_t)number + 1;
	pi->changed = false;
	return 1;
}

/* The indexes of a folder and of those above it; `real` is the path of a file in it. */
static int
ask_all(struct tryst_planner *p, const char *real, size_t number, struct tryst_error *err)
{
	size_t len = strlen(real);
	int rc = 0;

	while (rc == 0 && len > 1) {
		const struct plan_place *place;

		while (len > 0 && real[len - 1] != '/')
			len--;
		/* `len` characters with the slash; the root folder keeps its own. */
		place = place_find(p, real, len > 1 ? len - 1 : 1, err);
		if (!place)
			return err->code;
		for (unsigned i = 0; i < 2 && rc == 0; i++) {
			if (place->indexes[i])
				rc = ask(p, place->indexes[i], real + len, number, err);
		}
		len = len > 1 ? len - 1 : 1;
	}
	return TRYST_MIN(rc, 0);
}

/* The real path of the folder that a path is in, kept from one input to the next. */
struct folder {
	const char *path; /* of an input */
	size_t len;       /* of its folder, with the slash */
	char real[PATH_MAX];
};

static bool
folder_enter(struct folder *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash + 1 - path) : 0;
	char text[PATH_MAX];

	if (f->path && f->len == len && strncmp(f->path, path, len) == 0)
		return f->real[0] != '\0';
	f->path = path;
	f->len = len;
	f->real[0] = '\0';
	if (len >= sizeof(text))
		return false;
	memcpy(text, path, len);
	text[len] = '\0';
	if (!realpath(len ? text : ".", f->real))
		f->real[0] = '\0';
	return f->real[0] != '\0';
}

static int
find_all(struct tryst_planner *p, struct tryst_error *err)
{
	struct folder folder = { 0 };
	int rc = 0;

	for (size_t i = 0; i < p->input_count && rc == 0; i++) {
		const struct tryst_input *in = p->input_list[i];
		char real[PATH_MAX + 1];
		size_t len;

		/* Of a file that cannot be read nothing comes from an index either. */
		if (in->error.code || !in->mtime_ns ||
		    faccessat(AT_FDCWD, in->path, R_OK, AT_EACCESS) != 0 ||
		    !folder_enter(&folder, in->path))
			continue;
		len = strlen(folder.real);
		if (len + strlen(in->path + folder.len) + 2 > sizeof(real))
			continue;
		memcpy(real, folder.real, len);
		if (len > 1)
			real[len++] = '/';
		memcpy(real + len, in->path + folder.len, strlen(in->path + folder.len) + 1);
		rc = ask_all(p, real, i, err);
		p->changed += p->inputs[i].changed;
		p->known += p->inputs[i].shard != NULL;
	}
	return rc;
}

int
tryst_planner_new(struct tryst_planner **out, struct tryst_input *const *inputs, size_t count,
                  const char *cache, struct tryst_error *err)
{
	struct tryst_planner *p = calloc(1, sizeof(*p));
	int rc;

	*out = NULL;
	if (!p)
		return tryst_error_nomem(err);
	p->input_list = inputs;
	p->input_count = count;
	p->cache = cache;
	p->inputs = calloc(count + 1, sizeof(*p->inputs));
	rc = p->inputs ? find_all(p, err) : tryst_error_nomem(err);
	if (rc == 0)
		*out = TRYST_TAKE(p);
	tryst_planner_free(p);
	return rc;
}

void
tryst_planner_free(struct tryst_planner *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->shard_count; i++) {
		free(p->shards[i]->inputs);
		free(p->shards[i]->units);
		free(p->shards[i]);
	}
	for (size_t i = 0; i < p->place_count; i++) {
		free(p->places[i].root);
		tryst_index_close(p->places[i].indexes[0]);
		tryst_index_close(p->places[i].indexes[1]);
	}
	free(p->shards);
	free(p->places);
	free(p->inputs);
	free(p);
}

bool
tryst_planner_knows(const struct tryst_planner *p)
{
	return p->known > 0;
}

void
tryst_planner_sample(const struct tryst_planner *p, struct tryst_sample_sum *sum)
{
	for (size_t i = 0; i < p->shard_count; i++)
		tryst_sample_sum_add(sum, &p->shards[i]->shard->sample);
}
