/* SPDX-License-Identifier: Apache-2.0 */
/* What really happened, as JSON. */
#include <string.h>

#include "base/json.h"
#include "simulate/sim.h"

static void
put_list(struct tryst_json *j, const char *key, const struct tryst_sim_list *l)
{
	tryst_json_key_array(j, key);
	for (size_t i = 0; i < l->count; i++)
		tryst_json_ip(j, l->hosts[i]);
	tryst_json_end(j);
}

static void
put_params(struct tryst_json *j, const struct tryst_sim_params *params)
{
	struct tryst_sim_params p = *params;
	struct tryst_buf text = { 0 };

	tryst_json_key_object(j, "parameters");
	for (size_t i = 0; i < tryst_sim_knob_count; i++) {
		const struct tryst_sim_knob *k = &tryst_sim_knobs[i];

		if (!strchr(k->kind, '|')) {
			tryst_json_key_real(j, k->name, *tryst_sim_knob_at(&p, k));
			continue;
		}
		tryst_buf_clear(&text);
		tryst_sim_knob_format(k, *tryst_sim_knob_at(&p, k), &text);
		tryst_json_key_str(j, k->name, text.failed ? "" : text.data);
		j->buf->failed |= text.failed;
	}
	tryst_json_end(j);
	tryst_buf_fini(&text);
}

static void
put_endpoints(struct tryst_json *j, const struct tryst_sim_truth *t)
{
	tryst_json_key_array(j, "endpoints");
	for (size_t i = 0; i < t->endpoint_count; i++) {
		tryst_json_object(j);
		tryst_json_key_ip(j, "ip", t->endpoints[i].ip);
		tryst_json_key_u64(j, "proto", t->endpoints[i].proto);
		tryst_json_key_u64(j, "port", t->endpoints[i].port);
		tryst_json_end(j);
	}
	tryst_json_end(j);
}

static void
put_events(struct tryst_json *j, const struct tryst_sim_truth *t)
{
	tryst_json_key_array(j, "events");
	for (size_t i = 0; i < t->event_count; i++) {
		tryst_json_object(j);
		tryst_json_key_str(j, "name", t->events[i].name);
		tryst_json_key_time(j, "from", t->events[i].from_ms);
		tryst_json_key_time(j, "to", t->events[i].to_ms);
		tryst_json_end(j);
	}
	tryst_json_end(j);
}

void
tryst_sim_truth_json(const struct tryst_sim *sim, const char *scenario, struct tryst_buf *out)
{
	static const struct tryst_ip none = { 0 };
	const struct tryst_sim_truth *t = &sim->truth;
	char home[TRYST_PREFIX_TEXT_MAX];
	struct tryst_json j;

	(void)tryst_prefix_format(tryst_sim_home(sim), home);
	tryst_json_init(&j, out, 2);
	tryst_json_object(&j);
	if (scenario)
		tryst_json_key_str(&j, "scenario", scenario);
	tryst_json_key_u64(&j, "seed", sim->w.seed);
	put_params(&j, &sim->w.p);
	tryst_json_key_time(&j, "first", sim->w.start_ms);
	tryst_json_key_time(&j, "last", sim->w.end_ms);
	tryst_json_key_str(&j, "home", home);
	put_list(&j, "listed", &t->listed);
	put_list(&j, "met", &t->met);
	put_list(&j, "companions", &t->companions);
	put_list(&j, "clients", &t->clients);
	if (!tryst_ip_equal(t->controller, none))
		tryst_json_key_ip(&j, "controller", t->controller);
	if (!tryst_ip_equal(t->forger, none))
		tryst_json_key_ip(&j, "forger", t->forger);
	put_endpoints(&j, t);
	put_events(&j, t);
	tryst_json_end(&j);
	tryst_buf_char(out, '\n');
}
