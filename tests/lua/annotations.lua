-- Reads the editor's annotations as text: which functions they declare with which parameters, and the fields of classes.
-- What is wrong with an entry in itself (a parameter without a type, a result without one) is in `wrong`.
local annotations = { functions = {}, aliases = {}, fields = {}, wrong = {}, files = {} }

local function complain(file, number, message)
  annotations.wrong[#annotations.wrong + 1] = ("%s:%d: %s"):format(file, number, message)
end

local function split_names(text)
  local names = {}
  for name in text:gmatch("[^,%s]+") do names[#names + 1] = name end
  return names
end

-- The declared parameters against the ones in the doc comment, in order; gives the parameters { name, type, optional }.
local function take_parameters(file, number, doc, text)
  local names = split_names(text)
  if #names ~= #doc.params then
    complain(file, number, ("%d parameters, %d of them annotated"):format(#names, #doc.params))
  end
  for i, param in ipairs(doc.params) do
    if names[i] ~= param.name then
      complain(file, number, ("parameter %d is %s, annotated as %s"):format(i, tostring(names[i]), param.name))
    end
  end
  return doc.params
end

local function fresh() return { params = {}, returns = 0, text = false } end

-- Adds what one file declares.
function annotations.read(file)
  local doc, class, number = fresh(), nil, 0
  annotations.files[#annotations.files + 1] = file
  for line in io.lines(file) do
    number = number + 1
    local tag, rest = line:match("^%-%-%-@(%w+)%s*(.*)$")
    local owner, kind, name, params = line:match("^function ([%w_.]-)([.:]?)([%w_]+)%((.-)%)")
    local alias_to, alias_of = line:match("^([%w_.]+) = ([%w_]+%.[%w_]+)$")
    if tag == "param" then
      local param, mark, type_text = rest:match("^([%w_.]+)(%??)%s+(.+)$")
      if not param then complain(file, number, "a parameter without a type: " .. rest) end
      doc.params[#doc.params + 1] = { name = param, optional = mark == "?", type = (type_text or ""):match("^%S*") }
    elseif tag == "return" then
      if rest == "" then complain(file, number, "a result without a type") end
      doc.returns = doc.returns + 1
    elseif tag == "class" then
      class = rest:match("^([%w_.]+)$") or rest:match("^([%w_.]+): [%w_.]+$")
      if not class then complain(file, number, "not a class, nor one and its parent: " .. rest) end
      class = class or rest
      annotations.fields[class] = annotations.fields[class] or {}
      if rest:find(":", 1, true) then annotations.fields[class]["(parent)"] = rest:match(":%s*([%w_.]+)") end
    elseif tag == "field" then
      local field = rest:match("^([%w_]+)%??%s+%S")
      if field then annotations.fields[class][field] = true end
    elseif line:find("^%-%-%-[^@]") then
      doc.text = true
    elseif name then
      owner = kind == "" and "" or owner
      if not doc.text then complain(file, number, name .. ": no line says what it does") end
      annotations.functions[owner .. (kind == "" and "" or ".") .. name] =
        { params = take_parameters(file, number, doc, params), method = kind == ":", file = file, line = number }
      doc = fresh()
    elseif alias_to then
      annotations.aliases[alias_to] = alias_of
    elseif not line:find("^%-%-") then
      doc = fresh()
    end
  end
end

-- What is declared under an owner ("lure", "Tensor", "" for globals), by name.
function annotations.of(owner)
  local out, prefix = {}, owner == "" and "" or owner .. "."
  for name, entry in pairs(annotations.functions) do
    local short = name:sub(1, #prefix) == prefix and name:sub(#prefix + 1)
    if short and not short:find(".", 1, true) then out[short] = entry end
  end
  for name, target in pairs(annotations.aliases) do
    local short = name:sub(1, #prefix) == prefix and name:sub(#prefix + 1)
    if short and not short:find(".", 1, true) then
      out[short] = annotations.functions[target]
      if not out[short] then annotations.wrong[#annotations.wrong + 1] = name .. " = " .. target .. ", which is not declared" end
    end
  end
  return out
end

return annotations
