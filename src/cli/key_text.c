/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/key_text.h"

#include "base/proto.h"

const char *
tryst_key_name(const struct tryst_top_spec *spec, unsigned i, char out[TRYST_KEY_NAME_MAX])
{
	const char *name = spec->title;
	size_t len;

	for (; i; i--)
		name += strcspn(name, ",") + 1;
	len = TRYST_MIN(strcspn(name, ",/"), (size_t)TRYST_KEY_NAME_MAX - 1);
	memcpy(out, name, len);
	out[len] = '\0';
	return out;
}

static bool
part_is_address(const struct tryst_top_spec *spec, unsigned i)
{
	return tryst_field_info(spec->parts[i].field)->type == TRYST_TYPE_ip;
}

void
tryst_key_text(const struct tryst_top_spec *spec, const struct tryst_top_row *row, unsigned i,
               char out[PUT_MAX])
{
	const struct tryst_key_part *part = &spec->parts[i];
	bool v4 = tryst_ip_is_v4(row->key[i]);
	unsigned len = v4 ? part->v4_len : part->v6_len;
	char *p = out;

	if (!part_is_address(spec, i)) {
		*put_u64(p, row->key[i].lo) = '\0';
		return;
	}
	p = put_ip(p, row->key[i]);
	if (len < (v4 ? 32u : 128u)) {
		*p++ = '/';
		p = put_u64(p, len);
	}
	*p = '\0';
}

void
tryst_key_words(const struct tryst_top_spec *spec, const struct tryst_top_row *row, unsigned i,
                bool plain, char out[PUT_MAX])
{
	enum tryst_field field = spec->parts[i].field;
	const char *name = NULL;

	if (!tryst_key_known(row, i)) {
		(void)stpcpy(out, "-");
		return;
	}
	if (field == TRYST_FIELD_proto && !plain)
		name = tryst_proto_name((uint8_t)row->key[i].lo);
	if (name)
		(void)stpcpy(out, name);
	else if (field == TRYST_FIELD_tcp_flags)
		*tryst_put_flags(out, (uint8_t)row->key[i].lo) = '\0';
	else
		tryst_key_text(spec, row, i, out);
}

void
tryst_key_json(struct tryst_json *j, const struct tryst_top_spec *spec,
               const struct tryst_top_row *row)
{
	char name[TRYST_KEY_NAME_MAX], text[PUT_MAX];

	for (unsigned i = 0; i < spec->part_count; i++) {
		if (!tryst_key_known(row, i))
			continue;
		tryst_json_key(j, tryst_key_name(spec, i, name));
		if (part_is_address(spec, i)) {
			tryst_key_text(spec, row, i, text);
			tryst_json_str(j, text);
		} else {
			tryst_json_u64(j, row->key[i].lo);
		}
	}
}
