-- expect: script_error reward
-- says: undefined variable 'require'
local socket = require("socket") -- here
return socket
