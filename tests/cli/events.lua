-- events.lua: reads TensorBoard's event files: the events as tables { time =, step =, version =, starts =, scalars = { tag = number } }.
-- Every length and checksum of the TFRecords is checked; what does not belong there is an error.
local events = {}

local function crc32c(bytes)
  local crc = 0xffffffff
  for i = 1, #bytes do
    crc = crc ~ bytes:byte(i)
    for _ = 1, 8 do crc = (crc >> 1) ~ ((crc & 1) * 0x82f63b78) end
  end
  return crc ~ 0xffffffff
end
assert(crc32c("123456789") == 0xe3069283)

local function check_masked(bytes, masked)
  local crc = crc32c(bytes)
  assert(((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff == masked, "a checksum is wrong")
end

local function varint(bytes, at)
  local value, shift = 0, 0
  while true do
    local byte = bytes:byte(at)
    value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
    if byte < 128 then return value, at end
  end
end

-- calls field(number, value) for each field of a message
local function each(bytes, field)
  local at = 1
  while at <= #bytes do
    local key, value
    key, at = varint(bytes, at)
    local kind = key & 7
    if kind == 0 then value, at = varint(bytes, at)
    elseif kind == 1 then value, at = string.unpack("<d", bytes, at)
    elseif kind == 5 then value, at = string.unpack("<f", bytes, at)
    elseif kind == 2 then
      local n
      n, at = varint(bytes, at)
      assert(at + n - 1 <= #bytes, "a field is torn")
      value, at = bytes:sub(at, at + n - 1), at + n
    else error("a field of kind " .. kind) end
    field(key >> 3, value)
  end
end

local function read_event(bytes)
  local event = { step = 0, scalars = {} }
  each(bytes, function(number, value)
    if number == 1 then event.time = value
    elseif number == 2 then event.step = value
    elseif number == 3 then event.version = value
    elseif number == 7 then event.starts = value == "\8\1"
    elseif number == 5 then
      each(value, function(_, scalar)
        local tag, x
        each(scalar, function(n, v) if n == 1 then tag = v else x = v end end)
        assert(not event.scalars[tag], "a tag comes twice")
        event.scalars[tag] = x
      end)
    else error("an event has field " .. number) end
  end)
  return event
end

function events.read(path)
  local file = assert(io.open(path, "rb"))
  local bytes, at, list = file:read("a"), 1, {}
  file:close()
  while at <= #bytes do
    local n = string.unpack("<I8", bytes, at)
    check_masked(bytes:sub(at, at + 7), (string.unpack("<I4", bytes, at + 8)))
    local body = bytes:sub(at + 12, at + 11 + n)
    assert(#body == n, "a record is torn")
    check_masked(body, (string.unpack("<I4", bytes, at + 12 + n)))
    list[#list + 1] = read_event(body)
    at = at + n + 16
  end
  return list
end

return events
