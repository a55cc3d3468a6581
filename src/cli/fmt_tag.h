/* SPDX-License-Identifier: Apache-2.0 */
/* nfdump's output tags (%ts, %sap, ...) as cells with a title and a width. */
#ifndef TRYST_CLI_FMT_TAG_H
#define TRYST_CLI_FMT_TAG_H

#include "cli/cell.h"

struct tryst_fmt_tag {
	const char *tag;
	const char *title;
	uint8_t width;
	bool left;
	bool count; /* scaled on a terminal */
	enum tryst_field field;
	tryst_put_fn put; /* NULL: as the field's own cell */
	uint64_t needs;   /* beside the field */
	uint64_t uses;
};

/* The longest tag that text begins with (%sap is not %sa and a p), or NULL with an error. */
const struct tryst_fmt_tag *tryst_fmt_tag_find(const char *text, struct tryst_error *err);

/* The tag's cell; `plain`: numbers instead of names, `scale`: `4.20 M` instead of all digits. */
void tryst_fmt_tag_cell(const struct tryst_fmt_tag *tag, bool plain, bool scale,
                        struct tryst_cell *out);

#endif
