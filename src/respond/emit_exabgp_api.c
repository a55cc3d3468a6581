/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ExaBGP's API: what a process of its configuration writes to it, a line a route.  With --peer only
 * to that neighbour.
 */
#include "respond/emitters.h"

static void
lines(const struct tryst_emit *e, bool explained, const char *word, const char *rest)
{
	bool peer = e->options->peer.hi || e->options->peer.lo;
	struct tryst_buf form = { 0 };

	tryst_buf_printf(&form, "%s%s route %%p next-hop %%n%s\n", peer ? "neighbor %P " : "", word,
	                 rest);
	for (int v6 = 0; v6 < 2 && !form.failed; v6++)
		tryst_emit_each(e, v6, explained, form.data);
	e->out->failed |= form.failed;
	tryst_buf_fini(&form);
}

static void
add(const struct tryst_emit *e)
{
	lines(e, true, "announce", " community [65535:666 65535:65281] local-preference 200");
}

static void
take_away(const struct tryst_emit *e)
{
	lines(e, false, "withdraw", "");
}

const struct tryst_emitter tryst_emitter_exabgp_api = {
	.name = "exabgp-api",
	.title = "ExaBGP 4, API stream",
	.comment = '#',
	.tested = true,
	.bgp = true,
	.load = "write it to the standard output of a process of ExaBGP's configuration, or to "
		"the\n"
		"named pipe exabgp.in; its neighbours are iBGP ones\n",
	.undo = "the same with FILE.undo\n",
	.also = "on every edge router, once: a discard route for the next hops (192.0.2.1/32 and\n"
		"100::/64 unless --next-hop names others), and loose uRPF on the interfaces that\n"
		"packets come in by: then what comes from these addresses is dropped too\n",
	.add = add,
	.remove = take_away,
};
