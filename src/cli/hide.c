/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hide.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/io.h"
#include "cli/say.h"
#include "report/anonymize.h"

#define KEY TRYST_ANONYMIZE_KEY
#define FILE_MAX (1 << 20)

static int
hex(char c)
{
	const char *digits = "0123456789abcdef", *at;

	at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* As nfanon takes keys: 32 characters, or 64 hexadecimal digits, which may begin with 0x. */
static bool
key_parse(const char *text, size_t len, uint8_t key[KEY])
{
	if (len == 2 * KEY + 2 && !strncmp(text, "0x", 2)) {
		text += 2;
		len -= 2;
	}
	if (len == KEY) {
		memcpy(key, text, KEY);
		return true;
	}
	for (size_t i = 0; i < KEY && len == 2 * KEY; i++) {
		int high = hex(text[2 * i]), low = hex(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (uint8_t)(high << 4 | low);
	}
	return len == 2 * KEY;
}

static int
key_read(const char *path, uint8_t key[KEY], struct tryst_error *err)
{
	struct tryst_buf file = { 0 };
	int rc = tryst_slurp(path, FILE_MAX, &file, err);
	size_t len = file.len;

	if (rc == 0 && len != KEY && len && file.data[len - 1] == '\n')
		len--;
	if (rc == 0 && (!len || !key_parse(file.data, len, key)))
		rc = tryst_error_set(err, TRYST_ERR_USAGE,
		                     "%s: no key: expected 32 characters or 64 hexadecimal digits",
		                     path);
	if (file.data)
		explicit_bzero(file.data, file.len);
	tryst_buf_fini(&file);
	return rc;
}

static int
key_make(uint8_t key[KEY], struct tryst_error *err)
{
	if (getrandom(key, KEY, 0) != KEY)
		return tryst_error_errno(err, "cannot make a key");
	tryst_say("anonymised with a new key that is not kept: the next report will have other "
	          "addresses; --anonymize-key FILE keeps them alike");
	return 0;
}

int
tryst_hide_check(const struct tryst_settings *s, struct tryst_error *err)
{
	uint8_t key[KEY];
	int rc = s->anonymize_key ? key_read(s->anonymize_key, key, err) : 0;

	explicit_bzero(key, sizeof(key));
	return rc;
}

int
tryst_hide_case(const struct tryst_settings *s, const struct tryst_case *c,
                struct tryst_case_file **out, struct tryst_error *err)
{
	struct tryst_anonymizer *a = NULL;
	uint8_t key[KEY];
	int rc;

	*out = NULL;
	if (!s->anonymize && !s->anonymize_key)
		return 0;
	rc = s->anonymize_key ? key_read(s->anonymize_key, key, err) : key_make(key, err);
	if (rc == 0)
		rc = tryst_anonymizer_new(&a, key, err);
	explicit_bzero(key, sizeof(key));
	if (rc == 0)
		rc = tryst_case_anonymize(out, c, a, err);
	tryst_anonymizer_free(a);
	return rc;
}

/* clang-format off */
static const struct tryst_option rows[] = {
	{ 0, "anonymize", NULL, tryst_opt_flag, offsetof(struct tryst_settings, anonymize),
	  "replace the addresses of the home network and of exporters in all\n"
	  "that is written, prefixes kept (Crypto-PAn), by a key for this time" },
	{ 0, "anonymize-key", "FILE", tryst_opt_text,
	  offsetof(struct tryst_settings, anonymize_key),
	  "the same by the key in FILE (32 characters or 64 hexadecimal digits,\n"
	  "as for nfanon): the same key gives the same addresses" },
	{ 0 },
};
/* clang-format on */

const struct tryst_option_group tryst_opts_hide = { "For others' eyes", rows };
