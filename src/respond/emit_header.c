/* SPDX-License-Identifier: Apache-2.0 */
/* The comments that every file begins with, and the files themselves. */
#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "respond/emit.h"

#define INPUT_MAX 300 /* a path, and a hash behind it */
#define LEFT_MAX 20   /* named in a header; more are counted */

static void
line_begin(const struct tryst_emit *e)
{
	tryst_buf_char(e->out, e->emitter->comment);
	tryst_buf_char(e->out, ' ');
}

/* Lines of a form, each as a comment, indented. */
static void
put_lines(const struct tryst_emit *e, const char *form, const char *indent)
{
	struct tryst_buf lines = { 0 };
	struct tryst_emit to = *e;
	char *line, *rest;

	to.out = &lines;
	tryst_emit_form(&to, NULL, false, form);
	for (line = rest = lines.data; line && *line; line = rest) {
		size_t len = strcspn(line, "\n");

		rest = line[len] ? line + len + 1 : line + len;
		line_begin(e);
		tryst_buf_str(e->out, indent);
		tryst_buf_add(e->out, line, len);
		tryst_buf_char(e->out, '\n');
	}
	e->out->failed |= lines.failed;
	tryst_buf_fini(&lines);
}

/* "1 prefix", "2 prefixes". */
static void
put_prefixes(struct tryst_buf *out, size_t count)
{
	tryst_buf_printf(out, "%zu prefix%s", count, count == 1 ? "" : "es");
}

static void
put_made(const struct tryst_emit *e)
{
	const struct tryst_block_plan *p = e->plan;
	char made[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format(e->options->created_ms, made);
	line_begin(e);
	tryst_buf_printf(e->out, "case %s, made %s: ", e->options->tag, made);
	put_prefixes(e->out, p->count);
	tryst_buf_printf(e->out, " (%zu IPv4, %zu IPv6)\n", p->v4_count, p->count - p->v4_count);
	for (size_t i = 0; i < e->options->input_count; i++) {
		line_begin(e);
		tryst_buf_str(e->out, "from ");
		tryst_emit_safe(e->out, e->options->inputs[i], INPUT_MAX);
		tryst_buf_char(e->out, '\n');
	}
	if (!p->with_port)
		return;
	line_begin(e);
	tryst_buf_printf(e->out, "%zu of the entries name a port; this stops the whole address\n",
	                 p->with_port);
}

static void
put_expiry(const struct tryst_emit *e)
{
	const struct tryst_emit_options *o = e->options;
	char end[TRYST_TIME_TEXT_MAX];

	if (!o->expire_ms) {
		put_lines(e, "no expiry: it stands until it is undone\n", "");
		return;
	}
	(void)tryst_time_format(o->created_ms + o->expire_ms, end);
	line_begin(e);
	if (e->emitter->expires) {
		tryst_buf_printf(e->out, "expires by itself %" PRId64 " s after it is loaded\n",
		                 (o->expire_ms + 999) / 1000);
		return;
	}
	tryst_buf_printf(
		e->out, "expires %s, but nothing there removes it: undo it then, by cron, at, or\n",
		end);
	put_lines(e, "systemd-run --on-active=%xs COMMAND-THAT-UNDOES\n", "  ");
}

static void
put_left(const struct tryst_emit *e)
{
	const struct tryst_block_plan *p = e->plan;
	char ip[TRYST_IP_TEXT_MAX];

	for (size_t i = 0; i < TRYST_MIN(p->left_count, (size_t)LEFT_MAX); i++) {
		(void)tryst_ip_format(p->left[i].ip, ip);
		line_begin(e);
		tryst_buf_printf(e->out, "left out %s: ", ip);
		tryst_emit_safe(e->out, p->left[i].why, INPUT_MAX);
		tryst_buf_char(e->out, '\n');
	}
	if (p->left_count <= LEFT_MAX)
		return;
	line_begin(e);
	tryst_buf_printf(e->out, "and %zu more left out\n", p->left_count - LEFT_MAX);
}

static void
put_title(const struct tryst_emit *e, const char *what)
{
	line_begin(e);
	tryst_buf_printf(e->out, "tryst %s: %s for %s\n", TRYST_VERSION, what, e->emitter->title);
	if (!e->emitter->tested)
		put_lines(e, "from documentation, not run: try it on one device first\n", "");
}

static void
put_header(const struct tryst_emit *e)
{
	const struct tryst_emitter *m = e->emitter;

	put_title(e, m->inbound ? "blocked addresses" : "null routes");
	put_made(e);
	put_expiry(e);
	if (m->inbound)
		put_lines(e, "It stops packets to these addresses and packets from them.\n", "");
	else
		put_lines(e,
		          "A null route stops what goes TO these addresses.  What comes FROM them "
		          "still\n"
		          "comes in; to drop that too, see \"also\" below (source RTBH with loose "
		          "uRPF, RFC 5635).\n",
		          "");
	if (m->bgp)
		put_lines(e,
		          "Inside the own AS only: these are other people's prefixes.  Keep "
		          "no-export, "
		          "and\n"
		          "deny them towards every eBGP neighbour.\n",
		          "");
	put_lines(e, "load:\n", "");
	put_lines(e, m->load, "  ");
	put_lines(e, "undo:\n", "");
	put_lines(e, m->undo, "  ");
	if (m->also) {
		put_lines(e, "also:\n", "");
		put_lines(e, m->also, "  ");
	}
	put_left(e);
}

void
tryst_emit_add(const struct tryst_emitter *emitter, const struct tryst_block_plan *plan,
               const struct tryst_emit_options *options, struct tryst_buf *out)
{
	struct tryst_emit e = { plan, options, emitter, out };

	assert(!plan->refused);
	put_header(&e);
	if (plan->count)
		emitter->add(&e);
}

void
tryst_emit_remove(const struct tryst_emitter *emitter, const struct tryst_block_plan *plan,
                  const struct tryst_emit_options *options, struct tryst_buf *out)
{
	struct tryst_emit e = { plan, options, emitter, out };

	put_title(&e, "undo");
	put_made(&e);
	put_lines(&e, "load:\n", "");
	put_lines(&e, emitter->undo, "  ");
	if (plan->count)
		emitter->remove(&e);
}

void
tryst_emit_remove_comment(const struct tryst_emitter *emitter, const struct tryst_block_plan *plan,
                          const struct tryst_emit_options *options, struct tryst_buf *out)
{
	struct tryst_buf lines = { 0 };
	struct tryst_emit e = { plan, options, emitter, &lines };
	char *line, *rest;

	if (plan->count)
		emitter->remove(&e);
	e.out = out;
	put_lines(&e, "FILE.undo:\n", "");
	for (line = rest = lines.data; line && *line; line = rest) {
		size_t len = strcspn(line, "\n");

		rest = line[len] ? line + len + 1 : line + len;
		line_begin(&e);
		tryst_buf_str(out, "  ");
		tryst_buf_add(out, line, len);
		tryst_buf_char(out, '\n');
	}
	out->failed |= lines.failed;
	tryst_buf_fini(&lines);
}
