/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "cli/output.h"
#include "cli/term.h"
#include "report/layout.h"

#define NAME "tryst: "
#define LEAST 40 /* columns; narrower pages are left to the terminal */

static bool as_json;

static void
json_line(struct tryst_buf *out, const char *text, size_t len)
{
	struct tryst_json j;

	tryst_json_init(&j, out, 0);
	tryst_json_object(&j);
	tryst_json_key_str(&j, "type", "message");
	tryst_json_key(&j, "text");
	tryst_json_text(&j, text, len);
	tryst_json_end(&j);
}

static void
say(const char *prefix, const char *fmt, va_list ap)
{
	struct tryst_buf out = { 0 };
	char *text = NULL;
	const char *line;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	line = text;
	tryst_buf_str(&out, as_json ? "" : prefix);
	for (;;) {
		size_t len = strcspn(line, "\n");

		if (as_json)
			json_line(&out, line, len);
		else
			tryst_buf_safe(&out, line, len);
		tryst_buf_char(&out, '\n');
		if (!line[len] || !line[len + 1])
			break;
		line += len + 1;
	}
	/* There is nowhere left to report that the standard error cannot be written to. */
	if (!out.failed)
		(void)tryst_write_all(STDERR_FILENO, out.data, out.len);
	tryst_buf_fini(&out);
	free(text);
}

void
tryst_say_as_json(void)
{
	as_json = true;
}

void
tryst_say_exit(int code)
{
	static const char *const meanings[] = {
		[0] = "done",
		[1] = "something was found",
		[2] = "wrong usage",
		[3] = "part of the input was unreadable or damaged",
		[4] = "nothing could be read, or the result could not be written",
		[5] = "refused by a safety rule",
	};
	struct tryst_buf out = { 0 };
	struct tryst_json j;

	if (!as_json || code < 2)
		return;
	tryst_json_init(&j, &out, 0);
	tryst_json_object(&j);
	tryst_json_key_str(&j, "type", "exit");
	tryst_json_key_u64(&j, "code", (uint64_t)code);
	tryst_json_key_str(&j, "meaning",
	                   (size_t)code < TRYST_ARRAY_SIZE(meanings) ? meanings[code]
	                                                             : "ended early by a signal");
	tryst_json_end(&j);
	tryst_buf_char(&out, '\n');
	if (!out.failed)
		(void)tryst_write_all(STDERR_FILENO, out.data, out.len);
	tryst_buf_fini(&out);
}

void
tryst_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(NAME, fmt, ap);
	va_end(ap);
}

void
tryst_say_plain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void
tryst_say_long(const char *text)
{
	unsigned width = tryst_term_width_said();
	struct tryst_buf out = { 0 };

	/* The first line begins behind the program's name. */
	if (!as_json && width >= LEAST)
		tryst_layout_wrap(&out, width, sizeof(NAME) - 1, 2, text);
	tryst_say("%s", out.len && !out.failed ? out.data + sizeof(NAME) - 1 : text);
	tryst_buf_fini(&out);
}

int
tryst_out(const char *data, size_t len, struct tryst_error *err)
{
	if (!tryst_write_all(STDOUT_FILENO, data, len))
		return tryst_error_errno(err, "cannot write to the standard output");
	return 0;
}

int
tryst_out_buf(const struct tryst_buf *b, struct tryst_error *err)
{
	if (b->failed)
		return tryst_error_nomem(err);
	return tryst_out(b->data, b->len, err);
}

int
tryst_save(const char *path, const struct tryst_buf *b, struct tryst_error *err)
{
	struct tryst_output o;
	int rc;

	if (b->failed)
		return tryst_error_nomem(err);
	rc = tryst_output_open(&o, path, false, err);
	if (rc == 0)
		rc = tryst_output_write(&o, b->data, b->len, err);
	if (rc == 0)
		rc = tryst_output_commit(&o, err);
	tryst_output_close(&o);
	return rc;
}
