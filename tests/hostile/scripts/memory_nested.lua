-- expect: limit_memory reward
return function(s)
  local t = {}
  while true do t = { t } end -- here
end
