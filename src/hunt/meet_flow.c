/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_flow.h"

int
tryst_meet_endpoint_compare(const struct tryst_meet_flow *a, const struct tryst_meet_flow *b)
{
	int order = tryst_ip_compare(a->server, b->server);

	if (order)
		return order;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	return a->server_port == b->server_port ? 0 : a->server_port < b->server_port ? -1 : 1;
}

int
tryst_meet_flow_compare(const struct tryst_meet_flow *a, const struct tryst_meet_flow *b)
{
	const uint64_t keys[][2] = {
		{ a->client_port, b->client_port },
		{ a->from_server, b->from_server },
		{ a->duration_ms, b->duration_ms },
		{ a->packets, b->packets },
		{ a->bytes, b->bytes },
		{ a->flags, b->flags },
		{ a->guessed, b->guessed },
	};
	int order = tryst_meet_endpoint_compare(a, b);

	if (!order)
		order = tryst_ip_compare(a->client, b->client);
	if (order)
		return order;
	if (a->start_ms != b->start_ms)
		return a->start_ms < b->start_ms ? -1 : 1;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(keys); i++) {
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	}
	return 0;
}
