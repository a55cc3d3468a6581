/* SPDX-License-Identifier: Apache-2.0 */
/* The file: blocks in order, small ones joined, then the appendix and the header. */
#include <stdlib.h>

#include "write/nfdump_impl.h"

#define NF_VERSION 0x01070100u /* of nfdump, whose files these are like: 1.7.1 */
#define IDENT "tryst"

struct tryst_nf_file {
	enum nf_packing packing;
	tryst_nf_put_fn put;
	void *ctx;
	uint64_t offset; /* of what comes next */
	uint32_t blocks;
	uint32_t joined_records;
	struct tryst_buf joined; /* small blocks that are not written yet */
	struct tryst_buf packed;
	struct nf_statistics stat;
};

int
tryst_nf_file_new(struct tryst_nf_file **out, enum nf_packing packing, tryst_nf_put_fn put,
                  void *ctx, struct tryst_error *err)
{
	struct tryst_nf_file *f;
	int rc = tryst_nf_pack_ready(packing, err);

	if (rc < 0)
		return rc;
	f = calloc(1, sizeof(*f));
	if (!f)
		return tryst_error_nomem(err);
	f->packing = packing;
	f->put = put;
	f->ctx = ctx;
	f->offset = NF_V2_HEADER;
	f->stat.first_ms = UINT64_MAX;
	*out = f;
	return 0;
}

void
tryst_nf_file_free(struct tryst_nf_file *f)
{
	if (!f)
		return;
	tryst_buf_fini(&f->joined);
	tryst_buf_fini(&f->packed);
	free(f);
}

static int
put_block(struct tryst_nf_file *f, const void *data, size_t len, struct tryst_error *err)
{
	f->offset += len;
	f->blocks++;
	return f->put(f->ctx, data, len, err);
}

/* Packs records into a block of their own and writes it. */
static int
put_records(struct tryst_nf_file *f, const void *data, size_t len, uint32_t records,
            struct tryst_error *err)
{
	int rc;

	tryst_buf_clear(&f->packed);
	rc = tryst_nf_block_pack(f->packing, data, len, records, &f->packed, err);
	return rc < 0 ? rc : put_block(f, f->packed.data, f->packed.len, err);
}

static int
put_joined(struct tryst_nf_file *f, struct tryst_error *err)
{
	int rc = 0;

	if (f->joined.len)
		rc = put_records(f, f->joined.data, f->joined.len, f->joined_records, err);
	tryst_buf_clear(&f->joined);
	f->joined_records = 0;
	return rc;
}

static int
join(struct tryst_nf_file *f, const uint8_t *data, uint32_t size, uint32_t records,
     struct tryst_error *err)
{
	int rc = 0;

	if (f->joined.len + size > NF_BLOCK_BYTES)
		rc = put_joined(f, err);
	tryst_buf_add(&f->joined, data, size);
	f->joined_records += records;
	return rc == 0 && f->joined.failed ? tryst_error_nomem(err) : rc;
}

static void
add_statistics(struct nf_statistics *a, const uint8_t *data)
{
	struct nf_statistics b;

	memcpy(&b, data, sizeof(b));
	a->flows += b.flows;
	a->bytes += b.bytes;
	a->packets += b.packets;
	for (unsigned g = 0; g < NF_GROUPS; g++) {
		a->group_flows[g] += b.group_flows[g];
		a->group_bytes[g] += b.group_bytes[g];
		a->group_packets[g] += b.group_packets[g];
	}
	a->first_ms = TRYST_MIN(a->first_ms, b.first_ms);
	a->last_ms = TRYST_MAX(a->last_ms, b.last_ms);
}

int
tryst_nf_file_add(struct tryst_nf_file *f, const char *data, size_t len, struct tryst_error *err)
{
	const uint8_t *p = (const uint8_t *)data, *end = p + len;
	int rc = 0;

	for (uint32_t size; p < end && rc == 0; p += NF_BLOCK_HEADER + size) {
		const uint8_t *records = p + NF_BLOCK_HEADER;

		size = tryst_load_le32(p + 4);
		if (tryst_load_le16(p + 8) == NF_BLOCK_STATISTICS) {
			add_statistics(&f->stat, records);
		} else if (tryst_load_le16(p + 10) & NF_BLOCK_UNPACKED) {
			rc = join(f, records, size, tryst_load_le32(p), err);
		} else {
			rc = put_joined(f, err);
			if (rc == 0)
				rc = put_block(f, p, NF_BLOCK_HEADER + size, err);
		}
	}
	return rc;
}

/* The ident and the statistics, as records. */
static size_t
appendix_records(const struct nf_statistics *s, uint8_t *p)
{
	const uint64_t numbers[] = {
		s->flows,
		s->bytes,
		s->packets,
		s->group_flows[NF_TCP],
		s->group_flows[NF_UDP],
		s->group_flows[NF_ICMP],
		s->group_flows[NF_OTHER],
		s->group_bytes[NF_TCP],
		s->group_bytes[NF_UDP],
		s->group_bytes[NF_ICMP],
		s->group_bytes[NF_OTHER],
		s->group_packets[NF_TCP],
		s->group_packets[NF_UDP],
		s->group_packets[NF_ICMP],
		s->group_packets[NF_OTHER],
		s->flows ? s->first_ms : 0,
		s->last_ms,
		0,
	};
	uint8_t *start = p;

	_Static_assert(sizeof(numbers) == NF_STATISTICS_BYTES, "the record has 18 numbers");
	tryst_store_le16(p, NF_RECORD_IDENT);
	tryst_store_le16(p + 2, 4 + sizeof(IDENT));
	memcpy(p + 4, IDENT, sizeof(IDENT));
	p += 4 + sizeof(IDENT);
	tryst_store_le16(p, NF_RECORD_STAT);
	tryst_store_le16(p + 2, 4 + NF_STATISTICS_BYTES);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(numbers); i++)
		tryst_store_le64(p + 4 + i * 8, numbers[i]);
	return (size_t)(p - start) + 4 + NF_STATISTICS_BYTES;
}

int
tryst_nf_file_end(struct tryst_nf_file *f, int64_t created_ms, uint8_t header[NF_V2_HEADER],
                  struct tryst_error *err)
{
	uint8_t records[4 + sizeof(IDENT) + 4 + NF_STATISTICS_BYTES];
	int rc = put_joined(f, err);

	memset(header, 0, NF_V2_HEADER);
	tryst_store_le16(header, NF_MAGIC);
	tryst_store_le16(header + 2, 2);
	tryst_store_le32(header + 4, NF_VERSION);
	tryst_store_le64(header + 8, (uint64_t)(created_ms / 1000));
	header[16] = (uint8_t)f->packing;
	tryst_store_le16(header + 18, 1); /* blocks of the appendix */
	tryst_store_le64(header + 24, f->offset);
	tryst_store_le32(header + 36, f->blocks);
	return rc < 0 ? rc : put_records(f, records, appendix_records(&f->stat, records), 2, err);
}
