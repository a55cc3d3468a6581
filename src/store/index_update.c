/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/index_update_impl.h"
#include "store/sum.h"

/* Notes the name of a new shard, so that it is not taken for one that went; the lock is held. */
static int
note_written(struct index_update *u, const char *name, struct tryst_error *err)
{
	if (u->written_count == u->written_room) {
		size_t room = TRYST_MAX(2 * u->written_room, (size_t)16);
		char(*list)[24] = reallocarray(u->written, room, sizeof(*list));

		if (!list)
			return tryst_error_nomem(err);
		u->written = list;
		u->written_room = room;
	}
	(void)snprintf(u->written[u->written_count++], sizeof(*u->written), "%s", name);
	return 0;
}

/* The shard that has been built becomes a file, named by what it holds. */
static int
finish_shard(struct index_update *u, struct tryst_shard_builder *b, struct tryst_error *err)
{
	struct tryst_buf bytes = { 0 };
	char name[24];
	int rc = 0;

	if (!tryst_shard_builder_flows(b) && !tryst_shard_builder_files(b))
		return 0;
	rc = tryst_shard_write(b, &bytes, err);
	if (rc == 0) {
		(void)snprintf(name, sizeof(name), "%08x%08x" TRYST_INDEX_SUFFIX,
		               tryst_store_sum(bytes.data, bytes.len),
		               tryst_store_sum2("/", 1, bytes.data, bytes.len));
		rc = index_folder_write(u->job->folder, name, &bytes, err);
	}
	if (rc == 0) {
		(void)pthread_mutex_lock(&u->lock);
		rc = note_written(u, name, err);
		u->result->shards++;
		(void)pthread_mutex_unlock(&u->lock);
	}
	tryst_buf_fini(&bytes);
	tryst_shard_builder_clear(b);
	return rc;
}

/* A file that is no use. */
static void
refuse(struct index_update *u, uint32_t input, const struct tryst_error *why)
{
	bool other = why->code == TRYST_ERR_FORMAT && strstr(why->text, "no nfdump file");

	if (!other)
		u->job->inputs[input]->error = *why;
	(void)pthread_mutex_lock(&u->lock);
	u->result->not_flows += other;
	u->result->refused += !other;
	(void)pthread_mutex_unlock(&u->lock);
}

/* Adds a file; a shard that is full is finished first. */
static int
add_file(struct index_update *u, struct tryst_shard_builder *b, uint32_t input,
         struct tryst_error *err)
{
	struct tryst_input *in = u->job->inputs[input];
	const struct tryst_shard_source source = {
		.path = in->path,
		.relative = index_relative(u, input),
		.size = in->size,
		.mtime_ns = in->mtime_ns,
	};
	size_t memory = u->job->memory / u->threads;
	uint64_t before = tryst_shard_builder_flows(b);
	struct tryst_error why = { 0 };
	int rc = tryst_shard_add(b, &source, memory, u->job->stop, &why);

	if (rc == TRYST_ERR_LIMIT && before) {
		rc = finish_shard(u, b, err);
		if (rc < 0)
			return rc;
		before = 0;
		why = (struct tryst_error){ 0 };
		rc = tryst_shard_add(b, &source, memory, u->job->stop, &why);
	}
	if (rc == TRYST_ERR_LIMIT) {
		tryst_shard_builder_clear(b);
		tryst_error_prefix(&why, "%s", in->path);
		rc = 0;
	}
	if (rc == 0)
		refuse(u, input, &why);
	else if (rc < 0)
		*err = why;
	if (rc == 1) {
		(void)pthread_mutex_lock(&u->lock);
		u->result->files++;
		u->result->flows += tryst_shard_builder_flows(b) - before;
		u->result->bytes += in->size;
		u->result->damaged += why.code != 0;
		(void)pthread_mutex_unlock(&u->lock);
		in->error = why;
		(void)atomic_fetch_add(&u->job->progress->flows,
		                       tryst_shard_builder_flows(b) - before);
	}
	(void)atomic_fetch_add(&u->job->progress->bytes_done, in->size);
	return TRYST_MIN(rc, 0);
}

static int
make_shards(struct index_update *u, struct tryst_error *err)
{
	struct tryst_shard_builder *b;
	int rc = tryst_shard_builder_new(&b, err);

	while (rc == 0) {
		size_t g = atomic_fetch_add(&u->next_group, 1);

		if (g >= u->group_count)
			break;
		for (size_t i = 0; i < u->groups[g].count && rc == 0; i++) {
			if (atomic_load(u->job->stop))
				rc = tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
			else
				rc = add_file(u, b, u->pending[u->groups[g].first + i].input, err);
		}
		if (rc == 0)
			rc = finish_shard(u, b, err);
	}
	tryst_shard_builder_free(b);
	return rc;
}

static void *
worker(void *arg)
{
	struct index_update *u = arg;
	struct tryst_error err = { 0 };

	if (make_shards(u, &err) < 0) {
		(void)pthread_mutex_lock(&u->lock);
		if (!u->error.code)
			u->error = err;
		(void)pthread_mutex_unlock(&u->lock);
		atomic_store(&u->next_group, u->group_count);
	}
	return NULL;
}

static int
run_workers(struct index_update *u, struct tryst_error *err)
{
	size_t most = TRYST_MIN((size_t)u->job->jobs, u->group_count), started = 0;
	pthread_t *threads = calloc(most + 1, sizeof(*threads));

	if (!threads)
		return tryst_error_nomem(err);
	u->threads = TRYST_MAX(most, (size_t)1);
	while (started + 1 < most && pthread_create(&threads[started], NULL, worker, u) == 0)
		started++;
	(void)worker(u);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	free(threads);
	if (u->error.code && err)
		*err = u->error;
	return u->error.code;
}

static bool
was_written(const struct index_update *u, const char *path)
{
	const char *name = strrchr(path, '/');

	for (size_t i = 0; i < u->written_count; i++) {
		if (strcmp(u->written[i], name ? name + 1 : path) == 0)
			return true;
	}
	return false;
}

/* What is not needed any more: shards without files, and damaged ones, whose files were read. */
static void
remove_old(struct index_update *u)
{
	for (size_t s = 0; s < u->index->shard_count; s++) {
		const char *path = u->index->shards[s]->path;

		if (u->goes[s] && !was_written(u, path) && unlink(path) == 0)
			u->result->shards_gone++;
	}
	for (size_t i = 0; i < u->index->fault_count; i++) {
		const struct tryst_index_fault *f = &u->index->faults[i];

		if (f->error.code == TRYST_ERR_FORMAT && !was_written(u, f->path) &&
		    unlink(f->path) == 0)
			u->result->shards_gone++;
	}
}

int
tryst_index_update(struct tryst_index_job *job, struct tryst_index_result *result,
                   struct tryst_error *err)
{
	struct index_update u = { .job = job, .result = result };
	uint64_t left = 0;
	size_t kept = 0;
	int lock, rc;

	*result = (struct tryst_index_result){ 0 };
	rc = index_folder_make(job->folder, &kept, err);
	if (rc == TRYST_ERR_IO && job->cache)
		return tryst_error_set(err, TRYST_ERR_IO,
		                       "the cache %s cannot be made: set XDG_CACHE_HOME, or use "
		                       "--beside",
		                       job->cache);
	if (rc < 0)
		return rc;
	lock = index_folder_lock(job->folder, err);
	if (lock < 0)
		return lock;
	(void)pthread_mutex_init(&u.lock, NULL);
	/* Of one that was killed. */
	(void)index_folder_each(job->folder, INDEX_TEMPORARY, "", true, &left);
	rc = tryst_index_open(&u.index, job->root, job->folder, job->beside, err);
	if (rc == 0)
		rc = index_decide(&u, err);
	if (rc == 0)
		rc = run_workers(&u, err);
	if (rc == 0)
		rc = index_folder_sync(job->folder, err);
	if (rc == 0 && u.index)
		remove_old(&u);
	left = 0;
	result->index_bytes = index_folder_each(job->folder, "", TRYST_INDEX_SUFFIX, false, &left);
	tryst_index_close(u.index);
	free(u.goes);
	free(u.pending);
	free(u.groups);
	free(u.written);
	(void)pthread_mutex_destroy(&u.lock);
	if (!left)
		index_folder_remove(job->folder, kept);
	(void)close(lock);
	return rc;
}
