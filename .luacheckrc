-- Lua 5.4 as the engine offers it: its own words besides the standard ones, and nothing written to a global.
std = "lua54"
read_globals = { "options", "lure" }
max_line_length = 120
