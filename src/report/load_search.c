/* SPDX-License-Identifier: Apache-2.0 */
/* What a search without a list looked at and found. */
#include <math.h>
#include <string.h>

#include "base/time.h"
#include "report/load_rows.h"

const struct tryst_load_key tryst_load_search_keys[] = {
	TRYST_ROW_NUMBER(struct tryst_search, "endpoints", endpoints),
	TRYST_ROW_NUMBER(struct tryst_search, "pairs", pairs),
	TRYST_ROW_NUMBER(struct tryst_search, "tested", tested),
	TRYST_ROW_NUMBER(struct tryst_search, "clients_home", clients_home),
	TRYST_ROW_NUMBER(struct tryst_search, "clients_outside", clients_outside),
	TRYST_ROW_NUMBER(struct tryst_search, "elsewhere", elsewhere),
	TRYST_ROW_NUMBER(struct tryst_search, "unused", unused),
	TRYST_ROW_NUMBER(struct tryst_search, "one_in", one_in),
	TRYST_ROW_NUMBER(struct tryst_search, "known", known),
	{ .key = "since", .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(struct tryst_search, since_ms) },
	TRYST_ROW_NUMBER(struct tryst_search, "old", old),
	TRYST_ROW_NUMBER(struct tryst_search, "untold", untold),
	{ 0 },
};

int
tryst_load_search_done(struct tryst_load *l, const json_t *value, void *object)
{
	struct tryst_search *s = object;

	(void)l;
	s->made = true;
	if (!json_object_get(value, "since"))
		s->since_ms = TRYST_TIME_MIN;
	return 0;
}

/* Three names, whatever they are, in their order. */
static int
read_hypotheses(struct tryst_load *l, const json_t *value, void *at)
{
	struct tryst_finding *f = at;
	json_t *object = json_incref((json_t *)(uintptr_t)value), *share;
	const char *name;
	unsigned n = 0;
	int rc = 0;

	if (!json_is_object(object) || json_object_size(object) != TRYST_FINDING_HYPOTHESES)
		rc = tryst_load_fail(l, "expected an object of %d probabilities",
		                     TRYST_FINDING_HYPOTHESES);
	json_object_foreach(object, name, share)
	{
		json_t *text = rc == 0 ? json_string(name) : NULL;

		if (rc == 0 && !json_is_number(share))
			rc = tryst_load_fail(l, "expected probabilities");
		if (rc == 0 && !text)
			rc = tryst_error_nomem(l->err);
		if (rc == 0) {
			f->hypotheses[n] = tryst_load_text(l, text, true);
			f->posterior[n++] = json_number_value(share);
			rc = f->hypotheses[n - 1] ? 0 : TRYST_ERR_NOMEM;
		}
		json_decref(text);
	}
	json_decref(object);
	return rc;
}

static const struct tryst_load_key endpoint_keys[] = {
	{ .key = "ip",
	  .kind = TRYST_LOAD_IP,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_finding, ip) },
	{ .key = "proto",
	  .kind = TRYST_LOAD_NUMBER,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_finding, proto) },
	{ .key = "port",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_finding, port),
	  TRYST_LOAD_KNOWN(struct tryst_finding, port_known) },
	{ .key = "home", .kind = TRYST_LOAD_BOOL, TRYST_LOAD_AT(struct tryst_finding, at_home) },
	{ 0 },
};

static const struct tryst_load_key finding_keys[] = {
	{ .key = "kind",
	  .kind = TRYST_LOAD_SENTENCE,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_finding, kind) },
	{ .key = "endpoint", .kind = TRYST_LOAD_OBJECT, .required = true, .keys = endpoint_keys },
	{ .key = "service",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_finding, service) },
	{ .key = "clients",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_finding, clients),
	  TRYST_LOAD_COUNT(struct tryst_finding, client_count),
	  .item = &tryst_load_ip_item },
	{ .key = "clients_total",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_finding, clients_total) },
	{ .key = "clients_here",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_finding, clients_here) },
	{ .key = "first",
	  .kind = TRYST_LOAD_TIME,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_finding, first_ms) },
	{ .key = "last",
	  .kind = TRYST_LOAD_TIME,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_finding, last_ms) },
	{ .key = "score", .kind = TRYST_LOAD_REAL, TRYST_LOAD_AT(struct tryst_finding, score) },
	{ .key = "log10_p",
	  .kind = TRYST_LOAD_REAL,
	  TRYST_LOAD_AT(struct tryst_finding, log10_p),
	  TRYST_LOAD_KNOWN(struct tryst_finding, p_known) },
	{ .key = "log10_q", .kind = TRYST_LOAD_REAL, TRYST_LOAD_AT(struct tryst_finding, log10_q) },
	{ .key = "period_ms",
	  .kind = TRYST_LOAD_SIGNED,
	  TRYST_LOAD_AT(struct tryst_finding, period_ms) },
	{ .key = "prevalence",
	  .kind = TRYST_LOAD_REAL,
	  TRYST_LOAD_AT(struct tryst_finding, prevalence),
	  TRYST_LOAD_KNOWN(struct tryst_finding, prevalence_known) },
	{ .key = "hypotheses",
	  .kind = TRYST_LOAD_CUSTOM,
	  .required = true,
	  .read = read_hypotheses },
	{ .key = "grade",
	  .kind = TRYST_LOAD_CUSTOM,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_finding, grade),
	  .read = tryst_load_grade },
	{ .key = "verdict",
	  .kind = TRYST_LOAD_SENTENCE,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_finding, verdict) },
	{ .key = "changes",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_finding, changes),
	  TRYST_LOAD_COUNT(struct tryst_finding, change_count),
	  .item = &tryst_load_sentence_item },
	TRYST_LOAD_EVIDENCE(struct tryst_finding, evidence),
	{ 0 },
};

static bool
is_own(const char *key)
{
	for (const struct tryst_load_key *k = finding_keys; k->key; k++) {
		if (strcmp(k->key, key) == 0)
			return false;
	}
	return true;
}

/* Whatever other numbers there are, are of its kind. */
static int
finding_done(struct tryst_load *l, const json_t *value, void *object)
{
	struct tryst_finding *f = object;
	json_t *all = json_incref((json_t *)(uintptr_t)value), *number;
	const char *key;
	int rc = 0;

	json_object_foreach(all, key, number)
	{
		json_t *text;

		if (rc < 0 || !json_is_number(number) || !is_own(key) ||
		    f->number_count == TRYST_FINDING_NUMBERS_MAX)
			continue;
		text = json_string(key);
		f->numbers[f->number_count].key = text ? tryst_load_text(l, text, true) : NULL;
		f->numbers[f->number_count].value = json_number_value(number);
		if (f->numbers[f->number_count++].key == NULL)
			rc = tryst_error_nomem(l->err);
		json_decref(text);
	}
	json_decref(all);
	return rc;
}

const struct tryst_load_key tryst_load_finding_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_finding),
	.keys = finding_keys,
	.done = finding_done,
};
