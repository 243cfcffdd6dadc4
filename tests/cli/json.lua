-- json.lua: a strict reader of JSON (RFC 8259) for tests: null becomes json.null. Raises with the byte where it stops.
local json = { null = setmetatable({}, { __tostring = function() return "null" end }) }

local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

function json.decode(text)
  local at = 1
  local value

  local function fail(expected)
    error(("JSON, byte %d: expected %s, got '%s'"):format(at, expected, text:sub(at, at + 10)), 0)
  end

  local function space() at = text:find("[^ \t\r\n]", at) or #text + 1 end

  local function string_value()
    local parts, start = {}, at + 1
    at = start
    while true do
      local stop = text:find('["\\%c]', at) or fail('"')
      parts[#parts + 1] = text:sub(at, stop - 1)
      at = stop
      local c = text:sub(stop, stop)
      if c == '"' then
        at = stop + 1
        return table.concat(parts)
      elseif c ~= "\\" then
        fail("no control character")
      end
      local escape = text:sub(stop + 1, stop + 1)
      if escape == "u" then
        local code = text:match("^%x%x%x%x", stop + 2) or fail("four hexadecimal digits")
        parts[#parts + 1] = utf8.char(tonumber(code, 16))
        at = stop + 6
      else
        parts[#parts + 1] = escapes[escape] or fail("an escape")
        at = stop + 2
      end
    end
  end

  local function members(close, read)
    at = at + 1
    space()
    if text:sub(at, at) == close then at = at + 1 return end
    while true do
      read()
      space()
      local c = text:sub(at, at)
      at = at + 1
      if c == close then return end
      if c ~= "," then at = at - 1 fail("',' or '" .. close .. "'") end
      space()
    end
  end

  function value()
    space()
    local c = text:sub(at, at)
    if c == "{" then
      local object = {}
      members("}", function()
        if text:sub(at, at) ~= '"' then fail("a name") end
        local key = string_value()
        space()
        if text:sub(at, at) ~= ":" then fail("':'") end
        at = at + 1
        if object[key] ~= nil then fail("no second '" .. key .. "'") end
        object[key] = value()
      end)
      return object
    elseif c == "[" then
      local list = {}
      members("]", function() list[#list + 1] = value() end)
      return list
    elseif c == '"' then
      return string_value()
    end
    for word, meaning in pairs { ["true"] = true, ["false"] = false, null = json.null } do
      if text:sub(at, at + #word - 1) == word then
        at = at + #word
        return meaning
      end
    end
    local number = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at) or fail("a value")
    at = at + #number
    return tonumber(number) or fail("a number")
  end

  local result = value()
  space()
  if at <= #text then fail("the end") end
  return result
end

return json
