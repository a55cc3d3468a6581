/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a network that does not exist as flow records, with a watchlist and the truth about it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/clash.h"
#include "cli/export.h"
#include "cli/fit.h"
#include "cli/like.h"
#include "cli/output.h"
#include "cli/put.h"
#include "cli/say.h"
#include "cli/term.h"
#include "report/layout.h"
#include "simulate/simulate.h"

#define KNOB_COLUMNS 26
#define TRUTH_BYTES (1u << 20) /* written at once */

enum { FILE_FLOWS, FILE_LIST, FILE_HOME, FILE_TRUTH, FILE_RECORDS, FILES };

struct simulate {
	const struct tryst_settings *s;
	const char *scenario;
	struct tryst_like like; /* before the simulation, which looks at it */
	int like_exit;
	struct tryst_sim *sim;
	struct tryst_run run;
	struct tryst_input input, *inputs[1];
	char *paths[FILES];
	uint64_t written;
};

/* ": no | yes" */
static void
kinds_put(struct tryst_buf *out, const char *kinds)
{
	tryst_buf_str(out, ": ");
	for (size_t len; *kinds; kinds += len) {
		len = TRYST_MAX(strcspn(kinds, "|"), (size_t)1);
		tryst_buf_add(out, *kinds == '|' ? " | " : kinds, *kinds == '|' ? 3 : len);
	}
}

/* The knobs as the help and the documentation show them. */
static int
knobs_print(const char *scenario)
{
	struct tryst_sim_params p;
	struct tryst_buf out = { 0 }, set = { 0 }, help = { 0 };
	unsigned width = tryst_term_width();
	struct tryst_error err;
	int rc = tryst_sim_params_init(&p, scenario ? scenario : "N0", &err);

	for (size_t i = 0; i < tryst_sim_knob_count && rc == 0; i++) {
		const struct tryst_sim_knob *k = &tryst_sim_knobs[i];
		tryst_buf_printf(&set, "%s=", k->name);
		tryst_sim_knob_format(k, *tryst_sim_knob_at(&p, k), &set);
		tryst_buf_printf(&help, "%s", k->help);
		if (strchr(k->kind, '|'))
			kinds_put(&help, k->kind);
		else
			tryst_buf_printf(&help, " (%s%s%.15g to %.15g)", k->unit,
			                 *k->unit ? ", " : "", k->min, k->max);
		out.failed |= set.failed || help.failed;
		if (!out.failed)
			tryst_fit_beside(&out, set.data, KNOB_COLUMNS, help.data, width);
		tryst_buf_clear(&set);
		tryst_buf_clear(&help);
	}
	if (rc == 0)
		rc = tryst_out_buf(&out, &err);
	if (rc < 0)
		tryst_say("simulate: %s", err.text);
	tryst_buf_fini(&out);
	tryst_buf_fini(&set);
	tryst_buf_fini(&help);
	return rc == 0                 ? TRYST_EXIT_OK
	       : rc == TRYST_ERR_USAGE ? TRYST_EXIT_USAGE
	                               : TRYST_EXIT_NOTHING;
}

static int
scenarios_print(void)
{
	struct tryst_buf out = { 0 };
	struct tryst_error err;
	int rc;

	for (const struct tryst_sim_scenario *s = tryst_sim_scenarios; s->name; s++)
		tryst_buf_printf(&out, "%-10s %s\n%-10s   %s\n", s->name, s->help, "", s->settings);
	rc = tryst_out_buf(&out, &err);
	if (rc < 0)
		tryst_say("simulate: %s", err.text);
	tryst_buf_fini(&out);
	return rc < 0 ? TRYST_EXIT_NOTHING : TRYST_EXIT_OK;
}

/* The folder and the names in it, none of which may be there. */
static int
paths_init(struct simulate *m, const char *as, struct tryst_error *err)
{
	const char *const names[FILES] = { strncmp(as, "nfdump", 6) == 0 ? "flows.nfcapd"
		                                                         : "flows.csv",
		                           "watchlist.txt", "home.txt", "truth.json", "truth.csv" };
	struct tryst_clash_output outputs[FILES];
	const char *folder = m->s->output;

	if (mkdir(folder, 0777) < 0 && errno != EEXIST)
		return tryst_error_errno(err, "%s", folder);
	for (unsigned i = 0; i < FILES; i++) {
		if (asprintf(&m->paths[i], "%s/%s", folder, names[i]) < 0) {
			m->paths[i] = NULL;
			return tryst_error_nomem(err);
		}
		if (!m->s->force && access(m->paths[i], F_OK) == 0)
			return tryst_error_set(err, TRYST_ERR_USAGE,
			                       "%s is there already; --force replaces it",
			                       m->paths[i]);
		outputs[i] = (struct tryst_clash_output){ "--output", m->paths[i] };
	}
	return tryst_clash_check(outputs, FILES, m->s, &m->like.run.inputs, NULL, err);
}

/* A log that could be read in part is one all the same; the exit code says so. */
static int
like_init(struct simulate *m, struct tryst_error *err)
{
	int rc = tryst_like_read(&m->like, m->s, err);

	if (rc < 0)
		return rc;
	m->like_exit = tryst_run_summary(&m->like.run, false);
	if (m->like_exit == TRYST_EXIT_NOTHING)
		return tryst_error_set(err, TRYST_ERR_FORMAT, "--like: nothing could be read");
	if (m->like.run.signal)
		return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
	return 0;
}

static int
simulate_init(struct simulate *m, const char *as, struct tryst_error *err)
{
	const struct tryst_settings *s = m->s;
	struct tryst_sim_params p;
	int rc;

	if (s->words.count != 1)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "expected one scenario; 'tryst simulate --list' lists them");
	if (!s->output)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "no folder: tryst simulate SCENARIO -o DIR");
	if (strncmp(as, "nfdump", 6) != 0 && strcmp(as, "csv") != 0)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "--as: '%s' is none of csv, nfdump, nfdump:zstd, "
		                       "nfdump:none",
		                       as);
	m->scenario = s->words.list[0];
	rc = tryst_sim_params_init(&p, m->scenario, err);
	for (size_t i = 0; i < s->sets.count && rc == 0; i++) {
		rc = tryst_sim_params_set(&p, s->sets.list[i], err);
		if (rc < 0)
			tryst_error_prefix(err, "--set");
	}
	if (rc == 0 && s->likes.count)
		rc = like_init(m, err);
	if (rc == 0)
		rc = tryst_sim_new_like(&m->sim, &p, s->seed, m->like.trace, err);
	return rc == 0 ? paths_init(m, as, err) : rc;
}

static int
flows_write(struct simulate *m, const char *as, struct tryst_error *err)
{
	struct tryst_run *r = &m->run;
	int rc = tryst_input_init(&m->input, m->scenario, 0, err);

	if (rc < 0)
		return rc;
	m->inputs[0] = &m->input;
	r->s = m->s;
	r->from_ms = TRYST_TIME_MIN;
	r->to_ms = TRYST_TIME_MAX;
	r->inputs = (struct tryst_inputs){ .list = m->inputs, .count = 1 };
	r->open = tryst_sim_open;
	r->open_ctx = m->sim;
	/* The time when an nfdump file was made is in it: take it from the scenario. */
	r->now_ms = (int64_t)tryst_sim_parameters(m->sim)->start * 1000;
	return tryst_export_to(r, as, m->paths[FILE_FLOWS], &m->written, err);
}

/* One line of truth a record, in the order of the records. */
struct records {
	struct tryst_output out;
	struct tryst_buf text;
	uint64_t count;
};

static int
records_flush(struct records *t, struct tryst_error *err)
{
	int rc;

	if (t->text.failed)
		return tryst_error_nomem(err);
	rc = tryst_output_write(&t->out, t->text.data, t->text.len, err);
	tryst_buf_clear(&t->text);
	return rc;
}

static int
records_take(void *ctx, const struct tryst_sim_record *records, size_t count,
             struct tryst_error *err)
{
	struct records *t = ctx;
	char ip[TRYST_IP_TEXT_MAX];
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		const struct tryst_sim_record *r = &records[i];

		tryst_buf_u64(&t->text, ++t->count);
		tryst_buf_char(&t->text, ',');
		tryst_buf_u64(&t->text, r->conversation);
		tryst_buf_char(&t->text, ',');
		tryst_buf_add(&t->text, ip, tryst_ip_format(tryst_ip_v4(r->true_src), ip));
		tryst_buf_char(&t->text, ',');
		tryst_buf_str(&t->text, tryst_sim_roles[r->role]);
		tryst_buf_str(&t->text, r->delivered ? ",1" : ",0");
		tryst_buf_str(&t->text, r->planted ? ",1\n" : ",0\n");
		if (t->text.len >= TRUTH_BYTES)
			rc = records_flush(t, err);
	}
	return rc;
}

static int
records_write(struct simulate *m, struct tryst_error *err)
{
	struct records t = { .out = { .fd = -1, .last = -1 } };
	size_t parts = tryst_sim_parts(m->sim);
	int rc = tryst_output_open(&t.out, m->paths[FILE_RECORDS], false, err);

	tryst_buf_str(&t.text, "record,conversation,true_src,role,delivered,planted\n");
	for (size_t part = 0; part < parts && rc == 0; part++)
		rc = tryst_sim_part_records(m->sim, part, records_take, &t, err);
	if (rc == 0)
		rc = records_flush(&t, err);
	if (rc == 0)
		rc = tryst_output_commit(&t.out, err);
	tryst_output_close(&t.out);
	tryst_buf_fini(&t.text);
	return rc;
}

static int
texts_write(struct simulate *m, struct tryst_error *err)
{
	struct tryst_buf text = { 0 };
	char home[TRYST_PREFIX_TEXT_MAX];
	int rc;

	tryst_sim_list_text(&tryst_sim_truth(m->sim)->listed, &text);
	rc = tryst_save(m->paths[FILE_LIST], &text, err);
	tryst_buf_clear(&text);
	(void)tryst_prefix_format(tryst_sim_home(m->sim), home);
	tryst_buf_printf(&text, "%s\n", home);
	if (rc == 0)
		rc = tryst_save(m->paths[FILE_HOME], &text, err);
	tryst_buf_clear(&text);
	tryst_sim_truth_json(m->sim, m->scenario, &text);
	if (rc == 0)
		rc = tryst_save(m->paths[FILE_TRUTH], &text, err);
	tryst_buf_fini(&text);
	return rc;
}

static void
say_done(const struct simulate *m)
{
	const struct tryst_sim_truth *t = tryst_sim_truth(m->sim);
	struct tryst_buf b = { 0 };
	char time[PUT_MAX];

	*tryst_put_seconds(time, (uint64_t)m->run.elapsed_ms) = '\0';
	tryst_buf_printf(&b, "%s, seed %" PRIu64 ": ", m->scenario, m->s->seed);
	tryst_layout_count(&b, m->written, "record");
	tryst_buf_printf(&b, " in %s s; %zu listed hosts, %zu of them take part at ", time,
	                 t->listed.count, t->met.count);
	tryst_layout_count(&b, t->endpoint_count, "planted endpoint");
	tryst_say("%s", b.failed ? "out of memory" : b.data);
	tryst_buf_fini(&b);
}

static int
run(struct tryst_settings *s)
{
	struct simulate m = { .s = s };
	const char *as = s->as ? s->as : "csv";
	struct tryst_error err;
	int rc;

	if (s->list)
		return scenarios_print();
	if (s->knobs)
		return knobs_print(s->words.count ? s->words.list[0] : NULL);
	rc = simulate_init(&m, as, &err);
	if (rc == 0)
		rc = flows_write(&m, as, &err);
	/* A run that a signal ended wrote a beginning: the truth would be about more. */
	if (rc == 0 && !m.run.signal)
		rc = records_write(&m, &err);
	if (rc == 0 && !m.run.signal)
		rc = texts_write(&m, &err);
	if (rc < 0) {
		tryst_say("simulate: %s", err.text);
		rc = m.like.run.signal             ? 128 + m.like.run.signal
		     : err.code == TRYST_ERR_USAGE ? TRYST_EXIT_USAGE
		                                   : TRYST_EXIT_NOTHING;
	} else if (m.run.signal) {
		rc = 128 + m.run.signal;
	} else {
		if (!s->quiet)
			say_done(&m);
		rc = m.like_exit;
	}
	for (unsigned i = 0; i < FILES; i++)
		free(m.paths[i]);
	tryst_input_fini(&m.input);
	tryst_sim_free(m.sim);
	tryst_like_fini(&m.like);
	return rc;
}

/* clang-format off */
static const struct tryst_option scenario_options[] = {
	{ 0, "seed", "N", tryst_opt_count, offsetof(struct tryst_settings, seed),
	  "the same seed, the same bytes (default: 0)" },
	{ 0, "set", "KNOB=VALUE", tryst_opt_words, offsetof(struct tryst_settings, sets),
	  "turn a knob; may be repeated" },
	{ 0, "like", "PATH", tryst_opt_words, offsetof(struct tryst_settings, likes),
	  "take the background from a flow log: its records and degrees,\n"
	  "but who met whom is drawn anew; may be repeated" },
	{ 0, "home", "NET", tryst_opt_words, offsetof(struct tryst_settings, homes),
	  "the local side of that log; may be repeated" },
	{ 0, "list", NULL, tryst_opt_flag, offsetof(struct tryst_settings, list),
	  "the scenarios, and the knobs that each turns" },
	{ 0, "knobs", NULL, tryst_opt_flag, offsetof(struct tryst_settings, knobs),
	  "every knob with its value in the scenario and its range" },
	{ 0 },
};

static const struct tryst_option output_options[] = {
	{ 'o', "output", "DIR", tryst_opt_text, offsetof(struct tryst_settings, output),
	  "the folder to write to; it is made if it is not there" },
	{ 0, "as", "FORMAT", tryst_opt_text, offsetof(struct tryst_settings, as),
	  "of the records: csv (default), nfdump, nfdump:zstd, nfdump:none" },
	{ 0, "force", NULL, tryst_opt_flag, offsetof(struct tryst_settings, force),
	  "replace files that are there" },
	{ 'j', "jobs", "N", tryst_opt_jobs, offsetof(struct tryst_settings, jobs),
	  "threads (default: one a core)" },
	{ 0, "memory", "SIZE", tryst_opt_size, offsetof(struct tryst_settings, memory),
	  "at most so much for the log and what waits to be written\n"
	  "(default: 1/4 of the RAM)" },
	{ 'q', "quiet", NULL, tryst_opt_flag, offsetof(struct tryst_settings, quiet),
	  "say nothing but errors" },
	{ 0 },
};

static const char *const about[] = {
	"Writes flows.csv or flows.nfcapd, watchlist.txt, home.txt, truth.json (what is planted\n"
	"where, and all knobs) and truth.csv (of each record, in the same order: the conversation,\n"
	"who really sent it, its role, whether it was delivered, whether it is planted).\n",
	"No such network exists: its addresses are random, and mean nobody who has them.\n",
	"Exit status: 0 done; 2 wrong usage, or files are there already; 3 done, but part\n"
	"of the log could not be read; 4 nothing could be read or written; 130, 143 ended by a\n"
	"signal.\n",
	NULL,
};
/* clang-format on */

static const struct tryst_option_group scenario_group = { "Scenario", scenario_options };
static const struct tryst_option_group output_group = { "Output", output_options };
static const struct tryst_option_group *const options[] = { &scenario_group, &output_group,
	                                                    &tryst_opts_help, NULL };

const struct tryst_command tryst_cmd_simulate = {
	.name = "simulate",
	.group = "Prepare",
	.help = "make flow records of a network that does not exist, with the truth about it",
	.usage = "  tryst simulate SCENARIO -o DIR [OPTION]...\n"
		 "  tryst simulate --list\n"
		 "  tryst simulate --knobs [SCENARIO]\n",
	.examples = "  tryst simulate S1 --seed 7 -o meeting\n"
		    "  tryst hunt -w meeting/watchlist.txt --home 198.18.0.0/16 "
		    "meeting/flows.csv\n"
		    "  tryst simulate S2 --set met=5 --set sampling=100 --as nfdump -o forged\n",
	.about = about,
	.options = options,
	.run = run,
};
