-- expect: script_error reward
-- says: data string too short
return function(s) return (string.unpack("s8", "\255\255\255\255\255\255\255\127")) end -- here
