-- Lua 5.4 as the engine offers it: its own words besides the standard ones, and nothing written to a global.
std = "lua54"
read_globals = {
  "options", "lure", "differentiate", "stop_gradient", "exp", "expm1", "log", "log1p", "sqrt", "square", "abs", "sign", "tanh",
  "sigmoid", "relu", "elu", "gelu", "softplus", "minimum", "maximum", "clamp", "where", "sum", "mean", "variance", "logsumexp",
  "softmax", "log_softmax", "cumulative_sum", "matmul", "gather", "take", "concat", "stack", "equal", "not_equal", "less",
  "less_equal", "greater", "greater_equal",
}
max_line_length = 120
unused_args = false -- a role's parameters are the contract, whether a script needs them or not

files["tests/lua"] = {
  read_globals = { "lure_test" },
  max_line_length = 150, -- scripts within strings
  allow_defined_top = true, -- LuaUnit finds its test tables among the globals
}

files["tests/hostile"] = { max_line_length = 150 }

files["tests/reference"] = { read_globals = { "lure_test" } }

-- Scripts that are wrong on purpose.
exclude_files = { "tests/fault/**", "tests/cli/**", "tests/contract/broken/**", "tests/hostile/scripts/**" }
