/* SPDX-License-Identifier: Apache-2.0 */
#include "report/csv.h"

#include <math.h>
#include <string.h>

#include "base/time.h"

void
tryst_csv_ip(struct tryst_buf *out, struct tryst_ip ip)
{
	char text[TRYST_IP_TEXT_MAX];

	tryst_buf_add(out, text, tryst_ip_format(ip, text));
}

void
tryst_csv_time(struct tryst_buf *out, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	tryst_buf_add(out, text, tryst_time_format(ms, text));
}

void
tryst_csv_real(struct tryst_buf *out, double v)
{
	if (isfinite(v))
		tryst_buf_printf(out, "%.6g", v);
}

void
tryst_csv_i64(struct tryst_buf *out, int64_t v)
{
	if (v < 0)
		tryst_buf_char(out, '-');
	tryst_buf_u64(out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void
tryst_csv_text(struct tryst_buf *out, const char *text, size_t len)
{
	if (!len)
		return;
	tryst_buf_char(out, '"');
	/* Spreadsheets take what begins so for a formula, also between quotes. */
	if (strchr("=+-@", text[0]) && text[0])
		tryst_buf_char(out, '\'');
	for (size_t i = 0, n; i < len; i += n) {
		const char *quote = memchr(text + i, '"', len - i);

		n = quote ? (size_t)(quote - text) - i + 1 : len - i;
		tryst_buf_safe(out, text + i, n);
		if (quote)
			tryst_buf_char(out, '"');
	}
	tryst_buf_char(out, '"');
}

void
tryst_csv_str(struct tryst_buf *out, const char *text)
{
	tryst_csv_text(out, text, strlen(text));
}

void
tryst_csv_heading(const struct tryst_column *columns, struct tryst_buf *out)
{
	for (size_t i = 0; columns[i].name; i++) {
		tryst_buf_str(out, i ? "," : "");
		tryst_buf_str(out, columns[i].name);
	}
	tryst_buf_char(out, '\n');
}

void
tryst_csv_row(const struct tryst_column *columns, const struct tryst_row *r, struct tryst_buf *out)
{
	for (size_t i = 0; columns[i].name; i++) {
		tryst_buf_str(out, i ? "," : "");
		columns[i].put(r, out);
	}
	tryst_buf_char(out, '\n');
}
