/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MikroTik RouterOS 7: blackhole routes, told apart by their comment (RouterOS documentation, "IP
 * Routing").  RouterOS adds a second route like the first one, so the old ones go first.
 */
#include "respond/emitters.h"

static void
take_away(const struct tryst_emit *e)
{
	if (tryst_emit_count(e, false))
		tryst_emit_form(e, NULL, false, "/ip route remove [find comment=\"tryst:%t\"]\n");
	if (tryst_emit_count(e, true))
		tryst_emit_form(e, NULL, true, "/ipv6 route remove [find comment=\"tryst:%t\"]\n");
}

static void
add(const struct tryst_emit *e)
{
	take_away(e);
	tryst_emit_each(e, false, true,
	                "/ip route add blackhole dst-address=%p comment=\"tryst:%t\"\n");
	tryst_emit_each(e, true, true,
	                "/ipv6 route add blackhole dst-address=%p comment=\"tryst:%t\"\n");
}

const struct tryst_emitter tryst_emitter_routeros = {
	.name = "routeros",
	.title = "MikroTik RouterOS 7",
	.comment = '#',
	.load = "in Safe Mode (Ctrl-X): /import file-name=FILE.rsc, then Ctrl-X again\n",
	.undo = "/import file-name=FILE-undo.rsc\n",
	.also = "loose uRPF: /ip settings set rp-filter=loose (IPv4)\n",
	.add = add,
	.remove = take_away,
};
