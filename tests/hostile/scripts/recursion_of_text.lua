-- expect: script_error reward
-- says: enough
-- the parser has a limit of its own
local function refused(text)
  local f, message = load(text, "=text")
  assert(not f, "it was taken")
  return message
end
return function(s)
  refused("return " .. ("("):rep(100000) .. "1" .. (")"):rep(100000))
  refused("return " .. ("{"):rep(100000) .. ("}"):rep(100000))
  refused("return " .. ("x.."):rep(100000) .. "x")
  refused("return " .. ("-"):rep(100000):gsub("%-", "- ") .. "1")
  refused(("do "):rep(100000) .. ("end "):rep(100000))
  refused(("local function f() "):rep(10000) .. ("end "):rep(10000))
  refused("local " .. ("x,"):rep(300) .. "x")
  refused("return function(...) local a = " .. ("f("):rep(10000))
  refused(("goto x "):rep(1000))
  refused("return '" .. ("\\u{7FFFFFFFF}") .. "'")
  refused("return [[" .. ("="):rep(1000))
  error("enough") -- here
end
