/* SPDX-License-Identifier: Apache-2.0 */
/* Null routes: a list or a case -> configuration and what takes it away; never applied. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/block.h"
#include "cli/check.h"
#include "cli/clash.h"
#include "cli/say.h"
#include "report/layout.h"

/* One line a refusal, then what they come to. */
static void
say_refusals(const struct tryst_block_plan *p)
{
	for (size_t i = 0; i < p->refusal_count; i++) {
		const struct tryst_block_refusal *r = &p->refusals[i];
		char prefix[TRYST_PREFIX_TEXT_MAX];

		if (!r->source) {
			tryst_say("refused: %s", r->why);
			continue;
		}
		(void)tryst_prefix_format(r->prefix, prefix);
		tryst_say("refused: %s (%s): %s%s%s", prefix, r->source, r->why,
		          r->kind ? "; --allow-special=" : "", r->kind ? r->kind : "");
	}
	if (p->refused > p->refusal_count)
		tryst_say("refused: and %" PRIu64 " more reasons", p->refused - p->refusal_count);
	tryst_say("refused for %" PRIu64 " reason%s: nothing was written", p->refused,
	          p->refused == 1 ? "" : "s");
}

static void
say_plan(const struct tryst_block *b)
{
	const struct tryst_block_plan *p = b->plan;
	bool saved = b->s->output && strcmp(b->s->output, "-") != 0 && !b->s->block.undo;

	tryst_block_say_left(p);
	if (!b->s->inputs.count)
		tryst_say("next hops%s are not known, and so not kept safe: -r FLOWS names them",
		          b->exporters_known ? "" : " and exporters");
	tryst_say("case %s: %zu prefix%s (%zu IPv4, %zu IPv6) of %zu entries for %s%s%s%s", b->tag,
	          p->count, p->count == 1 ? "" : "es", p->v4_count, p->count - p->v4_count,
	          p->added, b->emitter->title, saved ? ", undone by " : "",
	          saved ? b->s->output : "", saved ? ".undo" : "");
}

/* Both files; the undo first, so that there is never a block without one. */
static int
save(const struct tryst_block *b, const char *path, struct tryst_error *err)
{
	struct tryst_buf out = { 0 };
	char *undo = NULL;
	int rc = asprintf(&undo, "%s.undo", path) < 0 ? tryst_error_nomem(err) : 0;

	if (rc == 0) {
		tryst_emit_remove(b->emitter, b->plan, &b->emit, &out);
		rc = tryst_save(undo, &out, err);
	}
	tryst_buf_clear(&out);
	if (rc == 0) {
		tryst_emit_add(b->emitter, b->plan, &b->emit, &out);
		rc = tryst_save(path, &out, err);
	}
	tryst_buf_fini(&out);
	free(undo);
	return rc;
}

/* Neither file may be a list, a case or a log that is read. */
static int
save_check(const struct tryst_settings *s, const char *path, struct tryst_error *err)
{
	struct tryst_clash_output outputs[] = { { "--output", path }, { "--output", NULL } };
	struct tryst_inputs inputs;
	char *undo = NULL;
	int rc = tryst_inputs_expand(&inputs, s->inputs.list, s->inputs.count, err);

	if (rc < 0)
		return rc;
	if (asprintf(&undo, "%s.undo", path) < 0) {
		undo = NULL;
		rc = tryst_error_nomem(err);
	}
	outputs[1].path = undo;
	if (rc == 0)
		rc = tryst_clash_check(outputs, TRYST_ARRAY_SIZE(outputs), s, &inputs, &s->words,
		                       err);
	tryst_inputs_free(&inputs);
	free(undo);
	return rc;
}

static int
print(const struct tryst_block *b, struct tryst_error *err)
{
	struct tryst_buf out = { 0 };
	int rc;

	if (b->s->block.undo) {
		tryst_emit_remove(b->emitter, b->plan, &b->emit, &out);
	} else {
		tryst_emit_add(b->emitter, b->plan, &b->emit, &out);
		tryst_emit_remove_comment(b->emitter, b->plan, &b->emit, &out);
	}
	rc = tryst_out_buf(&out, err);
	tryst_buf_fini(&out);
	return rc;
}

static int
run_plan(struct tryst_block *b, struct tryst_error *err)
{
	const struct tryst_settings *s = b->s;
	bool file = s->output && strcmp(s->output, "-") != 0;
	int rc = file && !s->block.undo ? save_check(s, s->output, err) : 0;

	if (rc == 0)
		rc = tryst_block_plan_make(b, err);

	if (rc < 0)
		return rc;
	if (b->plan->refused) {
		say_refusals(b->plan);
		return TRYST_EXIT_REFUSED;
	}
	if (s->block.undo && b->plan->dated) {
		tryst_say("refused: %zu entries say until when they are valid: what was blocked "
		          "when it was made cannot be told now; use the FILE.undo of then",
		          b->plan->dated);
		return TRYST_EXIT_REFUSED;
	}
	if (!b->plan->count) {
		/* What would fill it is never the addresses of victims. */
		tryst_block_say_empty(b->plan, &s->words, "block");
		return TRYST_EXIT_REFUSED;
	}
	rc = file && !s->block.undo ? save(b, s->output, err) : print(b, err);
	if (rc < 0)
		return rc;
	if (!s->quiet)
		say_plan(b);
	return b->partial ? TRYST_EXIT_PARTIAL : TRYST_EXIT_OK;
}

static int
run(struct tryst_settings *s)
{
	struct tryst_block b;
	struct tryst_error err;
	int rc;

	if (s->block.check)
		return tryst_block_check(s);
	rc = tryst_block_init(&b, s, &err);
	if (rc == 0)
		rc = run_plan(&b, &err);
	if (rc < 0) {
		tryst_say("block: %s", err.text);
		rc = err.code == TRYST_ERR_USAGE ? TRYST_EXIT_USAGE : TRYST_EXIT_NOTHING;
	}
	tryst_block_fini(&b);
	return rc;
}

#define AT(member) offsetof(struct tryst_settings, member)

/* clang-format off */
static const struct tryst_option what_options[] = {
	{ 0, "own", "FILE", tryst_opt_words, AT(block.own),
	  "your own networks, a prefix a line: nothing in them is ever blocked;\n"
	  "may be repeated" },
	{ 0, "no-own-check", NULL, tryst_opt_flag, AT(block.no_own_check),
	  "go on without --own" },
	{ 0, "allowlist", "FILE", tryst_opt_words, AT(block.allowlists),
	  "what is never blocked; may be repeated" },
	{ 'r', "read", "FLOWS", tryst_opt_words, AT(inputs),
	  "flow logs: their exporters and next hops are not blocked; may be\n"
	  "repeated" },
	{ 0, "max-prefix", "V4[,V6]", tryst_opt_text, AT(block.max_prefix),
	  "the shortest prefix lengths that are not too wide (default: 24,48)" },
	{ 0, "limit", "N", tryst_opt_count, AT(block.limit),
	  "refuse more prefixes than that (default: 1000)" },
	{ 0, "allow-special", "CLASS", tryst_opt_words, AT(block.allowed),
	  "overrule one class of refusals, by the name that a refusal gives;\n"
	  "may be repeated" },
	{ 0, "min-verdict", "MIN", tryst_opt_text, AT(block.evidence),
	  "of a case only hosts with a conversation that was productive (default),\n"
	  "answered in any way, or any" },
	{ 0, "aggregate", NULL, tryst_opt_flag, AT(block.aggregate),
	  "merge neighbours, never covering what is not listed" },
	{ 0 },
};

static const struct tryst_option output_options[] = {
	{ 0, "as", "TARGET", tryst_opt_text, AT(as),
	  "ios, iosxr, nxos, junos, eos, sros, routeros, vyos, frr, frr-rtbh,\n"
	  "bird, bird-flowspec, openbgpd, exabgp, exabgp-api, gobgp, linux,\n"
	  "nftables, ipset, list" },
	{ 'o', "output", "FILE", tryst_opt_text, AT(output),
	  "write FILE, and FILE.undo that takes it away; without it the\n"
	  "standard output has both, the undo as comments; with --check\n"
	  "text (default) or json" },
	{ 0, "undo", NULL, tryst_opt_flag, AT(block.undo),
	  "print only what takes it away" },
	{ 0, "case", "NAME", tryst_opt_text, AT(block.name),
	  "the name that everything is tagged with (default: a number of the\n"
	  "prefixes, so that equal lists have equal names)" },
	{ 0, "expire", "DURATION", tryst_opt_duration, AT(block.expire_ms),
	  "how long it shall stand, such as 12h, 7d; 0s: for good (default: 1d)" },
	{ 'q', "quiet", NULL, tryst_opt_flag, AT(quiet), "say nothing but errors" },
	{ 0 },
};

static const struct tryst_option bgp_options[] = {
	{ 0, "asn", "N", tryst_opt_count, AT(block.asn), "your AS (frr-rtbh, exabgp)" },
	{ 0, "peer", "ADDRESS", tryst_opt_words, AT(block.peers),
	  "a BGP neighbour: never blocked; exabgp and exabgp-api announce to\n"
	  "the first; may be repeated" },
	{ 0, "local-address", "ADDRESS", tryst_opt_text, AT(block.local),
	  "the BGP speaker's own address (exabgp)" },
	{ 0, "next-hop", "ADDRESS", tryst_opt_words, AT(block.next_hops),
	  "that your routers discard by, one a family (default: 192.0.2.1 and\n"
	  "100::1)" },
	{ 0 },
};

static const struct tryst_option check_options[] = {
	{ 0, "check", NULL, tryst_opt_flag, AT(block.check),
	  "say whether a block works, by flows; the words are inputs, a filter,\n"
	  "and cases for who was blocked" },
	{ 'w', "watchlist", "LIST", tryst_opt_words, AT(watchlists),
	  "who was blocked (a list or a case); may be repeated" },
	{ 0, "since", "TIME", tryst_opt_text, AT(block.since),
	  "since when: 2026-11-23T09:00, -2h" },
	{ 0, "home", "NET", tryst_opt_words, AT(homes),
	  "a network you answer for (default: those of the case); may be repeated" },
	{ 0, "slack", "DURATION", tryst_opt_duration, AT(slack_ms),
	  "what clocks, exports and the routers themselves may be late by\n"
	  "(default: 60s)" },
	{ 0, "null-if", "LIST", tryst_opt_words, AT(null_ifs),
	  "output interfaces (SNMP indices) that lead nowhere, such as 0,512\n"
	  "(default: 0, of exporters that name others); may be repeated" },
	{ 0, "counts-only", NULL, tryst_opt_flag, AT(counts_only),
	  "do not look at unlisted hosts: faster with an index, but exporters\n"
	  "that fell silent are not noticed" },
	{ 't', "window", "WINDOW", tryst_opt_text, AT(window),
	  "only flows in it: FROM/TO, 2026-11-23, -2d" },
	{ 0, "tz", "ZONE", tryst_opt_text, AT(zone),
	  "zone of times that name none: UTC (default), -04:00, America/New_York" },
	{ 0, "format", "NAME", tryst_opt_text, AT(format),
	  "the format of the inputs, instead of recognising it" },
	{ 'j', "jobs", "N", tryst_opt_jobs, AT(jobs), "threads (default: one a core)" },
	{ 0, "memory", "SIZE", tryst_opt_size, AT(memory),
	  "at most so much for what is kept (default: 1/4 of the RAM)" },
	{ 0, "exit-code", NULL, tryst_opt_flag, AT(exit_code), "exit with 1 if anything leaks" },
	{ 'v', "verbose", NULL, tryst_opt_more, AT(verbose), "say more; progress" },
	{ 0 },
};

static const char *const about[] = {
	"Of a case (tryst hunt --save) those hosts are taken that there is evidence against; those\n"
	"whose packets are judged forged are victims, and left out whatever else lists them.\n",
	"Nothing is applied: what is written is for you to read and to load.  It is sorted and\n"
	"may be loaded twice.  A null route stops what goes to an address, not what comes from\n"
	"it: the file says at its top what does.  docs/block.md has every rule and target.\n",
	"It is all or nothing: one entry that a rule refuses and nothing is written.  Refused are\n"
	"the default route, wide prefixes, your own networks, exporters and next hops, BGP peers,\n"
	"special-purpose addresses, DNS root servers, public resolvers, content networks, and more\n"
	"than --limit.\n",
	"With --check: for each address its packets, conversations and replies before and since,\n"
	"and whether the block works, leaks (by which exporter and interface), or why that cannot\n"
	"be told.  Of a case those are checked that would be blocked of it: --min-verdict again.\n",
	"Exit status: 0 done; 1 a block leaks (only with --check and --exit-code); 2 wrong usage;\n"
	"3 done, but part of a list or of the flows was unreadable; 4 nothing could be read, or\n"
	"the result could not be written; 5 refused, or nothing to block: all were left out.\n",
	NULL,
};
/* clang-format on */

static const struct tryst_option_group what = { "What is blocked", what_options };
static const struct tryst_option_group output = { "Output", output_options };
static const struct tryst_option_group bgp = { "BGP", bgp_options };
static const struct tryst_option_group check = { "Did it work?", check_options };
static const struct tryst_option_group *const options[] = {
	&what, &tryst_opts_lists, &output, &bgp, &check, &tryst_opts_help, NULL
};

const struct tryst_command tryst_cmd_block = {
	.name = "block",
	.group = "Act",
	.help = "null routes for the listed, safe and with their undo",
	.usage = "  tryst block LIST|CASE.json... --as TARGET --own FILE [OPTION]...\n"
		 "  tryst block --check -w LIST --since TIME [OPTION]... FLOWS... ['FILTER']\n"
		 "  tryst block --check CASE.json --since TIME [OPTION]... FLOWS... ['FILTER']\n",
	.examples = "  tryst block suspects.txt --as ios --own networks.txt -o block.ios\n"
		    "  tryst block case.json --as frr --own networks.txt -r archive/ -o block.frr\n"
		    "  tryst block suspects.txt --as nftables --own networks.txt --expire 12h\n"
		    "  tryst block suspects.txt --as exabgp-api --own networks.txt --undo\n"
		    "  tryst block --check -w suspects.txt --since 2026-11-23T09:00 archive/\n"
		    "  tryst block --check case.json --since 2026-11-23T09:00 archive/\n",
	.about = about,
	.options = options,
	.run = run,
};
