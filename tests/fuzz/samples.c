/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds, and what becomes of them by chance. */
#include "replay.h"

#include <ftw.h>
#include <string.h>

#define FILE_MAX (64u << 20)
#define GROW 64
#define CHANGES_MAX 6

/* nftw has no argument for its function. */
static struct samples *collecting;

static bool
sample_read(struct sample *s, const char *path)
{
	FILE *f = fopen(path, "rb");
	long size = -1;

	if (!f)
		return false;
	if (fseek(f, 0, SEEK_END) == 0)
		size = ftell(f);
	if (size >= 0 && size <= (long)FILE_MAX) {
		rewind(f);
		s->data = malloc((size_t)size + !size);
		FUZZ_CHECK(s->data);
		s->size = fread(s->data, 1, (size_t)size, f);
		s->path = strdup(path);
		FUZZ_CHECK(s->path);
	}
	(void)fclose(f);
	return s->data;
}

static int
collect(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct samples *s = collecting;
	struct sample one = { 0 };

	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	if (!sample_read(&one, path))
		return 1;
	if (s->count == s->room) {
		s->room = 2 * s->room + 16;
		s->list = realloc(s->list, s->room * sizeof(*s->list));
		FUZZ_CHECK(s->list);
	}
	s->list[s->count++] = one;
	return 0;
}

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct sample *)a)->path, ((const struct sample *)b)->path);
}

bool
samples_add(struct samples *s, const char *path)
{
	size_t from = s->count;
	bool ok;

	collecting = s;
	ok = nftw(path, collect, 16, FTW_PHYS) == 0;
	if (s->count > from)
		qsort(s->list + from, s->count - from, sizeof(*s->list), compare_paths);
	return ok;
}

void
samples_fini(struct samples *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->list[i].path);
		free(s->list[i].data);
	}
	free(s->list);
}

/* A number at a place in one of the widths and byte orders of headers. */
static void
put_number(uint8_t *data, size_t size, uint64_t *state)
{
	static const uint32_t numbers[] = { 0,           1,          2,      3,       4,
		                            8,           0x7f,       0x80,   0xff,    0x100,
		                            0x7fff,      0x8000,     0xffff, 0x10000, 0x7fffffff,
		                            0x80000000u, 0xffffffffu };
	uint32_t v = numbers[fuzz_random(state) % TRYST_ARRAY_SIZE(numbers)];
	size_t width = (size_t)1 << fuzz_random(state) % 3;
	bool big = fuzz_random(state) & 1;
	size_t at;

	if (size < width)
		return;
	at = fuzz_random(state) % (size - width + 1);
	for (size_t i = 0; i < width; i++)
		data[at + i] = (uint8_t)(v >> 8 * (big ? width - 1 - i : i));
}

/* Copies a piece of one sample over the bytes, or between them. */
static size_t
put_piece(uint8_t *data, size_t size, const struct sample *from, uint64_t *state)
{
	size_t len = from->size ? 1 + fuzz_random(state) % TRYST_MIN(from->size, (size_t)GROW) : 0;
	size_t source = from->size - len ? fuzz_random(state) % (from->size - len) : 0;
	size_t at = size ? fuzz_random(state) % size : 0;

	if (fuzz_random(state) & 1) {
		len = TRYST_MIN(len, size - at);
	} else {
		memmove(data + at + len, data + at, size - at);
		size += len;
	}
	memcpy(data + at, from->data + source, len);
	return size;
}

static size_t
change(uint8_t *data, size_t size, const struct samples *s, uint64_t *state)
{
	size_t at = size ? fuzz_random(state) % size : 0;
	size_t len = size ? fuzz_random(state) % TRYST_MIN(size - at + 1, (size_t)GROW) : 0;

	switch (fuzz_random(state) % 8) {
	case 0:
	case 1:
		put_number(data, size, state);
		break;
	case 2:
		if (size)
			data[at] ^= (uint8_t)(1u << fuzz_random(state) % 8);
		break;
	case 3:
	case 4:
		if (size)
			data[at] = (uint8_t)fuzz_random(state);
		break;
	case 5:
		memmove(data + at, data + at + len, size - at - len);
		return size - len;
	case 6:
		return fuzz_random(state) % 4 ? size : at;
	default:
		return put_piece(data, size, &s->list[fuzz_random(state) % s->count], state);
	}
	return size;
}

uint8_t *
mutate(const struct samples *s, uint64_t *state, size_t *size)
{
	const struct sample *from = &s->list[fuzz_random(state) % s->count];
	size_t changes = 1 + fuzz_random(state) % CHANGES_MAX;
	uint8_t *data = malloc(from->size + GROW * CHANGES_MAX), *exact;

	FUZZ_CHECK(data);
	memcpy(data, from->data, from->size);
	*size = from->size;
	for (size_t i = 0; i < changes; i++)
		*size = change(data, *size, s, state);
	/* Exactly its size, so that a sanitizer sees the byte behind it. */
	exact = malloc(*size + !*size);
	FUZZ_CHECK(exact);
	memcpy(exact, data, *size);
	free(data);
	return exact;
}
