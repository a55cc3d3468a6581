/* SPDX-License-Identifier: Apache-2.0 */
/* The packer: rows to records, records to packed blocks with their statistics. */
#include <netinet/in.h>
#include <stdlib.h>

#include "base/library.h"
#include "write/nfdump_impl.h"

#define ZSTD_LEVEL 3 /* the library's default */

struct tryst_nf_packer {
	enum nf_packing packing;
	uint32_t records; /* in the block being filled */
	uint32_t len;
	struct nf_plan plan;
	struct nf_statistics stat; /* of them */
	uint8_t block[NF_BLOCK_BYTES];
};

void
tryst_nf_block_header(uint8_t *p, uint32_t records, uint32_t size, uint16_t type, uint16_t flags)
{
	tryst_store_le32(p, records);
	tryst_store_le32(p + 4, size);
	tryst_store_le16(p + 8, type);
	tryst_store_le16(p + 10, flags);
}

int
tryst_nf_pack_ready(enum nf_packing packing, struct tryst_error *err)
{
	if ((packing == NF_LZ4 && !tryst_lz4(err)) || (packing == NF_ZSTD && !tryst_zstd(err)))
		return err->code;
	return 0;
}

size_t
tryst_nf_pack_bound(enum nf_packing packing, size_t len)
{
	assert(len <= NF_BLOCK_BYTES);
	if (packing == NF_LZ4)
		return (size_t)tryst_lz4(NULL)->LZ4_compressBound((int)len);
	return packing == NF_ZSTD ? tryst_zstd(NULL)->ZSTD_compressBound(len) : len;
}

size_t
tryst_nf_pack(enum nf_packing packing, const void *in, size_t len, uint8_t *out)
{
	size_t bound = tryst_nf_pack_bound(packing, len), got = len;

	if (packing == NF_LZ4)
		got = (size_t)tryst_lz4(NULL)->LZ4_compress_default(in, (char *)out, (int)len,
		                                                    (int)bound);
	else if (packing == NF_ZSTD)
		got = tryst_zstd(NULL)->ZSTD_compress(out, bound, in, len, ZSTD_LEVEL);
	else
		memcpy(out, in, len);
	return packing == NF_ZSTD && tryst_zstd(NULL)->ZSTD_isError(got) ? 0 : got;
}

int
tryst_nf_block_pack(enum nf_packing packing, const void *data, size_t len, uint32_t records,
                    struct tryst_buf *out, struct tryst_error *err)
{
	uint8_t *p = (uint8_t *)tryst_buf_reserve(out, NF_BLOCK_HEADER +
	                                                       tryst_nf_pack_bound(packing, len));
	size_t size;

	if (!p)
		return tryst_error_nomem(err);
	size = tryst_nf_pack(packing, data, len, p + NF_BLOCK_HEADER);
	if (!size)
		return tryst_error_nomem(err);
	tryst_nf_block_header(p, records, (uint32_t)size, NF_BLOCK_DATA, 0);
	out->len += NF_BLOCK_HEADER + size;
	return 0;
}

int
tryst_nf_packer_new(struct tryst_nf_packer **out, enum nf_packing packing, struct tryst_error *err)
{
	struct tryst_nf_packer *p;
	int rc = tryst_nf_pack_ready(packing, err);

	assert(packing == NF_PLAIN || packing == NF_LZ4 || packing == NF_ZSTD);
	if (rc < 0)
		return rc;
	p = malloc(sizeof(*p));
	if (!p)
		return tryst_error_nomem(err);
	p->packing = packing;
	p->records = p->len = 0;
	p->plan.families = 0;
	p->stat = (struct nf_statistics){ .first_ms = UINT64_MAX };
	*out = p;
	return 0;
}

void
tryst_nf_packer_free(struct tryst_nf_packer *p)
{
	free(p);
}

/* Hands the block over with its statistics; a small one unpacked. */
static int
block_end(struct tryst_nf_packer *p, struct tryst_buf *out, struct tryst_error *err)
{
	uint8_t header[NF_BLOCK_HEADER];
	int rc = 0;

	if (p->len < NF_BLOCK_SMALL) {
		tryst_nf_block_header(header, p->records, p->len, NF_BLOCK_DATA, NF_BLOCK_UNPACKED);
		tryst_buf_add(out, header, sizeof(header));
		tryst_buf_add(out, p->block, p->len);
	} else {
		rc = tryst_nf_block_pack(p->packing, p->block, p->len, p->records, out, err);
	}
	tryst_nf_block_header(header, 0, sizeof(p->stat), NF_BLOCK_STATISTICS, 0);
	tryst_buf_add(out, header, sizeof(header));
	tryst_buf_add(out, &p->stat, sizeof(p->stat));
	p->records = p->len = 0;
	p->stat = (struct nf_statistics){ .first_ms = UINT64_MAX };
	if (rc == 0 && out->failed)
		rc = tryst_error_nomem(err);
	return rc;
}

static inline enum nf_group
group(uint8_t proto)
{
	if (proto == IPPROTO_TCP)
		return NF_TCP;
	if (proto == IPPROTO_UDP)
		return NF_UDP;
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6 ? NF_ICMP : NF_OTHER;
}

/* As nfdump counts: what an aggregated record stands for, and both directions. */
static inline void
count(struct nf_statistics *s, const struct tryst_batch *b, uint32_t row)
{
	uint64_t flows = TRYST_MAX(b->flows[row], (uint64_t)1);
	uint64_t bytes = b->bytes[row] + b->rev_bytes[row];
	uint64_t packets = b->packets[row] + b->rev_packets[row];
	enum nf_group g = group(b->proto[row]);

	s->flows += flows;
	s->bytes += bytes;
	s->packets += packets;
	s->group_flows[g] += flows;
	s->group_bytes[g] += bytes;
	s->group_packets[g] += packets;
	s->first_ms = TRYST_MIN(s->first_ms, (uint64_t)b->start_ms[row]);
	s->last_ms = TRYST_MAX(s->last_ms, (uint64_t)b->end_ms[row]);
}

int
tryst_nf_packer_rows(struct tryst_nf_packer *p, const struct tryst_batch *b, uint32_t rows,
                     struct tryst_buf *out, struct tryst_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < rows && rc == 0; i++) {
		uint32_t row = b->sel[i];

		if (p->len > NF_BLOCK_BYTES - NF_RECORD_MAX)
			rc = block_end(p, out, err);
		p->len += (uint32_t)tryst_nf_record(&p->plan, b, row, p->block + p->len);
		p->records++;
		count(&p->stat, b, row);
	}
	return rc;
}

int
tryst_nf_packer_end(struct tryst_nf_packer *p, struct tryst_buf *out, struct tryst_error *err)
{
	return p->records ? block_end(p, out, err) : 0;
}
