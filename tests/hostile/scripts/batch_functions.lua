-- expect: script_error batch
-- says: a batch is plain data
return { experiments = { "good_0" }, set = { reward = function() while true do end end } }
