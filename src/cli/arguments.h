/* arguments.h: one table of options a command, read the same way everywhere: --name value or --name=value, no
   abbreviations, did-you-mean for what is misspelt, --help from the same table. Errors are LURE_ERROR_USAGE. */
#ifndef LURE_CLI_ARGUMENTS_H
#define LURE_CLI_ARGUMENTS_H

#include "base/status.h"
#include "base/text.h"

#include <stdint.h>

typedef struct lure_option {
    const char *name;  /* without the dashes */
    const char *value; /* what --help calls its value; null: a flag */
    const char *help;  /* one line */
    bool repeats;      /* may be given more than once */
} lure_option;

typedef struct lure_command {
    const char *name, *arguments; /* "run", "EXPERIMENT" */
    const char *summary;          /* one line */
    const lure_option *options;   /* ends with a null name */
    const char *examples;         /* lines, as typed */
    size_t least, most;           /* positional arguments */
    int (*main)(const struct lure_command *command, int n, char **arguments);
} lure_command;

enum { LURE_MOST_ARGUMENTS = 1024 };

typedef struct lure_given {
    const lure_option *option;
    const char *value;
} lure_given;

typedef struct lure_arguments {
    const char *positional[LURE_MOST_ARGUMENTS];
    size_t n_positional;
    lure_given given[LURE_MOST_ARGUMENTS];
    size_t n_given;
    bool help;
} lure_arguments;

lure_status lure_arguments_read(const lure_command *command, int n, char **arguments, lure_arguments *out,
                                lure_error *err);
bool lure_arguments_has(const lure_arguments *a, const char *name);
const char *lure_arguments_value(const lure_arguments *a,
                                 const char *name); /* the last one; null: not given */
/* A whole number of the option; `out` untouched when it is not given. */
lure_status lure_arguments_whole(const lure_arguments *a, const char *name, uint64_t low, uint64_t high,
                                 uint64_t *out, bool *given, lure_error *err);
/* A finite number of the option, likewise. */
lure_status lure_arguments_number(const lure_arguments *a, const char *name, double *out, bool *given,
                                  lure_error *err);
void lure_command_help(const lure_command *command, bool colour, lure_text *out);

#endif
