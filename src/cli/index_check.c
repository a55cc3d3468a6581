/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/index_check.h"

#include <inttypes.h>
#include <string.h>

#include "cli/monitor.h"
#include "cli/say.h"
#include "report/layout.h"
#include "store/index_verify.h"

#define TROUBLE_LINES_MAX 20 /* without -v */

/* A line each; an empty directory is no trouble. */
uint64_t
tryst_index_say_unreadable(const struct tryst_run *r)
{
	uint64_t count = 0;

	for (size_t i = 0; i < r->inputs.count; i++) {
		const struct tryst_input *in = r->inputs.list[i];

		if (!in->error.code || (in->error.code == TRYST_ERR_FORMAT && !in->size))
			continue;
		if (r->s->verbose || count < TROUBLE_LINES_MAX)
			tryst_say("%s", in->error.text);
		count++;
	}
	if (!r->s->verbose && count > TROUBLE_LINES_MAX)
		tryst_say("%" PRIu64 " more with trouble; -v names them",
		          count - TROUBLE_LINES_MAX);
	return count;
}

static void
say_finding(void *ctx, const char *text)
{
	(void)ctx;
	tryst_say_long(text);
}

/* What has become of the archive since it was indexed. */
struct standing {
	uint64_t known, changed, unknown, bytes;
};

static struct standing
stand(const struct tryst_run *r, const struct tryst_index *ix, size_t prefix)
{
	struct standing k = { 0 };

	for (size_t i = 0; i < r->inputs.count; i++) {
		const struct tryst_input *in = r->inputs.list[i];
		struct tryst_index_entry entry;
		int found = in->error.code ? -1
		                           : tryst_index_find(ix, in->path + prefix, in->size,
		                                              in->mtime_ns, &entry);

		k.known += found == 1;
		k.changed += found == 0;
		k.unknown += found < 0;
		k.bytes += found == 1 ? in->size : 0;
	}
	return k;
}

static void
say_result(const struct tryst_run *r, const struct tryst_index *ix, const struct standing *k,
           const struct tryst_index_verified *v)
{
	struct tryst_buf b = { 0 };

	if (r->s->quiet)
		return;
	tryst_buf_safe(&b, ix->folder, strlen(ix->folder));
	tryst_buf_str(&b, ": ");
	tryst_layout_count(&b, ix->shard_count + ix->fault_count, "shard");
	tryst_buf_str(&b, ", ");
	tryst_buf_u64(&b, v->damaged);
	tryst_buf_str(&b, " damaged");
	if (!r->s->quick) {
		tryst_buf_str(&b, "; compared with ");
		tryst_layout_count(&b, v->files, "file");
		tryst_buf_str(&b, ", ");
		tryst_layout_count(&b, v->flows, "flow");
	}
	tryst_buf_printf(&b,
	                 "; of the archive's files %" PRIu64 " are indexed as they are, %" PRIu64
	                 " changed since, %" PRIu64 " are not indexed",
	                 k->known, k->changed, k->unknown);
	tryst_say_long(b.failed ? "out of memory" : b.data);
	tryst_buf_fini(&b);
}

static int
verify(struct tryst_run *r, const struct tryst_index *ix, size_t prefix,
       struct tryst_index_verified *v, struct tryst_error *err)
{
	const struct tryst_index_verify_job job = {
		.index = ix,
		.inputs = r->inputs.list,
		.count = r->inputs.count,
		.prefix = prefix,
		.jobs = r->s->jobs,
		.memory = r->s->memory,
		.quick = r->s->quick,
		.stop = &r->stop,
		.progress = &r->progress,
	};
	struct tryst_monitor *monitor;
	int rc = tryst_monitor_start(&monitor, r, err);

	if (rc < 0)
		return rc;
	rc = tryst_index_verify(&job, say_finding, NULL, v, err);
	tryst_monitor_stop(monitor);
	return rc;
}

int
tryst_index_check(struct tryst_run *r, const char *root, const char *folder, size_t prefix,
                  struct tryst_error *err)
{
	struct tryst_index_verified v;
	struct tryst_index *ix;
	struct standing k;
	uint64_t unreadable;
	int rc = tryst_index_open(&ix, root, folder, r->s->beside, err);

	if (rc < 0)
		return rc;
	if (!ix)
		return tryst_error_set(err, TRYST_ERR_IO, "%s: no index", folder);
	for (size_t i = 0; i < ix->fault_count; i++)
		tryst_say("%s", ix->faults[i].error.text);
	k = stand(r, ix, prefix);
	atomic_store(&r->progress.bytes_total, k.bytes);
	rc = verify(r, ix, prefix, &v, err);
	if (rc == 0) {
		v.damaged += ix->fault_count;
		unreadable = tryst_index_say_unreadable(r);
		say_result(r, ix, &k, &v);
		rc = v.damaged || unreadable ? TRYST_EXIT_PARTIAL : TRYST_EXIT_OK;
	}
	tryst_index_close(ix);
	return rc;
}
