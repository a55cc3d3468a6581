/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case files: what is taken can be rendered in every format, anonymised or not, gives no control
 * characters to a terminal, and its own case file reads back as the same bytes.
 */
#include "fuzz.h"

#include <string.h>

#include "report/anonymize.h"
#include "report/load.h"
#include "report/report.h"

static void
check_text(const struct tryst_buf *b)
{
	for (size_t i = 0; i < b->len; i++) {
		FUZZ_CHECK((uint8_t)b->data[i] >= ' ' || b->data[i] == '\n');
		FUZZ_CHECK(b->data[i] != 0x7f);
	}
}

static void
render(struct tryst_case_file *file, const struct tryst_renderer *r, struct tryst_buf *out)
{
	struct tryst_report_options options = { .width = 80 };
	struct tryst_error err;

	FUZZ_CHECK(r->render(tryst_case_file_case(file), &options, out, &err) == 0);
}

static void
check_case(struct tryst_case_file *file)
{
	struct tryst_buf first = { 0 }, second = { 0 };
	struct tryst_case_file *again = NULL;
	struct tryst_error err;

	for (size_t i = 0; tryst_renderers[i]; i++) {
		tryst_buf_clear(&first);
		render(file, tryst_renderers[i], &first);
		if (!strcmp(tryst_renderers[i]->name, "text"))
			check_text(&first);
	}
	tryst_buf_clear(&first);
	render(file, tryst_renderer_find("json"), &first);
	FUZZ_CHECK(tryst_case_file_parse(&again, "again", first.data, first.len, &err) == 0);
	render(again, tryst_renderer_find("json"), &second);
	FUZZ_CHECK(first.len == second.len && !memcmp(first.data, second.data, first.len));
	tryst_case_file_free(again);
	tryst_buf_fini(&first);
	tryst_buf_fini(&second);
}

/* Without the home network it is a case, too, unless two things are then one. */
static void
check_hidden(struct tryst_case_file *file)
{
	static const uint8_t key[TRYST_ANONYMIZE_KEY] = { 1, 2, 3 };
	struct tryst_anonymizer *a = NULL;
	struct tryst_case_file *hidden = NULL;
	struct tryst_error err;
	int rc;

	FUZZ_CHECK(tryst_anonymizer_new(&a, key, &err) == 0);
	rc = tryst_case_anonymize(&hidden, tryst_case_file_case(file), a, &err);
	FUZZ_CHECK(rc == 0 || rc == TRYST_ERR_FORMAT);
	if (rc == 0)
		check_case(hidden);
	tryst_case_file_free(hidden);
	tryst_anonymizer_free(a);
}

void
fuzz_case(const uint8_t *data, size_t size)
{
	struct tryst_case_file *file = NULL;
	struct tryst_error err = { 0 };
	int rc = tryst_case_file_parse(&file, "case", (const char *)data, size, &err);

	FUZZ_CHECK(rc == 0 || (err.code == rc && !file));
	FUZZ_CHECK(rc == 0 || rc == TRYST_ERR_FORMAT || rc == TRYST_ERR_UNSUPPORTED);
	if (rc == 0)
		check_case(file);
	if (rc == 0)
		check_hidden(file);
	tryst_case_file_free(file);
}
