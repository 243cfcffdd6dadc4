-- expect: returned table; expected a function
return { reward = 1 }
