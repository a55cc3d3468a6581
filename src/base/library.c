/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading, and the table of the libraries.  That a library is loaded is the one thing that the
 * process remembers: it cannot be loaded for one run and not for another.
 *
 * A note in the program names the files for those who make packages (ELF_DLOPEN_METADATA of the
 * UAPI group, read by dh-dlopenlibdeps and others).
 */
#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define FILES_MAX 2

struct library {
	const char *name, *package;
	const char *files[FILES_MAX]; /* what the loader calls it, by preference */
	const char *const *names;     /* of its functions */
	char *functions;              /* a pointer each, in the order of the names */
	size_t count;
	atomic_bool *loaded;
};

#define NAME_OF(name) #name,
#define LIBRARY(type, LIST)                                                                        \
	static const char *const type##_names[] = { LIST(NAME_OF) };                               \
	static struct tryst_##type type##_functions;                                               \
	static atomic_bool type##_loaded;                                                          \
	_Static_assert(sizeof(type##_names) == sizeof(type##_functions), "a pointer each");
#define ROW(type, package, ...)                                                                    \
	{                                                                                          \
#type, package,                                                                    \
			{ __VA_ARGS__ }, type##_names, (char *)&type##_functions,                  \
			  sizeof(type##_names) / sizeof(type##_names[0]), &type##_loaded           \
	}

LIBRARY(zlib, TRYST_ZLIB)
LIBRARY(zstd, TRYST_ZSTD)
LIBRARY(lz4, TRYST_LZ4)
LIBRARY(xz, TRYST_XZ)
LIBRARY(bzip2, TRYST_BZIP2)
LIBRARY(lzo, TRYST_LZO)
LIBRARY(snappy, TRYST_SNAPPY)

enum { ZLIB, ZSTD, LZ4, XZ, BZIP2, LZO, SNAPPY };

static const struct library libraries[] = {
	[ZLIB] = ROW(zlib, "zlib1g", "libz.so.1"),
	[ZSTD] = ROW(zstd, "libzstd1", "libzstd.so.1"),
	[LZ4] = ROW(lz4, "liblz4-1", "liblz4.so.1"),
	[XZ] = ROW(xz, "liblzma5", "liblzma.so.5"),
	/* Debian's name for it, and that of others. */
	[BZIP2] = ROW(bzip2, "libbz2-1.0", "libbz2.so.1.0", "libbz2.so.1"),
	[LZO] = ROW(lzo, "liblzo2-2", "liblzo2.so.2"),
	[SNAPPY] = ROW(snappy, "libsnappy1v5", "libsnappy.so.1"),
};

#define NOTE                                                                                       \
	"[{\"feature\":\"compression\",\"description\":\"compressed flow logs and lists\","        \
	"\"priority\":\"recommended\",\"soname\":[\"libz.so.1\"]},"                                \
	"{\"feature\":\"compression\",\"priority\":\"recommended\",\"soname\":[\"libzstd.so.1\"]}" \
	","                                                                                        \
	"{\"feature\":\"compression\",\"priority\":\"recommended\",\"soname\":[\"liblz4.so.1\"]}," \
	"{\"feature\":\"compression\",\"priority\":\"recommended\",\"soname\":[\"liblzma.so.5\"]}" \
	","                                                                                        \
	"{\"feature\":\"compression\",\"priority\":\"recommended\","                               \
	"\"soname\":[\"libbz2.so.1.0\",\"libbz2.so.1\"]},"                                         \
	"{\"feature\":\"compression\",\"priority\":\"recommended\",\"soname\":[\"liblzo2.so.2\"]}" \
	","                                                                                        \
	"{\"feature\":\"compression\",\"priority\":\"recommended\","                               \
	"\"soname\":[\"libsnappy.so.1\"]}]"

__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {
	uint32_t name_size, text_size, type;
	char name[4];
	char text[(sizeof(NOTE) + 3) / 4 * 4];
} note = { 4, sizeof(NOTE), 0x407c0c0a, "FDO", NOTE };

/* What the loader could not do, in its words; they do not say that there was no memory. */
static int
fail(const struct library *l, struct tryst_error *err)
{
	int number = errno;
	const char *why = dlerror();

	if (!why || number == ENOMEM)
		return tryst_error_nomem(err);
	return tryst_error_set(err, TRYST_ERR_UNSUPPORTED,
	                       "%s compression needs %s, which cannot be loaded (Debian has it in "
	                       "%s): %s",
	                       l->name, l->files[0], l->package, why);
}

static int
functions_find(const struct library *l, void *handle, struct tryst_error *err)
{
	for (size_t i = 0; i < l->count; i++) {
		void *function = dlsym(handle, l->names[i]);

		if (!function)
			return fail(l, err);
		memcpy(l->functions + i * sizeof(function), &function, sizeof(function));
	}
	return 0;
}

static int
load(const struct library *l, struct tryst_error *err)
{
	void *handle;
	int rc;

	errno = 0;
	handle = dlopen(l->files[0], RTLD_NOW | RTLD_LOCAL);
	if (!handle && l->files[1])
		handle = dlopen(l->files[1], RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return fail(l, err);
	rc = functions_find(l, handle, err);
	if (rc < 0)
		(void)dlclose(handle);
	else
		atomic_store_explicit(l->loaded, true, memory_order_release);
	return rc;
}

static const void *
need(const struct library *l, struct tryst_error *err)
{
	static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
	int rc = 0;

	if (atomic_load_explicit(l->loaded, memory_order_acquire))
		return l->functions;
	(void)pthread_mutex_lock(&loading);
	if (!atomic_load_explicit(l->loaded, memory_order_relaxed))
		rc = load(l, err);
	(void)pthread_mutex_unlock(&loading);
	return rc < 0 ? NULL : l->functions;
}

const struct tryst_zlib *
tryst_zlib(struct tryst_error *err)
{
	return need(&libraries[ZLIB], err);
}

const struct tryst_zstd *
tryst_zstd(struct tryst_error *err)
{
	return need(&libraries[ZSTD], err);
}

const struct tryst_lz4 *
tryst_lz4(struct tryst_error *err)
{
	return need(&libraries[LZ4], err);
}

const struct tryst_xz *
tryst_xz(struct tryst_error *err)
{
	return need(&libraries[XZ], err);
}

const struct tryst_bzip2 *
tryst_bzip2(struct tryst_error *err)
{
	return need(&libraries[BZIP2], err);
}

const struct tryst_lzo *
tryst_lzo(struct tryst_error *err)
{
	return need(&libraries[LZO], err);
}

const struct tryst_snappy *
tryst_snappy(struct tryst_error *err)
{
	return need(&libraries[SNAPPY], err);
}

const char *
tryst_library_name(size_t i)
{
	return i < TRYST_ARRAY_SIZE(libraries) ? libraries[i].name : NULL;
}

int
tryst_library_try(size_t i, struct tryst_error *err)
{
	struct tryst_error mine = { 0 };

	assert(i < TRYST_ARRAY_SIZE(libraries));
	if (need(&libraries[i], &mine))
		return 0;
	if (err)
		*err = mine;
	return mine.code;
}
