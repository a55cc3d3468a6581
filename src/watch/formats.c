/* SPDX-License-Identifier: Apache-2.0 */
/* The table of formats, and which of them a list is. */
#include <string.h>

#include "watch/impl.h"

/* The first that claims a list reads it: what shows itself surely comes first. */
const struct tryst_list_format *const tryst_list_formats[] = {
	&tryst_list_silk_set, &tryst_list_openioc,
	&tryst_list_json,     &tryst_list_zeek,
	&tryst_list_ipset,    &tryst_list_nftables,
	&tryst_list_mikrotik, &tryst_list_otx_reputation,
	&tryst_list_csv,      &tryst_list_iprep,
	&tryst_list_base64,   &tryst_list_silk_text,
	&tryst_list_plain,    NULL,
};

/* What no reader takes, by its first bytes. */
static const struct {
	const char *magic;
	size_t len;
	const char *name;
} not_a_list[] = {
	{ "\xff\xfe", 2, "UTF-16 text: convert it with iconv -f UTF-16 -t UTF-8" },
	{ "\xfe\xff", 2, "UTF-16 text: convert it with iconv -f UTF-16 -t UTF-8" },
	{ "%PDF-", 5, "a PDF document" },
	{ "\x89PNG", 4, "a picture" },
	{ "7z\xbc\xaf\x27\x1c", 6, "a 7z archive: unpack it first" },
	{ "Rar!", 4, "a RAR archive: unpack it first" },
	{ "SQLite format 3", 15, "an SQLite data base" },
	{ "PAR1", 4, "a Parquet file" },
};

static const struct tryst_list_format *
format_find(const struct tryst_watchlist *w, const char *data, size_t len)
{
	const char *name = w->options.format;
	size_t i = 0;

	while (name ? strcmp(name, tryst_list_formats[i]->name) != 0
	            : !tryst_list_formats[i]->probe || !tryst_list_formats[i]->probe(data, len))
		i++;
	return tryst_list_formats[i];
}

int
tryst_list_parse(struct tryst_watchlist *w, const char *path, const char *data, size_t len,
                 unsigned depth, struct tryst_error *err)
{
	const struct tryst_list_format *format;
	int rc;

	if (tryst_list_is_packed(data, len))
		return tryst_list_unpack(w, path, data, len, depth, err);
	rc = tryst_list_begin(w, path, err);
	if (rc < 0)
		return rc;
	for (size_t k = 0; k < TRYST_ARRAY_SIZE(not_a_list); k++) {
		if (len >= not_a_list[k].len &&
		    memcmp(data, not_a_list[k].magic, not_a_list[k].len) == 0)
			return tryst_error_set(err, TRYST_ERR_FORMAT,
			                       "%s: this is %s, expected a list of addresses", path,
			                       not_a_list[k].name);
	}
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		data += 3;
		len -= 3;
	}
	format = format_find(w, data, len);
	tryst_list_called(w, format->name);
	if (format->read(w, data, len) < 0)
		return tryst_error_nomem(err);
	return tryst_list_end(w, err);
}

int
tryst_watchlist_parse(struct tryst_watchlist *w, const char *path, const char *data, size_t len,
                      struct tryst_error *err)
{
	assert(!w->set);
	w->unpacked = 0;
	return tryst_list_parse(w, path, data, len, 0, err);
}
