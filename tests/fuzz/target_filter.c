/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter language: a text is refused with a message, or compiles to a filter whose explanation
 * compiles to the same filter, that narrows the selection and keeps its promise about addresses.
 */
#include "fuzz.h"

#include <string.h>

#include "query/filter.h"

#define ROWS 64
#define TEXT_MAX 4096

/* Rows of small numbers, so that tests are sometimes true, with some fields unknown. */
static void
rows_draw(struct tryst_batch *b)
{
	uint64_t state = FUZZ_SEED;

	for (uint32_t row = 0; row < ROWS; row++) {
		b->present[row] = fuzz_random(&state) | fuzz_random(&state);
		for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
			char *column = tryst_batch_column(b, f);
			size_t size = tryst_field_info(f)->size;
			uint64_t v = fuzz_random(&state) % 256;
			struct tryst_ip ip = tryst_ip_v4((uint32_t)(0x0a000000 + v % 4));

			if (!tryst_batch_known(b, f, row))
				memset(column + row * size, 0, size);
			else if (tryst_field_info(f)->type == TRYST_TYPE_ip)
				memcpy(column + row * size, &ip, size);
			else
				memcpy(column + row * size, &v, size);
		}
	}
	b->rows = ROWS;
}

static void
apply(const struct tryst_filter *f, struct tryst_batch *b, uint64_t *out)
{
	const struct tryst_predicate *p = tryst_filter_predicate(f);
	const struct tryst_ipset *set = tryst_filter_addresses(f);

	FUZZ_CHECK((p->columns & ~TRYST_BITS_ALL) == 0);
	tryst_batch_select_all(b);
	p->apply(p, b);
	FUZZ_CHECK(b->selected <= ROWS);
	*out = 0;
	for (uint32_t i = 0; i < b->selected; i++) {
		uint16_t row = b->sel[i];

		FUZZ_CHECK(row < ROWS && (i == 0 || b->sel[i - 1] < row));
		if (set)
			FUZZ_CHECK(tryst_ipset_contains(set, b->src[row]) ||
			           tryst_ipset_contains(set, b->dst[row]));
		*out |= 1ULL << row;
	}
	FUZZ_CHECK(!tryst_filter_is_any(f) || b->selected == ROWS);
}

static void
check_filter(const struct tryst_filter *f, struct tryst_batch *b)
{
	struct tryst_buf once = { 0 }, twice = { 0 };
	struct tryst_filter *again = NULL;
	struct tryst_error err = { 0 };
	uint64_t rows, rows_again;

	apply(f, b, &rows);
	tryst_filter_explain(f, &once);
	fuzz_check_line(once.data);
	if (tryst_filter_new(&again, once.data, "explained", &err) < 0) {
		(void)fprintf(stderr, "explained: %s\n%s\n", once.data, err.text);
		abort();
	}
	tryst_filter_explain(again, &twice);
	FUZZ_CHECK(strcmp(once.data, twice.data) == 0);
	apply(again, b, &rows_again);
	FUZZ_CHECK(rows == rows_again);
	tryst_filter_free(again);
	tryst_buf_fini(&once);
	tryst_buf_fini(&twice);
}

void
fuzz_filter(const uint8_t *data, size_t size)
{
	static struct tryst_batch batch;
	struct tryst_filter *f = NULL;
	struct tryst_error err = { 0 };
	char *text;
	int rc;

	if (size > TEXT_MAX)
		return;
	if (!batch.memory) {
		FUZZ_CHECK(tryst_batch_init(&batch, TRYST_BITS_ALL, &err) == 0);
		rows_draw(&batch);
	}
	text = malloc(size + 1);
	FUZZ_CHECK(text);
	memcpy(text, data, size);
	text[size] = 0;
	rc = tryst_filter_new(&f, text, "filter", &err);
	if (rc == 0) {
		check_filter(f, &batch);
	} else {
		FUZZ_CHECK(rc == err.code && (rc == TRYST_ERR_USAGE || rc == TRYST_ERR_LIMIT));
		FUZZ_CHECK(strncmp(err.text, "filter", 6) == 0);
		for (const char *p = err.text; *p; p++)
			FUZZ_CHECK((unsigned char)*p >= ' ' || *p == '\n' || *p == '\t');
	}
	tryst_filter_free(f);
	free(text);
}
