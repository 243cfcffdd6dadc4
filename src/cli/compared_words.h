/* compared_words.h: what report/compared.h found, in words and in a document: shared by `lure compare` and `lure batch`.
   Internal to cli/. */
#ifndef LURE_CLI_COMPARED_WORDS_H
#define LURE_CLI_COMPARED_WORDS_H

#include "base/json.h"
#include "report/compared.h"

/* "0.855 to 0.88"; "-" where there is none. */
void lure_bounds_text(const lure_bounds *bounds, char out[72]);
/* "B is better than A: IQM 10 higher (9.5 to 10.5; 8 paired seeds), probability 0.98" */
void lure_compared_sentence(const char *name, const char *reference, const lure_compared *it, lure_text *out);
/* One sentence or several on lines of at most `width` columns; lines after the first are indented. Ends the line. */
void lure_words_wrap(const char *words, int width, size_t indent, lure_text *out);

/* The members of an object that is open: n, mean, ..., of any but the reference improvement and difference. */
void lure_compared_json(lure_json *json, const lure_compared *it, bool has_reference);

#endif
