/* SPDX-License-Identifier: Apache-2.0 */
/* What the page embeds: built out of web/ by tools/embed. */
#ifndef TRYST_REPORT_ASSET_H
#define TRYST_REPORT_ASSET_H

#include <stddef.h>

struct tryst_asset {
	const char *text; /* NUL-terminated, never NULL */
	size_t len;       /* 0: built without it */
	const char *hash; /* "sha256-...", as a content security policy names it */
};

extern const struct tryst_asset tryst_asset_style;
extern const struct tryst_asset tryst_asset_script;

#endif
