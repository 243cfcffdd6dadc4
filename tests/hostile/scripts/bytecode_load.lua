-- expect: script_error reward
-- says: attempt to load a binary chunk
return function(s) return assert(load("\27LuaT\0\25\147\r\n\26\n\4\8\8xV\0\0", "=bytecode"))() end -- here
