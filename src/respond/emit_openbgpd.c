/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenBGPD: network statements with the BLACKHOLE community (bgpd.conf(5)), as a file that
 * bgpd.conf includes.  The removal is a file without them.
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	for (int v6 = 0; v6 < 2; v6++)
		tryst_emit_each(e, v6, true,
		                "network %p set { localpref 200 community BLACKHOLE "
		                "community NO_EXPORT nexthop blackhole }\n");
}

static void
take_away(const struct tryst_emit *e)
{
	(void)e; /* the comments are all there is */
}

const struct tryst_emitter tryst_emitter_openbgpd = {
	.name = "openbgpd",
	.title = "OpenBGPD",
	.comment = '#',
	.tested = true,
	.bgp = true,
	.load = "bgpd.conf has: include \"/etc/tryst/%t.conf\"; put FILE there, bgpd -n, bgpctl "
		"reload\n",
	.undo = "put FILE.undo in its place, bgpd -n, bgpctl reload\n",
	.also = "on the routers that hear it:\n"
		"  match from ibgp community BLACKHOLE set { nexthop blackhole community NO_EXPORT "
		"}\n"
		"and loose uRPF on the interfaces that packets come in by\n",
	.add = add,
	.remove = take_away,
};
