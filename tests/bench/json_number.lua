-- json_number.lua MEMBER.MEMBER...: numbers of the JSON document on stdin, one line, for run.sh. Follows the names from
-- the outside in by text, which is enough for documents of our own; the engine's JSON is tested elsewhere.
local document = io.read("a")
local numbers = {}
for _, path in ipairs(arg) do
  local at = 1
  for name in path:gmatch("[^.]+") do
    local _, last = document:find('"' .. name .. '"%s*:%s*', at)
    if not last then
      io.stderr:write("bench: the document has no ", path, "\n")
      os.exit(1)
    end
    at = last + 1
  end
  numbers[#numbers + 1] = document:match("^-?[%d.eE+-]+", at)
end
print(table.concat(numbers, " "))
