/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions, their templates and their samplers.
 */
#include "read/export_impl.h"

#include <stdlib.h>

#define SLOTS (2u * TRYST_EXPORT_SESSIONS_MAX) /* a power of two, never more than half full */

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "slots are found by masking");

static bool
session_is(const struct ex_session *s, const struct tryst_datagram *d, uint16_t version,
           uint16_t port, uint32_t domain)
{
	return s->domain == domain && s->version == version && s->port == port &&
	       tryst_ip_equal(s->exporter, d->exporter);
}

static struct ex_session **
find_slot(struct tryst_export *x, const struct tryst_datagram *d, uint16_t version, uint16_t port,
          uint32_t domain)
{
	uint64_t key = (uint64_t)domain << 32 | (uint32_t)version << 16 | port;
	struct tryst_ip mix = { d->exporter.hi ^ key, d->exporter.lo };
	uint64_t at = tryst_ip_hash(mix);

	for (;; at++) {
		struct ex_session **slot = &x->slots[at & (SLOTS - 1)];

		if (!*slot || session_is(*slot, d, version, port, domain))
			return slot;
	}
}

struct ex_session *
tryst_ex_session(struct tryst_export *x, const struct tryst_datagram *d, uint16_t version,
                 uint32_t domain, bool *full, struct tryst_error *err)
{
	uint16_t port = version == 10 ? d->port : 0;
	struct ex_session **slot;

	*full = false;
	if (x->last && session_is(x->last, d, version, port, domain))
		return x->last;
	if (!x->slots) {
		x->slots = calloc(SLOTS, sizeof(struct ex_session *));
		if (!x->slots) {
			(void)tryst_error_nomem(err);
			return NULL;
		}
	}
	slot = find_slot(x, d, version, port, domain);
	if (!*slot) {
		*full = x->session_count == TRYST_EXPORT_SESSIONS_MAX;
		if (*full)
			return NULL;
		*slot = calloc(1, sizeof(**slot));
		if (!*slot) {
			(void)tryst_error_nomem(err);
			return NULL;
		}
		x->session_count++;
		**slot = (struct ex_session){ .exporter = d->exporter,
			                      .version = version,
			                      .port = port,
			                      .domain = domain,
			                      .boot_ms = INT64_MIN };
	}
	x->last = *slot;
	return *slot;
}

void
tryst_ex_sessions_free(struct tryst_export *x)
{
	for (size_t i = 0; x->slots && i < SLOTS; i++) {
		struct ex_session *s = x->slots[i];

		if (!s)
			continue;
		for (unsigned k = 0; k < s->template_count; k++)
			free(s->templates[k]);
		free(s->templates);
		free(s->samplers);
		free(s->held_ids);
		free(s);
	}
	free(x->slots);
}

/* The place of a template in the list: of its id, or where it would stand. */
static unsigned
place(const struct ex_session *s, uint16_t id)
{
	unsigned from = 0, count = s->template_count;

	while (count > 0) {
		unsigned half = count / 2;

		if (s->templates[from + half]->id < id) {
			from += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return from;
}

struct ex_template *
tryst_ex_template(const struct ex_session *s, uint16_t id)
{
	unsigned at = place(s, id);

	return at < s->template_count && s->templates[at]->id == id ? s->templates[at] : NULL;
}

int
tryst_ex_template_put(struct tryst_export *x, struct ex_session *s, struct ex_template *t,
                      struct tryst_error *err)
{
	unsigned at = place(s, t->id);
	struct ex_template **list;

	if (at < s->template_count && s->templates[at]->id == t->id) {
		free(s->templates[at]);
		s->templates[at] = t;
		return 1;
	}
	if (s->template_count == TRYST_EXPORT_SESSION_TEMPLATES_MAX ||
	    x->template_count == TRYST_EXPORT_TEMPLATES_MAX) {
		free(t);
		return 0;
	}
	list = realloc(s->templates, (s->template_count + 1) * sizeof(struct ex_template *));
	if (!list) {
		free(t);
		return tryst_error_nomem(err);
	}
	s->templates = list;
	memmove(list + at + 1, list + at, (s->template_count - at) * sizeof(struct ex_template *));
	list[at] = t;
	s->template_count++;
	x->template_count++;
	return 1;
}

void
tryst_ex_template_drop(struct tryst_export *x, struct ex_session *s, uint16_t id)
{
	unsigned at = place(s, id);

	if (at == s->template_count || s->templates[at]->id != id)
		return;
	free(s->templates[at]);
	s->template_count--;
	x->template_count--;
	memmove(s->templates + at, s->templates + at + 1,
	        (s->template_count - at) * sizeof(struct ex_template *));
}

void
tryst_ex_templates_drop(struct tryst_export *x, struct ex_session *s, bool options)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < s->template_count; i++) {
		if (s->templates[i]->options == options)
			free(s->templates[i]);
		else
			s->templates[kept++] = s->templates[i];
	}
	x->template_count -= s->template_count - kept;
	s->template_count = kept;
}

int
tryst_ex_sampler_put(struct ex_session *s, const struct ex_sampler *sampler,
                     struct tryst_error *err)
{
	struct ex_sampler *list;
	unsigned at = 0;

	while (at < s->sampler_count &&
	       (s->samplers[at].scope != sampler->scope || s->samplers[at].id != sampler->id))
		at++;
	if (at < s->sampler_count) {
		s->samplers[at] = *sampler;
		return 0;
	}
	if (s->sampler_count == TRYST_EXPORT_SAMPLERS_MAX)
		return 0;
	list = realloc(s->samplers, (s->sampler_count + 1) * sizeof(*list));
	if (!list)
		return tryst_error_nomem(err);
	s->samplers = list;
	list[s->sampler_count++] = *sampler;
	s->sampler_ids += sampler->scope == EX_SCOPE_SAMPLER;
	return 0;
}

struct tryst_exporter *
tryst_ex_exporter(struct tryst_export *x, const struct ex_session *s)
{
	return tryst_tally_at(&x->tally, s->exporter, s->domain);
}

void
tryst_ex_sampling(const struct ex_message *m, uint32_t interval)
{
	struct tryst_exporter *e = tryst_ex_exporter(m->x, m->session);

	e->sampling = TRYST_MAX(e->sampling, interval);
}
