-- expect: script_error batch
-- says: seeds
return { experiments = { "good_0" }, seeds = { from = 1, to = math.maxinteger } }
