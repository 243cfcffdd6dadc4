-- expect: script_error reward
-- says: enough
return function(s)
  print(("\27[31m\7x"):rep(100))
  print(setmetatable({}, { __tostring = function() return "\27]0;title\7" end }), "\u{9b}2J", "\0", "\r")
  error("enough") -- here
end
