/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a store of flow records, or adds them to one: reads everything that tryst reads. */
#include <inttypes.h>

#include "cli/into_store.h"
#include "cli/put.h"
#include "cli/say.h"
#include "cli/store_known.h"
#include "report/layout.h"

struct import {
	struct tryst_directory *directory;
	struct tryst_store_writer *writer;
	struct tryst_store_written written;
};

static int
import_go(struct import *m, struct tryst_run *r, const char *path, struct tryst_error *err)
{
	size_t mended;
	int rc = tryst_store_check_inputs(path, r->inputs.list, r->inputs.count, err);

	if (rc == 0)
		rc = tryst_directory_open(&m->directory, path, true, &mended, err);
	if (rc == 0 && mended && !r->s->quiet)
		tryst_say("%s: finished or removed %zu files of a run that was cut short", path,
		          mended);
	if (rc == 0)
		rc = tryst_store_writer_new(&m->writer, m->directory, r->inputs.list,
		                            r->inputs.count, tryst_store_rows_max(r->s->memory),
		                            err);
	if (rc == 0)
		rc = tryst_into_store(r, m->writer, err);
	/* Half of what was asked for is nothing: after a signal the store is as it was. */
	if (rc < 0 || r->signal || tryst_run_nothing(r))
		return rc;
	rc = tryst_store_say_known(path, r->inputs.list, r->inputs.count,
	                           !r->filter && r->from_ms == TRYST_TIME_MIN &&
	                                   r->to_ms == TRYST_TIME_MAX && !r->watchlist,
	                           err);
	if (rc == 0)
		rc = tryst_store_writer_end(m->writer, err);
	if (rc == 0)
		rc = tryst_directory_commit(m->directory, err);
	if (rc == 0)
		m->written = tryst_store_writer_sum(m->writer);
	return rc;
}

static void
say_written(const struct import *m, const struct tryst_run *r, const char *path)
{
	struct tryst_buf b = { 0 };
	char size[PUT_MAX];

	if (r->s->quiet)
		return;
	*tryst_put_bytes(size, (double)m->written.bytes) = '\0';
	tryst_layout_count(&b, m->written.rows, "flow");
	tryst_buf_str(&b, " in ");
	tryst_layout_count(&b, m->written.segments, "segment");
	tryst_buf_printf(&b, ", %s", size);
	if (m->written.rows)
		tryst_buf_printf(&b, ", %.1f bytes a flow",
		                 (double)m->written.bytes / (double)m->written.rows);
	tryst_say("%s: %s%s", path, r->signal ? "nothing added: " : "added ",
	          r->signal  ? "stopped early"
	          : b.failed ? ""
	                     : b.data);
	tryst_buf_fini(&b);
}

static int
run(struct tryst_settings *s)
{
	struct import m = { 0 };
	struct tryst_run r = { 0 };
	struct tryst_error err;
	int rc = s->output ? 0
	                   : tryst_error_set(&err, TRYST_ERR_USAGE,
	                                     "no store: tryst import -o STORE INPUT...");

	if (rc == 0)
		rc = tryst_run_init(&r, s, s->words.list, s->words.count, &err);
	if (rc == 0 && s->explain) {
		rc = tryst_run_explain(&r);
		goto out;
	}
	if (rc == 0)
		rc = import_go(&m, &r, s->output, &err);
	if (rc == 0)
		say_written(&m, &r, s->output);
	rc = rc < 0 ? tryst_run_failed(&r, &err) : tryst_run_summary(&r, m.written.rows > 0);
out:
	tryst_store_writer_free(m.writer);
	tryst_directory_close(m.directory);
	tryst_run_fini(&r);
	return rc;
}

/* clang-format off */
static const struct tryst_option output_options[] = {
	{ 'o', "output", "STORE", tryst_opt_text, offsetof(struct tryst_settings, output),
	  "the directory of the store; made if it is not there" },
	{ 0 },
};
/* clang-format on */

static const struct tryst_option_group output = { "Output", output_options };

static const struct tryst_option_group *const options[] = {
	&output,
	&tryst_opts_input,
	&tryst_opts_select,
	&tryst_opts_lists,
	&tryst_opts_run,
	&tryst_opts_general,
	NULL,
};

static const char *const about[] = {
	"A store is a directory of segments, which every command reads as it reads any input: it\n"
	"takes half the room of compressed nfdump files, and a hunt reads only what it needs of\n"
	"it.  What is imported appears all at once, at the end; stopped early, nothing does.\n"
	"What was imported before is named, and then counts twice.\n",
	tryst_about_inputs,
	tryst_about_exit,
	NULL,
};

const struct tryst_command tryst_cmd_import = {
	.name = "import",
	.group = "Archive",
	.help = "make a store of flow records, fast to search, or add to one",
	.usage = "  tryst import -o STORE [OPTION]... INPUT... ['FILTER']\n",
	.examples = "  tryst import -o /var/lib/tryst/flows /var/cache/nfdump/2003/08\n"
		    "  tryst hunt -w suspects.txt /var/lib/tryst/flows\n",
	.about = about,
	.options = options,
	.run = run,
};
