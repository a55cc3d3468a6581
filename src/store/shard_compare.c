/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two shards, of which the second was made again of some of the files of the first: by file, by run
 * of records, by address, and by row of the sample.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/index_verify.h"

#define FINDINGS_MAX 20

struct compare {
	const struct tryst_shard *s, *again;
	const uint32_t *again_file;
	uint32_t *unit; /* by unit of s: that of `again`, or UINT32_MAX */
	tryst_finding_fn finding;
	void *ctx;
	int found;
};

/* One finding about a file of the archive; `unit` is one of `again`. */
TRYST_PRINTF(3, 4)
static void
find(struct compare *c, const struct tryst_shard_file *f, const char *fmt, ...)
{
	char what[256], text[1024];
	va_list ap;

	if (c->found++ >= FINDINGS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)snprintf(text, sizeof(text), "%s: %.*s: %s", c->s->path,
	               (int)TRYST_MIN(f->path_len, (size_t)512), f->path, what);
	c->finding(c->ctx, text);
}

static const struct tryst_shard_file *
file_of(const struct tryst_shard *s, uint32_t unit)
{
	uint32_t low = 0, high = s->file_count;

	/* The last file that begins at the unit or before it, and is not empty. */
	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;

		if (s->files[mid].unit <= unit)
			low = mid;
		else
			high = mid;
	}
	return &s->files[low];
}

static bool
same_place(const struct tryst_shard_unit *a, const struct tryst_shard_unit *b)
{
	const struct tryst_nf_unit *x = &a->place, *y = &b->place;

	return x->offset == y->offset && x->size == y->size && x->from == y->from &&
	       x->to == y->to && x->part == y->part && x->first == y->first && x->rows == y->rows &&
	       x->packing == y->packing && a->from_ms == b->from_ms && a->to_ms == b->to_ms;
}

/* Where unpacking begins for the run. */
static bool
same_entry(const struct compare *c, struct tryst_shard_unit *a, struct tryst_shard_unit *b)
{
	struct tryst_nf_entry *x = &a->place.entry, *y = &b->place.entry;

	return tryst_shard_entry(c->s, a, x) && tryst_shard_entry(c->again, b, y) &&
	       a->place.packed_to == b->place.packed_to && x->packed == y->packed &&
	       x->plain == y->plain && x->history_len == y->history_len &&
	       (!x->history_len || memcmp(x->history, y->history, x->history_len) == 0);
}

static bool
same_file(const struct tryst_shard_file *a, const struct tryst_shard_file *b)
{
	return a->flows == b->flows && a->from_ms == b->from_ms && a->to_ms == b->to_ms &&
	       a->whole == b->whole && a->parts == b->parts &&
	       memcmp(a->part_flows, b->part_flows, (size_t)a->parts * 4) == 0 &&
	       a->about_len == b->about_len && memcmp(a->about, b->about, a->about_len) == 0;
}

/* The runs of a file, and which is which; the first that is another says it for all. */
static void
compare_units(struct compare *c, const struct tryst_shard_file *f, const struct tryst_shard_file *g)
{
	struct tryst_shard_unit a, b;
	bool same = f->units == g->units;

	if (!same)
		find(c, f, "there are %" PRIu32 " runs of records, not %" PRIu32, g->units,
		     f->units);
	for (uint32_t u = 0; u < TRYST_MIN(f->units, g->units) && same; u++) {
		c->unit[f->unit + u] = g->unit + u;
		same = tryst_shard_unit(c->s, f->unit + u, &a) &&
		       tryst_shard_unit(c->again, g->unit + u, &b) && same_place(&a, &b);
		if (!same)
			find(c, f, "run of records %" PRIu32 " is not where it says", u);
		else if (!same_entry(c, &a, &b))
			find(c, f, "run of records %" PRIu32 " is not unpacked from where it says",
			     u);
	}
}

static void
compare_files(struct compare *c)
{
	for (uint32_t u = 0; u < c->s->unit_count; u++)
		c->unit[u] = UINT32_MAX;
	for (uint32_t i = 0; i < c->s->file_count; i++) {
		const struct tryst_shard_file *f = &c->s->files[i], *g;

		if (c->again_file[i] == UINT32_MAX)
			continue;
		g = &c->again->files[c->again_file[i]];
		if (!same_file(f, g))
			find(c, f, "its flows, their times or what is damaged are others");
		compare_units(c, f, g);
	}
}

/* Walks the addresses of a dictionary in order, with the runs of each. */
struct walk {
	const struct tryst_shard *s;
	uint32_t code;
	struct tryst_dictionary_cache cache;
	struct tryst_block_set set;
	struct tryst_ip ip;
};

static int
walk_begin(struct walk *w, const struct tryst_shard *s, struct tryst_error *err)
{
	*w = (struct walk){ .s = s };
	return tryst_block_set_init(&w->set, TRYST_MAX(s->postings.blocks, 1u), err);
}

static bool
walk_more(const struct walk *w)
{
	return w->code < w->s->dictionary.count;
}

/* Reads the address of w->code, and its runs. */
static int
walk_read(struct walk *w, struct tryst_error *err)
{
	struct tryst_code_range one = { w->code, w->code };
	int rc = tryst_dictionary_ips(&w->s->dictionary, &w->code, 1, &w->ip, &w->cache, err);

	memset(w->set.words, 0, ((size_t)w->set.blocks + 63) / 64 * sizeof(*w->set.words));
	return rc < 0 ? rc : tryst_postings_blocks(&w->s->postings, &one, 1, &w->set, err);
}

/* The runs that the index has for an address and the files have not, and the other way round. */
static void
compare_runs(struct compare *c, const struct walk *w, struct walk *again, bool there)
{
	char ip[TRYST_IP_TEXT_MAX];
	uint32_t n;

	(void)tryst_ip_format(w->ip, ip);
	for (uint32_t u = 0; u < w->set.blocks; u++) {
		uint32_t v = c->unit[u];

		if (!w->set.words[u / 64]) {
			u |= 63;
			continue;
		}
		if (!tryst_block_set_has(&w->set, u) || v == UINT32_MAX)
			continue;
		if (there && v < again->set.blocks && tryst_block_set_has(&again->set, v))
			again->set.words[v / 64] &= ~(1ULL << v % 64);
		else
			find(c, file_of(c->s, u), "%s is not in run of records %" PRIu32, ip,
			     u - file_of(c->s, u)->unit);
	}
	if (!there)
		return;
	n = tryst_block_set_count(&again->set);
	for (uint32_t v = 0; n && v < again->set.blocks; v++) {
		if (!tryst_block_set_has(&again->set, v))
			continue;
		find(c, file_of(c->again, v),
		     "%s is in run of records %" PRIu32 ", which is not known", ip,
		     v - file_of(c->again, v)->unit);
		n--;
	}
}

static void
find_missing(struct compare *c, const struct walk *again)
{
	char ip[TRYST_IP_TEXT_MAX];
	uint32_t v = 0;

	(void)tryst_ip_format(again->ip, ip);
	while (v + 1 < again->set.blocks && !tryst_block_set_has(&again->set, v))
		v++;
	find(c, file_of(c->again, v), "%s is not known", ip);
}

static int
compare_addresses(struct compare *c, struct tryst_error *err)
{
	struct walk a = { 0 }, b = { 0 };
	int rc = walk_begin(&a, c->s, err);

	if (rc == 0)
		rc = walk_begin(&b, c->again, err);
	if (rc == 0 && walk_more(&a))
		rc = walk_read(&a, err);
	if (rc == 0 && walk_more(&b))
		rc = walk_read(&b, err);
	while (rc == 0 && (walk_more(&a) || walk_more(&b))) {
		int order = !walk_more(&b) ? -1 : !walk_more(&a) ? 1 : tryst_ip_compare(a.ip, b.ip);

		if (order <= 0)
			compare_runs(c, &a, &b, order == 0);
		else
			find_missing(c, &b);
		a.code += order <= 0;
		b.code += order >= 0;
		if (order <= 0 && walk_more(&a))
			rc = walk_read(&a, err);
		if (rc == 0 && order >= 0 && walk_more(&b))
			rc = walk_read(&b, err);
	}
	tryst_block_set_fini(&a.set);
	tryst_block_set_fini(&b.set);
	return rc;
}

/* Walks the rows of a sample, of the hosts at most at a ceiling. */
struct rows {
	const struct tryst_shard *s;
	const uint32_t *unit; /* as in struct compare; NULL: all, as they are */
	uint64_t ceiling;
	uint32_t block, row; /* the next block; the row of the one that is read */
	struct tryst_shard_rows *w;
	struct tryst_batch batch;
};

static int
rows_begin(struct rows *r, const struct tryst_shard *s, const uint32_t *unit, uint64_t ceiling,
           struct tryst_error *err)
{
	uint64_t columns = TRYST_BITS_ALL & ~(TRYST_BIT(input_id) | TRYST_BIT(record_no));
	int rc;

	*r = (struct rows){ .s = s, .unit = unit, .ceiling = ceiling };
	r->w = malloc(sizeof(*r->w));
	rc = r->w ? tryst_batch_init(&r->batch, columns, err) : tryst_error_nomem(err);
	r->batch.rows = 0;
	return rc;
}

static void
rows_end(struct rows *r)
{
	free(r->w);
	tryst_batch_fini(&r->batch);
}

static int
rows_read_block(struct rows *r, struct tryst_error *err)
{
	struct tryst_shard_sample_block k;
	int rc;

	if (!tryst_shard_sample_block(r->s, r->block, &k))
		return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: the sample is damaged",
		                       r->s->path);
	for (uint32_t i = 0; i < k.rows; i++)
		r->w->rows[i] = (uint16_t)i;
	rc = tryst_shard_sample_ends(r->s, &k, r->w, &r->batch, err);
	if (rc == 0)
		rc = tryst_shard_sample_rest(r->s, r->w, k.rows, &r->batch, err);
	r->block++;
	r->row = 0;
	return rc;
}

/* Whether the row is one of those that are compared; *number: its unit and place in `again`. */
static bool
rows_wanted(const struct rows *r, uint64_t *number)
{
	const struct tryst_batch *b = &r->batch;
	uint64_t unit = r->w->numbers[r->row] / TRYST_BATCH_ROWS;

	if (TRYST_MIN(tryst_sampler_key(b->src[r->row]), tryst_sampler_key(b->dst[r->row])) >
	            r->ceiling ||
	    unit >= r->s->unit_count)
		return false;
	if (r->unit)
		unit = r->unit[unit];
	*number = unit * TRYST_BATCH_ROWS + r->w->numbers[r->row] % TRYST_BATCH_ROWS;
	return unit != UINT32_MAX;
}

/* Goes to the next row.  1: there is one, at r->row - 1. */
static int
rows_next(struct rows *r, uint64_t *number, struct tryst_error *err)
{
	for (;;) {
		while (r->row < r->batch.rows) {
			bool wanted = rows_wanted(r, number);

			r->row++;
			if (wanted)
				return 1;
		}
		if (r->block >= r->s->sample_block_count)
			return 0;
		if (rows_read_block(r, err) < 0)
			return TRYST_ERR_FORMAT;
	}
}

static bool
same_row(const struct rows *a, const struct rows *b)
{
	uint32_t i = a->row - 1, k = b->row - 1;

	if (a->batch.present[i] != b->batch.present[k])
		return false;
	for (unsigned f = 0; a->batch.columns >> f; f++) {
		size_t size = tryst_field_info(f)->size;

		if ((a->batch.columns & a->batch.present[i]) >> f & 1 &&
		    memcmp((char *)tryst_batch_column(&a->batch, f) + i * size,
		           (char *)tryst_batch_column(&b->batch, f) + k * size, size) != 0)
			return false;
	}
	return true;
}

static int
compare_sample(struct compare *c, struct tryst_error *err)
{
	unsigned level = TRYST_MAX(c->s->sample.level, c->again->sample.level);
	uint64_t ceiling, x = 0, y = 0;
	struct rows a = { 0 }, b = { 0 };
	int more = 1, rc;

	if (level > TRYST_SAMPLER_LEVEL_MAX)
		return 0;
	ceiling = tryst_sampler_ceiling(level);
	rc = rows_begin(&a, c->s, c->unit, ceiling, err);
	if (rc == 0)
		rc = rows_begin(&b, c->again, NULL, ceiling, err);
	while (rc == 0 && more == 1 && c->found <= FINDINGS_MAX) {
		int other = 0;

		more = rows_next(&a, &x, err);
		if (more >= 0)
			other = rows_next(&b, &y, err);
		if (more < 0 || other < 0) {
			rc = TRYST_ERR_FORMAT;
		} else if (more != other || (more && (x != y || !same_row(&a, &b)))) {
			uint64_t n = (other ? y : x) / TRYST_BATCH_ROWS;

			find(c, file_of(c->again, (uint32_t)n), "the sample has other flows");
			break;
		}
	}
	rows_end(&a);
	rows_end(&b);
	return rc;
}

int
tryst_shard_compare(const struct tryst_shard *s, const struct tryst_shard *again,
                    const uint32_t *again_file, tryst_finding_fn finding, void *ctx,
                    struct tryst_error *err)
{
	struct compare c = { s, again, again_file, .finding = finding, .ctx = ctx };
	int rc = 0;

	c.unit = reallocarray(NULL, (size_t)s->unit_count + 1, sizeof(*c.unit));
	if (!c.unit)
		return tryst_error_nomem(err);
	compare_files(&c);
	/* What is no unit of a file says nothing of an address. */
	if (!c.found)
		rc = compare_addresses(&c, err);
	if (rc == 0 && !c.found)
		rc = compare_sample(&c, err);
	free(c.unit);
	if (c.found > FINDINGS_MAX) {
		char text[1024];

		(void)snprintf(text, sizeof(text), "%s: %d more differences", s->path,
		               c.found - FINDINGS_MAX);
		finding(ctx, text);
	}
	return rc < 0 ? rc : c.found;
}
