/* SPDX-License-Identifier: Apache-2.0 */
/* The names that parts of a key and orders go by: ours, those of fields.def, and nfdump's. */
#ifndef TRYST_QUERY_TOP_NAMES_H
#define TRYST_QUERY_TOP_NAMES_H

#include "base/suggest.h"
#include "query/top.h"

/* What a name stands for; with `v4` or `v6` a prefix length behind it is of that family only. */
struct tryst_top_name {
	const char *word;
	enum tryst_field field;
	bool either;
	bool v4, v6;
};

/* An order's name, and whose counters it means. */
struct tryst_top_order_name {
	const char *word;
	enum tryst_order order;
	enum tryst_ways ways;
};

/* The order that exactly len characters name, or NULL. */
const struct tryst_top_order_name *tryst_top_order_find(const char *text, size_t len);

/* The name that is this (squeezed) word. */
bool tryst_top_name_find(const char *word, struct tryst_top_name *out);

/* The name that an unknown (squeezed) word may be a slip of, or NULL. */
const char *tryst_top_name_nearest(const char *word);

/* What we call a part in a title. */
const char *tryst_top_part_name(const struct tryst_key_part *part);

#endif
