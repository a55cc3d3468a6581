/* SPDX-License-Identifier: Apache-2.0 */
#include "report/anonymize.h"

#include <nettle/aes.h>
#include <stdlib.h>
#include <string.h>

#include "report/load_impl.h"
#include "report/renderers.h"

struct tryst_anonymizer {
	struct aes128_ctx aes;
	uint8_t pad[AES_BLOCK_SIZE];
};

int
tryst_anonymizer_new(struct tryst_anonymizer **out, const uint8_t key[TRYST_ANONYMIZE_KEY],
                     struct tryst_error *err)
{
	struct tryst_anonymizer *a = calloc(1, sizeof(*a));

	if (!a)
		return tryst_error_nomem(err);
	aes128_set_encrypt_key(&a->aes, key);
	aes128_encrypt(&a->aes, sizeof(a->pad), a->pad, key + AES128_KEY_SIZE);
	*out = a;
	return 0;
}

void
tryst_anonymizer_free(struct tryst_anonymizer *a)
{
	if (a)
		explicit_bzero(a, sizeof(*a));
	free(a);
}

/*
 * Bit i of the result is that of the address, flipped where the first bit of the cipher over its
 * first i bits, with the pad behind them, says so.
 */
static void
permute(const struct tryst_anonymizer *a, const uint8_t *address, uint8_t *out, unsigned bits)
{
	uint8_t block[AES_BLOCK_SIZE], cipher[AES_BLOCK_SIZE];

	memcpy(block, a->pad, sizeof(block));
	memcpy(out, address, bits / 8);
	for (unsigned i = 0; i < bits; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		aes128_encrypt(&a->aes, sizeof(block), cipher, block);
		if (cipher[0] & 0x80)
			out[i / 8] ^= bit;
		block[i / 8] = (uint8_t)((block[i / 8] & ~bit) | (address[i / 8] & bit));
	}
}

struct tryst_ip
tryst_anonymize(const struct tryst_anonymizer *a, struct tryst_ip ip)
{
	unsigned from = tryst_ip_is_v4(ip) ? 12 : 0;
	uint8_t bytes[16], out[16];

	tryst_ip_to_bytes(ip, bytes);
	memcpy(out, bytes, sizeof(out));
	permute(a, bytes + from, out + from, 8 * (16 - from));
	return tryst_ip_from_bytes(out);
}

int
tryst_case_anonymize(struct tryst_case_file **out, const struct tryst_case *c,
                     const struct tryst_anonymizer *a, struct tryst_error *err)
{
	const struct tryst_report_options options = { 0 };
	struct tryst_buf json = { 0 };
	int rc = tryst_renderer_json.render(c, &options, &json, err);

	/* The case file says all that reports tell, so what is hidden in it is hidden in them. */
	if (rc == 0)
		rc = tryst_load_hidden(out, json.data, json.len, a, err);
	tryst_buf_fini(&json);
	return rc;
}
