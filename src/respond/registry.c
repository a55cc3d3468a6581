/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "respond/emitters.h"

/* clang-format off */
const struct tryst_emitter *const tryst_emitters[] = {
	&tryst_emitter_ios,
	&tryst_emitter_iosxr,
	&tryst_emitter_nxos,
	&tryst_emitter_junos,
	&tryst_emitter_eos,
	&tryst_emitter_sros,
	&tryst_emitter_routeros,
	&tryst_emitter_vyos,
	&tryst_emitter_frr,
	&tryst_emitter_frr_rtbh,
	&tryst_emitter_bird,
	&tryst_emitter_bird_flowspec,
	&tryst_emitter_openbgpd,
	&tryst_emitter_exabgp,
	&tryst_emitter_exabgp_api,
	&tryst_emitter_gobgp,
	&tryst_emitter_linux,
	&tryst_emitter_nftables,
	&tryst_emitter_ipset,
	&tryst_emitter_list,
	NULL,
};
/* clang-format on */

const struct tryst_emitter *
tryst_emitter_find(const char *name)
{
	for (size_t i = 0; tryst_emitters[i]; i++) {
		if (strcmp(tryst_emitters[i]->name, name) == 0)
			return tryst_emitters[i];
	}
	return NULL;
}
