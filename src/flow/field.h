/* SPDX-License-Identifier: Apache-2.0 */
/* The table of src/flow/fields.def as C: ids, bits, names. */
#ifndef TRYST_FLOW_FIELD_H
#define TRYST_FLOW_FIELD_H

#include "base/ip.h"

typedef uint8_t tryst_type_u8;
typedef uint16_t tryst_type_u16;
typedef uint32_t tryst_type_u32;
typedef uint64_t tryst_type_u64;
typedef int64_t tryst_type_time;
typedef struct tryst_ip tryst_type_ip;

enum tryst_field_type {
	TRYST_TYPE_u8,
	TRYST_TYPE_u16,
	TRYST_TYPE_u32,
	TRYST_TYPE_u64,
	TRYST_TYPE_time,
	TRYST_TYPE_ip,
};

enum tryst_field {
#define FIELD(id, type, nfdump, ipfix, zeek, ecs, unit, help) TRYST_FIELD_##id,
#include "flow/fields.def"
#undef FIELD
	TRYST_FIELD_COUNT
};

/* One bit a field: a set of columns, or of what is known of one row. */
#define TRYST_BIT(id) (1ULL << TRYST_FIELD_##id)
#define TRYST_BITS_ALL ((1ULL << TRYST_FIELD_COUNT) - 1)

_Static_assert(TRYST_FIELD_COUNT <= 63, "the sets of fields are 64 bits");

struct tryst_field_info {
	const char *name;
	enum tryst_field_type type;
	uint8_t size; /* bytes of one value */
	uint16_t ipfix;
	const char *nfdump;
	const char *zeek;
	const char *ecs;
	const char *unit;
	const char *help;
};

/* The row of the table; valid for 0 <= field < TRYST_FIELD_COUNT. */
const struct tryst_field_info *tryst_field_info(enum tryst_field field);

/* The field with our name (exactly len characters), or -1. */
int tryst_field_find(const char *name, size_t len);

#endif
