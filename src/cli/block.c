/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/block.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/suggest.h"
#include "cli/lists.h"
#include "cli/say.h"

#define LIMIT_DEFAULT 1000
#define MAX4_DEFAULT 24
#define MAX6_DEFAULT 48
#define EXPIRE_MS_MAX (36525LL * 86400000) /* a century */

static int
init_emitter(struct tryst_block *b, struct tryst_error *err)
{
	struct tryst_suggest near;

	if (!b->s->as)
		return tryst_error_set(
			err, TRYST_ERR_USAGE,
			"for what? --as TARGET, such as ios, junos, frr, bird, nftables, "
			"list; 'tryst block --help' has all");
	b->emitter = tryst_emitter_find(b->s->as);
	if (b->emitter)
		return 0;
	tryst_suggest_init(&near, b->s->as, strlen(b->s->as));
	for (size_t i = 0; tryst_emitters[i]; i++)
		tryst_suggest_try(&near, tryst_emitters[i]->name);
	(void)tryst_suggest_error(&near, "target", err);
	tryst_error_prefix(err, "--as");
	return TRYST_ERR_USAGE;
}

static int
read_ip(const char *option, const char *text, struct tryst_ip *out, struct tryst_error *err)
{
	if (tryst_ip_parse(text, strlen(text), out))
		return 0;
	return tryst_error_set(err, TRYST_ERR_USAGE, "%s: '%s' is no address", option, text);
}

static int
init_bgp(struct tryst_block *b, struct tryst_error *err)
{
	const struct tryst_block_settings *s = &b->s->block;
	struct tryst_ip ip;
	int rc = 0;

	b->emit.next_hop4 = tryst_ip_v4(0xc0000201);                       /* 192.0.2.1 */
	b->emit.next_hop6 = (struct tryst_ip){ 0x0100000000000000ULL, 1 }; /* 100::1, RFC 6666 */
	for (size_t i = 0; i < s->next_hops.count && rc == 0; i++) {
		rc = read_ip("--next-hop", s->next_hops.list[i], &ip, err);
		*(tryst_ip_is_v4(ip) ? &b->emit.next_hop4 : &b->emit.next_hop6) = ip;
	}
	for (size_t i = 0; i < s->peers.count && rc == 0; i++) {
		rc = read_ip("--peer", s->peers.list[i], &ip, err);
		if (i == 0)
			b->emit.peer = ip;
	}
	if (rc == 0 && s->local)
		rc = read_ip("--local-address", s->local, &b->emit.local, err);
	if (rc == 0 && s->asn > UINT32_MAX)
		rc = tryst_error_set(err, TRYST_ERR_USAGE, "--asn: an AS number has 32 bits");
	b->emit.asn = (uint32_t)s->asn;
	return rc;
}

static int
check_needs(const struct tryst_block *b, struct tryst_error *err)
{
	unsigned needs = b->emitter->needs;
	const char *lacks = NULL;

	if (needs & TRYST_EMIT_ASN && !b->emit.asn)
		lacks = "--asn";
	else if (needs & TRYST_EMIT_PEER && !b->s->block.peers.count)
		lacks = "--peer";
	else if (needs & TRYST_EMIT_LOCAL && !b->s->block.local)
		lacks = "--local-address";
	if (lacks)
		return tryst_error_set(err, TRYST_ERR_USAGE, "--as %s needs %s", b->emitter->name,
		                       lacks);
	if (b->emitter->expire_max_s && b->emit.expire_ms / 1000 > b->emitter->expire_max_s)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "--expire: %s takes at most %" PRId64 " seconds, or 0s",
		                       b->emitter->name, b->emitter->expire_max_s);
	if (b->emit.expire_ms > EXPIRE_MS_MAX)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "--expire: more than a century; 0s is for good");
	return 0;
}

/* "24" or "24,48". */
static int
init_max(struct tryst_block *b, struct tryst_error *err)
{
	const char *text = b->s->block.max_prefix;
	char *end;

	b->options.max4 = MAX4_DEFAULT;
	b->options.max6 = MAX6_DEFAULT;
	if (!text)
		return 0;
	b->options.max4 = (unsigned)strtoul(text, &end, 10);
	if (*end == ',')
		b->options.max6 = (unsigned)strtoul(end + 1, &end, 10);
	if (*end || *text < '0' || *text > '9' || b->options.max4 < 1 || b->options.max4 > 32 ||
	    b->options.max6 < 1 || b->options.max6 > 128)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "--max-prefix: '%s': expected lengths of IPv4 and IPv6 such "
		                       "as 24,48",
		                       text);
	return 0;
}

static int
init_allowed(struct tryst_block *b, struct tryst_error *err)
{
	const struct tryst_words *words = &b->s->block.allowed;
	struct tryst_suggest near;

	for (size_t i = 0; i < words->count; i++) {
		if (tryst_guard_class_find(words->list[i]))
			continue;
		tryst_suggest_init(&near, words->list[i], strlen(words->list[i]));
		for (size_t k = 0; tryst_guard_classes[k].name; k++)
			tryst_suggest_try(&near, tryst_guard_classes[k].name);
		(void)tryst_suggest_error(&near, "class", err);
		tryst_error_prefix(err, "--allow-special");
		return TRYST_ERR_USAGE;
	}
	b->options.allowed = (const char *const *)words->list;
	b->options.allowed_count = words->count;
	return 0;
}

static int
init_evidence(struct tryst_block *b, struct tryst_error *err)
{
	return tryst_block_evidence_read(b->s->block.evidence, &b->evidence, err);
}

static int
init_tag(struct tryst_block *b, struct tryst_error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-";
	const char *name = b->s->block.name;

	if (!name)
		return 0;
	if (!*name || strlen(name) > TRYST_EMIT_TAG_MAX || name[strspn(name, letters)])
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "--case: '%s': expected at most %d letters, digits and -",
		                       name, TRYST_EMIT_TAG_MAX);
	(void)snprintf(b->tag, sizeof(b->tag), "%s", name);
	return 0;
}

/* Now, or the time that reproducible builds are told (SOURCE_DATE_EPOCH). */
static int64_t
created_ms(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t ms;

	if (epoch && tryst_time_parse(epoch, strlen(epoch), &(struct tryst_zone){ 0 }, &ms))
		return ms;
	return (int64_t)time(NULL) * 1000;
}

int
tryst_block_init(struct tryst_block *b, const struct tryst_settings *s, struct tryst_error *err)
{
	static int (*const steps[])(struct tryst_block * b, struct tryst_error * err) = {
		init_emitter, init_bgp, init_max, init_allowed, init_evidence, init_tag,
	};
	int rc = 0;

	*b = (struct tryst_block){ .s = s };
	b->options.no_own_check = s->block.no_own_check;
	b->options.aggregate = s->block.aggregate;
	b->options.limit = s->block.limit == TRYST_COUNT_UNSET ? LIMIT_DEFAULT : s->block.limit;
	b->emit.expire_ms = s->block.expire_ms;
	b->emit.created_ms = created_ms();
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(steps) && rc == 0; i++)
		rc = steps[i](b, err);
	if (rc == 0)
		rc = check_needs(b, err);
	if (rc == 0 && !s->words.count)
		rc = tryst_error_set(err, TRYST_ERR_USAGE,
		                     "no list: tryst block LIST... --as TARGET --own FILE");
	return rc < 0 ? rc : tryst_block_plan_new(&b->plan, err);
}

/* Takes the note over. */
static int
note_add(struct tryst_block *b, char *note, struct tryst_error *err)
{
	size_t count = b->emit.input_count + 1;
	char **grown = reallocarray(b->inputs, count, sizeof(*grown));

	if (!grown) {
		free(note);
		return tryst_error_nomem(err);
	}
	grown[count - 1] = note;
	b->inputs = grown;
	b->emit.inputs = (const char *const *)grown;
	b->emit.input_count = count;
	return 0;
}

/* A line for the header that says what was read. */
static int
input_note(struct tryst_block *b, const char *path, const char *format, const char *sha256,
           uint32_t count, struct tryst_error *err)
{
	char *note = NULL;

	if (asprintf(&note, "%s: %s, %u indicators%s%s", path, format, count,
	             *sha256 ? ", sha256 " : "", sha256) < 0)
		return tryst_error_nomem(err);
	return note_add(b, note, err);
}

static int
add_list(struct tryst_block *b, char *path, struct tryst_error *err)
{
	struct tryst_watchlist *w = NULL;
	int rc = tryst_lists_load(&w, b->s, &path, 1, err);

	if (rc == 0 && !b->s->quiet)
		tryst_run_say_remarks(w);
	for (size_t i = 0; rc == 0 && i < tryst_watchlist_lists(w); i++) {
		const struct tryst_list_info *info = tryst_watchlist_list(w, (uint32_t)i);

		b->partial |= info->rejected > 0;
		rc = input_note(b, info->path, info->format, info->sha256, info->indicators, err);
	}
	if (rc == 0)
		rc = tryst_block_plan_add_list(b->plan, w, b->emit.created_ms, err);
	tryst_watchlist_free(w);
	return rc;
}

/* A line for the header that says which case it was. */
static int
case_note(struct tryst_block *b, const char *path, const struct tryst_case *c,
          struct tryst_error *err)
{
	char *note = NULL, made[TRYST_TIME_TEXT_MAX], sha256[TRYST_SHA256_TEXT];
	int rc = tryst_sha256_file(path, sha256, err);

	if (rc < 0)
		return rc;
	(void)tryst_time_format(c->created_ms, made);
	if (asprintf(&note, "%s: case of %s, %zu listed hosts seen, sha256 %s", path, made,
	             c->host_count, sha256) < 0)
		return tryst_error_nomem(err);
	return note_add(b, note, err);
}

static int
add_case(struct tryst_block *b, char *path, struct tryst_error *err)
{
	struct tryst_case_file *f = NULL;
	int rc = tryst_block_case_load(&f, path, err);

	if (rc == 0) {
		const struct tryst_case *c = tryst_case_file_case(f);

		b->partial |= !c->complete;
		for (size_t i = 0; i < c->input_count; i++)
			b->exporters_known |= c->inputs[i]->exporter_count > 0;
		rc = case_note(b, path, c, err);
		if (rc == 0)
			rc = tryst_block_plan_add_case(b->plan, c, b->evidence, err);
	}
	tryst_case_file_free(f);
	return rc;
}

int
tryst_block_plan_make(struct tryst_block *b, struct tryst_error *err)
{
	int rc = tryst_block_guards(b, err);

	for (size_t i = 0; i < b->s->words.count && rc == 0; i++)
		rc = (tryst_block_is_case(b->s->words.list[i]) ? add_case : add_list)(
			b, b->s->words.list[i], err);
	if (rc == 0)
		rc = tryst_block_guard_flows(b, err);
	if (rc == 0)
		rc = tryst_block_plan_seal(b->plan, &b->options, err);
	if (rc == 0 && !*b->tag)
		(void)snprintf(b->tag, sizeof(b->tag), "%08x", tryst_block_plan_number(b->plan));
	b->emit.tag = b->tag;
	return rc;
}

void
tryst_block_fini(struct tryst_block *b)
{
	for (size_t i = 0; i < b->emit.input_count; i++)
		free(b->inputs[i]);
	free(b->inputs);
	tryst_block_plan_free(b->plan);
}
