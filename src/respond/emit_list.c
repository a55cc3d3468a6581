/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain list, one prefix a line: external dynamic lists of PAN-OS, threat feeds of FortiGate,
 * aliases of pfSense, tables of pf.  The removal is an empty one.
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, true, "%p\n");
	tryst_emit_each(e, true, true, "%p\n");
}

static void
take_away(const struct tryst_emit *e)
{
	(void)e; /* the comments are all there is */
}

const struct tryst_emitter tryst_emitter_list = {
	.name = "list",
	.title = "firewalls that read plain lists (EDL)",
	.comment = '#',
	.load = "where the firewall fetches it; its rules drop packets to the list and from it\n"
		"pf: pfctl -t tryst -T replace -f FILE\n",
	.undo = "put FILE.undo in its place; pf: pfctl -t tryst -T flush\n",
	.inbound = true,
	.add = add,
	.remove = take_away,
};
