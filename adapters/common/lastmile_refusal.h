/*
 * A refusal as one line for a log that machines read too: copy this header and lastmile_refusal.c into your
 * program.
 *
 *     lastmile/name-mismatch expected=dns:a.example presented=dns:b.example,uri:spiffe://b certificate=0
 *     lastmile/expired anchor=2 detail=anchor_2_expired_3_days_ago also=name-mismatch
 *
 * The word after lastmile/ is the code of the reason, or `fault` where the library did not do its job. Then
 * come KEY=VALUE, each after one space:
 *
 *     certificate  the certificate at fault: 0 is the leaf
 *     anchor       the certificate of the bundle at fault, counted from 0
 *     expected     the names that were expected, separated by commas
 *     presented    the names that the leaf has instead
 *     detail       the sentence of every other reason, with _ between its words
 *     also         the codes of other reasons
 *
 * In a value, every octet that is not a printable character of ASCII, and each of % " and \, is % and two
 * hexadecimal digits; in a list, a comma of a name too. A name that is cut ends with "...", and a list that is
 * cut with "+" and how many are left out of those that the library tells, which are the first 16.
 */
#ifndef LASTMILE_REFUSAL_H
#define LASTMILE_REFUSAL_H

#include <lastmile.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Octets of the longest line, the 0 at its end not counted. */
#define LASTMILE_REFUSAL_MOST 1000

/*
 * Writes the line of a verdict that refuses; of NULL, that of a library that did not do its job. `line` ends
 * with an octet 0 if `size` is not 0, is cut to fit, and may be NULL if `size` is 0. Returns octets of the whole
 * line, as snprintf does.
 *
 * Thread: any.
 */
size_t lastmile_refusal_line(const lastmile_verdict *verdict, char *line, size_t size);

#ifdef __cplusplus
}
#endif

#endif
