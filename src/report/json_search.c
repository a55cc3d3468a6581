/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the case file that only a search without a list has. */
#include "report/json_search.h"

#include <math.h>

#include "base/time.h"
#include "report/json_judgement.h"

static void
scope(struct tryst_json *j, const struct tryst_search *s)
{
	tryst_json_key_object(j, "search");
	tryst_json_key_u64(j, "endpoints", s->endpoints);
	tryst_json_key_u64(j, "pairs", s->pairs);
	tryst_json_key_u64(j, "tested", s->tested);
	tryst_json_key_u64(j, "clients_home", s->clients_home);
	tryst_json_key_u64(j, "clients_outside", s->clients_outside);
	tryst_json_key_u64(j, "elsewhere", s->elsewhere);
	tryst_json_key_u64(j, "unused", s->unused);
	tryst_json_key_u64(j, "one_in", s->one_in);
	tryst_json_key_u64(j, "known", s->known);
	if (s->since_ms != TRYST_TIME_MIN) {
		tryst_json_key_time(j, "since", s->since_ms);
		tryst_json_key_u64(j, "old", s->old);
	}
	tryst_json_key_u64(j, "untold", s->untold);
	tryst_json_end(j);
}

static void
endpoint(struct tryst_json *j, const struct tryst_finding *f)
{
	tryst_json_key_object(j, "endpoint");
	tryst_json_key_ip(j, "ip", f->ip);
	tryst_json_key_u64(j, "proto", f->proto);
	if (f->port_known)
		tryst_json_key_u64(j, "port", f->port);
	tryst_json_key_bool(j, "home", f->at_home);
	tryst_json_end(j);
	if (f->service)
		tryst_json_key_str(j, "service", f->service);
}

static void
clients(struct tryst_json *j, const struct tryst_finding *f)
{
	tryst_json_key_array(j, "clients");
	for (uint32_t i = 0; i < f->client_count; i++)
		tryst_json_ip(j, f->clients[i]);
	tryst_json_end(j);
	tryst_json_key_u64(j, "clients_total", f->clients_total);
	tryst_json_key_u64(j, "clients_here", f->clients_here);
}

static void
numbers(struct tryst_json *j, const struct tryst_finding *f)
{
	for (uint32_t i = 0; i < f->number_count; i++) {
		double v = f->numbers[i].value;

		if (v >= 0 && v < 1e15 && v == floor(v))
			tryst_json_key_u64(j, f->numbers[i].key, (uint64_t)v);
		else
			tryst_json_key_real(j, f->numbers[i].key, v);
	}
}

static void
finding(struct tryst_json *j, const struct tryst_finding *f)
{
	char grade[2] = { f->grade, '\0' };

	tryst_json_object(j);
	tryst_json_key_str(j, "kind", f->kind);
	endpoint(j, f);
	clients(j, f);
	tryst_json_key_time(j, "first", f->first_ms);
	tryst_json_key_time(j, "last", f->last_ms);
	tryst_json_key_real(j, "score", f->score);
	if (f->p_known) {
		tryst_json_key_real(j, "log10_p", f->log10_p);
		tryst_json_key_real(j, "log10_q", f->log10_q);
	}
	if (f->period_ms)
		tryst_json_key_i64(j, "period_ms", f->period_ms);
	if (f->prevalence_known)
		tryst_json_key_real(j, "prevalence", f->prevalence);
	numbers(j, f);
	tryst_json_key_object(j, "hypotheses");
	for (unsigned h = 0; h < TRYST_FINDING_HYPOTHESES; h++)
		tryst_json_key_real(j, f->hypotheses[h], f->posterior[h]);
	tryst_json_end(j);
	tryst_json_key_str(j, "grade", grade);
	tryst_json_key_str(j, "verdict", f->verdict);
	tryst_json_key_array(j, "changes");
	for (uint32_t i = 0; i < f->change_count; i++)
		tryst_json_str(j, f->changes[i]);
	tryst_json_end(j);
	tryst_json_evidence(j, &f->evidence);
	tryst_json_end(j);
}

void
tryst_json_search(struct tryst_json *j, const struct tryst_case *c)
{
	if (!c->search.made)
		return;
	scope(j, &c->search);
	tryst_json_key_array(j, "findings");
	for (size_t i = 0; i < c->finding_count; i++)
		finding(j, &c->findings[i]);
	tryst_json_end(j);
}
