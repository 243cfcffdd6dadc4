/* checkpoint.h: parameters and optimizer state in the safetensors format (huggingface/safetensors: u64 header
   length, JSON header with dtype, shape and data_offsets per tensor, then the bytes, little-endian), so that any
   tool of the field reads it. Written atomically. The reader trusts nothing: lengths, offsets, overlaps and
   dtypes are checked before a byte is used. */
#ifndef LURE_STORE_CHECKPOINT_H
#define LURE_STORE_CHECKPOINT_H

#include "base/status.h"
#include "base/text.h"
#include "math/tensor.h"

typedef struct lure_checkpoint_entry {
    char name[96];
    lure_tensor tensor; /* borrowed memory when writing; into the checkpoint's own block after reading */
} lure_checkpoint_entry;

typedef struct lure_checkpoint_pair { /* for __metadata__ */
    const char *key, *value;
} lure_checkpoint_pair;

/* Names are UTF-8 and differ. In the file float64 comes first, so that every tensor is aligned there. Whole or absent
   after the death of the process; that of the machine is lure_run_directory_finish's. */
lure_status lure_checkpoint_write(const char *path, const lure_checkpoint_entry *entries, size_t n_entries,
                                  const lure_checkpoint_pair *metadata, size_t n_metadata, lure_error *err);

typedef struct lure_checkpoint lure_checkpoint;
/* Caller closes. Entries keep the header's order. A file that is no valid checkpoint is LURE_ERROR_STORE. */
lure_status lure_checkpoint_read(const char *path, lure_checkpoint **out, lure_error *err);
size_t lure_checkpoint_n_entries(const lure_checkpoint *checkpoint);
const lure_checkpoint_entry *lure_checkpoint_entry_at(const lure_checkpoint *checkpoint, size_t i);
const lure_checkpoint_entry *lure_checkpoint_find(const lure_checkpoint *checkpoint, const char *name);
/* Copies the numbers of that name into a contiguous tensor of the same type and shape; anything else is LURE_ERROR_STORE,
   saying what was expected. */
lure_status lure_checkpoint_load(const lure_checkpoint *checkpoint, const char *name, lure_tensor *into,
                                 lure_error *err);
const char *lure_checkpoint_metadata(const lure_checkpoint *checkpoint, const char *key); /* null if absent */
void lure_checkpoint_close(lure_checkpoint *checkpoint);

#endif
