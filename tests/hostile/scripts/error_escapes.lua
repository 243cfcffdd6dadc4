-- expect: script_error reward
-- says: \027[2J\027[31m\007gone\000\001\127\194\155 (reward 'error_escapes'
-- a terminal that is shown it must not obey
return function(s) error("\27[2J\27[31m\7gone\0\1\127\u{9b}") end -- here
