-- expect: limit_memory reward
return function(s)
  local text = "x"
  while true do text = text .. text end -- here
end
