/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/field.h"

#include <string.h>

/* clang-format off */
static const struct tryst_field_info fields[TRYST_FIELD_COUNT] = {
#define FIELD(id, type, nfdump_, ipfix_, zeek_, ecs_, unit_, help_)                                \
	[TRYST_FIELD_##id] = { #id,   TRYST_TYPE_##type, sizeof(tryst_type_##type), ipfix_,        \
		               nfdump_, zeek_, ecs_, unit_, help_ },
#include "flow/fields.def"
#undef FIELD
};
/* clang-format on */

const struct tryst_field_info *
tryst_field_info(enum tryst_field field)
{
	assert((unsigned)field < TRYST_FIELD_COUNT);
	return &fields[field];
}

int
tryst_field_find(const char *name, size_t len)
{
	for (int i = 0; i < TRYST_FIELD_COUNT; i++) {
		if (strlen(fields[i].name) == len && memcmp(fields[i].name, name, len) == 0)
			return i;
	}
	return -1;
}
