/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from outside on its way out: as JSON it is one string of valid UTF-8, for a terminal it has
 * no control character.
 */
#include "fuzz.h"

#include <string.h>

#include "base/json.h"

/* Aborts unless all of it is valid UTF-8 without control characters, C1 among them. */
static void
check_text(const struct tryst_buf *b)
{
	for (size_t i = 0; i < b->len;) {
		size_t n = tryst_utf8_len(b->data + i, b->len - i);
		uint8_t c = (uint8_t)b->data[i];

		FUZZ_CHECK(n >= 1 && n <= 4 && n <= b->len - i);
		FUZZ_CHECK(c >= ' ' && c != 0x7f);
		FUZZ_CHECK(c != 0xc2 || (uint8_t)b->data[i + 1] >= 0xa0);
		i += n;
	}
}

static void
check_json(const struct tryst_buf *b)
{
	static const char escapes[] = "\"\\/bfnrtu";

	FUZZ_CHECK(b->len >= 2 && b->data[0] == '"' && b->data[b->len - 1] == '"');
	for (size_t i = 1; i + 1 < b->len; i++) {
		FUZZ_CHECK(b->data[i] != '"');
		if (b->data[i] == '\\') {
			i++;
			FUZZ_CHECK(i + 1 < b->len && strchr(escapes, b->data[i]));
		}
	}
}

void
fuzz_escape(const uint8_t *data, size_t size)
{
	struct tryst_buf b = { 0 };
	struct tryst_json j;

	tryst_json_init(&j, &b, 0);
	tryst_json_text(&j, (const char *)data, size);
	FUZZ_CHECK(!b.failed);
	check_text(&b);
	check_json(&b);
	tryst_buf_clear(&b);
	tryst_buf_safe(&b, (const char *)data, size);
	FUZZ_CHECK(!b.failed);
	check_text(&b);
	tryst_buf_fini(&b);
}
