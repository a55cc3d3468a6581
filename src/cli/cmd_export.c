/* SPDX-License-Identifier: Apache-2.0 */
/* Converts flow records: reads everything that tryst reads, writes what other programs read. */
#include <string.h>

#include "base/suggest.h"
#include "cli/clash.h"
#include "cli/export.h"
#include "cli/lines.h"
#include "cli/say.h"
#include "write/nfdump.h"

struct export
{
	struct tryst_lines lines; /* first: a stream, and the output of all formats */
	bool binary;              /* an nfdump file, else the row format of lines */
	enum nf_packing packing;
	struct tryst_nf_file *file;
};

static int
nfdump_open(struct tryst_stream *s, void **memory, struct tryst_error *err)
{
	struct tryst_nf_packer *p;
	int rc = tryst_nf_packer_new(&p, ((struct export *)s)->packing, err);

	if (rc == 0)
		*memory = p;
	return rc;
}

static void
nfdump_close(void *memory)
{
	tryst_nf_packer_free(memory);
}

static int
nfdump_rows(struct tryst_stream *s, void *memory, const struct tryst_batch *b, uint32_t count,
            struct tryst_buf *out, struct tryst_error *err)
{
	(void)s;
	return tryst_nf_packer_rows(memory, b, count, out, err);
}

static int
nfdump_part(struct tryst_stream *s, void *memory, struct tryst_buf *out, struct tryst_error *err)
{
	(void)s;
	return tryst_nf_packer_end(memory, out, err);
}

static int
nfdump_write(struct tryst_stream *s, const char *data, size_t len, uint64_t records,
             struct tryst_error *err)
{
	struct export *e = (struct export *)s;

	e->lines.written += records;
	return tryst_nf_file_add(e->file, data, len, err);
}

static const struct tryst_stream_ops nfdump_ops = {
	.open = nfdump_open,
	.close = nfdump_close,
	.rows = nfdump_rows,
	.part = nfdump_part,
	.write = nfdump_write,
};

static int
nfdump_put(void *ctx, const void *data, size_t len, struct tryst_error *err)
{
	return tryst_output_write(ctx, data, len, err);
}

static int
nfdump_go(struct export *e, struct tryst_run *r, struct tryst_error *err)
{
	struct tryst_output *o = &e->lines.output;
	uint8_t header[NF_V2_HEADER] = { 0 };
	int rc;

	e->lines.stream.ops = &nfdump_ops;
	e->lines.stream.limit = UINT64_MAX;
	rc = tryst_nf_file_new(&e->file, e->packing, nfdump_put, o, err);
	if (rc == 0)
		rc = tryst_output_write(o, header, sizeof(header), err);
	if (rc == 0)
		rc = tryst_stream_go(&e->lines.stream, r, tryst_nf_written, err);
	if (rc == 0)
		rc = tryst_nf_file_end(e->file, r->now_ms, header, err);
	return rc < 0 ? rc : tryst_output_begin(o, header, sizeof(header), err);
}

/* The compression behind nfdump:, LZ4 without one. */
static int
nfdump_packing(const char *name, enum nf_packing *out, struct tryst_error *err)
{
	static const struct {
		const char *name;
		enum nf_packing packing;
	} packings[] = { { "lz4", NF_LZ4 }, { "zstd", NF_ZSTD }, { "none", NF_PLAIN } };
	struct tryst_suggest near;

	*out = packings[0].packing;
	if (!*name)
		return 0;
	tryst_suggest_init(&near, name + 1, strlen(name + 1));
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(packings); i++) {
		*out = packings[i].packing;
		if (strcmp(name + 1, packings[i].name) == 0)
			return 0;
		tryst_suggest_try(&near, packings[i].name);
	}
	return tryst_suggest_error(&near, "compression", err);
}

/* The format; before the run is resolved, so that a wrong one is said at once. */
static int
export_format(struct export *e, const char *wanted, struct tryst_error *err)
{
	static const char *const names[] = { "nfdump", "csv", "json", "zeek", "ecs", NULL };
	const char *as = wanted ? wanted : "";
	size_t len = strcspn(as, ":"), i = 0;
	struct tryst_suggest near;
	int rc;

	if (!wanted)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "no format: tryst export --as FORMAT INPUT...");
	tryst_suggest_init(&near, as, len);
	for (; names[i] && (strlen(names[i]) != len || memcmp(names[i], as, len) != 0); i++)
		tryst_suggest_try(&near, names[i]);
	e->binary = i == 0;
	rc = !names[i]   ? tryst_suggest_error(&near, "format", err)
	     : e->binary ? nfdump_packing(as + len, &e->packing, err)
	                 : tryst_rows_open(&e->lines.rows, as, err);
	if (rc < 0)
		tryst_error_prefix(err, "--as");
	return rc;
}

static int
export_go(struct export *e, struct tryst_run *r, const char *path, struct tryst_error *err)
{
	struct tryst_lines *l = &e->lines;
	int rc = tryst_output_open(&l->output, path, e->binary, err);

	r->streams = l->output.path == NULL && !e->binary;
	if (rc == 0)
		rc = e->binary ? nfdump_go(e, r, err)
		               : tryst_lines_go(l, r, TRYST_COUNT_UNSET, err);
	/* Where nothing could be read, what was at the name stays. */
	if (rc == 0 && !tryst_run_nothing(r))
		rc = tryst_output_commit(&l->output, err);
	return rc;
}

int
tryst_export_to(struct tryst_run *r, const char *as, const char *path, uint64_t *written,
                struct tryst_error *err)
{
	struct export e = { .lines.output = { .fd = -1, .last = -1 } };
	int rc = export_format(&e, as, err);

	if (rc == 0)
		rc = export_go(&e, r, path, err);
	*written = e.lines.written;
	tryst_nf_file_free(e.file);
	tryst_lines_fini(&e.lines);
	return rc;
}

static int
run(struct tryst_settings *s)
{
	struct export e = { .lines.output = { .fd = -1, .last = -1 } };
	struct tryst_run r = { 0 };
	struct tryst_error err;
	int rc = export_format(&e, s->as, &err);

	if (rc == 0)
		rc = tryst_run_init(&r, s, s->words.list, s->words.count, &err);
	if (rc == 0)
		rc = tryst_clash_check(&(struct tryst_clash_output){ "--output", s->output }, 1, s,
		                       &r.inputs, NULL, &err);
	if (rc == 0 && s->explain) {
		rc = tryst_run_explain(&r);
		goto out;
	}
	if (rc == 0)
		rc = export_go(&e, &r, s->output, &err);
	rc = rc < 0 ? tryst_run_failed(&r, &err) : tryst_run_summary(&r, e.lines.written > 0);
out:
	tryst_nf_file_free(e.file);
	tryst_lines_fini(&e.lines);
	tryst_run_fini(&r);
	return rc;
}

/* clang-format off */
static const struct tryst_option output_options[] = {
	{ 0, "as", "FORMAT", tryst_opt_text, offsetof(struct tryst_settings, as),
	  "nfdump, a file that nfdump 1.7 reads, LZ4 compressed;\n"
	  "nfdump:none, and nfdump:zstd for nfdump 1.7.3 and later;\n"
	  "csv, all fields, or csv:FIELD,...;\n"
	  "json, JSON Lines, or json:FIELD,...;\n"
	  "zeek, a conn.log; ecs, lines of the Elastic Common Schema" },
	{ 'o', "output", "FILE", tryst_opt_text, offsetof(struct tryst_settings, output),
	  "the file to write, whole or not at all; the standard\n"
	  "output without it" },
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
	"Records come in the order of the inputs, sorted by path, and of the records in them,\n"
	"all into one file, whatever the number of threads.  Ended early by Ctrl-C, the file\n"
	"has the records up to there and is a whole one.\n",
	tryst_about_inputs,
	tryst_about_exit,
	NULL,
};

const struct tryst_command tryst_cmd_export = {
	.name = "export",
	.group = "Archive",
	.help = "write flow records as files that other programs read",
	.usage = "  tryst export --as FORMAT [-o FILE] [OPTION]... INPUT... ['FILTER']\n",
	.examples =
		"  tryst export --as nfdump -o meeting.nfcapd archive/ 'host 192.0.2.27'\n"
		"  tryst export --as nfdump -o flows.nfcapd flows.csv\n"
		"  tryst export --as csv:start,src,dst,bytes -t 2003-08-22 archive/ > day.csv\n",
	.about = about,
	.options = options,
	.run = run,
};
