/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TRYST_CPU_HAS(AVX2): whether the processor, and the system, has it; of x86-64 only, the names are
 * those of <sys/platform/x86.h>.
 *
 * The C library knows since the program was loaded.  The compiler's __builtin_cpu_supports asks the
 * processor again, in every run before main, and in a virtual machine each of its ten questions
 * can cost microseconds.
 */
#ifndef TRYST_BASE_CPU_H
#define TRYST_BASE_CPU_H

#ifdef __x86_64__
#if __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>

#define TRYST_CPU_HAS(name) CPU_FEATURE_ACTIVE(name)
#else
#define TRYST_CPU_AVX2 "avx2"
#define TRYST_CPU_BMI1 "bmi"
#define TRYST_CPU_BMI2 "bmi2"
#define TRYST_CPU_POPCNT "popcnt"
#define TRYST_CPU_HAS(name) __builtin_cpu_supports(TRYST_CPU_##name)
#endif
#endif

#endif
