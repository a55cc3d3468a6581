/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index_update.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "read/nfdump.h"
#include "store/sum.h"

#define TEMPORARY ".tmp-"
#define LOCK ".lock"
/* A shard is of files of about so many bytes as LZ4 packs them: 8 million flows. */
#define SHARD_WEIGHT ((uint64_t)256 << 20)
#define SIZES 3    /* of smaller shards, each eight times the one before */
#define TOGETHER 8 /* so many become one */

/* A file to be read. */
struct pending {
	uint32_t input;
	uint64_t weight;
};

struct group {
	size_t first, count; /* of the pending files */
};

struct update {
	struct tryst_index_job *job;
	struct tryst_index_result *result;
	struct tryst_index *index; /* as it was; NULL: none */
	bool *goes;                /* by shard: all its files are gone or read again */
	struct pending *pending;
	size_t pending_count;
	struct group *groups;
	size_t group_count;
	atomic_size_t next_group;
	pthread_mutex_t lock; /* the rest, while threads run */
	struct tryst_error error;
	char (*written)[24]; /* names of new shards */
	size_t written_count, written_room;
};

static uint64_t
weight_of(const struct tryst_input *in)
{
	int fd = open(in->path, O_RDONLY | O_CLOEXEC);
	uint8_t head[NF_V2_HEADER] = { 0 };
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
	bool plain = n == sizeof(head) && tryst_load_le16(head + 2) == 2 && head[16] == NF_PLAIN;

	if (fd >= 0)
		(void)close(fd);
	return plain ? in->size / 4 : in->size;
}

/* 0 to SIZES: the size of a shard. */
static unsigned
size_class(uint64_t weight)
{
	unsigned c = SIZES;

	for (uint64_t limit = SHARD_WEIGHT; c > 0 && weight < limit; limit /= TOGETHER)
		c--;
	return c;
}

static const char *
relative(const struct update *u, uint32_t input)
{
	return u->job->inputs[input]->path + u->job->prefix;
}

static int
compare_pending(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;

	return x->input < y->input ? -1 : x->input > y->input;
}

/* What each shard still has of the archive: files, and what they weigh. */
struct alive {
	uint32_t files;
	uint64_t weight;
};

/* Files that nobody knows are pending; *owner says which shard knows each of the others. */
static int
survey(struct update *u, struct alive *alive, uint32_t *owner, struct tryst_error *err)
{
	const struct tryst_index_job *job = u->job;

	u->pending = calloc(job->count + 1, sizeof(*u->pending));
	if (!u->pending)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < job->count; i++) {
		const struct tryst_input *in = job->inputs[i];
		struct tryst_index_entry entry;
		size_t s = 0;

		owner[i] = UINT32_MAX;
		u->result->refused += in->error.code == TRYST_ERR_IO;
		if (in->error.code || !in->size)
			continue;
		if (!u->index || tryst_index_find(u->index, relative(u, i), in->size, in->mtime_ns,
		                                  &entry) != 1) {
			u->pending[u->pending_count++] = (struct pending){ i, weight_of(in) };
			continue;
		}
		while (u->index->shards[s] != entry.shard)
			s++;
		owner[i] = (uint32_t)s;
		alive[s].files++;
		alive[s].weight += in->size;
		u->result->current++;
	}
	return 0;
}

/* Small shards that come together with what is pending are read again with it. */
static void
absorb(struct update *u, const struct alive *alive, const uint32_t *owner)
{
	uint64_t weight = 0;
	unsigned class;

	for (size_t i = 0; i < u->pending_count; i++)
		weight += u->pending[i].weight;
	for (class = size_class(weight); weight && class < SIZES;) {
		size_t small = 0;

		for (size_t s = 0; s < u->index->shard_count; s++)
			small += !u->goes[s] && size_class(alive[s].weight) <= class;
		if (small + 1 < TOGETHER)
			break;
		for (size_t s = 0; s < u->index->shard_count; s++) {
			if (u->goes[s] || size_class(alive[s].weight) > class)
				continue;
			u->goes[s] = true;
			weight += alive[s].weight;
		}
		class = TRYST_MAX(class + 1, size_class(weight));
	}
	for (uint32_t i = 0; i < u->job->count; i++) {
		const struct tryst_input *in = u->job->inputs[i];

		if (owner[i] == UINT32_MAX || !u->goes[owner[i]])
			continue;
		u->pending[u->pending_count++] = (struct pending){ i, weight_of(in) };
		u->result->current--;
	}
	qsort(u->pending, u->pending_count, sizeof(*u->pending), compare_pending);
}

static int
make_groups(struct update *u, struct tryst_error *err)
{
	uint64_t weight = 0;

	u->groups = calloc(u->pending_count + 1, sizeof(*u->groups));
	if (!u->groups)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < u->pending_count; i++) {
		if (!u->group_count || weight + u->pending[i].weight > SHARD_WEIGHT) {
			u->groups[u->group_count++].first = i;
			weight = 0;
		}
		u->groups[u->group_count - 1].count++;
		weight += u->pending[i].weight;
		(void)atomic_fetch_add(&u->job->progress->bytes_total,
		                       u->job->inputs[u->pending[i].input]->size);
	}
	return 0;
}

static int
decide(struct update *u, struct tryst_error *err)
{
	size_t shards = u->index ? u->index->shard_count : 0;
	struct alive *alive = calloc(shards + 1, sizeof(*alive));
	uint32_t *owner = calloc(u->job->count + 1, sizeof(*owner));
	int rc;

	u->goes = calloc(shards + 1, sizeof(*u->goes));
	rc = alive && owner && u->goes ? survey(u, alive, owner, err) : tryst_error_nomem(err);
	for (size_t s = 0; s < shards && rc == 0; s++) {
		u->goes[s] = alive[s].files == 0;
		u->result->gone += u->index->shards[s]->file_count - alive[s].files;
	}
	if (rc == 0 && u->index)
		absorb(u, alive, owner);
	if (rc == 0)
		rc = make_groups(u, err);
	free(alive);
	free(owner);
	return rc;
}

static int
sync_folder(const char *folder, struct tryst_error *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) != 0 ? tryst_error_errno(err, "%s", folder) : 0;

	if (fd >= 0)
		(void)close(fd);
	return rc;
}

/* Writes a file that appears whole or not at all. */
static int
write_file(const char *folder, const char *name, const struct tryst_buf *bytes,
           struct tryst_error *err)
{
	struct tryst_buf temporary = { 0 }, path = { 0 };
	int fd = -1, rc = 0;

	tryst_buf_printf(&temporary, "%s/" TEMPORARY "%s", folder, name);
	tryst_buf_printf(&path, "%s/%s", folder, name);
	if (temporary.failed || path.failed) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	fd = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || !tryst_write_all(fd, bytes->data, bytes->len) || fsync(fd) != 0 ||
	    rename(temporary.data, path.data) != 0) {
		rc = tryst_error_errno(err, "%s", temporary.data);
		if (fd >= 0)
			(void)unlink(temporary.data);
	}
out:
	if (fd >= 0)
		(void)close(fd);
	tryst_buf_fini(&temporary);
	tryst_buf_fini(&path);
	return rc;
}

/* Notes the name of a new shard, so that it is not taken for one that went; the lock is held. */
static int
note_written(struct update *u, const char *name, struct tryst_error *err)
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
finish_shard(struct update *u, struct tryst_shard_builder *b, struct tryst_error *err)
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
		rc = write_file(u->job->folder, name, &bytes, err);
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
refuse(struct update *u, uint32_t input, const struct tryst_error *why)
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
add_file(struct update *u, struct tryst_shard_builder *b, uint32_t input, struct tryst_error *err)
{
	struct tryst_input *in = u->job->inputs[input];
	const struct tryst_shard_source source = {
		.path = in->path,
		.relative = relative(u, input),
		.size = in->size,
		.mtime_ns = in->mtime_ns,
	};
	size_t memory = u->job->memory / u->job->jobs;
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
make_shards(struct update *u, struct tryst_error *err)
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
	struct update *u = arg;
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
run_workers(struct update *u, struct tryst_error *err)
{
	unsigned jobs = (unsigned)TRYST_MIN((size_t)u->job->jobs, u->group_count), started = 0;
	pthread_t *threads = calloc(jobs + (size_t)1, sizeof(*threads));

	if (!threads)
		return tryst_error_nomem(err);
	while (started + 1 < jobs && pthread_create(&threads[started], NULL, worker, u) == 0)
		started++;
	(void)worker(u);
	for (unsigned i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	free(threads);
	if (u->error.code && err)
		*err = u->error;
	return u->error.code;
}

static bool
was_written(const struct update *u, const char *path)
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
remove_old(struct update *u)
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

/* mkdir -p; *kept: so many characters of the path were there before. */
static int
make_folder(const char *folder, size_t *kept, struct tryst_error *err)
{
	char *path = strdup(folder);
	int rc = 0;

	if (!path)
		return tryst_error_nomem(err);
	for (size_t i = 1; rc == 0 && i <= strlen(folder); i++) {
		if (folder[i] != '/' && folder[i] != '\0')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0755) != 0) {
			if (errno != EEXIST)
				rc = tryst_error_errno(err, "%s", path);
			*kept = i;
		}
		path[i] = folder[i];
	}
	free(path);
	return rc;
}

/* A folder without shards goes, and those above it that were made for it; the lock is held. */
static void
remove_empty(const char *folder, size_t kept)
{
	char *path = NULL;

	if (asprintf(&path, "%s/" LOCK, folder) < 0)
		return;
	(void)unlink(path);
	path[strlen(folder)] = '\0';
	while (rmdir(path) == 0) {
		char *slash = strrchr(path, '/');

		if (!slash || (size_t)(slash - path) <= kept)
			break;
		*slash = '\0';
	}
	free(path);
}

/* Calls back for every file of the folder whose name begins or ends so, and sums their bytes. */
static uint64_t
each_file(const char *folder, const char *begin, const char *end, bool remove_it, uint64_t *count)
{
	DIR *d = opendir(folder);
	uint64_t bytes = 0;

	for (struct dirent *e; d && (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		struct stat st;

		if (strncmp(e->d_name, begin, strlen(begin)) != 0 || len < strlen(end) ||
		    strcmp(e->d_name + len - strlen(end), end) != 0)
			continue;
		if (fstatat(dirfd(d), e->d_name, &st, 0) == 0)
			bytes += (uint64_t)st.st_size;
		*count += !remove_it || unlinkat(dirfd(d), e->d_name, 0) == 0;
	}
	if (d)
		(void)closedir(d);
	return bytes;
}

/* The descriptor of the lock, or negative. */
static int
lock_folder(const char *folder, struct tryst_error *err)
{
	struct tryst_buf path = { 0 };
	struct stat st;
	int fd;

	if (lstat(folder, &st) != 0)
		return tryst_error_errno(err, "%s", folder);
	/* Nobody leads us elsewhere. */
	if (!S_ISDIR(st.st_mode))
		return tryst_error_set(err, TRYST_ERR_IO, "%s: is no directory", folder);
	tryst_buf_printf(&path, "%s/" LOCK, folder);
	if (path.failed)
		return tryst_error_nomem(err);
	fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		fd = tryst_error_errno(err, "%s", path.data);
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		fd = tryst_error_set(err, TRYST_ERR_BUSY,
		                     "%s: another 'tryst index' is at work there", folder);
	}
	tryst_buf_fini(&path);
	return fd;
}

int
tryst_index_update(struct tryst_index_job *job, struct tryst_index_result *result,
                   struct tryst_error *err)
{
	struct update u = { .job = job, .result = result };
	uint64_t left = 0;
	size_t kept = 0;
	int lock, rc;

	*result = (struct tryst_index_result){ 0 };
	rc = make_folder(job->folder, &kept, err);
	if (rc == TRYST_ERR_IO && job->cache)
		return tryst_error_set(err, TRYST_ERR_IO,
		                       "the cache %s cannot be made: set XDG_CACHE_HOME, or use "
		                       "--beside",
		                       job->cache);
	if (rc < 0)
		return rc;
	lock = lock_folder(job->folder, err);
	if (lock < 0)
		return lock;
	(void)pthread_mutex_init(&u.lock, NULL);
	/* Of one that was killed. */
	(void)each_file(job->folder, TEMPORARY, "", true, &left);
	rc = tryst_index_open(&u.index, job->root, job->folder, job->beside, err);
	if (rc == 0)
		rc = decide(&u, err);
	if (rc == 0)
		rc = run_workers(&u, err);
	if (rc == 0)
		rc = sync_folder(job->folder, err);
	if (rc == 0 && u.index)
		remove_old(&u);
	left = 0;
	result->index_bytes = each_file(job->folder, "", TRYST_INDEX_SUFFIX, false, &left);
	tryst_index_close(u.index);
	free(u.goes);
	free(u.pending);
	free(u.groups);
	free(u.written);
	(void)pthread_mutex_destroy(&u.lock);
	if (!left)
		remove_empty(job->folder, kept);
	(void)close(lock);
	return rc;
}

int
tryst_index_drop(const char *folder, uint64_t *shards, struct tryst_error *err)
{
	uint64_t other = 0;
	struct stat st;
	int lock;

	*shards = 0;
	if (stat(folder, &st) != 0)
		return errno == ENOENT ? tryst_error_set(err, TRYST_ERR_IO, "%s: no index", folder)
		                       : tryst_error_errno(err, "%s", folder);
	lock = lock_folder(folder, err);
	if (lock < 0)
		return lock;
	(void)each_file(folder, TEMPORARY, "", true, &other);
	(void)each_file(folder, "", TRYST_INDEX_SUFFIX, true, shards);
	(void)each_file(folder, LOCK, "", true, &other);
	(void)close(lock);
	/* Whatever else somebody keeps there stays, and the folder with it. */
	(void)rmdir(folder);
	return 0;
}
