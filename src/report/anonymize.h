/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses under a key: Crypto-PAn, which keeps prefixes (two addresses that share their first n
 * bits share them afterwards, too) and which nobody without the key can undo.  The same key gives
 * the same mapping, here and in nfdump's nfanon.
 *
 * It is no defence against someone who can send traffic and see the result: who knows some
 * addresses knows the prefixes that others share with them.
 *
 * Source: Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization (ICNP 2002).
 */
#ifndef TRYST_REPORT_ANONYMIZE_H
#define TRYST_REPORT_ANONYMIZE_H

#include "base/error.h"
#include "base/ip.h"

#define TRYST_ANONYMIZE_KEY 32

struct tryst_anonymizer;

/* The key is 16 bytes for AES and 16 that the pad is made of.  Any thread may ask it. */
int tryst_anonymizer_new(struct tryst_anonymizer **out, const uint8_t key[TRYST_ANONYMIZE_KEY],
                         struct tryst_error *err);
void tryst_anonymizer_free(struct tryst_anonymizer *a);

/* IPv4 addresses give IPv4 addresses. */
struct tryst_ip tryst_anonymize(const struct tryst_anonymizer *a, struct tryst_ip ip);

/* The caveat of a case whose addresses were replaced: nobody may act on what stands in it. */
#define TRYST_ANONYMIZED                                                                           \
	"The addresses of the home network and of exporters are replaced (Crypto-PAn: prefixes "   \
	"are kept). Who really has the addresses that stand here has nothing to do with it."

struct tryst_case;
struct tryst_case_file;

/*
 * A copy of the case in which no address of the home network is left: those in --home, or without
 * one the sides that are called home; and those of the exporters.  They are replaced wherever they
 * stand, in sentences, labels, paths and the command line as well; paths lose their directories.  A
 * caveat says so.  The caller frees *out.
 */
int tryst_case_anonymize(struct tryst_case_file **out, const struct tryst_case *c,
                         const struct tryst_anonymizer *a, struct tryst_error *err);

#endif
