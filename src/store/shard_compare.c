/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a shard is what its files say.  A shard follows from its files and their order alone, so
 * it is made again and must be the same bytes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/shard_impl.h"

/* The file as it is now; false: not as it was when it was indexed. */
static bool
file_same(const char *path, const struct tryst_shard_file *f)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == f->size &&
	       (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec == f->mtime_ns;
}

/* Adds a file as it was added; 0: that cannot be done again. */
static int
add_again(struct tryst_shard_builder *b, const char *root, const struct tryst_shard_file *f,
          const atomic_bool *stop, struct tryst_error *err)
{
	struct tryst_buf path = { 0 };
	struct tryst_shard_source source = { .size = f->size, .mtime_ns = f->mtime_ns };
	struct tryst_error why = { 0 };
	int rc = 0;

	tryst_buf_printf(&path, "%s/%.*s", root, (int)f->path_len, f->path);
	if (path.failed) {
		rc = tryst_error_nomem(err);
	} else if (file_same(path.data, f)) {
		source.path = path.data;
		source.relative = path.data + strlen(root) + 1;
		rc = tryst_shard_add(b, &source, SIZE_MAX, stop, &why);
		if (rc < 0 && err)
			*err = why;
	}
	tryst_buf_fini(&path);
	return rc;
}

static int
compare(const struct tryst_shard *s, const struct tryst_buf *again, struct tryst_error *err)
{
	if (again->len == s->map_len && memcmp(again->data, s->map, s->map_len) == 0)
		return 1;
	for (unsigned i = 0; i < TRYST_SHARD_SECTIONS && again->len > SHARD_HEAD; i++) {
		const uint8_t *entry = (const uint8_t *)again->data + SHARD_TABLE + i * 24;
		uint64_t at = tryst_load_le64(entry), len = tryst_load_le64(entry + 8);
		const struct tryst_shard_section *section = &s->sections[i];

		if (len != section->len || memcmp(again->data + at, section->data, len) != 0)
			return tryst_error_set(err, TRYST_ERR_FORMAT,
			                       "%s: its %s is not what its files say", s->path,
			                       tryst_shard_section_names[i]);
	}
	return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: is not what its files say", s->path);
}

int
tryst_shard_compare(const struct tryst_shard *s, const char *root, const atomic_bool *stop,
                    struct tryst_error *err)
{
	struct tryst_shard_builder *b;
	struct tryst_buf again = { 0 };
	int rc = tryst_shard_builder_new(&b, err);

	if (rc < 0)
		return rc;
	rc = 1;
	for (uint32_t i = 0; i < s->file_count && rc == 1; i++)
		rc = add_again(b, root, &s->files[i], stop, err);
	if (rc == 1)
		rc = tryst_shard_write(b, &again, err);
	else
		goto out;
	if (rc == 0)
		rc = compare(s, &again, err);
out:
	tryst_buf_fini(&again);
	tryst_shard_builder_free(b);
	return rc;
}
