/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <unistd.h>

#define CHUNK (64u << 10)

static void
digest(struct sha256_ctx *ctx, char out[TRYST_SHA256_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[SHA256_DIGEST_SIZE];

	sha256_digest(ctx, sizeof(bytes), bytes);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

void
tryst_sha256(const void *data, size_t len, char out[TRYST_SHA256_TEXT])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, len, data);
	digest(&ctx, out);
}

static int
update(struct sha256_ctx *ctx, int fd, const char *path, struct tryst_error *err)
{
	uint8_t chunk[CHUNK];
	int rc = 0;

	for (;;) {
		ssize_t n = read(fd, chunk, CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = tryst_error_errno(err, "%s", path);
		if (n <= 0)
			break;
		sha256_update(ctx, (size_t)n, chunk);
	}
	return rc;
}

int
tryst_sha256_file(const char *path, char out[TRYST_SHA256_TEXT], struct tryst_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;
	struct sha256_ctx ctx;

	*out = '\0';
	if (fd < 0)
		return tryst_error_errno(err, "%s", path);
	sha256_init(&ctx);
	rc = update(&ctx, fd, path, err);
	if (rc == 0)
		digest(&ctx, out);
	(void)close(fd);
	return rc;
}
