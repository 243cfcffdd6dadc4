-- expect: script_error reward
-- says: no UTF-8
return function(s) error("\xff\xfe\xc0\x80 no UTF-8 \xed\xa0\x80\xf8") end -- here
