/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/output.h"

static void
say(const char *prefix, const char *fmt, va_list ap)
{
	struct tryst_buf out = { 0 };
	char *text = NULL;
	const char *line;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	line = text;
	tryst_buf_str(&out, prefix);
	for (;;) {
		size_t len = strcspn(line, "\n");

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
tryst_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("tryst: ", fmt, ap);
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
