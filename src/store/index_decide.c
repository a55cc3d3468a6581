/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files of an archive are read again: those that no shard knows as they are, and those of
 * small shards that become one (store/index_update.h has the reason).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "read/nfdump.h"
#include "store/index_update_impl.h"

/* A shard is of files of about so many bytes as LZ4 packs them: 8 million flows. */
#define SHARD_WEIGHT ((uint64_t)256 << 20)
#define SIZES 3    /* of smaller shards, each eight times the one before */
#define TOGETHER 8 /* so many become one */

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

/*
 * 0 to SIZES: the size of a shard.  Files do not divide evenly: one that weighs a quarter
 * of what it may is not made again.
 */
static unsigned
size_class(uint64_t weight)
{
	unsigned c = SIZES;

	for (uint64_t limit = SHARD_WEIGHT / 4; c > 0 && weight < limit; limit /= TOGETHER)
		c--;
	return c;
}

static int
compare_pending(const void *a, const void *b)
{
	const struct index_pending *x = a, *y = b;

	return x->input < y->input ? -1 : x->input > y->input;
}

/* What each shard still has of the archive: files, and what they weigh. */
struct alive {
	uint32_t files;
	uint64_t weight;
};

/* Files that nobody knows are pending; *owner says which shard knows each of the others. */
static int
survey(struct index_update *u, struct alive *alive, uint32_t *owner, struct tryst_error *err)
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
		if (!u->index || tryst_index_find(u->index, index_relative(u, i), in->size,
		                                  in->mtime_ns, &entry) != 1) {
			u->pending[u->pending_count++] = (struct index_pending){ i, weight_of(in) };
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
absorb(struct index_update *u, const struct alive *alive, const uint32_t *owner)
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
		u->pending[u->pending_count++] = (struct index_pending){ i, weight_of(in) };
		u->result->current--;
	}
	qsort(u->pending, u->pending_count, sizeof(*u->pending), compare_pending);
}

/*
 * How many shards become of so much.  Of more than two a multiple of four, whatever the number of
 * threads, lest one of them is at work alone at the end.
 */
static uint64_t
shards_of(uint64_t weight)
{
	uint64_t n = weight / SHARD_WEIGHT + 1;

	return n > 2 ? (n + 3) / 4 * 4 : n;
}

/* Neighbours come together, and all shards weigh about the same. */
static int
make_groups(struct index_update *u, struct tryst_error *err)
{
	uint64_t all = 0, before = 0, last = 0, share;

	u->groups = calloc(u->pending_count + 1, sizeof(*u->groups));
	if (!u->groups)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < u->pending_count; i++)
		all += u->pending[i].weight;
	share = all / shards_of(all) + 1;
	for (size_t i = 0; i < u->pending_count; i++) {
		uint64_t group = (before + u->pending[i].weight / 2) / share;

		if (!u->group_count || group != last)
			u->groups[u->group_count++].first = i;
		u->groups[u->group_count - 1].count++;
		last = group;
		before += u->pending[i].weight;
		(void)atomic_fetch_add(&u->job->progress->bytes_total,
		                       u->job->inputs[u->pending[i].input]->size);
	}
	return 0;
}

int
index_decide(struct index_update *u, struct tryst_error *err)
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
