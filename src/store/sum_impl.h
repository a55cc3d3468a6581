/* SPDX-License-Identifier: Apache-2.0 */
/* The checksum by instruction set. */
#ifndef TRYST_STORE_SUM_IMPL_H
#define TRYST_STORE_SUM_IMPL_H

#include "base/base.h"

#ifdef __x86_64__
/* Needs AVX2. */
uint32_t tryst_store_sum_avx2(const void *data, size_t len);
uint32_t tryst_store_sum2_avx2(const void *a, size_t a_len, const void *b, size_t b_len);
#endif

#endif
