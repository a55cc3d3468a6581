/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nokia SR OS, MD-CLI: black-hole static routes (7x50 SR OS Router Configuration Guide).
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, true,
	                "/configure router \"Base\" static-routes route %p route-type unicast "
	                "blackhole admin-state enable\n");
	tryst_emit_each(e, true, true,
	                "/configure router \"Base\" static-routes route %p route-type unicast "
	                "blackhole admin-state enable\n");
}

static void
take_away(const struct tryst_emit *e)
{
	tryst_emit_each(
		e, false, false,
		"/configure router \"Base\" static-routes delete route %p route-type unicast\n");
	tryst_emit_each(
		e, true, false,
		"/configure router \"Base\" static-routes delete route %p route-type unicast\n");
}

const struct tryst_emitter tryst_emitter_sros = {
	.name = "sros",
	.title = "Nokia SR OS (MD-CLI)",
	.comment = '#',
	.load = "edit-config exclusive, paste, commit confirmed 10, then commit confirmed accept\n",
	.undo = "edit-config exclusive, paste FILE.undo, commit\n",
	.also = "loose uRPF on the interfaces that packets come in by: urpf-check mode loose, in "
		"ipv4 and ipv6\n",
	.add = add,
	.remove = take_away,
};
