/* file.h: reads whole files and asks simple questions about paths. Writing that must survive a crash is
   store/'s. Errors are LURE_ERROR_STORE with the path and the system's reason. */
#ifndef LURE_BASE_FILE_H
#define LURE_BASE_FILE_H

#include "base/status.h"
#include "base/text.h"

/* Binary-safe; refuses folders, pipes and devices, without waiting for any. Replaces what `out` (initialised) holds; leaves it
   empty on failure. */
lure_status lure_file_read(const char *path, size_t max_bytes, lure_text *out, lure_error *err);
/* The same of pipes and devices too, until they end: for what a person names, like /dev/stdin. */
lure_status lure_stream_read(const char *path, size_t max_bytes, lure_text *out, lure_error *err);
bool lure_file_exists(const char *path); /* a readable regular file */
bool lure_folder_exists(const char *path);
/* The names in a folder that end with `suffix` ("" = all), sorted bytewise, one heap block each; free with
   lure_names_free. A missing folder gives none. */
lure_status lure_folder_list(const char *path, const char *suffix, char ***names, size_t *n, lure_error *err);
void lure_names_free(char **names, size_t n);

#endif
