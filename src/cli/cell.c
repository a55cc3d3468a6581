/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cell.h"

#include "base/suggest.h"

#define PUT_NUMBER(type)                                                                           \
	static char *put_##type(char *p, const void *column, const struct tryst_batch *b,          \
	                        uint32_t row)                                                      \
	{                                                                                          \
		(void)b;                                                                           \
		return put_u64(p, ((const tryst_type_##type *)column)[row]);                       \
	}

PUT_NUMBER(u8)
PUT_NUMBER(u16)
PUT_NUMBER(u32)

static char *
put_number64(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)b;
	return put_u64(p, ((const uint64_t *)column)[row]);
}

static char *
put_epoch(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	int64_t ms = ((const int64_t *)column)[row];

	(void)b;
	if (ms < 0)
		*p++ = '-';
	return put_u64(p, ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms);
}

static char *
put_rfc3339(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)b;
	return tryst_put_time(p, ((const int64_t *)column)[row], 'T', true);
}

static char *
put_address(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)b;
	return put_ip(p, ((const struct tryst_ip *)column)[row]);
}

static char *
put_duration(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	return put_u64(p, tryst_cell_duration(b, row));
}

static char *
put_flags(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)b;
	return tryst_put_flags(p, ((const uint8_t *)column)[row]);
}

static char *
put_mark(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	*p++ = TRYST_MARK;
	memcpy(p, &((const uint64_t *)column)[row], sizeof(uint64_t));
	memcpy(p + sizeof(uint64_t), &b->input_id[row], sizeof(uint32_t));
	return p + sizeof(uint64_t) + sizeof(uint32_t);
}

uint64_t
tryst_mark_read(const char *p, uint32_t *input)
{
	uint64_t raw;

	memcpy(&raw, p + 1, sizeof(raw));
	memcpy(input, p + 1 + sizeof(raw), sizeof(*input));
	return raw;
}

#define CELL(name, id, more, put, text)                                                            \
	{                                                                                          \
		name, TRYST_FIELD_##id, TRYST_BIT(id) | (more), put, text, 0                       \
	}

/* Before the fields themselves, so that these are what a field looks like when nobody chooses. */
static const struct tryst_cell made[] = {
	CELL("start", start_ms, 0, put_rfc3339, true),
	CELL("end", end_ms, 0, put_rfc3339, true),
	CELL("received", received_ms, 0, put_rfc3339, true),
	CELL("record_no", record_no, TRYST_BIT(input_id), put_mark, false),
	CELL("duration_ms", start_ms, TRYST_BIT(end_ms), put_duration, false),
	CELL("flags", tcp_flags, 0, put_flags, true),
};

#define MADE_DEFAULT 4 /* the ones that stand for their field */

static void
cell_of_field(enum tryst_field field, struct tryst_cell *out)
{
	static const tryst_put_fn puts[] = {
		[TRYST_TYPE_u8] = put_u8,      [TRYST_TYPE_u16] = put_u16,
		[TRYST_TYPE_u32] = put_u32,    [TRYST_TYPE_u64] = put_number64,
		[TRYST_TYPE_time] = put_epoch, [TRYST_TYPE_ip] = put_address,
	};
	const struct tryst_field_info *info = tryst_field_info(field);

	*out = (struct tryst_cell){
		info->name, field, 1ULL << field, puts[info->type], info->type == TRYST_TYPE_ip, 0
	};
}

void
tryst_cell_of(enum tryst_field field, struct tryst_cell *out)
{
	for (size_t i = 0; i < MADE_DEFAULT; i++) {
		if (made[i].field == field) {
			*out = made[i];
			return;
		}
	}
	cell_of_field(field, out);
}

static bool
same(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && memcmp(name, text, len) == 0;
}

static int
cell_unknown(const char *name, size_t len, struct tryst_error *err)
{
	struct tryst_suggest s;

	tryst_suggest_init(&s, name, len);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(made); i++)
		tryst_suggest_try(&s, made[i].name);
	for (int f = 0; f < TRYST_FIELD_COUNT; f++)
		tryst_suggest_try(&s, tryst_field_info((enum tryst_field)f)->name);
	return tryst_suggest_error(&s, "field", err);
}

int
tryst_cell_find(const char *name, size_t len, struct tryst_cell *out, struct tryst_error *err)
{
	int field;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(made); i++) {
		if (same(made[i].name, name, len)) {
			*out = made[i];
			return 0;
		}
	}
	field = tryst_field_find(name, len);
	if (field >= 0) {
		cell_of_field((enum tryst_field)field, out);
		return 0;
	}
	for (field = 0; len && field < TRYST_FIELD_COUNT; field++) {
		if (same(tryst_field_info((enum tryst_field)field)->nfdump, name, len)) {
			tryst_cell_of((enum tryst_field)field, out);
			return 0;
		}
	}
	return cell_unknown(name, len, err);
}
