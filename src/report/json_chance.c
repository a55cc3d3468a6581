/* SPDX-License-Identifier: Apache-2.0 */
/* How likely meetings are by chance: docs/statistics/coincidence.md, docs/statistics/synchrony.md.
 */
#include "report/json_chance.h"

#include <math.h>

static void
controls(struct tryst_json *j, const struct tryst_chance *c)
{
	if (c->raised > 0) {
		tryst_json_key_real(j, "raised", c->raised);
		tryst_json_key_real(j, "q_like", exp10(c->log10_q_like));
		tryst_json_key_real(j, "log10_q_like", c->log10_q_like);
		tryst_json_key_bool(j, "class_prone", c->class_prone);
	}
	if (c->matched_sets) {
		tryst_json_key_real(j, "matched_p", c->matched_p);
		tryst_json_key_u64(j, "matched_sets", c->matched_sets);
	}
	if (c->unmatched)
		tryst_json_key_str(j, "unmatched", c->unmatched);
}

static void
classes(struct tryst_json *j, const struct tryst_chance *c)
{
	if (c->class_known) {
		tryst_json_key_real(j, "log10_p_class", c->log10_p_class);
		tryst_json_key_real(j, "class_coverage", c->class_coverage);
	}
	if (c->within_known)
		tryst_json_key_real(j, "log10_p_within", c->log10_p_within);
	if (c->class_endpoints)
		tryst_json_key_u64(j, "class_endpoints", c->class_endpoints);
}

static void
synchrony(struct tryst_json *j, const struct tryst_synchrony *s)
{
	tryst_json_key_object(j, "synchrony");
	if (s->untested) {
		tryst_json_key_str(j, "untested", s->untested);
	} else {
		tryst_json_key_u64(j, "hosts", s->hosts);
		tryst_json_key_i64(j, "window_ms", s->window_ms);
		tryst_json_key_real(j, "log10_p", s->log10_p);
	}
	tryst_json_end(j);
}

void
tryst_json_chance(struct tryst_json *j, const struct tryst_meeting *m)
{
	const struct tryst_chance *c = &m->chance;

	if (c->untested) {
		tryst_json_key_str(j, "chance_untested", c->untested);
		synchrony(j, &m->synchrony);
		return;
	}
	tryst_json_key_u64(j, "listed_tested", c->listed_met);
	tryst_json_key_real(j, "expected", c->expected);
	tryst_json_key_real(j, "chance_max", c->chance_max);
	tryst_json_key_real(j, "log10_p", c->log10_p);
	tryst_json_key_real(j, "q_bh", exp10(c->log10_q_bh));
	tryst_json_key_real(j, "q_by", exp10(c->log10_q_by));
	tryst_json_key_real(j, "log10_q_bh", c->log10_q_bh);
	tryst_json_key_real(j, "log10_q_by", c->log10_q_by);
	tryst_json_key_real(j, "p_star", c->p_star);
	controls(j, c);
	classes(j, c);
	tryst_json_key_u64(j, "peers_total", c->peers_total);
	tryst_json_key_bool(j, "peers_estimated", c->peers_estimated);
	tryst_json_key_bool(j, "significant", c->significant);
	synchrony(j, &m->synchrony);
}

void
tryst_json_background(struct tryst_json *j, const struct tryst_background *b)
{
	if (!b->known)
		return;
	tryst_json_key_object(j, "background");
	tryst_json_key_u64(j, "one_in", b->one_in);
	tryst_json_key_u64(j, "hosts", b->hosts);
	tryst_json_key_u64(j, "endpoints", b->endpoints);
	tryst_json_key_u64(j, "contacts", b->contacts);
	tryst_json_key_u64(j, "scanners", b->scanners);
	tryst_json_end(j);
}
