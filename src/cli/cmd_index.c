/* SPDX-License-Identifier: Apache-2.0 */
/* Makes an archive of nfdump files fast to hunt in, without changing it. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/archive.h"
#include "cli/index_check.h"
#include "cli/monitor.h"
#include "cli/put.h"
#include "cli/say.h"
#include "report/layout.h"
#include "store/index_update.h"

struct indexing {
	struct tryst_run run; /* its inputs, progress and signals */
	const struct tryst_settings *s;
	char root[PATH_MAX];
	char *folder;
	char *cache;   /* where the folder lies in, or NULL */
	size_t prefix; /* of the inputs' paths */
};

static int
find_root(struct indexing *x, struct tryst_error *err)
{
	const struct tryst_settings *s = x->s;
	const char *word = s->words.count == 1 ? s->words.list[0] : NULL;
	struct stat st;
	char *cache;

	if (!word)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "expected one directory, an archive of nfdump files");
	if (s->quick && !s->check)
		return tryst_error_set(err, TRYST_ERR_USAGE, "--quick is for --check");
	if (s->check && s->drop)
		return tryst_error_set(err, TRYST_ERR_USAGE, "--check or --drop, not both");
	if (stat(word, &st) != 0 || !realpath(word, x->root))
		return tryst_error_errno(err, "%s", word);
	if (!S_ISDIR(st.st_mode))
		return tryst_error_set(err, TRYST_ERR_USAGE, "%s: is no directory", word);
	x->prefix = strlen(word);
	while (x->prefix > 1 && word[x->prefix - 1] == '/')
		x->prefix--;
	x->prefix += word[x->prefix - 1] != '/';
	cache = tryst_cache_folder();
	if (!cache && !s->beside)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "no folder for the cache: neither XDG_CACHE_HOME nor HOME "
		                       "is set; --beside needs none");
	x->folder = tryst_index_folder(x->root, s->beside, cache);
	/* Without our own part of it. */
	if (cache)
		*strrchr(cache, '/') = '\0';
	x->cache = cache;
	return x->folder ? 0 : tryst_error_nomem(err);
}

static void
add_bytes(struct tryst_buf *b, uint64_t bytes)
{
	char text[PUT_MAX];

	*tryst_put_bytes(text, (double)bytes) = '\0';
	tryst_buf_str(b, text);
}

static void
say_result(const struct indexing *x, const struct tryst_index_result *r)
{
	struct tryst_buf b = { 0 };

	if (x->s->quiet)
		return;
	tryst_buf_str(&b, "indexed ");
	tryst_layout_count(&b, r->files, "file");
	tryst_buf_str(&b, ", ");
	tryst_layout_count(&b, r->flows, "flow");
	tryst_buf_str(&b, ", ");
	add_bytes(&b, r->bytes);
	tryst_buf_printf(&b, ", %.3f s; ", (double)x->run.elapsed_ms / 1000.0);
	tryst_layout_count(&b, r->current, "file");
	tryst_buf_str(&b, " as before, ");
	tryst_buf_u64(&b, r->gone);
	tryst_buf_str(&b, " changed or gone");
	if (r->not_flows) {
		tryst_buf_str(&b, ", ");
		tryst_buf_u64(&b, r->not_flows);
		tryst_buf_str(&b, " no nfdump files");
	}
	if (r->index_bytes) {
		tryst_buf_str(&b, "\nthe index: ");
		add_bytes(&b, r->index_bytes);
		tryst_buf_str(&b, " in ");
		tryst_buf_safe(&b, x->folder, strlen(x->folder));
	}
	if (!b.failed)
		tryst_say("%s", b.data);
	tryst_buf_fini(&b);
}

static int
say_nothing(const struct indexing *x)
{
	char others[64] = "";
	size_t n = 0;

	/* An empty directory is an input with an error. */
	for (size_t i = 0; i < x->run.inputs.count; i++)
		n += !x->run.inputs.list[i]->error.code;
	if (n)
		(void)snprintf(others, sizeof(others), ", %zu of other kinds", n);
	tryst_say("%s: no nfdump files in it%s", x->s->words.list[0], others);
	return TRYST_EXIT_NOTHING;
}

static int
update(struct indexing *x, struct tryst_error *err)
{
	struct tryst_run *r = &x->run;
	struct tryst_index_result result;
	struct tryst_index_job job = {
		.root = x->root,
		.folder = x->folder,
		.cache = x->s->beside ? NULL : x->cache,
		.beside = x->s->beside,
		.inputs = r->inputs.list,
		.count = r->inputs.count,
		.prefix = x->prefix,
		.jobs = x->s->jobs,
		.memory = x->s->memory,
		.stop = &r->stop,
		.progress = &r->progress,
	};
	int64_t started_ms = tryst_run_clock_ms();
	struct tryst_monitor *monitor;
	int rc = tryst_monitor_start(&monitor, r, err);

	if (rc < 0)
		return rc;
	rc = tryst_index_update(&job, &result, err);
	tryst_monitor_stop(monitor);
	r->elapsed_ms = tryst_run_clock_ms() - started_ms;
	if (rc == 0)
		(void)tryst_index_say_unreadable(&x->run);
	if (rc == 0 && !result.files && !result.current && !result.refused)
		return say_nothing(x);
	if (rc == 0)
		say_result(x, &result);
	if (rc == 0 && (result.refused || result.damaged))
		return result.files || result.current ? TRYST_EXIT_PARTIAL : TRYST_EXIT_NOTHING;
	return rc;
}

static int
drop(const struct indexing *x, struct tryst_error *err)
{
	uint64_t shards;
	int rc = tryst_index_drop(x->folder, &shards, err);

	if (rc == 0 && !x->s->quiet)
		tryst_say("%s: %" PRIu64 " shard%s removed", x->folder, shards,
		          shards == 1 ? "" : "s");
	return rc;
}

static int
run(struct tryst_settings *s)
{
	struct indexing x = { .run = { .s = s }, .s = s };
	struct tryst_error err;
	int rc = find_root(&x, &err);

	if (rc == 0 && s->drop) {
		rc = drop(&x, &err);
	} else if (rc == 0) {
		rc = tryst_inputs_expand(&x.run.inputs, s->words.list, s->words.count, &err);
		if (rc == 0)
			rc = s->check ? tryst_index_check(&x.run, x.root, x.folder, x.prefix, &err)
			              : update(&x, &err);
	}
	if (rc < 0)
		rc = tryst_run_failed(&x.run, &err);
	tryst_inputs_free(&x.run.inputs);
	free(x.folder);
	free(x.cache);
	return rc;
}

/* clang-format off */
static const struct tryst_option index_options[] = {
	{ 0, "beside", NULL, tryst_opt_flag, offsetof(struct tryst_settings, beside),
	  "keep the index in DIR/.tryst, for everyone who reads the archive,\n"
	  "instead of in your cache" },
	{ 0, "check", NULL, tryst_opt_flag, offsetof(struct tryst_settings, check),
	  "verify the index, read the archive again and compare what it would\n"
	  "make, and change nothing" },
	{ 0, "quick", NULL, tryst_opt_flag, offsetof(struct tryst_settings, quick),
	  "with --check: verify the checksums only, without the archive" },
	{ 0, "drop", NULL, tryst_opt_flag, offsetof(struct tryst_settings, drop),
	  "remove the index" },
	{ 'j', "jobs", "N", tryst_opt_jobs, offsetof(struct tryst_settings, jobs),
	  "threads (default: one a core)" },
	{ 0, "memory", "SIZE", tryst_opt_size, offsetof(struct tryst_settings, memory),
	  "at most so much for what is kept (default: 1/4 of the RAM)" },
	{ 'q', "quiet", NULL, tryst_opt_flag, offsetof(struct tryst_settings, quiet),
	  "say nothing but errors" },
	{ 'v', "verbose", NULL, tryst_opt_more, offsetof(struct tryst_settings, verbose),
	  "show progress also where no terminal is" },
	{ 0 },
};
/* clang-format on */

static const struct tryst_option_group index_group = { "The index", index_options };

static const struct tryst_option_group *const options[] = {
	&index_group,
	&tryst_opts_general,
	NULL,
};

static const char *const about[] = {
	"The archive stays as it is.  Run it again, by cron say, when files have come: only those\n"
	"are read.  Every command finds the index by itself; a file that is not in it, or changed\n"
	"since, is read in full.  --explain shows what is read, --no-index reads everything.\n",
	"Exit status: 0 done; 2 wrong usage; 3 done, but some files are damaged or could not be\n"
	"indexed, or with --check damage was found; 4 nothing could be indexed, or there is no\n"
	"index; 75 another run is at it.\n",
	NULL,
};

const struct tryst_command tryst_cmd_index = {
	.name = "index",
	.group = "Archive",
	.help = "make an archive of nfdump files fast to search, as it is",
	.usage = "  tryst index [--beside] [--check [--quick]|--drop] [OPTION]... DIR\n",
	.examples = "  tryst index /var/cache/nfdump\n"
		    "  tryst hunt -w suspects.txt /var/cache/nfdump\n"
		    "  tryst index --check /var/cache/nfdump\n",
	.about = about,
	.options = options,
	.run = run,
};
