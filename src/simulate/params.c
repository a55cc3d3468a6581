/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "simulate/simulate.h"

const struct tryst_sim_knob tryst_sim_knobs[] = {
#define KNOB(id, unit, value, min, max, kind, help)                                                \
	{ #id, unit, value, min, max, kind, help, offsetof(struct tryst_sim_params, id) },
#include "simulate/knobs.def"
#undef KNOB
};

const size_t tryst_sim_knob_count = TRYST_ARRAY_SIZE(tryst_sim_knobs);

/* clang-format off */
const struct tryst_sim_scenario tryst_sim_scenarios[] = {
	{ "N0", "list=random", "nothing planted; random hosts are listed" },
	{ "N1", "list=scanners", "nothing planted; scanners are listed" },
	{ "N1-half", "list=half-scanners", "nothing planted; half of the listed are scanners" },
	{ "N2", "list=active", "nothing planted; active hosts are listed" },
	{ "N3", "list=gamers", "nothing planted; players of one community are listed" },
	{ "N4", "list=active popular=0.5", "nothing planted; active hosts are listed, one server is very popular" },
	{ "N5", "list=updates", "nothing planted; the update servers are listed" },
	{ "S1", "plant=meeting", "listed hosts meet at a local game server" },
	{ "S2", "plant=forged", "forged queries in their name to local game servers" },
	{ "S2-twin", "plant=twin", "the same queries at the same times, but genuine" },
	{ "S3", "plant=decoy controller=yes", "the names of the list are used; an unlisted controller came before" },
	{ "S4", "plant=irc met=3", "local clients stay connected to listed chat servers" },
	{ "S5", "plant=beacon met=1", "local clients call a listed host regularly" },
	{ "S6", "plant=masters met=3 at=0.3", "listed hosts find local clients, then call them" },
	{ "S7", "plant=dead dead=forged", "listed hosts die; their names are used" },
	{ "S7-leased", "plant=dead dead=leased", "listed hosts die; others get their addresses" },
	{ "S7-alive", "plant=dead dead=alive", "listed hosts are said to die, and do not" },
	{ "S8", "plant=closed met=12 degree=0 episodes=6 contact=0.7 play=0", "a closed circle meets at a local game server, and never plays" },
	{ "S9", "plant=overlay clients=6 companions=60 contact=0.5", "local hosts in a peer to peer overlay of few" },
	{ 0 },
};
/* clang-format on */

/* The number of a name of a|b|c, or negative. */
static int
choice_find(const char *names, const char *name, size_t len)
{
	for (int n = 0;; n++) {
		size_t here = strcspn(names, "|");

		if (here == len && memcmp(names, name, len) == 0)
			return n;
		if (!names[here])
			return -1;
		names += here + 1;
	}
}

static const struct tryst_sim_knob *
knob_find(const char *name, size_t len, struct tryst_error *err)
{
	struct tryst_suggest near;

	tryst_suggest_init(&near, name, len);
	for (size_t i = 0; i < tryst_sim_knob_count; i++) {
		const char *here = tryst_sim_knobs[i].name;

		if (strlen(here) == len && memcmp(here, name, len) == 0)
			return &tryst_sim_knobs[i];
		tryst_suggest_try(&near, here);
	}
	(void)tryst_suggest_error(&near, "knob", err);
	return NULL;
}

static int
value_parse(const struct tryst_sim_knob *k, const char *text, size_t len, double *out,
            struct tryst_error *err)
{
	bool choice = strchr(k->kind, '|');
	char copy[32], *end = copy;

	if (choice) {
		int n = choice_find(k->kind, text, len);

		*out = n;
		return n >= 0 ? 0
		              : tryst_error_set(err, TRYST_ERR_USAGE, "%s: '%.*s' is none of %s",
		                                k->name, (int)len, text, k->kind);
	}
	if (len < sizeof(copy)) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		*out = strtod(copy, &end);
	}
	if (!len || len >= sizeof(copy) || *end || !isfinite(*out) ||
	    (*k->kind == '#' && *out != floor(*out)))
		return tryst_error_set(err, TRYST_ERR_USAGE, "%s: '%.*s' is no %snumber", k->name,
		                       (int)len, text, *k->kind ? "whole " : "");
	if (*out < k->min || *out > k->max)
		return tryst_error_set(err, TRYST_ERR_USAGE, "%s: %.*s is not from %.15g to %.15g",
		                       k->name, (int)len, text, k->min, k->max);
	return 0;
}

static int
setting_apply(struct tryst_sim_params *p, const char *text, size_t len, struct tryst_error *err)
{
	const char *equals = memchr(text, '=', len);
	const struct tryst_sim_knob *k;
	size_t name;
	double value = 0;
	int rc;

	if (!equals)
		return tryst_error_set(err, TRYST_ERR_USAGE, "'%.*s': expected KNOB=VALUE",
		                       (int)len, text);
	name = (size_t)(equals - text);
	k = knob_find(text, name, err);
	if (!k)
		return TRYST_ERR_USAGE;
	rc = value_parse(k, equals + 1, len - name - 1, &value, err);
	if (rc == 0)
		*tryst_sim_knob_at(p, k) = value;
	return rc;
}

int
tryst_sim_params_set(struct tryst_sim_params *p, const char *setting, struct tryst_error *err)
{
	return setting_apply(p, setting, strlen(setting), err);
}

int
tryst_sim_params_init(struct tryst_sim_params *p, const char *scenario, struct tryst_error *err)
{
	const struct tryst_sim_scenario *s = tryst_sim_scenarios;
	struct tryst_suggest near;
	int rc = 0;

	tryst_suggest_init(&near, scenario, strlen(scenario));
	for (; s->name && strcmp(s->name, scenario) != 0; s++)
		tryst_suggest_try(&near, s->name);
	if (!s->name)
		return tryst_suggest_error(&near, "scenario", err);
	for (size_t i = 0; i < tryst_sim_knob_count; i++)
		*tryst_sim_knob_at(p, &tryst_sim_knobs[i]) = tryst_sim_knobs[i].value;
	for (const char *at = s->settings; *at && rc == 0; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		rc = setting_apply(p, at, len, err);
		at += len;
	}
	return rc;
}

void
tryst_sim_knob_format(const struct tryst_sim_knob *k, double value, struct tryst_buf *out)
{
	const char *names = k->kind;

	if (!strchr(names, '|')) {
		tryst_buf_printf(out, "%.15g", value);
		return;
	}
	for (int n = (int)value; n > 0; n--)
		names += strcspn(names, "|") + 1;
	tryst_buf_add(out, names, strcspn(names, "|"));
}
