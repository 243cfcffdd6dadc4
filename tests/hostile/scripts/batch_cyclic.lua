-- expect: script_error batch
-- says: nested more than 32 deep
local t = {}
t[1] = t
return { experiments = { "good_0" }, vary = { policy = t } }
