/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sum.h"

#define OPENS 5 /* times that a folder is looked at while somebody changes it */

struct tryst_index_slot {
	uint32_t shard_next; /* + 1; 0 free */
	uint32_t file;
};

char *
tryst_index_folder(const char *root, bool beside, const char *cache)
{
	size_t len = strlen(root);
	char *out = NULL;
	int n;

	if (beside)
		n = asprintf(&out, "%s/" TRYST_INDEX_BESIDE, len > 1 ? root : "");
	else
		n = asprintf(&out, "%s/index/%08x%08x", cache, tryst_store_sum(root, len),
		             tryst_store_sum2("/", 1, root, len));
	return n < 0 ? NULL : out;
}

/* Whether what the folder says may decide what is read. */
static bool
trusted(const char *root, const char *folder, bool beside)
{
	struct stat st, parent;

	if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
		return false;
	if (st.st_mode & S_IWOTH)
		return false;
	if (st.st_uid == geteuid() || st.st_uid == 0)
		return true;
	return beside && stat(root, &parent) == 0 && parent.st_uid == st.st_uid;
}

static bool
is_shard(const char *name)
{
	size_t len = strlen(name), suffix = sizeof(TRYST_INDEX_SUFFIX) - 1;

	return name[0] != '.' && len > suffix &&
	       strcmp(name + len - suffix, TRYST_INDEX_SUFFIX) == 0;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths of the shards in a folder, sorted. */
static int
list_shards(const char *folder, char ***names, size_t *count, struct tryst_error *err)
{
	DIR *d = opendir(folder);
	size_t room = 0;
	int rc = 0;

	*names = NULL;
	*count = 0;
	if (!d)
		return tryst_error_errno(err, "%s", folder);
	for (struct dirent *e; rc == 0 && (e = readdir(d));) {
		char **list;

		if (!is_shard(e->d_name))
			continue;
		if (*count == room) {
			room = TRYST_MAX(2 * room, (size_t)16);
			list = reallocarray(*names, room, sizeof(*list));
			if (!list) {
				rc = tryst_error_nomem(err);
				break;
			}
			*names = list;
		}
		if (asprintf(&(*names)[*count], "%s/%s", folder, e->d_name) < 0)
			rc = tryst_error_nomem(err);
		else
			++*count;
	}
	(void)closedir(d);
	if (*count)
		qsort(*names, *count, sizeof(**names), compare_names);
	return rc;
}

/* Takes the name over. */
static int
open_one(struct tryst_index *ix, char *name, struct tryst_error *err)
{
	struct tryst_index_fault *fault = &ix->faults[ix->fault_count];
	int rc = tryst_shard_open(&ix->shards[ix->shard_count], name, &fault->error);

	if (rc == 0) {
		ix->shard_count++;
		free(name);
		return 0;
	}
	if (rc == TRYST_ERR_NOMEM) {
		free(name);
		return tryst_error_nomem(err);
	}
	fault->path = name;
	ix->fault_count++;
	return 0;
}

static uint32_t
path_hash(const char *path, size_t len)
{
	return tryst_store_sum(path, len);
}

static int
make_slots(struct tryst_index *ix, struct tryst_error *err)
{
	size_t files = 0, slots = 64;

	for (size_t i = 0; i < ix->shard_count; i++)
		files += ix->shards[i]->file_count;
	while (slots < 2 * files)
		slots *= 2;
	ix->slots = calloc(slots, sizeof(*ix->slots));
	if (!ix->slots)
		return tryst_error_nomem(err);
	ix->slot_mask = slots - 1;
	for (size_t i = 0; i < ix->shard_count; i++) {
		for (uint32_t f = 0; f < ix->shards[i]->file_count; f++) {
			const struct tryst_shard_file *file = &ix->shards[i]->files[f];
			size_t at = path_hash(file->path, file->path_len) & ix->slot_mask;

			while (ix->slots[at].shard_next)
				at = (at + 1) & ix->slot_mask;
			ix->slots[at] = (struct tryst_index_slot){ (uint32_t)i + 1, f };
		}
	}
	return 0;
}

static int
open_all(struct tryst_index *ix, char **names, size_t count, struct tryst_error *err)
{
	int rc = 0;

	ix->shards = calloc(count + 1, sizeof(struct tryst_shard *));
	ix->faults = calloc(count + 1, sizeof(*ix->faults));
	if (!ix->shards || !ix->faults)
		rc = tryst_error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		if (rc == 0)
			rc = open_one(ix, names[i], err);
		else
			free(names[i]);
	}
	return rc < 0 ? rc : make_slots(ix, err);
}

/* As tryst_index_open, once. */
static int
open_folder(struct tryst_index **out, const char *root, const char *folder, struct tryst_error *err)
{
	struct tryst_index *ix;
	char **names = NULL;
	size_t count = 0;
	int rc;

	*out = NULL;
	ix = calloc(1, sizeof(*ix));
	if (!ix)
		return tryst_error_nomem(err);
	ix->root = strdup(root);
	ix->folder = strdup(folder);
	rc = ix->root && ix->folder ? list_shards(folder, &names, &count, err)
	                            : tryst_error_nomem(err);
	if (rc == 0) {
		rc = open_all(ix, names, count, err);
	} else {
		for (size_t i = 0; i < count; i++)
			free(names[i]);
	}
	free(names);
	if (rc == 0)
		*out = TRYST_TAKE(ix);
	tryst_index_close(ix);
	return rc;
}

/* Whether a shard was listed and had gone when it was to be opened. */
static bool
any_gone(const struct tryst_index *ix)
{
	for (size_t i = 0; i < ix->fault_count; i++) {
		if (ix->faults[i].error.code == TRYST_ERR_IO &&
		    access(ix->faults[i].path, F_OK) != 0 && errno == ENOENT)
			return true;
	}
	return false;
}

int
tryst_index_open(struct tryst_index **out, const char *root, const char *folder, bool beside,
                 struct tryst_error *err)
{
	*out = NULL;
	if (!trusted(root, folder, beside))
		return 0;
	/* Those that are made in place of others are there before these go. */
	for (unsigned i = 0; i < OPENS; i++) {
		int rc;

		tryst_index_close(*out);
		rc = open_folder(out, root, folder, err);
		if (rc < 0 || !any_gone(*out))
			return rc;
	}
	return 0;
}

void
tryst_index_close(struct tryst_index *ix)
{
	if (!ix)
		return;
	for (size_t i = 0; i < ix->shard_count; i++)
		tryst_shard_close(ix->shards[i]);
	for (size_t i = 0; i < ix->fault_count; i++)
		free(ix->faults[i].path);
	free(ix->shards);
	free(ix->faults);
	free(ix->slots);
	free(ix->root);
	free(ix->folder);
	free(ix);
}

int
tryst_index_find(const struct tryst_index *ix, const char *relative, uint64_t size,
                 int64_t mtime_ns, struct tryst_index_entry *out)
{
	size_t len = strlen(relative), at = path_hash(relative, len) & ix->slot_mask;
	int found = -1;

	for (; ix->slots[at].shard_next; at = (at + 1) & ix->slot_mask) {
		struct tryst_shard *shard = ix->shards[ix->slots[at].shard_next - 1];
		const struct tryst_shard_file *f = &shard->files[ix->slots[at].file];

		if (f->path_len != len || memcmp(f->path, relative, len) != 0)
			continue;
		found = 0;
		if (f->size == size && f->mtime_ns == mtime_ns) {
			*out = (struct tryst_index_entry){ shard, ix->slots[at].file };
			return 1;
		}
	}
	return found;
}
