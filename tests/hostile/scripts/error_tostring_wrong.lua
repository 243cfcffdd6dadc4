-- expect: script_error reward
return function(s)
  error(setmetatable({}, { __tostring = function() return {} end })) -- here
end
