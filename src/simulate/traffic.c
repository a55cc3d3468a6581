/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/traffic.h"

/* In the order of their streams: new kinds go to the end, or every seed means something else. */
static const tryst_sim_traffic_fn kinds[] = {
	tryst_sim_traffic_visits,   tryst_sim_traffic_popular, tryst_sim_traffic_scans,
	tryst_sim_traffic_browsers, tryst_sim_traffic_web,     tryst_sim_traffic_cdn,
	tryst_sim_traffic_dns,      tryst_sim_traffic_ntp,     tryst_sim_traffic_updates,
	tryst_sim_traffic_torrents, tryst_sim_traffic_polls,
};

void
tryst_sim_traffic(struct tryst_sim_part *part)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(kinds) && !part->failed; i++) {
		struct tryst_sim_rng r =
			tryst_sim_stream(part->w->seed, TRYST_SIM_USE_TRAFFIC + i, part->slice, 0);

		kinds[i](part, &r);
	}
}
