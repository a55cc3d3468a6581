/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ExaBGP 4 with static routes: a whole configuration of one iBGP neighbour, since ExaBGP includes
 * no files.  The AS is the same on both sides: somebody else's prefix is never announced by eBGP.
 */
#include "respond/emitters.h"

static void
neighbour(const struct tryst_emit *e, bool routes)
{
	tryst_emit_form(e, NULL, false,
	                "neighbor %P {\n"
	                "\trouter-id %i;\n"
	                "\tlocal-address %L;\n"
	                "\tlocal-as %A;\n"
	                "\tpeer-as %A;\n"
	                "\tfamily {\n\t\tipv4 unicast;\n\t\tipv6 unicast;\n\t}\n");
	if (routes) {
		tryst_buf_str(e->out, "\tstatic {\n");
		for (int v6 = 0; v6 < 2; v6++)
			tryst_emit_each(
				e, v6, true,
				"\t\troute %p next-hop %n community [ 65535:666 65535:65281 ] "
				"local-preference 200;\n");
		tryst_buf_str(e->out, "\t}\n");
	}
	tryst_buf_str(e->out, "}\n");
}

static void
add(const struct tryst_emit *e)
{
	neighbour(e, true);
}

static void
take_away(const struct tryst_emit *e)
{
	neighbour(e, false);
}

const struct tryst_emitter tryst_emitter_exabgp = {
	.name = "exabgp",
	.title = "ExaBGP 4, static routes",
	.comment = '#',
	.tested = true,
	.bgp = true,
	.needs = TRYST_EMIT_ASN | TRYST_EMIT_PEER | TRYST_EMIT_LOCAL,
	.load = "exabgp --validate FILE, then exabgp FILE; one that runs: kill -USR1\n",
	.undo = "put FILE.undo in its place, kill -USR1; or stop it\n",
	.also = "on every edge router, once: a discard route for the next hops (192.0.2.1/32 and\n"
		"100::/64 unless --next-hop names others), and loose uRPF on the interfaces that\n"
		"packets come in by: then what comes from these addresses is dropped too\n",
	.add = add,
	.remove = take_away,
};
