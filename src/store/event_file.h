/* event_file.h: the rows as TensorBoard reads them: a file events.out.tfevents.<time>.<host>.<process>, a TFRecord an event (length,
   its masked CRC32C, bytes, theirs), each a protocol buffer (tensorflow/core/util/event.proto): the file's version first, then
   a summary a row, its step that of the column "step", its time the real one. Tags are those that dashboards made for
   CleanRL know: charts/episodic_return, losses/policy_loss, ..., rewards/<term> of reward_<term>, charts/<name> of all others, and
   charts/SPS, steps a second since the file was opened. Numbers are single precision: the format's. */
#ifndef LURE_STORE_EVENT_FILE_H
#define LURE_STORE_EVENT_FILE_H

#include "base/text.h"
#include "store/row_sink.h"

/* In the directory. `goes_on`: a run that went further before goes on from its next row; readers drop what they have of that row's
   step and later ones. */
lure_status lure_event_file_open(const char *directory, bool goes_on, lure_row_sink **out, lure_error *err);

/* The tag of a column; appends. */
void lure_event_tag(const char *column, lure_text *out);

#endif
