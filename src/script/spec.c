/* spec.c: see spec.h; policies and optimizers are read by spec_policy.c and spec_optimizer.c. */
#include "script/spec.h"

#include "script/bind.h"
#include "script/spec_words.h"

#include <string.h>

lure_dtype lure_read_precision(lua_State *L, int index)
{
    static const char *const known[] = {"single", "double"};
    const char *word = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : lure_push_text(L, index);
    if (strcmp(word, "single") != 0 && strcmp(word, "double") != 0)
        lure__refuse_word(L, "precision", word, known, 2);
    return word[0] == 's' ? LURE_F32 : LURE_F64;
}
