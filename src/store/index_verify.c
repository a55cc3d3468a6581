/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index_verify.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"

struct verifying {
	const struct tryst_index_verify_job *job;
	struct tryst_index_verified *result;
	struct tryst_buf *lines; /* by shard: findings, each ended by NUL */
	atomic_size_t next;      /* shard */
	size_t memory;           /* for one thread */
	bool *large;             /* by shard: it takes more than that */
	pthread_mutex_t lock;    /* the result and the error, while threads run */
	struct tryst_error error;
};

/* A shard while it is made again. */
struct again {
	struct verifying *v;
	size_t number;
	const struct tryst_shard *s;
	uint32_t *file; /* by file of s: that of the new one, or UINT32_MAX */
	uint32_t files;
	struct tryst_shard_builder *builder;
	struct tryst_buf bytes;
	struct tryst_error damage; /* the first that was met, in files that are read all the same */
};

static void
keep_line(void *ctx, const char *text)
{
	tryst_buf_add(ctx, text, strlen(text) + 1);
}

TRYST_PRINTF(2, 3)
static void
keep(const struct again *a, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	keep_line(&a->v->lines[a->number], text);
}

/* The file of the archive, if it is as it was when it was indexed. */
static const struct tryst_input *
find_input(const struct tryst_index_verify_job *job, const struct tryst_shard_file *f)
{
	size_t low = 0, high = job->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *path = job->inputs[mid]->path;
		size_t len = strlen(path);
		const char *relative = path + TRYST_MIN(job->prefix, len);
		int order = strncmp(relative, f->path, f->path_len);

		if (order == 0 && strlen(relative) > f->path_len)
			order = 1;
		if (order == 0) {
			const struct tryst_input *in = job->inputs[mid];

			return !in->error.code && in->size == f->size && in->mtime_ns == f->mtime_ns
			               ? in
			               : NULL;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Adds one file; it is left out where it is not as it was. */
static int
add_file(struct again *a, uint32_t number, struct tryst_error *err)
{
	const struct tryst_index_verify_job *job = a->v->job;
	const struct tryst_shard_file *f = &a->s->files[number];
	const struct tryst_input *in = find_input(job, f);
	struct tryst_shard_source source;
	struct tryst_error why = { 0 };
	uint64_t before = tryst_shard_builder_flows(a->builder);
	uint32_t at = tryst_shard_builder_files(a->builder);
	int rc;

	a->file[number] = UINT32_MAX;
	if (!in)
		return 0;
	source = (struct tryst_shard_source){ in->path, in->path + job->prefix, in->size,
		                              in->mtime_ns };
	rc = tryst_shard_add(a->builder, &source, a->v->memory, job->stop, &why);
	(void)atomic_fetch_add(&job->progress->bytes_done, in->size);
	(void)atomic_fetch_add(&job->progress->flows,
	                       tryst_shard_builder_flows(a->builder) - before);
	if (rc == 1) {
		a->file[number] = at;
		a->files++;
		if (!a->damage.code)
			a->damage = why;
	} else if (rc == 0) {
		keep(a, "%s: is indexed, and cannot be read now: %s", a->s->path, why.text);
	} else {
		*err = why;
	}
	return TRYST_MIN(rc, 0);
}

/* Opens what was made, as if it stood in the folder. */
static int
open_again(const struct again *a, struct tryst_shard **out, struct tryst_error *err)
{
	int fd = memfd_create("shard", MFD_CLOEXEC), rc = 0;
	char path[32];

	if (fd < 0 || !tryst_write_all(fd, a->bytes.data, a->bytes.len))
		rc = tryst_error_errno(err, "%s: made again", a->s->path);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (rc == 0)
		rc = tryst_shard_open(out, path, err);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static int
compare(struct again *a, struct tryst_error *err)
{
	struct tryst_shard *made = NULL;
	int rc;

	if (a->files == a->s->file_count && a->bytes.len == a->s->map_len &&
	    memcmp(a->bytes.data, a->s->map, a->bytes.len) == 0)
		return 0;
	rc = open_again(a, &made, err);
	if (rc == 0)
		rc = tryst_shard_compare(a->s, made, a->file, keep_line, &a->v->lines[a->number],
		                         err);
	if (a->v->lines[a->number].len && a->damage.code)
		keep(a, "%s: when it was read now: %s", a->s->path, a->damage.text);
	/* The same in all that is compared, and yet other bytes. */
	if (rc == 0 && a->files == a->s->file_count)
		keep(a, "%s: is not what its files make", a->s->path);
	tryst_shard_close(made);
	return TRYST_MIN(rc, 0);
}

static int
make_again(struct again *a, struct tryst_error *err)
{
	uint64_t flows;
	int rc = tryst_shard_builder_new(&a->builder, err);

	a->file = reallocarray(NULL, (size_t)a->s->file_count + 1, sizeof(*a->file));
	if (rc == 0 && !a->file)
		rc = tryst_error_nomem(err);
	for (uint32_t i = 0; i < a->s->file_count && rc == 0; i++)
		rc = add_file(a, i, err);
	flows = rc == 0 ? tryst_shard_builder_flows(a->builder) : 0;
	if (rc == 0 && a->files)
		rc = tryst_shard_write(a->builder, &a->bytes, err);
	if (rc == 0 && a->files)
		rc = compare(a, err);
	if (rc == 0) {
		(void)pthread_mutex_lock(&a->v->lock);
		a->v->result->files += a->files;
		a->v->result->flows += flows;
		(void)pthread_mutex_unlock(&a->v->lock);
	}
	tryst_shard_builder_free(a->builder);
	tryst_buf_fini(&a->bytes);
	free(a->file);
	return rc;
}

static int
verify_shard(struct verifying *v, size_t number, struct tryst_error *err)
{
	struct again a = { .v = v, .number = number, .s = v->job->index->shards[number] };
	struct tryst_error why;
	int rc = tryst_shard_verify(a.s, &why);

	if (rc == TRYST_ERR_NOMEM) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		keep(&a, "%s", why.text);
	if (rc < 0 || v->job->quick)
		return 0;
	rc = make_again(&a, err);
	if (rc != TRYST_ERR_LIMIT)
		return rc;
	/* It may have been made by one thread; then it is looked at by one, later. */
	v->large[number] = v->memory < v->job->memory;
	tryst_buf_clear(&v->lines[number]);
	tryst_error_prefix(err, "%s", a.s->path);
	return v->large[number] ? 0 : rc;
}

static void *
worker(void *arg)
{
	struct verifying *v = arg;
	struct tryst_error err = { 0 };

	for (;;) {
		size_t number = atomic_fetch_add(&v->next, 1);

		if (number >= v->job->index->shard_count)
			return NULL;
		if (verify_shard(v, number, &err) == 0)
			continue;
		(void)pthread_mutex_lock(&v->lock);
		if (!v->error.code)
			v->error = err;
		(void)pthread_mutex_unlock(&v->lock);
		atomic_store(&v->next, v->job->index->shard_count);
	}
}

static int
run_workers(struct verifying *v, struct tryst_error *err)
{
	unsigned jobs = (unsigned)TRYST_MIN((size_t)v->job->jobs, v->job->index->shard_count);
	pthread_t *threads = calloc(jobs + (size_t)1, sizeof(*threads));
	unsigned started = 0;

	if (!threads)
		return tryst_error_nomem(err);
	v->memory = v->job->memory / TRYST_MAX(jobs, 1u);
	while (started + 1 < jobs && pthread_create(&threads[started], NULL, worker, v) == 0)
		started++;
	(void)worker(v);
	for (unsigned i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	free(threads);
	if (v->error.code)
		*err = v->error;
	return v->error.code;
}

/* The shards that took more than a thread has, one at a time. */
static int
verify_large(struct verifying *v, struct tryst_error *err)
{
	int rc = 0;

	v->memory = v->job->memory;
	for (size_t i = 0; i < v->job->index->shard_count && rc == 0; i++) {
		if (v->large[i])
			rc = verify_shard(v, i, err);
	}
	return rc;
}

int
tryst_index_verify(const struct tryst_index_verify_job *job, tryst_finding_fn finding, void *ctx,
                   struct tryst_index_verified *out, struct tryst_error *err)
{
	size_t shards = job->index->shard_count;
	struct verifying v = { .job = job, .result = out };
	int rc = 0;

	*out = (struct tryst_index_verified){ 0 };
	v.lines = calloc(shards + 1, sizeof(*v.lines));
	v.large = calloc(shards + 1, sizeof(*v.large));
	if (!v.lines || !v.large) {
		free(v.lines);
		free(v.large);
		return tryst_error_nomem(err);
	}
	(void)pthread_mutex_init(&v.lock, NULL);
	rc = run_workers(&v, err);
	if (rc == 0)
		rc = verify_large(&v, err);
	for (size_t i = 0; i < shards; i++) {
		const char *text = v.lines[i].data;

		out->damaged += v.lines[i].len > 0;
		for (size_t at = 0; at < v.lines[i].len && rc == 0; at += strlen(text + at) + 1)
			finding(ctx, text + at);
		if (rc == 0 && v.lines[i].failed)
			rc = tryst_error_nomem(err);
		tryst_buf_fini(&v.lines[i]);
	}
	(void)pthread_mutex_destroy(&v.lock);
	free(v.lines);
	free(v.large);
	return rc;
}
