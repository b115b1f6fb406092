/* SPDX-License-Identifier: MIT */
/* Criterion's conditions; see ../criterion.h. The values are shown where they are not as wanted. */
#ifndef CRITERION_NEW_ASSERT_H
#define CRITERION_NEW_ASSERT_H

bool cr_compare(const char *how, long a, long b);
bool cr_compare_text(bool equal, const char *a, const char *b);

#define CR_COMPARE_int(how, a, b) cr_compare(how, (long)(a), (long)(b))
#define CR_COMPARE_long(how, a, b) cr_compare(how, (a), (b))
#define CR_COMPARE_sz(how, a, b) cr_compare(how, (long)(a), (long)(b))
#define CR_COMPARE_chr(how, a, b) cr_compare(how, (a), (b))
#define CR_COMPARE_ptr(how, a, b) cr_compare(how, (long)(a), (long)(b))
#define CR_COMPARE_str(how, a, b) cr_compare_text((how)[0] == '=', (a), (b))

#define eq(type, a, b) CR_COMPARE_##type("==", a, b)
#define ne(type, a, b) CR_COMPARE_##type("!=", a, b)
#define lt(type, a, b) CR_COMPARE_##type("<", a, b)
#define le(type, a, b) CR_COMPARE_##type("<=", a, b)
#define gt(type, a, b) CR_COMPARE_##type(">", a, b)
#define ge(type, a, b) CR_COMPARE_##type(">=", a, b)
#define zero(type, a) CR_COMPARE_##type("==", a, 0)
#define not(condition) (!(condition))

#endif
