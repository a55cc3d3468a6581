/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_key.h"

#include <string.h>

/* Word 0 of a key opens with a bit for each known part. */
#define KNOWN_BITS 8

/* The other side's field; `either` is only for those that have one. */
static const uint8_t twins[TRYST_FIELD_COUNT] = {
	[TRYST_FIELD_src] = TRYST_FIELD_dst,
	[TRYST_FIELD_src_port] = TRYST_FIELD_dst_port,
	[TRYST_FIELD_src_as] = TRYST_FIELD_dst_as,
	[TRYST_FIELD_in_if] = TRYST_FIELD_out_if,
	[TRYST_FIELD_src_mask] = TRYST_FIELD_dst_mask,
};

/* Lays the parts out in words: addresses two of their own, numbers side by side while they fit. */
void
tryst_group_key_init(struct tryst_group_key *k, const struct tryst_top_spec *spec)
{
	unsigned number_word = 0, number_bits = KNOWN_BITS;

	*k = (struct tryst_group_key){ .words = 1, .sides = 1, .part_count = spec->part_count };
	for (unsigned i = 0; i < spec->part_count; i++) {
		const struct tryst_key_part *part = &spec->parts[i];
		const struct tryst_field_info *info = tryst_field_info(part->field);
		struct tryst_group_key_part *p = &k->parts[i];

		assert(!part->either || twins[part->field]);
		p->field[0] = part->field;
		p->field[1] = part->either ? (enum tryst_field)twins[part->field] : part->field;
		k->sides += part->either && k->sides == 1;
		k->columns |= 1ULL << p->field[0] | 1ULL << p->field[1];
		p->is_ip = info->type == TRYST_TYPE_ip;
		p->size = info->size;
		if (p->is_ip) {
			p->word = (uint8_t)k->words;
			p->v4_mask = tryst_ip_mask(96u + part->v4_len);
			p->v6_mask = tryst_ip_mask(part->v6_len);
			k->words += 2;
			continue;
		}
		if (number_bits + info->size * 8u > 64) {
			number_word = k->words++;
			number_bits = 0;
		}
		p->word = (uint8_t)number_word;
		p->shift = (uint8_t)number_bits;
		number_bits += info->size * 8u;
	}
	assert(k->words <= TRYST_GROUP_KEY_WORDS_MAX);
}

uint32_t
tryst_group_key_small(const struct tryst_group_key *k)
{
	const struct tryst_group_key_part *p = &k->parts[0];

	return k->part_count == 1 && !p->is_ip && p->size <= 2 ? 1u << p->size * 8 : 0;
}

bool
tryst_group_key_whole(const struct tryst_group_key *k)
{
	const struct tryst_group_key_part *p = &k->parts[0];
	const struct tryst_ip all = tryst_ip_mask(128);

	return k->part_count == 1 && p->is_ip && tryst_ip_equal(p->v4_mask, all) &&
	       tryst_ip_equal(p->v6_mask, all);
}

static void
keys_add_ip(const struct tryst_group_key_part *p, enum tryst_field field, uint64_t known_bit,
            unsigned words, const struct tryst_batch *b, const uint16_t *rows, size_t n,
            uint64_t *keys)
{
	const struct tryst_ip *column = tryst_batch_column(b, field);

	for (size_t i = 0; i < n; i++, keys += words) {
		struct tryst_ip ip = column[rows[i]];
		const struct tryst_ip *mask = tryst_ip_is_v4(ip) ? &p->v4_mask : &p->v6_mask;
		uint64_t known = 0 - (uint64_t)tryst_batch_known(b, field, rows[i]);

		keys[0] |= known & known_bit;
		keys[p->word] = ip.hi & mask->hi & known;
		keys[p->word + 1] = ip.lo & mask->lo & known;
	}
}

static void
keys_add_number(const struct tryst_group_key_part *p, enum tryst_field field, uint64_t known_bit,
                unsigned words, const struct tryst_batch *b, const uint16_t *rows, size_t n,
                uint64_t *keys)
{
	const char *column = tryst_batch_column(b, field);

	for (size_t i = 0; i < n; i++, keys += words) {
		uint64_t known = 0 - (uint64_t)tryst_batch_known(b, field, rows[i]);

		keys[0] |= known & known_bit;
		keys[p->word] |= (tryst_column_number(column, p->size, rows[i]) & known)
		                 << p->shift;
	}
}

void
tryst_group_key_load(const struct tryst_group_key *k, unsigned side, const struct tryst_batch *b,
                     const uint16_t *rows, size_t n, uint64_t *keys)
{
	memset(keys, 0, n * k->words * sizeof(*keys));
	for (unsigned i = 0; i < k->part_count; i++) {
		const struct tryst_group_key_part *p = &k->parts[i];

		(p->is_ip ? keys_add_ip : keys_add_number)(p, p->field[side], 1ULL << i, k->words,
		                                           b, rows, n, keys);
	}
}

void
tryst_group_key_pack(const struct tryst_group_key *k,
                     const struct tryst_ip values[TRYST_KEY_PARTS_MAX], uint8_t known,
                     uint64_t *key)
{
	memset(key, 0, k->words * sizeof(*key));
	key[0] = known;
	for (unsigned i = 0; i < k->part_count; i++) {
		const struct tryst_group_key_part *p = &k->parts[i];

		if (!(known >> i & 1))
			continue;
		if (p->is_ip) {
			key[p->word] = values[i].hi;
			key[p->word + 1] = values[i].lo;
		} else {
			key[p->word] |= values[i].lo << p->shift;
		}
	}
}

void
tryst_group_key_address(const struct tryst_group_key *k, struct tryst_ip ip, uint64_t *key)
{
	const struct tryst_group_key_part *p = &k->parts[0];
	const struct tryst_ip *mask = tryst_ip_is_v4(ip) ? &p->v4_mask : &p->v6_mask;

	key[0] = 1;
	key[p->word] = ip.hi & mask->hi;
	key[p->word + 1] = ip.lo & mask->lo;
}

void
tryst_group_key_number(const struct tryst_group_key *k, uint64_t number, uint64_t *key)
{
	memset(key, 0, k->words * sizeof(*key));
	key[0] = 1;
	key[k->parts[0].word] |= number << k->parts[0].shift;
}

void
tryst_group_key_unpack(const struct tryst_group_key *k, const uint64_t *key,
                       struct tryst_ip values[TRYST_KEY_PARTS_MAX])
{
	for (unsigned i = 0; i < k->part_count; i++) {
		const struct tryst_group_key_part *p = &k->parts[i];
		const uint64_t *word = key + p->word;
		unsigned unused = 64u - p->size * 8u;

		if (p->is_ip)
			values[i] = (struct tryst_ip){ word[0], word[1] };
		else
			values[i] = (struct tryst_ip){ 0, *word >> p->shift << unused >> unused };
	}
}

int
tryst_group_key_compare(const struct tryst_group_key *k, const uint64_t *a, const uint64_t *b)
{
	struct tryst_ip left[TRYST_KEY_PARTS_MAX], right[TRYST_KEY_PARTS_MAX];

	tryst_group_key_unpack(k, a, left);
	tryst_group_key_unpack(k, b, right);
	for (unsigned i = 0; i < k->part_count; i++) {
		int known = (int)(a[0] >> i & 1) - (int)(b[0] >> i & 1);
		int order = known ? known : tryst_ip_compare(left[i], right[i]);

		if (order)
			return order;
	}
	return 0;
}
