/* SPDX-License-Identifier: Apache-2.0 */
/* Decompression: whatever the sizes of the reads, the same bytes, and the same words on damage. */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "read/stream.h"

#define OUTPUT_MAX (8u << 20)
#define CHUNK_MAX 65536

struct taken {
	uint64_t len, digest;
	bool damaged;
	char damage[160];
};

/* Reads in chunks of so many bytes, or of changing sizes (0). */
static struct taken
take(const struct tryst_file *file, size_t chunk)
{
	static uint8_t out[CHUNK_MAX];
	struct taken t = { .digest = FUZZ_SEED };
	struct tryst_stream s;
	struct tryst_error err = { 0 };
	uint64_t state = 1;

	FUZZ_CHECK(tryst_stream_open(&s, file, &err) == 0);
	while (t.len < OUTPUT_MAX) {
		size_t want = chunk ? chunk : 1 + fuzz_random(&state) % 2000;
		ssize_t n;

		want = TRYST_MIN(want, OUTPUT_MAX - t.len);
		n = tryst_stream_read(&s, out, want, &err);
		FUZZ_CHECK(n >= 0 && (size_t)n <= want);
		for (ssize_t i = 0; i < n; i++)
			t.digest = (t.digest ^ out[i]) * 0x100000001b3ULL;
		t.len += (uint64_t)n;
		FUZZ_CHECK(tryst_stream_offset(&s) <= file->size);
		if ((size_t)n < want)
			break;
	}
	if (t.len < OUTPUT_MAX)
		FUZZ_CHECK(tryst_stream_read(&s, out, 1, &err) == 0);
	t.damaged = s.damaged;
	memcpy(t.damage, s.damage, sizeof(t.damage));
	fuzz_check_line(t.damage);
	FUZZ_CHECK(t.damaged == (t.damage[0] != 0));
	tryst_stream_close(&s);
	return t;
}

void
fuzz_stream(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(data, size);
	struct tryst_file file = { .fd = fd, .size = size, .path = "fuzz" };
	struct taken a = take(&file, CHUNK_MAX), b = take(&file, 0);

	FUZZ_CHECK(a.len == b.len && a.digest == b.digest);
	FUZZ_CHECK(a.len == OUTPUT_MAX || strcmp(a.damage, b.damage) == 0);
	if (!tryst_stream_compression(data, size))
		FUZZ_CHECK(a.len == TRYST_MIN(size, (size_t)OUTPUT_MAX) && !a.damaged);
	(void)close(fd);
}
