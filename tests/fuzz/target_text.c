/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of text tables, each in memory of exactly its size. */
#include "fuzz.h"

#include <string.h>

#include "read/text.h"

static void
check_row(const struct tryst_text_table *t, const uint8_t *line, size_t len,
          struct tryst_text_memory *memory)
{
	const struct tryst_zone utc = { .kind = TRYST_ZONE_UTC };
	static struct tryst_text_row row;
	struct tryst_text_fault fault = { 0 };
	char text[TRYST_TEXT_FAULT_MAX];
	char *exact = malloc(len + !len);

	FUZZ_CHECK(exact);
	memcpy(exact, line, len);
	if (tryst_text_row_parse(t, &utc, exact, len, memory, &row, &fault)) {
		FUZZ_CHECK((row.known & ~TRYST_BITS_ALL) == 0);
	} else {
		tryst_text_fault_format(&fault, t, text);
		FUZZ_CHECK(memchr(text, 0, sizeof(text)) && text[0]);
		fuzz_check_line(text);
	}
	free(exact);
}

void
fuzz_text_row(const uint8_t *data, size_t size)
{
	static struct tryst_text_table t;
	struct tryst_text_memory memory = { 0 };
	size_t at;

	if (!tryst_text_header(data, size, &t))
		return;
	FUZZ_CHECK(t.columns > 0 && t.columns <= TRYST_TEXT_COLUMNS_MAX && t.known <= t.columns);
	FUZZ_CHECK(t.header_at + t.header_len <= size && t.data_at <= size);
	for (at = t.data_at; at < size;) {
		const uint8_t *end = memchr(data + at, '\n', size - at);
		size_t len = end ? (size_t)(end - data) - at : size - at;

		check_row(&t, data + at, len, &memory);
		at += len + 1;
	}
}
