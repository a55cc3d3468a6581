/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
tryst_error_set(struct tryst_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	assert(code < 0);
	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

int
tryst_error_errno(struct tryst_error *err, const char *fmt, ...)
{
	int saved = errno;
	char why[128];
	va_list ap;
	size_t len;

	if (!err)
		return TRYST_ERR_IO;
	err->code = TRYST_ERR_IO;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s",
	               strerror_r(saved, why, sizeof(why)));
	return TRYST_ERR_IO;
}

int
tryst_error_nomem(struct tryst_error *err)
{
	return tryst_error_set(err, TRYST_ERR_NOMEM, "out of memory");
}

void
tryst_error_prefix(struct tryst_error *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	va_list ap;
	size_t len;

	if (!err)
		return;
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %.*s",
	               (int)(sizeof(err->text) - 3), old);
}
