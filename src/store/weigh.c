/* SPDX-License-Identifier: Apache-2.0 */
/* How busy an address is, as far as an index tells it without the data. */
#include <string.h>

#include "store/postings.h"

/* The blocks of one address; what is damaged is none. */
static int
weigh_one(const struct tryst_dictionary *d, const struct tryst_postings *p, struct tryst_ip ip,
          struct tryst_code_ranges *codes, struct tryst_block_set *set, uint64_t *blocks,
          struct tryst_error *err)
{
	struct tryst_ip_range range = { ip, ip };
	int rc = tryst_dictionary_ranges(d, &range, 1, codes, err);

	if (rc == 0 && codes->count) {
		memset(set->words, 0, (set->blocks / 64 + (size_t)1) * sizeof(*set->words));
		rc = tryst_postings_blocks(p, codes->list, codes->count, set, err);
		if (rc == 0)
			*blocks += tryst_block_set_count(set);
	}
	return rc == TRYST_ERR_FORMAT ? 0 : rc;
}

int
tryst_weigh(const uint8_t *dictionary, size_t dictionary_len, const uint8_t *postings,
            size_t postings_len, const struct tryst_ip *ips, size_t count, uint64_t *blocks,
            struct tryst_error *err)
{
	struct tryst_code_ranges codes = { 0 };
	struct tryst_block_set set;
	struct tryst_dictionary d;
	struct tryst_postings p;
	struct tryst_error ignored;
	int rc;

	if (tryst_dictionary_open(&d, dictionary, dictionary_len, &ignored) < 0 ||
	    tryst_postings_open(&p, postings, postings_len, &ignored) < 0)
		return 0;
	rc = tryst_block_set_init(&set, p.blocks, err);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = weigh_one(&d, &p, ips[i], &codes, &set, &blocks[i], err);
	tryst_block_set_fini(&set);
	tryst_code_ranges_fini(&codes);
	return rc;
}
