/* action_list.h: --actions of `lure trace`: "left,1,0.5:-2,right*10,random:20", in order; "@file" and "-" read it from a file
   and from stdin, where a new line is as good as a comma. A thing "*N" stands for N of it, "random:N" for N actions
   drawn when their time has come. A word of the world goes before either meaning. Internal to cli/. */
#ifndef LURE_CLI_ACTION_LIST_H
#define LURE_CLI_ACTION_LIST_H

#include "base/status.h"
#include "learn/space.h"

typedef struct lure_action_list {
    size_t n, n_parts, capacity;
    bool *random;   /* (n) drawn later; the other two then hold nothing */
    double *values; /* (n, n_parts) */
    bool *by_word;  /* (n, n_parts) given as a word, else as a number */
} lure_action_list;

/* Into zeroed memory, to be freed in every case. */
lure_status lure_action_list_read(const char *text, const lure_space *space, lure_action_list *list,
                                  lure_error *err);
void lure_action_list_free(lure_action_list *list);

#endif
