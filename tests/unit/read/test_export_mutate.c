/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real datagrams with bytes changed, cut out and put in, by a seeded generator: nothing but counted
 * damage may come of it.  Meant for the builds with sanitizers.  TRYST_MUTATIONS sets how many.
 */
#include <dirent.h>

#include "export_rows.h"

#define PARTS_MAX 256
#define MUTATIONS 20000u

static struct part {
	uint8_t *data;
	size_t len;
} parts[PARTS_MAX];
static size_t part_count;

static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* The datagrams of a file, one by one. */
static void
take_file(const char *path)
{
	static uint8_t bytes[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t len;

	if (!f)
		return;
	len = fread(bytes, 1, sizeof(bytes), f);
	(void)fclose(f);
	for (size_t at = 0; at < len && part_count < PARTS_MAX;) {
		size_t n = tryst_export_length(bytes + at, len - at);
		struct part *p = &parts[part_count++];

		if (n == 0 || n > len - at)
			n = len - at;
		p->data = malloc(n);
		assert_non_null(p->data);
		memcpy(p->data, bytes + at, n);
		p->len = n;
		at += n;
	}
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* By name, so that a seed means the same everywhere. */
static void
take_folder(const char *folder)
{
	struct dirent **list;
	char path[4096 + 256];
	int count = scandir(folder, &list, NULL, by_name);

	for (int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && !strstr(list[i]->d_name, ".json"))
			take_file(path);
		free(list[i]);
	}
	if (count >= 0)
		free(list);
}

/* A few changes where they hurt: sizes, ids and counts are 16 bits at even places. */
static size_t
mutate(uint8_t *data, size_t len, uint64_t *seed)
{
	unsigned changes = (unsigned)(draw(seed) % 4);

	while (changes-- > 0 && len > 4) {
		size_t at = draw(seed) % len;

		switch (draw(seed) % 6) {
		case 0:
			data[at] ^= (uint8_t)(1 << draw(seed) % 8);
			break;
		case 1:
			data[at] = (uint8_t)draw(seed);
			break;
		case 2:
			at = TRYST_MIN(at & ~(size_t)1, (len - 2) & ~(size_t)1);
			data[at] = draw(seed) % 2 ? 0xff : 0;
			data[at + 1] = (uint8_t)draw(seed);
			break;
		case 3:
			len = at + 1;
			break;
		case 4:
			memmove(data + at, data + at + 1, len - at - 1);
			len--;
			break;
		default:
			memmove(data + at + 1, data + at, len - at);
			len++;
			break;
		}
	}
	return len;
}

static size_t
mutations(void)
{
	const char *wanted = getenv("TRYST_MUTATIONS");

	return wanted ? strtoul(wanted, NULL, 10) : MUTATIONS;
}

static void
test_mutations(void **state)
{
	uint64_t seed = 1;
	struct decoded d;
	size_t rows = 0;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	for (size_t i = 0, count = mutations(); i < count; i++) {
		const struct part *p = &parts[draw(&seed) % part_count];
		/* Of its very size, so that a sanitizer sees one byte too far. */
		uint8_t *room = malloc(p->len + 4), *data;
		size_t len;

		assert_non_null(room);
		memcpy(room, p->data, p->len);
		len = mutate(room, p->len, &seed);
		data = malloc(len);
		assert_non_null(data);
		memcpy(data, room, len);
		(void)tryst_export_length(data, len);
		feed_from(&d, data, len, (uint32_t)(draw(&seed) % 3), (uint16_t)(draw(&seed) % 2));
		rows += d.rows.count;
		d.rows.count = 0;
		free(data);
		free(room);
		/* A decoder that begins anew now and then, so that the bounds do not shut. */
		if (draw(&seed) % 2000 == 0) {
			assert_int_equal(rows, health(&d)->flows);
			decoded_fini(&d);
			decoded_init(&d, TRYST_BITS_ALL);
			rows = 0;
		}
	}
	finish(&d);
	assert_int_equal(rows, health(&d)->flows);
	decoded_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutations),
	};
	const char *dir = getenv("TRYST_CORPUS");
	char path[4096];
	int rc;

	dir = dir ? dir : "../shared/corpus";
	for (const char *const *folder =
	             (const char *const[]){ "netflow-vendor-datagrams", "netflow-fluentd-dumps",
	                                    "ipfix-file-cesnet", NULL };
	     *folder; folder++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, *folder);
		take_folder(path);
	}
	if (!part_count) {
		(void)printf("no corpus at %s\n", dir);
		return 77;
	}
	rc = cmocka_run_group_tests_name("read/export_mutate", tests, NULL, NULL);
	for (size_t i = 0; i < part_count; i++)
		free(parts[i].data);
	return rc;
}
