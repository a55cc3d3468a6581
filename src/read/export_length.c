/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a datagram ends, for files that hold one behind the other.
 */
#include "read/export_impl.h"
#include "read/sflow.h"

static size_t
length_records(const uint8_t *data, size_t header, size_t record)
{
	unsigned count = tryst_load_be16(data + 2);

	return count >= 1 && count <= EX_V5_RECORDS ? header + count * record : 0;
}

/* Of two lengths of record the one that ends where the data do, or where the next header begins. */
static size_t
length_v1(const uint8_t *data, size_t len)
{
	size_t usual = length_records(data, EX_V1_HEADER, EX_V1_RECORD);
	size_t brief = length_records(data, EX_V1_HEADER, EX_V1_BRIEF);

	if (!usual || usual == len || (usual + 2 <= len && tryst_load_be16(data + usual) == 1))
		return usual;
	if (brief == len || (brief + 2 <= len && tryst_load_be16(data + brief) == 1))
		return brief;
	return usual;
}

/* A header is no flow set: the ids 2 to 255 are reserved, and versions are among them. */
static size_t
length_v9(const uint8_t *data, size_t len)
{
	size_t at = EX_V9_HEADER;

	while (len - at >= EX_SET_HEADER) {
		unsigned id = tryst_load_be16(data + at), set = tryst_load_be16(data + at + 2);

		if ((id > 1 && id < 256) || set < EX_SET_HEADER || at + set > UINT16_MAX)
			return at > EX_V9_HEADER ? at : 0;
		at += set;
		if (at > len)
			break;
	}
	return at > len || len - at >= EX_SET_HEADER ? at : len;
}

static size_t
length_ipfix(const uint8_t *data, size_t len)
{
	size_t length = tryst_load_be16(data + 2);
	unsigned id, set;

	if (length < EX_IPFIX_HEADER || length == EX_IPFIX_HEADER || len < EX_IPFIX_HEADER + 4)
		return length < EX_IPFIX_HEADER ? 0 : length;
	id = tryst_load_be16(data + EX_IPFIX_HEADER);
	set = tryst_load_be16(data + EX_IPFIX_HEADER + 2);
	if (id < 2 || (id > 3 && id < 256) || set < EX_SET_HEADER || EX_IPFIX_HEADER + set > length)
		return 0;
	return length;
}

size_t
tryst_export_length(const uint8_t *data, size_t len)
{
	if (len < EX_V9_HEADER)
		return 0;
	switch (tryst_load_be16(data)) {
	case 0:
		return tryst_sflow_length(data, len);
	case 1:
		return length_v1(data, len);
	case 5:
		return length_records(data, EX_V5_HEADER, 48);
	case 7:
		return length_records(data, EX_V5_HEADER, 52);
	case 9:
		return length_v9(data, len);
	case 10:
		return length_ipfix(data, len);
	default:
		return 0;
	}
}
