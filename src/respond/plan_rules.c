/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The safety rules: what is asked of every prefix before anything is written.  Each refusal says
 * why and which class would overrule it; all of them are collected, so that a list is cleaned in
 * one go.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "respond/plan_impl.h"
#include "watch/known.h"
#include "watch/special.h"

/* What all rules look at. */
struct rules {
	struct tryst_block_plan *p;
	const struct tryst_block_options *options;
	struct tryst_ipset *guarded; /* all guards, to pass quickly over what touches none */
	struct tryst_error *err;
};

#define RULE_ENOUGH 1 /* from a rule: the others need not be asked */

static bool
allowed(const struct rules *r, const char *kind)
{
	for (size_t i = 0; i < r->options->allowed_count; i++) {
		if (strcmp(r->options->allowed[i], kind) == 0)
			return true;
	}
	return false;
}

/* why: NULL without memory. */
static int
refuse(struct rules *r, const struct tryst_block_entry *e, const char *kind, const char *why)
{
	struct tryst_block_plan *p = r->p;

	if (!why)
		return TRYST_ERR_NOMEM;
	if (p->refusal_count < TRYST_BLOCK_REFUSALS_MAX)
		p->refusals[p->refusal_count++] = (struct tryst_block_refusal){
			.prefix = e ? e->prefix : (struct tryst_prefix){ { 0, 0 }, 0 },
			.source = e ? e->source : NULL,
			.kind = kind,
			.why = why,
		};
	p->refused++;
	return 0;
}

static int
rule_own(struct rules *r)
{
	if (tryst_block_plan_own(r->p)->own_known || r->options->no_own_check)
		return 0;
	return refuse(
		r, NULL, NULL,
		"none of your own networks is known: name them in a file with --own, or go on "
		"without that check with --no-own-check");
}

/* Of the default route nothing else need be said: RULE_ENOUGH. */
static int
rule_default(struct rules *r, const struct tryst_block_entry *e)
{
	if (e->prefix.len != (tryst_prefix_is_v4(e->prefix) ? 96 : 0))
		return 0;
	return refuse(r, e, NULL, "this is the default route: it would stop everything") < 0
	               ? TRYST_ERR_NOMEM
	               : RULE_ENOUGH;
}

static int
rule_wide(struct rules *r, const struct tryst_block_entry *e)
{
	bool v4 = tryst_prefix_is_v4(e->prefix);
	unsigned len = v4 ? e->prefix.len - 96u : e->prefix.len;
	unsigned min = v4 ? r->options->max4 : r->options->max6;

	if (len >= min)
		return 0;
	return refuse(
		r, e, NULL,
		tryst_block_plan_text(r->p, r->err, "wider than --max-prefix allows: a /%u", min));
}

/* A forged source is a victim, also where a wider entry holds it. */
static int
rule_forged(struct rules *r, const struct tryst_block_entry *e)
{
	struct tryst_ip_range range = tryst_prefix_range(e->prefix);
	char ip[TRYST_IP_TEXT_MAX];
	int rc = 0;

	for (size_t i = tryst_block_plan_left_from(r->p, range.first);
	     i < r->p->left_count && rc >= 0; i++) {
		const struct tryst_block_left *left = &r->p->left[i];

		if (tryst_ip_compare(left->ip, range.last) > 0)
			break;
		if (!left->forged)
			continue;
		(void)tryst_ip_format(left->ip, ip);
		rc = refuse(
			r, e, NULL,
			tryst_block_plan_text(r->p, r->err, "it holds %s, and %s", ip, left->why));
	}
	return rc;
}

/* What everybody's tables say of it; of a wide entry the first of each kind. */
static int
rule_table(struct rules *r, const struct tryst_block_entry *e,
           const struct tryst_special *(*next)(struct tryst_ip_range r, size_t *at))
{
	const struct tryst_special *special;
	const char *said = "";
	size_t at = 0;
	int rc = 0;

	while (rc >= 0 && (special = next(tryst_prefix_range(e->prefix), &at)) != NULL) {
		if (!tryst_prefix_overlaps(special->prefix, e->prefix) ||
		    allowed(r, special->kind) || strcmp(special->kind, said) == 0)
			continue;
		said = special->kind;
		rc = refuse(r, e, special->kind, special->name);
	}
	return rc;
}

static int
rule_special(struct rules *r, const struct tryst_block_entry *e)
{
	return rule_table(r, e, tryst_special_next);
}

static int
rule_known(struct rules *r, const struct tryst_block_entry *e)
{
	return rule_table(r, e, tryst_known_next);
}

/* Whether the prefix has an address in common with any guard. */
static bool
guarded_any(const struct rules *r, struct tryst_prefix prefix)
{
	size_t count, from = 0, to;
	const struct tryst_ip_range *ranges = tryst_ipset_ranges(r->guarded, &count);
	struct tryst_ip_range range = tryst_prefix_range(prefix);

	for (to = count; from < to;) {
		size_t mid = from + (to - from) / 2;

		if (tryst_ip_compare(ranges[mid].last, range.first) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from < count && tryst_ip_compare(ranges[from].first, range.last) <= 0;
}

/* The first of each class: a wide entry holds many. */
static int
rule_guards(struct rules *r, const struct tryst_block_entry *e)
{
	const struct tryst_block_plan_own *own = tryst_block_plan_own(r->p);
	char text[TRYST_PREFIX_TEXT_MAX];
	const char *said = "";
	int rc = 0;

	if (!guarded_any(r, e->prefix))
		return 0;
	for (size_t i = 0; i < own->guard_count && rc >= 0; i++) {
		const struct tryst_guard *g = &own->guards[i];

		if (!tryst_prefix_overlaps(g->prefix, e->prefix) || allowed(r, g->kind) ||
		    strcmp(g->kind, said) == 0)
			continue;
		said = g->kind;
		(void)tryst_prefix_format(g->prefix, text);
		rc = refuse(r, e, g->kind,
		            tryst_block_plan_text(r->p, r->err, "%s: %s", text, g->what));
	}
	return rc;
}

static int (*const entry_rules[])(struct rules *r, const struct tryst_block_entry *e) = {
	rule_default, rule_wide, rule_forged, rule_guards, rule_special, rule_known,
};

static int
guard_compare(const void *va, const void *vb)
{
	const struct tryst_guard *a = va, *b = vb;
	int order = strcmp(a->kind, b->kind);

	if (order == 0)
		order = tryst_ip_compare(a->prefix.ip, b->prefix.ip);
	if (order)
		return order;
	if (a->prefix.len != b->prefix.len)
		return a->prefix.len < b->prefix.len ? -1 : 1;
	return strcmp(a->what, b->what);
}

/* In order, each once: the same exporter stands in many inputs. */
static void
guards_sort(struct tryst_block_plan_own *own)
{
	size_t n = 0;

	if (own->guard_count)
		qsort(own->guards, own->guard_count, sizeof(*own->guards), guard_compare);
	for (size_t i = 0; i < own->guard_count; i++) {
		const struct tryst_guard *g = &own->guards[i];

		if (!n || own->guards[n - 1].prefix.len != g->prefix.len ||
		    !tryst_ip_equal(own->guards[n - 1].prefix.ip, g->prefix.ip) ||
		    strcmp(own->guards[n - 1].kind, g->kind) != 0)
			own->guards[n++] = *g;
	}
	own->guard_count = n;
}

static int
guarded_make(struct rules *r)
{
	const struct tryst_block_plan_own *own = tryst_block_plan_own(r->p);
	struct tryst_ipset_entry *entries = calloc(own->guard_count + 1, sizeof(*entries));
	int rc;

	if (!entries)
		return tryst_error_nomem(r->err);
	for (size_t i = 0; i < own->guard_count; i++)
		entries[i] = (struct tryst_ipset_entry){ own->guards[i].prefix, (uint32_t)i };
	rc = tryst_ipset_new(&r->guarded, entries, own->guard_count, r->err);
	free(entries);
	return rc;
}

int
tryst_block_plan_rules(struct tryst_block_plan *p, const struct tryst_block_options *options,
                       struct tryst_error *err)
{
	struct rules r = { .p = p, .options = options, .err = err };
	int rc;

	guards_sort(tryst_block_plan_own(p));
	rc = guarded_make(&r);
	if (rc >= 0)
		rc = rule_own(&r);
	for (size_t i = 0; i < p->count && rc >= 0; i++) {
		for (size_t k = 0; k < TRYST_ARRAY_SIZE(entry_rules) && rc == 0; k++)
			rc = entry_rules[k](&r, &p->entries[i]);
		rc = TRYST_MIN(rc, 0);
	}
	tryst_ipset_free(r.guarded);
	return rc;
}

int
tryst_block_plan_limit(struct tryst_block_plan *p, const struct tryst_block_options *options,
                       struct tryst_error *err)
{
	struct rules r = { .p = p, .options = options, .err = err };

	if (p->count <= options->limit)
		return 0;
	return refuse(&r, NULL, NULL,
	              tryst_block_plan_text(p, err,
	                                    "%zu prefixes are more than --limit %" PRIu64
	                                    ": forwarding tables are small",
	                                    p->count, options->limit));
}
