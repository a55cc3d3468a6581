/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BIRD 2: flowspec rules (RFC 8955, 8956) that discard what goes to a prefix and what comes from
 * it, as a file that bird.conf includes.  Its tables are the user's, so that the removal, a file
 * without the rules, leaves his BGP sessions whole.
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	for (int v6 = 0; v6 < 2; v6++) {
		if (!tryst_emit_count(e, v6))
			continue;
		tryst_emit_form(e, NULL, v6,
		                "protocol static trystflow%f_%u {\n"
		                "\tflow%f { table flowtab%f; };\n");
		tryst_emit_each(e, v6, true,
		                "\troute flow%f { dst %p; } { "
		                "bgp_ext_community.add((generic, 0x80060000, 0x0)); "
		                "bgp_community.add((65535,65281)); };\n"
		                "\troute flow%f { src %p; } { "
		                "bgp_ext_community.add((generic, 0x80060000, 0x0)); "
		                "bgp_community.add((65535,65281)); };\n");
		tryst_buf_str(e->out, "}\n");
	}
}

static void
take_away(const struct tryst_emit *e)
{
	(void)e; /* the comments are all there is */
}

const struct tryst_emitter tryst_emitter_bird_flowspec = {
	.name = "bird-flowspec",
	.title = "BIRD 2, flowspec",
	.comment = '#',
	.tested = true,
	.inbound = true,
	.bgp = true,
	.load = "bird.conf declares: flow4 table flowtab4; flow6 table flowtab6; and its iBGP "
		"sessions\n"
		"have flow4 { table flowtab4; import none; export all; }; and the same with 6; "
		"and\n"
		"include \"/etc/bird/tryst/*.conf\"; put FILE there as %t-flow.conf,\n"
		"birdc configure check, birdc configure timeout 300, birdc configure confirm\n",
	.undo = "put FILE.undo in its place, or delete it; birdc configure\n",
	.also = "routers accept a rule by its source only where validation is off (RFC 9117)\n",
	.add = add,
	.remove = take_away,
};
